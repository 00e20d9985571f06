"""A stream of rows of one kind into the facts: typed outside the write gate, written and counted inside.

Each batch is one transaction of its rows, its rejects and the cursor (`ImportBatch.rows_done`), so an import that
is killed goes on where it stopped, with nothing missing and nothing twice (F1, finding 5 of the reliability page).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from yuandian.engine.know.intake import REJECTS, Expected, Matched, typed, worded
from yuandian.engine.tables import Table
from yuandian.operations.files import sweep
from yuandian.operations.know.refused import keep
from yuandian.operations.know.repeats import Repeats
from yuandian.operations.turns import alone
from yuandian.operations.writing import RefusedError, operation, record, write_gate
from yuandian.records.frames import Merged, merge, refresh_statistics
from yuandian.records.org import Branch, Role, User
from yuandian.records.runs import ImportBatch, ImportReject
from yuandian.records.uploads import State, Upload

Progress = Callable[[str, int], None]
"""Called with the kind and the rows done so far."""
MAY_IMPORT = frozenset({Role.BRANCH_MANAGER, Role.OPERATOR})
SAMPLE = 20
LEFT_BEHIND = 86_400.0
"""Seconds after which a temporary file belongs to no import any more."""


@dataclass(frozen=True)
class Stream:
    """Rows of text of one kind, read anew at each call of `read` and always in the same order."""

    table: Table
    file_name: str
    fingerprint: str
    matched: Matched
    expected: Expected
    read: Callable[[], Iterator[pa.Table]] = field(repr=False)

    @property
    def kind(self) -> str:
        return self.table.name


@dataclass(frozen=True)
class Taking:
    """Who takes in what, where and when. Without `by` it is the command line, which needs no permission.
    What came by the page has an `upload`; `hold` is its job's.

    Refuses: `not_permitted` (role, or another branch).
    """

    branch: Branch
    by: User | None
    at: datetime
    progress: Progress = lambda _kind, _rows: None
    dry_run: bool = False
    upload: Upload | None = None
    hold: Callable[[], None] = lambda: None

    @property
    def staging(self) -> Path:
        return Path(settings.HOME) / "staging"

    def __post_init__(self) -> None:
        if self.by is not None and (self.by.role not in MAY_IMPORT or self.by.branch_id != self.branch.pk):
            raise RefusedError("not_permitted")
        sweep(self.staging, before=self.at.timestamp() - LEFT_BEHIND)


@dataclass(frozen=True)
class Imported:
    """What an import did. Counts are rows by kind: received = accepted + unchanged + rejected.

    `sample` holds the first rejects, also of a dry run, which leaves no file and no batches. `unused_columns`
    are the headers, by kind, that mean nothing here.
    """

    batches: tuple[int, ...]
    counts: dict[str, dict[str, int]]
    sample: tuple[dict[str, Any], ...]
    rejects_file: Path | None
    ignored_files: tuple[str, ...]
    unused_columns: dict[str, list[str]]

    def as_json(self) -> dict[str, Any]:
        """The document of the command line's contract; `batch_id` is the first batch of several."""
        counts = {
            name: {kind: count[name] for kind, count in self.counts.items()}
            for name in ("received", "accepted", "unchanged", "rejected")
        }
        return {
            "batch_id": self.batches[0] if self.batches else None,
            **counts,
            "rejects_file": str(self.rejects_file) if self.rejects_file else None,
            "ignored_files": list(self.ignored_files),
            "unused_columns": self.unused_columns,
        }


