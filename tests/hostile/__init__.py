"""The corpus of hostile files (A16–A19, F14): each is made when it is tried, nothing binary is kept.

A case is a function that writes a file, and what must come of it: the code and the place of the refusal, or, for a
file that is read after all, its header and its rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Case:
    name: str
    file: str
    write: Callable[[Path], None] = field(repr=False)
    code: str | None
    where: str | None
    rows: tuple[tuple, ...]
    limits: dict[str, int]

    @property
    def id(self) -> str:
        return f"{self.file.partition('.')[2]}-{self.name}"


CASES: list[Case] = []


def refused(file: str, code: str, place: str = "", **limits: int) -> Callable:
    """The file cannot be read: FileError `code` at its name followed by `place`."""

    def register(write: Callable[[Path], None]) -> Callable[[Path], None]:
        CASES.append(Case(write.__name__, file, write, code, file + place, (), limits))
        return write

    return register


def read(file: str, *rows: tuple, **limits: int) -> Callable:
    """The file is read: its header, and all its rows. An empty or ragged cell is None."""

    def register(write: Callable[[Path], None]) -> Callable[[Path], None]:
        CASES.append(Case(write.__name__, file, write, None, None, rows, limits))
        return write

    return register


def cases() -> Iterator[Case]:
    from tests.hostile import columns, sheets, texts  # noqa: F401  each registers its own

    yield from CASES
