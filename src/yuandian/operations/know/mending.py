"""Refused rows mended: in place, one at a time, or by a file that brings them again (X5).

A mended row comes in under a batch of its own, so that all of an import can be undone together. A row that still
cannot come in keeps its place among the refused, with its new cells and reasons.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction

from yuandian.engine.know.intake import REJECTS, Expected, Typed, typed, worded
from yuandian.engine.tables import Table
from yuandian.operations.files import FileError, RowSource
from yuandian.operations.jobs import Hold
from yuandian.operations.know.faulty import row_column
from yuandian.operations.know.file import fingerprint, lengths
from yuandian.operations.know.refused import Cells, as_raw, kept
from yuandian.operations.know.steps import alive, matched_of, settle, told, why_not
from yuandian.operations.know.storing import path_of, rows_of
from yuandian.operations.know.taking import merged_or_halved, write_down
from yuandian.operations.know.uploads import forget_file, held
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.packs.fields import load_fields
from yuandian.records.org import User
from yuandian.records.runs import ImportBatch, ImportReject
from yuandian.records.uploads import RefusedRow, State, Upload, main_batch, rejects_of

AT_ONCE = 1_000
"""Rows of a file of repairs in one transaction."""
_NUMBER = re.compile(r"\d{1,15}(\.0)?")


@dataclass(frozen=True)
class Correction:
    """Rows of an import as they are now said to be, typed outside the write gate."""

    upload: Upload
    main: ImportBatch
    table: Table
    expected: Expected
    cells: Mapping[int, Cells]
    typed: Typed


def correct(upload: Upload, given: Mapping[int, Cells], *, insists: bool) -> Correction:
    """Put what is given over what was kept, for the rows that still wait; other rows are left out.

    A key that stood twice in the file is refused because nobody said which row counts. Who sends the very same
    row in place (`insists`) says that; a file that brings it again unchanged does not.
    """
    main = main_batch(upload)
    if main is None:
        raise RefusedError("moved_on")
    waiting = {one.row: one.cells for one in RefusedRow.objects.filter(batch=main, mended_in=None, row__in=given)}
    cells = {row: {**waiting[row], **given[row]} for row in given if row in waiting}
    if not insists:
        same = [row for row in cells if kept(cells[row]) == waiting[row]]
        twice = [
            row for row, why in rejects_of(main, same).items() if {one.reason for one in why} == {"duplicate_key"}
        ]
        cells = {row: said for row, said in cells.items() if row not in twice}
    table = load_fields(upload.branch.pack).table(upload.kind)
    expected = Expected(settings.TIME_ZONE, lengths(upload.kind))
    raw = as_raw(cells, upload.header)
    return Correction(upload, main, table, expected, cells, typed(table, raw, matched_of(upload), expected))


@operation
def mend_row(*, upload: Upload, row: int, cells: Cells, by: User, at: datetime) -> bool:
    """One row with the cells that are given in place of those that were kept. Whether it is in now.

    Refuses: `not_permitted`, `moved_on` (the import is undone, or the row is not among the refused any more).
    """
    here = held(upload, by, State.IMPORTED)
    known = {name: text for name, text in cells.items() if name in here.header}
    correction = correct(here, {row: known}, insists=True)
    if row not in correction.cells:
        raise RefusedError("moved_on")
    with transaction.atomic():
        batch = _batch(
            correction.main, here, sha256(f"{correction.main.pk} {row} {at}".encode()).hexdigest(), by, at
        )
        rejects = _take(correction, batch)
        if rejects.num_rows:
            transaction.set_rollback(True)
    if rejects.num_rows:
        _still_refused(correction, rejects)
        return False
    _close(batch, by, at)
    return True


def mend_upload(upload_id: int, hold: Hold) -> None:
    """A file that brings refused rows again. Done again after a kill it finds mended rows mended."""
    repair = Upload.objects.get(pk=upload_id)
    if repair.state not in (State.READING, State.IMPORTING) or repair.repairs is None:
        return
    try:
        with alive(hold), ExitStack() as open_files:
            source = open_files.enter_context(rows_of(repair))
            column = row_column(source.header, repair.repairs.header)
            batch = _begin(repair=repair, hold=hold)
            for given in _given(source, column, repair.repairs.header):
                correction = correct(repair.repairs, given, insists=False)
                _mend(correction=correction, batch=batch, repair=repair, rows=len(given), hold=hold)
    except FileError as fault:
        settle(upload=repair, hold=hold, state=State.UNREADABLE, fault=told(fault, repair))
    except RefusedError as refused:
        settle(
            upload=repair,
            hold=hold,
            state=State.UNREADABLE,
            fault=why_not(refused),
        )
    else:
        _end(repair=repair, batch=batch, hold=hold)


def _given(source: RowSource, column: str, header: list[str]) -> Iterator[dict[int, Cells]]:
    """The rows by their old numbers, the first where one comes twice; without a number it is not one of ours."""
    names = [name for name in source.header if name in header]
    seen: set[int] = set()
    for batch in source:
        for start in range(0, batch.num_rows, AT_ONCE):
            given: dict[int, Cells] = {}
            for cells in batch.slice(start, AT_ONCE).select([column, *names]).to_pylist():
                said = (cells.get(column) or "").strip()
                if _NUMBER.fullmatch(said) and (row := int(float(said))) not in seen:
                    seen.add(row)
                    given[row] = {name: cells[name] or "" for name in names}
            yield given


@operation
def _begin(*, repair: Upload, hold: Hold) -> ImportBatch:
    hold()
    upload = repair.repairs
    main = main_batch(upload) if upload else None
    if upload is None or main is None or upload.state != State.IMPORTED:
        raise RefusedError("moved_on")
    mark = fingerprint([path_of(repair)], ["repairs", repair.pk])
    begun = ImportBatch.objects.filter(upload=upload, fingerprint=mark).first()
    repair.state, repair.done = State.IMPORTING, 0  # after a kill the file is gone through again
    repair.save(update_fields=["state", "done"])
    return begun or _batch(main, upload, mark, repair.by, hold.clock())


@operation
def _mend(*, correction: Correction, batch: ImportBatch, repair: Upload, rows: int, hold: Hold) -> None:
    """What can come in now comes in; the rest says why not. Whole or not at all."""
    hold()
    here = Upload.objects.select_for_update(no_key=True).get(pk=correction.upload.pk)
    if here.state != State.IMPORTED:
        raise RefusedError("moved_on")
    _still_refused(correction, _take(correction, batch))
    repair.done += rows
    repair.save(update_fields=["done"])


@operation
def _end(*, repair: Upload, batch: ImportBatch, hold: Hold) -> None:
    hold()
    batch.refresh_from_db()
    if batch.finished_at is None:
        _close(batch, repair.by, hold.clock())
    repair.rows, repair.check_result = repair.done, {"accepted": batch.accepted + batch.unchanged}
    repair.save(update_fields=["rows"])
    forget_file(repair, State.IMPORTED)


def _batch(main: ImportBatch, upload: Upload, mark: str, by: User | None, at: datetime) -> ImportBatch:
    return ImportBatch.objects.create(
        branch=main.branch,
        kind=main.kind,
        file_name=main.file_name,
        fingerprint=mark,
        started_at=at,
        by=by,
        upload=upload,
    )


def _take(correction: Correction, batch: ImportBatch) -> pa.Table:
    """Bring in the good rows that still wait, and mark them mended. The rejects of the others, worded."""
    waiting = RefusedRow.objects.select_for_update(no_key=True).filter(
        batch=correction.main, mended_in=None, row__in=correction.cells
    )
    open_rows = set(waiting.values_list("row", flat=True))
    still = pa.array(open_rows, pa.int64())
    good = _among(correction.typed.rows, "_row", still)
    merged = merged_or_halved(batch, correction.table, good)
    rejects = _among(pa.concat_tables([correction.typed.rejects, merged.rejects.cast(REJECTS)]), "row", still)
    mended = open_rows - set(rejects["row"].to_pylist())
    waiting.filter(row__in=mended).update(mended_in=batch, cells={})
    ImportReject.objects.filter(batch=correction.main, row__in=mended).update(value="")
    batch.rows_done += len(mended)
    batch.accepted += merged.accepted
    batch.unchanged += merged.unchanged
    batch.save(update_fields=["rows_done", "accepted", "unchanged"])
    return worded(rejects.sort_by("row"), correction.table, matched_of(correction.upload), correction.expected)


def _among(rows: pa.Table, column: str, numbers: pa.Array) -> pa.Table:
    return rows.filter(pc.is_in(rows[column], value_set=numbers))


def _still_refused(correction: Correction, rejects: pa.Table) -> None:
    """The new reasons in place of the old ones, and the cells as they were sent."""
    rows = set(rejects["row"].to_pylist())
    ImportReject.objects.filter(batch=correction.main, row__in=rows).delete()
    write_down(correction.main, rejects)
    for one in RefusedRow.objects.filter(batch=correction.main, row__in=rows):
        one.cells = kept(correction.cells[one.row])
        one.save(update_fields=["cells"])


def _close(batch: ImportBatch, by: User | None, at: datetime) -> None:
    batch.finished_at = at
    batch.save(update_fields=["finished_at"])
    after = {"rows": batch.rows_done, "accepted": batch.accepted, "unchanged": batch.unchanged}
    record(operation="mend_rows", subject=batch, by=by, at=at, branch_id=batch.branch_id, after=after)
