"""The refused rows alone as a workbook: the file's own columns, the row's number and why it was refused."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal

import openpyxl
from openpyxl.cell import WriteOnlyCell

from yuandian.operations.files.cells import escaped
from yuandian.operations.know.storing import folder
from yuandian.operations.know.taking import MAY_IMPORT
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.records.org import User
from yuandian.records.runs import ImportBatch, ImportReject
from yuandian.records.uploads import Upload, faulty_rows, main_batch

Lang = Literal["zh", "en"]
OWN: dict[Lang, tuple[str, str]] = {"zh": ("原文件行号", "原因"), "en": ("Row in the file", "Reason")}
MOST_ROWS = 20_000
"""Of one workbook; once these are mended, the next ones come."""


def own_headers(header: Sequence[str], lang: Lang) -> tuple[str, str]:
    """What our two columns are called beside the file's own, which may have such names themselves."""
    row, reason = (_unlike(name, header) for name in OWN[lang])
    return row, reason


def _unlike(name: str, header: Sequence[str]) -> str:
    while name in header:
        name = f"{name} *"
    return name


def row_column(found: Sequence[str], header: Sequence[str]) -> str:
    """Which column of a corrected file holds the row numbers. Refuses: `no_row_numbers` (zh, en)."""
    names = [own_headers(header, lang)[0] for lang in OWN]
    column = next((name for name in names if name in found), None)
    if column is None:
        raise RefusedError("no_row_numbers", zh=names[0], en=names[1])
    return column


def faulty_workbook(*, upload: Upload, lang: Lang, by: User, at: datetime) -> Path:
    """Write the workbook to a temporary file, which the caller deletes. That it was taken out is recorded (X2).

    Nobody who writes waits for it. Refuses: `not_permitted`, `moved_on` (there is nothing to mend).
    """
    main = main_batch(upload)
    if by.role not in MAY_IMPORT or upload.branch_id != by.branch_id:
        raise RefusedError("not_permitted")
    if main is None:
        raise RefusedError("moved_on")
    with NamedTemporaryFile(dir=folder(), prefix="faulty-", suffix=".xlsx", delete=False) as target:
        path = Path(target.name)
    try:
        rows = _write(path, upload, main, lang)
        _account(upload=upload, rows=rows, by=by, at=at)
    except BaseException:
        path.unlink()
        raise
    return path


def _write(path: Path, upload: Upload, main: ImportBatch, lang: Lang) -> int:
    """The number of rows."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([_text(sheet, name) for name in (*own_headers(upload.header, lang), *upload.header)])
    rows = 0
    for refused, reasons in islice(faulty_rows(main), MOST_ROWS):
        cells = [refused.cells.get(name, "") for name in upload.header]
        why = "\n".join(_why(one, lang) for one in reasons)
        sheet.append([refused.row, *(_text(sheet, cell) for cell in (why, *cells))])
        rows += 1
    book.save(path)
    return rows


@operation
def _account(*, upload: Upload, rows: int, by: User, at: datetime) -> None:
    record(
        operation="take_out_refused_rows", subject=upload, by=by, at=at, branch_id=upload.branch_id,
        after={"rows": rows},
    )  # fmt: skip


def _text(sheet: Any, text: str) -> Any:
    """Text whatever it looks like: nothing is computed (A15), and 007 stays 007 when it is edited."""
    cell = WriteOnlyCell(sheet, escaped(text))
    cell.data_type, cell.number_format = "s", "@"
    return cell


def _why(reject: ImportReject, lang: Lang) -> str:
    zh, _, en = reject.fix.partition(" / ")
    said = en or zh if lang == "en" else zh
    return f"{reject.column}: {said}" if reject.column else said
