"""Which reader a file gets: by the ending of its name, and only if its first bytes agree (A19)."""

import mmap
from collections.abc import Callable
from pathlib import Path

from yuandian.operations.files.rows import LIMITS, FileError, Limits, RowSource

ENDINGS = (".csv.gz", ".csv", ".xlsx", ".parquet")
"""What can be read, by the ending of the name."""
_MAGIC = {b"PK\x03\x04": ".xlsx", b"PAR1": ".parquet", b"\x1f\x8b": ".csv.gz"}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""The container of old workbooks, and of new ones with a password."""


def ending(path: Path) -> str | None:
    """The ending by which a file is read, or None for a file of another kind."""
    return next((known for known in ENDINGS if path.name.lower().endswith(known)), None)


def known_ending(path: Path) -> str:
    """The same. Raises FileError for a file of another kind."""
    known = ending(path)
    if known is None:
        raise FileError("unknown_ending", path.name, known=", ".join(ENDINGS))
    return known


def open_rows(path: Path, limits: Limits = LIMITS) -> RowSource:
    """The rows of a file as text. Raises FileError when it cannot be read; the text says where and what to do.

    For the child process alone: whatever a file does to its reader, it does there (`read_apart`).
    """
    known = known_ending(path)
    try:
        with path.open("rb") as file:
            head = file.read(8)
        if not head:
            raise FileError("empty_file", path.name)
        refuse_other(head, path, known)
        return _reader(known)(path, limits)
    except OSError as error:
        raise FileError("unreadable", path.name, why=error.strerror or str(error)) from error


def refuse_other(head: bytes, path: Path, known: str) -> None:
    """Raises FileError when the first bytes are those of another kind of file."""
    if head.startswith(_OLE):
        raise FileError("encrypted" if _is_encrypted(path) else "old_workbook", path.name)
    really = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
    if really not in {known, None}:
        raise FileError("really", path.name, kind=really)
    if known == ".xlsx" and really is None:
        raise FileError("not_a_workbook", path.name)


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return whole.find("EncryptedPackage".encode("utf-16-le")) >= 0


def _reader(known: str) -> Callable[[Path, Limits], RowSource]:
    """Imported when needed: a child that reads csv starts in half the time."""
    if known == ".xlsx":
        from yuandian.operations.files.sheet import sheet_rows

        return sheet_rows
    if known == ".parquet":
        from yuandian.operations.files.parquet import parquet_rows

        return parquet_rows
    from yuandian.operations.files.text import text_rows

    return text_rows
