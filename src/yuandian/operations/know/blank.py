"""An empty file with the names of the columns, to be filled in and brought back."""

import csv
import io
from collections.abc import Sequence

import openpyxl


def blank_text(header: Sequence[str]) -> bytes:
    """As csv in UTF-8 with BOM, which spreadsheets open as such."""
    text = io.StringIO()
    csv.writer(text).writerow(header)
    return text.getvalue().encode("utf-8-sig")


def blank_workbook(header: Sequence[str]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(header)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
