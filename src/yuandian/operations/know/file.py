"""One file of one kind."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path

from django.conf import settings

from yuandian.engine.know.intake import Expected, Matched, match
from yuandian.engine.tables import KINDS, TABLES
from yuandian.operations.files import read_apart
from yuandian.operations.know.rejects import write_rejects
from yuandian.operations.know.taking import SAMPLE, Imported, Progress, Stream, Taking, rehearsal, take_in
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import Fields
from yuandian.records.customers import ContactPoint
from yuandian.records.frames.crossing import MODELS, database_column
from yuandian.records.org import Branch, User


def import_file(
    *,
    branch: Branch,
    kind: str,
    path: Path,
    fields: Fields,
    by: User | None,
    at: datetime,
    progress: Progress = lambda _kind, _rows: None,
    dry_run: bool = False,
) -> Imported:
    """Take one file in (K1, X5): every row is accepted, found unchanged, or rejected with its cells and reasons.

    The file is read to its end before the first row is written. The same file again is compared anew and leaves
    everything unchanged; interrupted, the same call goes on where it stopped. Raises FileError for a file that
    cannot be read; RefusedError `unknown_kind`, `missing_columns`, `import_running`.
    """
    taking = Taking(branch, by, at, progress, dry_run)
    with ExitStack() as open_files:
        stream = file_stream(kind, path, fields, taking, open_files)
        return take_all([stream], taking, ())


def file_stream(kind: str, path: Path, fields: Fields, taking: Taking, open_files: ExitStack) -> Stream:
    """The file, read to its end and matched to its kind."""
    if kind not in KINDS:
        raise RefusedError("unknown_kind", kind=kind, known=list(KINDS))
    rows, table = open_files.enter_context(read_apart(path, taking.staging)), fields.table(kind)
    matched = match(table, rows.header, fields.kinds[kind])
    if matched.missing:
        raise RefusedError(
            "missing_columns", file=path.name, missing=list(matched.missing), found=list(rows.header)
        )
    return Stream(
        table=table,
        file_name=path.name,
        fingerprint=fingerprint([path], [kind, mapping(matched)]),
        matched=matched,
        expected=Expected(settings.TIME_ZONE, lengths(kind)),
        read=rows.read,
    )


def lengths(kind: str) -> dict[str, int]:
    """The most characters that the database keeps of each column's text."""
    table = TABLES[kind]
    fields = {field.column: field for field in MODELS[kind]._meta.concrete_fields}
    found = {column.name: fields.get(database_column(table, column)) for column in table}
    limits = {name: field.max_length for name, field in found.items() if field is not None and field.max_length}
    if kind == "customers":
        limits["phone"] = ContactPoint._meta.get_field("value").max_length or 0
    return limits


def mapping(matched: Matched) -> list[object]:
    return [dict(matched.columns), sorted(matched.in_yuan)]


def fingerprint(paths: Sequence[Path], how: object) -> str:
    """SHA-256 of the files' bytes and of how they are read."""
    whole = sha256(json.dumps([how, settings.TIME_ZONE], ensure_ascii=False, sort_keys=True).encode())
    for path in paths:
        with path.open("rb") as file:
            whole.update(file_digest(file, "sha256").digest())
    return whole.hexdigest()


def take_all(streams: Sequence[Stream], taking: Taking, ignored: Sequence[str]) -> Imported:
    """The streams in their order, and the account of them."""
    batches, sample = [], []
    counts: dict[str, dict[str, int]] = {}
    with rehearsal(dry_run=taking.dry_run):
        for stream in streams:
            batch, rejects = take_in(stream, taking)
            batches.append(batch.pk)
            sample += [{"kind": stream.kind, **reject} for reject in rejects]
            count = counts.setdefault(
                stream.kind, dict.fromkeys(("received", "accepted", "unchanged", "rejected"), 0)
            )
            for name in ("accepted", "unchanged", "rejected"):
                count[name] += getattr(batch, name)
            count["received"] += batch.rows_done
    return Imported(
        batches=() if taking.dry_run else tuple(batches),
        counts=counts,
        sample=tuple(sample[:SAMPLE]),
        rejects_file=None if taking.dry_run else write_rejects(batches),
        ignored_files=tuple(ignored),
        unused_columns=_unused(streams),
    )


def _unused(streams: Sequence[Stream]) -> dict[str, list[str]]:
    """Headers that mean nothing here, by kind, each once; a kind without any is not named."""
    found: dict[str, list[str]] = {}
    for stream in streams:
        for header in stream.matched.unused:
            if header not in found.setdefault(stream.kind, []):
                found[stream.kind].append(header)
    return found
