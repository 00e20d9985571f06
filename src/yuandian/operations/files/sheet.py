"""Excel workbooks: the first sheet, values as Excel shows them, hostile files refused before parsing."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import openpyxl

from yuandian.operations.files.cells import shown
from yuandian.operations.files.rows import Batcher, FileError, Limits, RowSource, named

ROOT = re.compile(rb"<[A-Za-z_]")
SPACE = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
"""What may stand before the first bracket: byte-order marks, spaces, and the NUL of UTF-16."""
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
ROWS = 1_048_576
"""As many rows as Excel has; a row number beyond is a trap that fills up with empty rows."""


def sheet_rows(path: Path, limits: Limits) -> RowSource:
    """The rows of the first sheet of a .xlsx. Of a formula the value last computed counts."""
    _check_archive(path, limits)
    _, cells = next(_records(path), (0, [""]))
    names = named(cells, f"{path.name}, row 1", limits)
    width = max(names) + 1

    def records() -> Iterator[tuple[int, list[str]]]:
        for number, cells in _records(path):
            if number:
                yield number, _to_width(cells, width)

    return RowSource(tuple(names.values()), lambda: Batcher(names, width, limits).add_all(records()))


def _to_width(cells: list[str], width: int) -> list[str]:
    """Excel stores no empty cells at the end of a row, and keeps some beyond the table."""
    cells = cells + [""] * (width - len(cells))
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every row that is not empty; the first is the header, number 0."""
    number = -1
    with _sheet(path) as sheet:
        for nth, row in enumerate(sheet.iter_rows(max_row=ROWS + 1, values_only=True)):
            if nth == ROWS:
                raise FileError("too_many_rows", path.name, limit=ROWS)
            if number >= 0:
                number += 1
            cells = [shown(value) for value in row]
            if any(cells):
                number = max(number, 0)
                yield number, cells


@contextmanager
def _sheet(path: Path) -> Iterator[Any]:
    """The first sheet that can be seen. Whatever openpyxl raises means that this is no workbook."""
    try:
        with closing(openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)) as book:
            sheet = next(one for one in book.worksheets if one.sheet_state == "visible")
            sheet.reset_dimensions()  # some writers state them wrongly, and a stated size is not to be trusted
            yield sheet
    except (FileError, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise FileError("not_a_workbook", path.name) from error


def _check_archive(path: Path, limits: Limits) -> None:
    """Refuse bombs and DTDs (A16, A17) before any XML is parsed."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            most = min(limits.inflated, max(limits.inflated_free, path.stat().st_size * limits.inflation))
            if len(entries) > limits.zip_entries or sum(entry.file_size for entry in entries) > most:
                raise FileError("inflates", path.name, limit=most)
            for entry in entries:
                with archive.open(entry) as part:
                    head = part.read(65536)
                if _is_xml(entry.filename, head):
                    _check_prolog(head, path)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise FileError("not_a_workbook", path.name) from error


def _is_xml(name: str, head: bytes) -> bool:
    """By content too: any part can be declared to be the sheet, whatever its name."""
    return name.lower().endswith((".xml", ".rels", ".vml")) or head.lstrip(SPACE).startswith(b"<")


def _check_prolog(head: bytes, path: Path) -> None:
    """A DTD can only stand before the root element, so looking there is enough. Excel writes UTF-8."""
    head = COMMENT.sub(b"", head)
    root = ROOT.search(head)
    if root is None or b"<!" in head[: root.start()]:
        raise FileError("declares_entities", path.name)
