"""Whole tables of facts, in the form in which an import takes them back."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from yuandian.engine.tables import KINDS, Column, Type
from yuandian.operations.files.write import WRITERS, CellType, Heading, Sheet
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.packs.fields import load_fields
from yuandian.records.frames.rows import count_rows, row_pages
from yuandian.records.org import Branch

TYPES: dict[Type, CellType] = {
    "id": "text",
    "code": "text",
    "text": "text",
    "json": "text",
    "date": "date",
    "timestamp": "moment",
    "integer": "integer",
    "fen": "integer",
    "ppm": "integer",
    "flag": "flag",
}


def fact_sheet(branch: Branch, kind: str) -> Sheet:
    """All rows of one kind with all columns that a file may bring, the pack's own among them."""
    table = load_fields(branch.pack).table(kind)
    headings = tuple(Heading(_header(column), TYPES[column.type]) for column in table)
    return Sheet(headings, count_rows(branch, table), lambda: row_pages(branch, table))


def _header(column: Column) -> str:
    """The column's own name. Money that is not called fen says its unit, else it would come back as yuan."""
    says_unit = column.type != "fen" or column.name.endswith("_fen")
    return column.name if says_unit else f"{column.name} (fen)"


def write_facts(
    *, branch: Branch, kind: str, path: Path, at: datetime, progress: Callable[[], None] = lambda: None
) -> int:
    """Write one kind to a file, csv or xlsx by its ending, whole or not at all; returns the rows.

    For whoever keeps the machine: no scope is asked. Refuses: `unknown_kind`, `unknown_format`. Raises
    TooMuchError.
    """
    if kind not in KINDS:
        raise RefusedError("unknown_kind", kind=kind, known=list(KINDS))
    write = WRITERS.get(path.suffix.removeprefix(".").lower())
    if write is None:
        raise RefusedError("unknown_format", known=list(WRITERS))
    part = path.with_name(f".{path.name}.part")
    try:
        part.touch(mode=0o600)
        rows = write(fact_sheet(branch, kind), part, ZoneInfo(settings.TIME_ZONE), progress)
        _account(branch=branch, kind=kind, path=path, rows=rows, at=at)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return rows


@operation
def _account(*, branch: Branch, kind: str, path: Path, rows: int, at: datetime) -> None:
    after = {"what": kind, "file": path.name, "rows": rows}
    record(operation="export", subject=branch, by=None, at=at, branch_id=branch.pk, after=after)
