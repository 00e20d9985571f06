"""A pack as its files say it, each part beside the document it came from, before it is resolved for a day."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from yuandian.engine.pack import Feature, Label, Level, Playbook
from yuandian.packs.documents import Document, fill, read
from yuandian.packs.problems import PackError, Problem
from yuandian.packs.schema import (
    CasesFile,
    DemoFile,
    Features,
    FieldsFile,
    Header,
    Levels,
    Playbooks,
    Terms,
    Value,
    Values,
)
from yuandian.packs.source import Source

HERE = Path(__file__).parent
T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """What one file says."""

    document: Document
    value: T


@dataclass(frozen=True)
class Draft:
    """All files of a pack, each well formed by itself."""

    header: Part[Header]
    terms: Part[dict[str, Label]]
    shared: Part[dict[str, Label]]
    """Words that are the same in every industry."""
    fields: Part[FieldsFile]
    values: Part[dict[str, Value]]
    features: Part[list[Feature]]
    tiers: Part[list[Level]]
    stages: Part[list[Level]]
    segments: Part[list[Level]]
    playbooks: tuple[Part[list[Playbook]], ...]
    cases: tuple[Part[CasesFile], ...]
    demo: tuple[Part[DemoFile], ...]
    sources: dict[str, Part[Source]]

    def latest(self) -> date:
        """The first day on which every dated value is the newest one."""
        return max(
            (dated.from_ for value in self.values.value.values() for dated in value.values), default=date.max
        )


class _Reading:
    """Reads file after file and collects what is wrong, so that all of it is told at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def part(self, path: Path, form: type[T]) -> Part[T]:
        root = path.parent if path.parent == HERE else self.folder.parent
        try:
            document = read(path, root)
            return Part(document, fill(document, form))
        except PackError as error:
            self.problems += error.problems
            return Part(Document(path.name, None), None)  # type: ignore[arg-type]  # never leaves: read_draft raises

    def file(self, name: str, form: type[T]) -> Part[T]:
        return self.part(self.folder / name, form)

    def files(self, below: str, form: type[T], *, but: str = "") -> tuple[Part[T], ...]:
        paths = sorted((self.folder / below).glob("*.yaml"))
        return tuple(self.part(path, form) for path in paths if path.stem != but)


def read_draft(folder: Path) -> Draft:
    """All files of a pack's folder. Raises PackError with every malformed place of every file."""
    reading = _Reading(folder)
    draft = Draft(
        header=reading.file("pack.yaml", Header),
        terms=reading.file("terms.yaml", Terms),
        shared=reading.part(HERE / "terms.yaml", Terms),
        fields=reading.file("fields.yaml", FieldsFile),
        values=reading.file("know/values.yaml", Values),
        features=reading.file("know/features.yaml", Features),
        tiers=reading.file("know/tiers.yaml", Levels),
        stages=reading.file("know/stages.yaml", Levels),
        segments=reading.file("know/segments.yaml", Levels),
        playbooks=reading.files("decide", Playbooks),
        cases=reading.files("cases", CasesFile, but="pay"),
        demo=reading.files("demo", DemoFile),
        sources={path.stem: reading.part(path, Source) for path in sorted((folder / "sources").glob("*.yaml"))},
    )
    if reading.problems:
        raise PackError(reading.problems)
    return draft
