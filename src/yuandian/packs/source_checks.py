"""What must hold in a source: files, columns and codes that exist."""

from collections.abc import Iterable, Iterator

from yuandian.engine.tables import KINDS, TABLES
from yuandian.packs.checks import choices_of, dates
from yuandian.packs.documents import Document, Place
from yuandian.packs.draft import Draft, Part
from yuandian.packs.problems import Problem, suggestion
from yuandian.packs.source import Source, SourceTable, reads, texts


def source(part: Part[Source], draft: Draft) -> Iterator[Problem]:
    document = part.document
    known = draft.values.value
    for name, values in part.value.values.items():
        if name not in known:
            yield document.problem(("values", name), f"unknown value `{name}`", suggestion(name, known))
        yield from dates(document, ("values", name), name, values)
    for number, table in enumerate(part.value.tables):
        place = ("tables", number)
        if table.kind not in KINDS:
            yield document.problem((*place, "kind"), f"unknown kind `{table.kind}`", suggestion(table.kind, KINDS))
        elif not (problems := list(_files(document, place, table, part.value))):
            yield from _read(document, place, table, part.value)
            yield from _written(document, place, table)
            yield from _codes(document, place, table, draft)
        else:
            yield from problems


def _files(document: Document, place: Place, table: SourceTable, whole: Source) -> Iterator[Problem]:
    named: list[tuple[Place, str]] = [((*place, "file"), table.file)]
    named += [((*place, "lookups", name, "file"), lookup.file) for name, lookup in table.lookups.items()]
    for where, file in named:
        if file not in whole.files:
            yield document.problem(where, f"unknown file `{file}`", suggestion(file, whole.files))


def _read(document: Document, place: Place, table: SourceTable, whole: Source) -> Iterator[Problem]:
    """Columns that are read must be declared by the file or the lookup they come from."""
    own = table.own_columns(whole.files[table.file])
    known = set(own)
    for name, lookup in table.lookups.items():
        theirs = whole.files[lookup.file].columns
        where = (*place, "lookups", name)
        yield from _missing(document, (*where, "match"), lookup.match, theirs)
        yield from _missing(document, (*where, "keep"), lookup.keep, theirs)
        yield from _missing(document, (*where, "match"), lookup.match.values(), known)
        known |= {f"{name}.{column}" for column in theirs}
    for column, transform in table.columns.items():
        yield from _missing(document, (*place, "columns", column), reads(transform), known)
    yield from _missing(document, (*place, "leave_out"), table.leave_out, own)
    yield from _raw(document, place, table, whole)


def _raw(document: Document, place: Place, table: SourceTable, whole: Source) -> Iterator[Problem]:
    raw = whole.files[table.file].columns
    yield from _missing(document, (*place, "distinct"), table.distinct, raw)
    if total := table.running_total:
        needed = [*total.per, total.day.of, *reads(total.amount)]
        yield from _missing(document, (*place, "running_total"), needed, raw)


def _missing(document: Document, place: Place, names: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    have = set(known)
    for name in names:
        if name not in have:
            yield document.problem((*place, name), f"unknown column `{name}`", suggestion(name, have))


def _written(document: Document, place: Place, table: SourceTable) -> Iterator[Problem]:
    """Columns that are written must be the kind's, and the required ones must be there."""
    target = TABLES[table.kind]
    for name in table.columns:
        if name not in target.names:
            where = (*place, "columns", name)
            yield document.problem(where, f"`{table.kind}` has no column `{name}`", suggestion(name, target.names))
    for column in target:
        if column.required and column.name not in table.columns:
            what = f"`{table.kind}` needs the column `{column.name}`"
            yield document.problem((*place, "columns"), what, f"add `{column.name}: {{use: …}}`")


def _codes(document: Document, place: Place, table: SourceTable, draft: Draft) -> Iterator[Problem]:
    """Codes that are written must be known to the pack."""
    choices = choices_of(draft, table.kind)
    for name, transform in table.columns.items():
        if name not in choices:
            continue
        for text in sorted((texts(transform) or frozenset()) - choices[name]):
            what = f"unknown {table.kind} {name} `{text}`"
            yield document.problem((*place, "columns", name), what, suggestion(text, choices[name]))