@contextmanager
def rehearsal(*, dry_run: bool) -> Iterator[None]:
    """A dry run happens in one transaction that is rolled back; so it knows all that the real one would."""
    if not dry_run:
        yield
        return
    with write_gate(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def take_in(stream: Stream, taking: Taking) -> tuple[ImportBatch, list[dict[str, Any]]]:
    """Take the whole stream in, going on after the last batch that was committed. Gives the first rejects too.

    Raises RefusedError `import_running` when another process takes the same file in at this moment.
    """
    name = f"import {taking.branch.pk} {stream.kind} {stream.fingerprint}"
    sample = list[dict[str, Any]]()
    with (
        alone(name, refused="import_running", file=stream.file_name),
        Repeats(stream.table, taking.staging) as repeats,
    ):
        batch = _begin(stream=stream, taking=taking)
        for ready in ahead(prepared(stream, repeats, batch.rows_done)):
            batch, rejects = _write(batch=batch, stream=stream, ready=ready, taking=taking)
            sample += rejects.slice(0, SAMPLE - len(sample)).to_pylist()
            taking.progress(stream.kind, batch.rows_done)
        return _finish(batch=batch, taking=taking), sample


@dataclass(frozen=True)
class Ready:
    """A batch that only has to be written. `done` counts rows of the stream up to its end; `raw` is as it came."""

    done: int
    raw: pa.Table
    rows: pa.Table
    repeated: int
    rejects: pa.Table


def prepared(stream: Stream, repeats: Repeats, start: int) -> Iterator[Ready]:
    """The batches after row `start`. Those before only tell which keys are known."""
    done = 0
    for raw in stream.read():
        for part in _cut(raw, start - done):
            done += part.num_rows
            if done > start or repeats.is_needed:
                rows = typed(stream.table, part, stream.matched, stream.expected)
                sifted = repeats.sift(rows.rows)
                rejects = pa.concat_tables([rows.rejects, sifted.rejects])
                if done > start:
                    yield Ready(done, part, sifted.rows, sifted.repeated, rejects)


def ahead(steps: Iterator[Ready]) -> Iterator[Ready]:
    """The next batch is read and typed on the second core while this one is written."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming = worker.submit(next, steps, None)
        while (present := coming.result()) is not None:
            coming = worker.submit(next, steps, None)
            yield present


def _cut(raw: pa.Table, at: int) -> list[pa.Table]:
    """A batch in two where an earlier import, cut otherwise, stopped inside it."""
    return [raw.slice(0, at), raw.slice(at)] if 0 < at < raw.num_rows else [raw]


@operation
def _begin(*, stream: Stream, taking: Taking) -> ImportBatch:
    taking.hold()
    batch, _ = ImportBatch.objects.get_or_create(
        branch=taking.branch,
        kind=stream.kind,
        fingerprint=stream.fingerprint,
        finished_at=None,
        defaults={
            "file_name": stream.file_name[:255],
            "started_at": taking.at,
            "by": taking.by,
            "upload": taking.upload,
        },
    )
    if batch.upload != taking.upload:
        _take_over(batch, taking)
    return batch


def _take_over(batch: ImportBatch, taking: Taking) -> None:
    """Go on with what another upload began and nobody will end; one that is still wanted is not touched."""
    if batch.upload is None or batch.upload.state == State.IMPORTING:
        raise RefusedError("import_running", file=batch.file_name)
    batch.upload = taking.upload
    batch.save(update_fields=["upload"])


@operation
def _write(*, batch: ImportBatch, stream: Stream, ready: Ready, taking: Taking) -> tuple[ImportBatch, pa.Table]:
    """One batch of rows with its rejects and the cursor, whole or not at all."""
    taking.hold()
    here = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if here.finished_at is not None or here.rows_done != batch.rows_done:
        raise RefusedError("import_running", file=batch.file_name)
    table = stream.table
    merged = merged_or_halved(here, table, ready.rows)
    rejects = pa.concat_tables([ready.rejects, merged.rejects.cast(REJECTS)]).sort_by("row")
    rejects = worded(rejects, table, stream.matched, stream.expected)
    write_down(here, rejects)
    if taking.upload is not None:
        keep(here, ready.raw, rejects)
    unchanged = merged.unchanged + ready.repeated
    here.rejected += ready.done - here.rows_done - merged.accepted - unchanged
    here.rows_done = ready.done
    here.accepted += merged.accepted
    here.unchanged += unchanged
    here.save(update_fields=["rows_done", "accepted", "unchanged", "rejected"])
    return here, rejects


def write_down(batch: ImportBatch, rejects: pa.Table) -> None:
    """The reasons, one for each bad cell."""
    ImportReject.objects.bulk_create(
        [
            ImportReject(batch=batch, **{**reject, "column": reject["column"][:80]})
            for reject in rejects.to_pylist()
        ],
        batch_size=2000,
    )


def merged_or_halved(batch: ImportBatch, table: Table, rows: pa.Table) -> Merged:
    """Merge, and where the database itself refuses, find the row by halving: it alone is rejected (F14)."""
    try:
        with transaction.atomic():
            return merge(branch=batch.branch, kind=table.name, rows=rows, batch=batch)
    except (IntegrityError, DataError):
        if rows.num_rows == 1:
            key = table.key[0]
            reject = {"row": rows["_row"][0].as_py(), "column": key, "value": str(rows[key][0]), "fix": ""}
            return Merged(
                0, 0, pa.Table.from_pylist([{**reject, "reason": "refused_by_database"}], schema=REJECTS)
            )
    half = rows.num_rows // 2
    first, second = (merged_or_halved(batch, table, part) for part in (rows.slice(0, half), rows.slice(half)))
    rejects = pa.concat_tables([first.rejects, second.rejects])
    return Merged(first.accepted + second.accepted, first.unchanged + second.unchanged, rejects)


@operation
def _finish(*, batch: ImportBatch, taking: Taking) -> ImportBatch:
    taking.hold()
    batch.finished_at = taking.at
    batch.save(update_fields=["finished_at"])
    refresh_statistics()
    record(
        operation="import",
        subject=batch,
        by=taking.by,
        at=taking.at,
        branch_id=taking.branch.pk,
        after={
            "kind": batch.kind,
            "file": batch.file_name,
            "fingerprint": batch.fingerprint,
            "accepted": batch.accepted,
            "unchanged": batch.unchanged,
            "rejected": batch.rejected,
        },
    )
    return batch
