"""Files into rows of text: csv in any usual encoding, Excel and Parquet, read in bounded memory.

Nothing here knows what a column means; `engine.know.intake` types the cells.
"""

from pathlib import Path

from yuandian.operations.files.parquet import parquet_rows
from yuandian.operations.files.rows import LIMITS, FileError, Limits, RowSource
from yuandian.operations.files.sheet import sheet_rows
from yuandian.operations.files.spool import spooled, sweep
from yuandian.operations.files.text import text_rows

READERS = {".csv.gz": text_rows, ".csv": text_rows, ".xlsx": sheet_rows, ".parquet": parquet_rows}
ENDINGS = tuple(READERS)
"""What can be read, by the ending of the name."""

__all__ = ["ENDINGS", "LIMITS", "FileError", "Limits", "RowSource", "ending", "open_rows", "spooled", "sweep"]


def ending(path: Path) -> str | None:
    """The ending by which a file is read, or None for a file of another kind."""
    return next((known for known in ENDINGS if path.name.lower().endswith(known)), None)


def open_rows(path: Path, limits: Limits = LIMITS) -> RowSource:
    """The rows of a file as text. Raises FileError when it cannot be read; the text says where and what to do."""
    known = ending(path)
    if known is None:
        raise FileError("unknown_ending", path.name, known=", ".join(ENDINGS))
    try:
        size = path.stat().st_size
        if size == 0:
            raise FileError("empty_file", path.name)
        return READERS[known](path, limits)
    except OSError as error:
        raise FileError("unreadable", path.name, why=error.strerror or str(error)) from error
