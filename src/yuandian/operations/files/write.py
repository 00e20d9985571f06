"""Tables into files: csv and Excel, row by row in bounded memory, every cell of its type and no text a formula."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from yuandian.operations.files.cells import escaped, harmless

CellType = Literal["text", "integer", "amount", "date", "time", "moment", "flag"]
"""An `amount` is a Decimal of two places. A `time` is for people: local, to the second. A `moment` is exact and
says its offset: spreadsheets keep neither, so it is a text."""
Cell = str | int | Decimal | date | datetime | bool | None
Row = Sequence[Cell]

MOST_ROWS = 1_048_575
"""Rows of an Excel sheet below its header."""
MOST_DIGITS = 10**15
"""From here on Excel would round; such a number is written as text."""
WIDTHS: dict[CellType, int] = {"text": 18, "amount": 16, "time": 20, "moment": 26}
FORMATS: dict[CellType, str] = {
    "text": "@",
    "integer": "0",
    "amount": "#,##0.00",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm:ss",
    "moment": "@",
    "flag": "General",
}


class TooMuchError(Exception):
    """Excel cannot hold it; csv can. `code`: `too_many_rows` or `too_long_for_xlsx`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Heading:
    label: str
    type: CellType = "text"


@dataclass(frozen=True)
class Sheet:
    """A table to write: `total` rows as far as is known before, in pages so that none needs them all at once.

    `customers` are the ids of those whom it names, where it is a table of a page; None where they are not listed.
    """

    headings: tuple[Heading, ...]
    total: int
    pages: Callable[[], Iterator[Sequence[Row]]] = field(repr=False)
    customers: Sequence[int] | None = None


Beat = Callable[[], None]
"""Called between pages: still alive, and still wanted."""


def write_csv(sheet: Sheet, path: Path, zone: ZoneInfo, beat: Beat) -> int:
    """UTF-8 with BOM, formulas made harmless (A15). Returns the number of rows."""
    done = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(heading.label) for heading in sheet.headings])
        shown = [_IN_CSV[heading.type] for heading in sheet.headings]
        for page in sheet.pages():
            beat()
            for row in page:
                writer.writerow(
                    ["" if cell is None else show(cell, zone) for show, cell in zip(shown, row, strict=True)]
                )
            done += len(page)
    return done


def write_xlsx(sheet: Sheet, path: Path, zone: ZoneInfo, beat: Beat) -> int:
    """One sheet. Returns the number of rows; raises TooMuchError for what Excel cannot hold."""
    if sheet.total > MOST_ROWS:
        raise TooMuchError("too_many_rows")
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as book:
        target = book.add_worksheet("data", worksheet_class=PlainTexts)
        formats = {kind: book.add_format({"num_format": text}) for kind, text in FORMATS.items()}
        bold = book.add_format({"bold": True, "num_format": "@"})
        target.freeze_panes(1, 0)
        for nth, heading in enumerate(sheet.headings):
            target.set_column(nth, nth, WIDTHS.get(heading.type, 12))
            target.write_string(0, nth, heading.label, bold)
        return _write_rows(target, sheet, [formats[heading.type] for heading in sheet.headings], zone, beat)


class PlainTexts(Worksheet):  # type: ignore[misc]  # the library has no types
    """A text that looks like the library's own rich text (`<r>…</r>`) or escapes is a text like any other."""

    @staticmethod
    def _escape_control_characters(data: object) -> object:
        return escaped(data) if isinstance(data, str) else data

    def _xml_rich_inline_string(self, string: str, attributes: list[tuple[str, object]]) -> None:
        self._xml_inline_string(string, True, attributes)


def _write_rows(target: Worksheet, sheet: Sheet, formats: list[Any], zone: ZoneInfo, beat: Beat) -> int:
    done = 0
    kinds = [(nth, heading.type, formats[nth]) for nth, heading in enumerate(sheet.headings)]
    for page in sheet.pages():
        beat()
        for row in page:
            done += 1
            if done > MOST_ROWS:
                raise TooMuchError("too_many_rows")
            for (nth, kind, look), cell in zip(kinds, row, strict=True):
                if cell is not None and _put(target, done, nth, _in_xlsx(cell, kind, zone), look):
                    raise TooMuchError("too_long_for_xlsx")
    return done


def _put(target: Worksheet, row: int, column: int, cell: Cell, look: Any) -> int:
    """Not 0 where the cell did not fit."""
    put = (
        target.write_string
        if isinstance(cell, str)
        else target.write_boolean
        if isinstance(cell, bool)
        else target.write_datetime
        if isinstance(cell, date)
        else target.write_number
    )
    return int(put(row, column, cell, look))


def _in_xlsx(cell: Cell, kind: CellType, zone: ZoneInfo) -> Cell:
    """What Excel keeps without loss; all else as text. Days before March 1900 are not what Excel thinks."""
    if isinstance(cell, datetime):
        return _IN_CSV[kind](cell, zone) if kind == "moment" else _local(cell, zone).replace(tzinfo=None)
    if isinstance(cell, date):
        return cell if cell >= date(1900, 3, 1) else cell.isoformat()
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= MOST_DIGITS:
        return str(cell)
    return cell


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(microsecond=0)


def _exact(moment: datetime, zone: ZoneInfo) -> str:
    """Local time with its offset; in UTC where the offset of those days was no whole number of minutes."""
    local = moment.astimezone(zone)
    offset = local.utcoffset()
    is_whole = offset is not None and offset.total_seconds() % 60 == 0
    return (local if is_whole else moment.astimezone(UTC)).isoformat()


_IN_CSV: dict[CellType, Callable[[Any, ZoneInfo], str]] = {
    "text": lambda cell, _zone: harmless(cell),
    "integer": lambda cell, _zone: str(cell),
    "amount": lambda cell, _zone: f"{cell:.2f}",
    "date": lambda cell, _zone: cell.isoformat(),
    "time": lambda cell, zone: _local(cell, zone).strftime("%Y-%m-%d %H:%M:%S"),
    "moment": _exact,
    "flag": lambda cell, _zone: "true" if cell else "false",
}


WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
"""By format, which is also the ending of the file."""
