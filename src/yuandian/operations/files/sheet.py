"""Excel workbooks: the first sheet, values as Excel shows them, hostile files refused before parsing."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from yuandian.operations.files.cells import shown
from yuandian.operations.files.rows import Batcher, FileError, Limits, RowSource, named

ROOT = re.compile(rb"<[A-Za-z_]")
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
UNREADABLE = (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, EOFError, TypeError)
"""What openpyxl raises on files that are no workbooks."""


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
        for row in sheet.iter_rows(values_only=True):
            if number >= 0:
                number += 1
            cells = [shown(value) for value in row]
            if any(cells):
                number = max(number, 0)
                yield number, cells


@contextmanager
def _sheet(path: Path) -> Iterator[Any]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except UNREADABLE as error:
        raise FileError("not_a_workbook", path.name) from error
    try:
        if not book.worksheets:
            raise FileError("not_a_workbook", path.name)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some writers state them wrongly, and a stated size is not to be trusted
        yield sheet
    except UNREADABLE as error:
        raise FileError("not_a_workbook", path.name) from error
    finally:
        book.close()


def _check_archive(path: Path, limits: Limits) -> None:
    """Refuse bombs and DTDs (A16, A17) before any XML is parsed."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            most = min(limits.inflated, max(limits.inflated_free, path.stat().st_size * limits.inflation))
            if len(entries) > limits.zip_entries or sum(entry.file_size for entry in entries) > most:
                raise FileError("inflates", path.name, limit=most)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    with archive.open(entry) as part:
                        _check_prolog(part.read(65536), path)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise FileError("not_a_workbook", path.name) from error


def _check_prolog(head: bytes, path: Path) -> None:
    """A DTD can only stand before the root element, so looking there is enough. Excel writes UTF-8."""
    head = COMMENT.sub(b"", head)
    root = ROOT.search(head)
    if root is None or b"<!" in head[: root.start()]:
        raise FileError("declares_entities", path.name)
