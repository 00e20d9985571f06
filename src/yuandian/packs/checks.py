"""What must hold between the parts of a pack. Each function yields what does not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from yuandian.engine.fields import LEVELS, feature_fields, source_fields
from yuandian.engine.pack import Feature, Level, Pack, Playbook
from yuandian.engine.tables import FEATURES, TABLES
from yuandian.packs import playbook_checks
from yuandian.packs.conditions import Names, check
from yuandian.packs.documents import Document, Place
from yuandian.packs.draft import Draft, Part
from yuandian.packs.problems import Problem, suggestion
from yuandian.packs.schema import REQUIRED_TERMS, Dated

_UNITS = {"count": "count", "days_since": "days"}


def duplicates(document: Document, place: Place, names: Sequence[str], what: str) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name in names[:number]:
            fix = f"rename one; the first is on line {document.line(*place, names.index(name), 'id')}"
            yield document.problem((*place, number, "id"), f"{what} `{name}` is declared twice", fix)


def header(draft: Draft, folder: str) -> Iterator[Problem]:
    document, pack = draft.header.document, draft.header.value
    if pack.id != folder:
        yield document.problem(("id",), f"the pack is called `{pack.id}` but its folder `{folder}`", "rename one")
    yield from duplicates(document, ("results",), [result.id for result in pack.results], "result")
    yield from duplicates(document, ("products",), [product.id for product in pack.products], "product")
    for number, product in enumerate(pack.products):
        if product.category not in pack.categories:
            place = ("products", number, "category")
            what = f"unknown category `{product.category}` of product `{product.id}`"
            yield document.problem(place, what, suggestion(product.category, pack.categories))
    for term in REQUIRED_TERMS:
        if term not in draft.terms.value:
            yield draft.terms.document.problem(
                (), f"the word `{term}` is missing", f"add `{term}: {{zh: …, en: …}}`"
            )


def dates(document: Document, place: Place, name: str, values: Sequence[Dated]) -> Iterator[Problem]:
    """Dated values follow one another."""
    for number, (before, after) in enumerate(pairwise(values), start=1):
        if before.from_ == after.from_:
            what = f"`{name}` has two values from {after.from_}: they overlap"
            yield document.problem((*place, number), what, "keep one, or give the later one its own day")
        elif before.from_ > after.from_:
            what = f"`{name}`: {after.from_} comes after {before.from_}"
            yield document.problem((*place, number), what, "order the values by their first day")


def values(draft: Draft) -> Iterator[Problem]:
    document = draft.values.document
    for name, value in draft.values.value.items():
        yield from dates(document, (name, "values"), name, value.values)
        if name in FEATURES.names:
            yield document.problem((name,), f"`{name}` is also a feature", "give the value another name")


def features(draft: Draft, known: Mapping[str, int]) -> Iterator[Problem]:
    """Declared features: the right column of the right table, a unit that fits, a condition over its columns."""
    document, declared = draft.features.document, draft.features.value
    yield from duplicates(document, (), [feature.id for feature in declared], "feature")
    for number, feature in enumerate(declared):
        if feature.id in (*FEATURES.names, *LEVELS, *known):
            what = f"`{feature.id}` is already a feature or value"
            yield document.problem((number, "id"), what, "give the feature another name")
        yield from _sum(document, (number,), feature)
        if feature.where is not None:
            names = Names(source_fields(feature.source), known, choices_of(draft, feature.source))
            yield from check(document, (number, "where"), feature.where, names)


def _sum(document: Document, place: Place, feature: Feature) -> Iterator[Problem]:
    table = TABLES[feature.source]
    summed = {column.name: column.type for column in table.decisive if column.type in ("fen", "integer")}
    if feature.aggregate in _UNITS:
        unit = _UNITS[feature.aggregate]
        if feature.of is not None:
            yield document.problem((*place, "of"), f"`{feature.aggregate}` takes no `of`", "delete the line")
    elif feature.of is None:
        yield document.problem(place, f"`{feature.id}`: `{feature.aggregate}` needs `of`", "add `of: …`")
        return
    elif feature.of not in summed:
        what = f"`{feature.source}` has no number `{feature.of}`"
        yield document.problem((*place, "of"), what, suggestion(feature.of, summed))
        return
    else:
        unit = "fen" if summed[feature.of] == "fen" else "count"
    if feature.unit != unit:
        what = f"`{feature.id}` is counted in `{unit}`, not in `{feature.unit}`"
        yield document.problem((*place, "unit"), what, f"write `unit: {unit}`")


def choices_of(draft: Draft, table: str) -> dict[str, frozenset[str]]:
    """The closed texts of a table's columns, in this pack."""
    pack = draft.header.value
    closed = {column.name: frozenset(column.choices) for column in TABLES[table] if column.choices}
    own: dict[str, dict[str, Iterable[str]]] = {
        "customer_days": {"kind": pack.transactions},
        "transactions": {"kind": pack.transactions},
        "events": {"kind": pack.events},
        "interactions": {"result": [result.id for result in pack.results]},
        "features": {
            "last_result": [result.id for result in pack.results],
            "ending_category": pack.categories,
            "kind": TABLES["customers"]["kind"].choices,
        },
    }
    if "product_id" in TABLES[table].names:
        closed["product_id"] = frozenset(product.id for product in pack.products)
    return closed | {name: frozenset(known) for name, known in own.get(table, {}).items()}


def levels(part: Part[list[Level]], names: Names, what: str) -> Iterator[Problem]:
    """Tiers, stages or segments: the last one takes everybody who is left."""
    document, ladder = part.document, part.value
    if not ladder:
        yield document.problem((), f"there is no {what}", "add one that always holds, without `when`")
        return
    yield from duplicates(document, (), [level.id for level in ladder], what)
    for number, level in enumerate(ladder):
        yield from check(document, (number, "when"), level.when, names)
    if ladder[-1].when.strip().lower() != "true":
        fix = f"add a last {what} without `when`, for all who are left"
        yield document.problem((len(ladder) - 1, "when"), f"the last {what} does not always hold", fix)


def classes(draft: Draft, pack: Pack) -> Iterator[Problem]:
    """Tiers, then stages, which may name the tier, segments, which may name both, and playbooks."""
    names = Names(feature_fields(pack), pack.values, choices_of(draft, FEATURES.name))
    for part, what in zip((draft.tiers, draft.stages, draft.segments), LEVELS, strict=True):
        yield from levels(part, names, what)
        names = names.adding(what, (level.id for level in part.value))
    yield from _twice(draft.playbooks)
    for book in draft.playbooks:
        for number, playbook in enumerate(book.value):
            yield from check(book.document, (number, "when"), playbook.when, names)
            yield from playbook_checks.check_playbook(draft, book.document, number, playbook)


def _twice(books: Sequence[Part[list[Playbook]]]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for book in books:
        for number, playbook in enumerate(book.value):
            here = f"{book.document.file}:{book.document.line(number, 'id')}"
            if playbook.id in seen:
                what = f"playbook `{playbook.id}` is declared twice"
                yield book.document.problem(
                    (number, "id"), what, f"rename one; the first is at {seen[playbook.id]}"
                )
            seen.setdefault(playbook.id, here)


def demo(draft: Draft) -> Iterator[Problem]:
    products = [product.id for product in draft.header.value.products]
    for part in draft.demo:
        if part.value.pack != draft.header.value.id:
            yield part.document.problem(("pack",), "the demo is of another pack", "write this pack's id")
        for name in part.value.products:
            if name not in products:
                yield part.document.problem(
                    ("products", name), f"unknown product `{name}`", suggestion(name, products)
                )
