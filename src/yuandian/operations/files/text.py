"""csv: encodings, delimiters and compression found out from the bytes, always in the same way.

Encoding: a byte-order mark decides; else UTF-8 if the whole file is UTF-8; else GB18030 (which contains GBK
and GB2312) if the whole file is that. The delimiter is the commonest of comma, semicolon and tab in the header
outside quotes.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from yuandian.operations.files.cells import plain
from yuandian.operations.files.opening import refuse_other
from yuandian.operations.files.rows import Batcher, FileError, Limits, RowSource, named

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
DELIMITERS = ",;\t"
CHUNK = 1 << 20
Records = Generator[tuple[int, list[str]], None, None]


def text_rows(path: Path, limits: Limits) -> RowSource:
    """The rows of a .csv or .csv.gz."""
    encoding = _encoding(path, limits)
    with closing(_lines(path, encoding, limits)) as lines:
        first = _first_line(lines, path)
    delimiter = _delimiter(first)
    with closing(_records(path, encoding, delimiter, limits)) as records:
        _, cells = next(records, (0, [""]))
    names = named([plain(cell) for cell in cells], f"{path.name}, row 1", limits)

    def read() -> Iterator[pa.Table]:
        records = _records(path, encoding, delimiter, limits)
        next(records)
        return map(_plain, Batcher(names, len(cells), limits).add_all(records))

    return RowSource(tuple(names.values()), read)


def _plain(rows: pa.Table) -> pa.Table:
    """Formulas that an export made harmless are what they were; a cell over the limit stays cut as it is."""
    for nth, column in enumerate(rows.columns[:-2]):
        if pc.any(pc.starts_with(column, "'")).as_py():
            texts = [cell and plain(cell) for cell in column.to_pylist()]
            rows = rows.set_column(nth, rows.field(nth), pa.array(texts, pa.string()))
    return rows


def _records(
    path: Path, encoding: str, delimiter: str, limits: Limits
) -> Generator[tuple[int, list[str]], None, None]:
    """Number and cells of every record that is not empty; the header has number 0."""
    csv.field_size_limit(limits.row)
    with closing(_lines(path, encoding, limits)) as lines:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number = -1
        try:
            for cells in reader:
                if number >= 0:
                    number += 1
                if any(cells):
                    number = max(number, 0)
                    yield number, cells
        except csv.Error as error:
            code = "row_too_long" if "field larger" in str(error) else "bad_quotes"
            where = f"{path.name}, row {number + 1}, line {reader.line_num}"
            raise FileError(code, where, limit=limits.row) from error


def _lines(path: Path, encoding: str, limits: Limits) -> Generator[str, None, None]:
    """Lines of bounded length; a line end inside quotes is put together again by the csv reader."""
    number = 0
    with _bytes(path, limits) as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
        while line := text.readline(limits.row):
            number += 1
            if len(line) >= limits.row:
                raise FileError("row_too_long", f"{path.name}, line {number}", limit=limits.row)
            yield line


def _first_line(lines: Iterator[str], path: Path) -> str:
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise FileError("empty_file", path.name)
    return first


def _delimiter(line: str) -> str:
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _encoding(path: Path, limits: Limits) -> str:
    """The encoding in which the whole file can be read. Reads it once, or twice for GB18030."""
    with _bytes(path, limits) as raw:
        head = raw.read(8)
    refuse_other(head, path, ".csv")
    tries = next(([name] for bom, name in BOMS.items() if head.startswith(bom)), ["utf-8", "gb18030"])
    faults = []
    for encoding in tries:
        fault = _fault(path, encoding, limits)
        if fault is None:
            return encoding
        faults.append(fault)
    offset, line = max(faults)  # what reads further is likelier what was meant
    raise FileError("not_text", f"{path.name}, line {line}, byte {offset}", offset=offset)


def _fault(path: Path, encoding: str, limits: Limits) -> tuple[int, int] | None:
    """Offset and line of the first byte that is not of this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done, line = 0, 1
    with _bytes(path, limits) as raw:
        while True:
            chunk = raw.read(CHUNK)
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                start = max(0, error.start - pending)
                return done - pending + error.start, line + chunk[:start].count(b"\n")
            if not chunk:
                return None
            done += len(chunk)
            line += chunk.count(b"\n")


@contextmanager
def _bytes(path: Path, limits: Limits) -> Iterator[io.BufferedReader]:
    """The file's bytes, inflated where it is compressed."""
    with path.open("rb") as file:
        if path.name.lower().endswith(".gz"):
            size = path.stat().st_size
            most = min(limits.inflated, max(limits.inflated_free, size * limits.inflation))
            yield io.BufferedReader(_Inflated(file, path.name, most), CHUNK)
        else:
            yield file


class _Inflated(io.RawIOBase):
    """A gzip stream that stops at `most` bytes and words its faults."""

    def __init__(self, file: IO[bytes], name: str, most: int) -> None:
        self.stream, self.name, self.left, self.most = gzip.GzipFile(fileobj=file), name, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io gives a memoryview
        try:
            got = self.stream.readinto(buffer)
        except (OSError, EOFError, zlib.error) as error:
            raise FileError("broken_archive", self.name) from error
        self.left -= got
        if self.left < 0:
            raise FileError("inflates", self.name, limit=self.most)
        return got
