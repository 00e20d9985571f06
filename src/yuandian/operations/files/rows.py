"""What every reader gives: a header and batches of text, or an error that says where and how to mend it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from yuandian.operations.files.words import FAULTS


class FileError(Exception):
    """A file that cannot be taken in at all. `code` and `inputs` for programs, the text for people."""

    def __init__(self, code: str, where: str, **inputs: object) -> None:
        self.code, self.where, self.inputs = code, where, inputs
        texts = [text.format(**inputs) for text in FAULTS[code]]
        self.what, self.fix = f"{texts[0]} / {texts[2]}", f"{texts[1]} / {texts[3]}"
        super().__init__(f"{where}: {self.what}. {self.fix}")


@dataclass(frozen=True)
class Limits:
    """Caps, so that no file takes the memory or the day (A17). Sizes in characters or bytes."""

    batch_rows: int = 20_000
    batch_cells: int = 400_000
    batch_characters: int = 16_000_000
    columns: int = 2_000
    cell: int = 1_000_000
    row: int = 16_000_000
    inflated_free: int = 64 << 20
    """Inflated bytes that any compressed file may have, whatever its own size."""
    inflation: int = 250
    """Inflated bytes per byte of the file beyond that: tables shrink to a tenth, a bomb to a thousandth."""
    inflated: int = 8 << 30
    zip_entries: int = 1_000
    memory: int = 440 << 20
    """Bytes that the reading process may allocate; with its program text it stays below 512 MB."""
    seconds: int = 30
    """Processor time for any file, and more for each megabyte of a larger one."""
    seconds_per_mb: int = 10

    def seconds_for(self, size: int) -> int:
        return self.seconds + self.seconds_per_mb * (size >> 20)


LIMITS = Limits()
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
OWN_NAMES = frozenset({"_row", "_width"})


@dataclass(frozen=True)
class RowSource:
    """A file's rows. Iterating starts at the first row each time.

    Batches are Arrow tables of strings named as in `header`, with `_row` (int64, 1 is the first row after the
    header, empty rows counted but left out) and `_width` (int64: how many cells a row had that does not fit
    the header; its cells are NULL). An empty cell is NULL. A cell over the limit is cut to one character
    beyond it, and a text that is not Unicode becomes NUL, so that typing refuses both in their place.
    """

    header: tuple[str, ...]
    read: Callable[[], Iterator[pa.Table]] = field(repr=False)

    def __iter__(self) -> Iterator[pa.Table]:
        return self.read()


def named(cells: Sequence[str], where: str, limits: Limits) -> dict[int, str]:
    """Position → name of every named column. Columns without a name, and our own two, are not read."""
    if len(cells) > limits.columns:
        raise FileError("too_wide", where, columns=len(cells), limit=limits.columns)
    if any("\0" in cell for cell in cells):
        raise FileError("binary", where)
    names = {nth: cell.strip() for nth, cell in enumerate(cells)}
    names = {nth: name for nth, name in names.items() if name and name not in OWN_NAMES}
    if not names:
        raise FileError("no_header", where)
    seen: set[str] = set()
    for name in names.values():
        key = unicodedata.normalize("NFKC", name).casefold()
        if key in seen:
            raise FileError("duplicate_header", where, column=name)
        seen.add(key)
    return names


class Batcher:
    """Collects rows of cells into Arrow tables of bounded size."""

    def __init__(self, names: dict[int, str], width: int, limits: Limits) -> None:
        self.names, self.width, self.limits = names, width, limits
        self.most = max(1, min(limits.batch_rows, limits.batch_cells // width))
        self._clear()

    def _clear(self) -> None:
        self.cells: list[Sequence[str | None]] = []
        self.rows: list[int] = []
        self.widths: list[int | None] = []
        self.characters = 0

    def add_all(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[pa.Table]:
        """`rows`: number and cells, empty rows already left out."""
        limits, blank = self.limits, [None] * self.width
        for number, cells in rows:
            length = sum(map(len, cells))
            if length > limits.cell:
                cells = [cell[: limits.cell + 1] for cell in cells]  # noqa: PLW2901  the cut row stands for it
                length = sum(map(len, cells))
            fits = len(cells) == self.width
            self.cells.append(cells if fits else blank)
            self.widths.append(None if fits else len(cells))
            self.rows.append(number)
            self.characters += length
            if len(self.rows) >= self.most or self.characters > limits.batch_characters:
                yield self._table()
        if self.rows:
            yield self._table()

    def _table(self) -> pa.Table:
        columns = list(zip(*self.cells, strict=True))
        arrays = [_strings(columns[nth]) for nth in self.names]
        own = [pa.array(self.rows, pa.int64()), pa.array(self.widths, pa.int64())]
        self._clear()
        return pa.table([*arrays, *own], names=[*self.names.values(), "_row", "_width"])


def _strings(cells: Sequence[str | None]) -> pa.Array:
    cells = [cell or None for cell in cells]
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:
        return pa.array([cell and LONE_SURROGATE.sub("\0", cell) for cell in cells], pa.string())
