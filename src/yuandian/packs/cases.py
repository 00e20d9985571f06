"""A pack's own examples: a situation in, tier, stage, segment and playbooks out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from yuandian.engine.fields import LEVELS, feature_fields
from yuandian.engine.pack import Level, Pack
from yuandian.engine.rules import FieldType, parse
from yuandian.packs.documents import Document
from yuandian.packs.draft import Part
from yuandian.packs.problems import Problem, suggestion
from yuandian.packs.schema import Case, CasesFile

Row = dict[str, object]


def run(part: Part[CasesFile], pack: Pack) -> Iterator[Problem]:
    """The cases that come out otherwise than they say."""
    for number, case in enumerate(part.value.cases):
        yield from _run(part.document, number, case, pack)


def classify(pack: Pack, features: Mapping[str, object]) -> tuple[Row, list[str]]:
    """One customer's features with tier, stage and segment, and the playbooks whose condition holds.

    Features that are not given are unknown. For one customer what the stages do for all.
    """
    fields = feature_fields(pack)
    row: Row = {name: _typed(features.get(name), kind) for name, kind in fields.items()}
    for name, ladder in zip(LEVELS, (pack.tiers, pack.stages, pack.segments), strict=True):
        row[name] = _first(ladder, fields, pack.values, row)
        fields = {**fields, name: "text"}
    fired = [book.id for book in pack.playbooks if parse(book.when, fields, pack.values).test(row)]
    return row, fired


def _typed(value: object, kind: FieldType) -> object:
    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else value


def _first(ladder: Iterable[Level], fields: Mapping[str, FieldType], values: Mapping[str, int], row: Row) -> str:
    return next(level.id for level in ladder if parse(level.when, fields, values).test(row))


def _run(document: Document, number: int, case: Case, pack: Pack) -> Iterator[Problem]:
    known = feature_fields(pack)
    unknown = [name for name in case.features if name not in known]
    for name in unknown:
        place = ("cases", number, "features", name)
        yield document.problem(place, f"unknown feature `{name}`", suggestion(name, known))
    if unknown:
        return
    row, fired = classify(pack, case.features)
    expected = case.expect
    for name in LEVELS:
        wanted = getattr(expected, name)
        if wanted is not None and wanted != row[name]:
            place = ("cases", number, "expect", name)
            what = f"case `{case.case}`: {name} is `{row[name]}`, not `{wanted}`"
            yield document.problem(place, what, "correct the case or the pack")
    if expected.playbooks is not None and set(expected.playbooks) != set(fired):
        what = f"case `{case.case}`: playbooks are {sorted(fired)}, not {sorted(expected.playbooks)}"
        yield document.problem(("cases", number, "expect", "playbooks"), what, "correct the case or the pack")
