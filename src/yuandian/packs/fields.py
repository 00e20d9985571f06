"""Under which names the columns of a file may stand, in Chinese and English."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from yuandian.engine.know.intake import normalised
from yuandian.engine.tables import KINDS, TABLES, Column, Table
from yuandian.packs.documents import Document, fill, read
from yuandian.packs.draft import HERE, Part
from yuandian.packs.problems import PackError, Problem, suggestion
from yuandian.packs.schema import ExtraField, FieldsFile


@dataclass(frozen=True)
class Fields:
    """`kinds[kind][column]` are the normalised names of a column, its own among them.

    `extra` are the pack's fields of a customer; they stand among the columns of `customers` too.
    """

    kinds: Mapping[str, Mapping[str, tuple[str, ...]]]
    extra: tuple[ExtraField, ...]

    def column(self, kind: str, header: str) -> str | None:
        """The column that a header in a file means, or None."""
        name = normalised(header)
        return next((column for column, names in self.kinds[kind].items() if name in names), None)

    def table(self, kind: str) -> Table:
        """What a file of this kind may bring: the engine's columns and, for customers, the pack's own."""
        table = TABLES[kind]
        own = self.extra if kind == "customers" else ()
        columns = (Column(field.id, field.type, field.label.en, extra=True) for field in own)
        return replace(table, columns=(*table.columns, *columns))


def load_fields(pack_id: str, *, folder: Path | None = None) -> Fields:
    """The names common to all packs and those of this one. Raises PackError."""
    own = folder or HERE / pack_id
    parts = [_part(HERE / "fields.yaml", HERE), _part(own / "fields.yaml", own.parent)]
    problems = [problem for part in parts for problem in check_fields(part)]
    if problems:
        raise PackError(problems)
    extra = parts[1].value.extra
    kinds = {
        kind: {name: _names(name, _aliases(parts, kind, name)) for name in TABLES[kind].names} for kind in KINDS
    }
    kinds["customers"] |= {
        field.id: _names(field.id, [field.label.zh, field.label.en, *field.aliases]) for field in extra
    }
    return Fields(kinds, extra)


def _part(path: Path, root: Path) -> Part[FieldsFile]:
    document = read(path, root)
    return Part(document, fill(document, FieldsFile))


def _aliases(parts: Iterable[Part[FieldsFile]], kind: str, column: str) -> list[str]:
    return [alias for part in parts for alias in part.value.columns.get(kind, {}).get(column, ())]


def _names(column: str, aliases: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([normalised(column), *map(normalised, aliases)]))


def check_fields(part: Part[FieldsFile]) -> Iterator[Problem]:
    """Known kinds and columns, and no name that means two columns."""
    document = part.document
    for kind, columns in part.value.columns.items():
        if kind not in KINDS:
            yield document.problem(("columns", kind), f"unknown kind `{kind}`", suggestion(kind, KINDS))
            continue
        yield from _unknown_columns(document, kind, columns)
        yield from _ambiguous(document, kind, columns)
    for number, field in enumerate(part.value.extra):
        if field.id in TABLES["customers"].names:
            what = f"`{field.id}` is already a column of customers"
            yield document.problem(("extra", number, "id"), what, "list its aliases under `columns` instead")


def _unknown_columns(document: Document, kind: str, columns: Iterable[str]) -> Iterator[Problem]:
    for column in columns:
        if column not in TABLES[kind].names:
            what = f"`{kind}` has no column `{column}`"
            yield document.problem(("columns", kind, column), what, suggestion(column, TABLES[kind].names))


def _ambiguous(document: Document, kind: str, columns: Mapping[str, Iterable[str]]) -> Iterator[Problem]:
    meaning = {normalised(name): name for name in TABLES[kind].names}
    for column, aliases in columns.items():
        for number, alias in enumerate(aliases):
            other = meaning.setdefault(normalised(alias), column)
            if other != column:
                what = f"`{alias}` means both `{other}` and `{column}`"
                yield document.problem(("columns", kind, column, number), what, "keep it for one of them")
