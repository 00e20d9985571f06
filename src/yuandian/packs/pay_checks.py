"""What must hold inside a plan: names that exist, brackets without gap or overlap, kinds in their order."""

from collections.abc import Collection, Iterator, Sequence

from yuandian.engine.pay.brackets import Fault, faults
from yuandian.engine.pay.plan import STAGES, Bracket, Component, Plan, Unit
from yuandian.packs import checks, pay_cities
from yuandian.packs.documents import Document, Place
from yuandian.packs.draft import Part
from yuandian.packs.problems import PackError, Problem, suggestion

UNITS: dict[str, Unit] = {
    "per_unit": "count",
    "share": "fen",
    "spread": "fen",
    "social_insurance": "fen",
    "clawback": "fen",
}
"""What the input of a kind is counted in; kinds that are not named take either."""
SAYS = {
    "open_start": ("the first bracket begins at {high}: what is below is in none", "leave `from` out"),
    "open_end": ("the last bracket ends at {low}: what is above is in none", "leave `to` out"),
    "edge_missing": ("an inner bracket needs `from` and `to`", "write both"),
    "empty": ("the bracket from {low} to {high} holds nothing", "correct the edges"),
    "gap": ("nothing holds {low} to {high}: a gap", "let `from` be the `to` of the bracket before: {low}"),
    "overlap": (
        "{high} to {low} is in two brackets: an overlap",
        "let `from` be the `to` of the bracket before: {low}",
    ),
}


def check(part: Part[Plan]) -> Iterator[Problem]:
    document, plan = part.document, part.value
    yield from _frame(document, plan)
    yield from _known(document, ("status", "by"), plan.status.by, plan.inputs, "input")
    yield from _brackets(document, ("status", "levels"), plan.status.levels)
    yield from checks.duplicates(document, ("status", "levels"), [one.id for one in plan.status.levels], "status")
    yield from checks.duplicates(document, ("components",), [one.id for one in plan.components], "component")
    yield from _order(document, plan)
    for nth, component in enumerate(plan.components):
        yield from _component(document, plan, ("components", nth), component)


def _frame(document: Document, plan: Plan) -> Iterator[Problem]:
    if plan.to is not None and plan.to <= plan.from_:
        yield document.problem(("to",), f"`to` {plan.to} is not after `from` {plan.from_}", "correct one")
    try:
        pay_cities.rates(plan.city, plan.from_)
    except PackError as error:
        yield document.problem(("city",), error.problems[0].what, error.problems[0].fix)


def _component(document: Document, plan: Plan, place: Place, component: Component) -> Iterator[Problem]:
    for key in ("of", "kept"):
        name = getattr(component, key, None)
        if name is None:
            continue
        yield from _known(document, (*place, key), name, plan.inputs, "input")
        unit = UNITS.get(component.kind)
        if unit and name in plan.inputs and plan.inputs[name].unit != unit:
            what = f"`{component.kind}` takes {unit}, and `{name}` is in {plan.inputs[name].unit}"
            yield document.problem((*place, key), what, f"name an input with `unit: {unit}`")
    levels = [level.id for level in plan.status.levels]
    for nth, status in enumerate(component.for_):
        yield from _known(document, (*place, "for", nth), status, levels, "status")
    before = [one.id for one in plan.components[: int(place[1])]]
    for nth, other in enumerate(getattr(component, "over", ())):
        yield from _known(document, (*place, "over", nth), other, before, "component before it")
    yield from _brackets(document, (*place, "brackets"), getattr(component, "brackets", ()))


def _order(document: Document, plan: Plan) -> Iterator[Problem]:
    """Earned, changed, limited, deducted. The deductions come once each."""
    stage_of = {kind: stage for stage, kinds in enumerate(STAGES) for kind in kinds}
    furthest = 0
    for nth, component in enumerate(plan.components):
        stage = stage_of[component.kind]
        if stage < furthest:
            fix = f"move it up; the order is: {' → '.join(' / '.join(kinds) for kinds in STAGES)}"
            what = f"`{component.id}` ({component.kind}) stands after what builds on it"
            yield document.problem(("components", nth), what, fix)
        elif stage >= 3 and any(one.kind == component.kind for one in plan.components[:nth]):
            yield document.problem(("components", nth), f"a second `{component.kind}`", "keep one")
        furthest = max(furthest, stage)


def _known(document: Document, place: Place, name: str, known: Collection[str], what: str) -> Iterator[Problem]:
    if name not in known:
        yield document.problem(place, f"unknown {what} `{name}`", suggestion(name, known))


def _brackets(document: Document, place: Place, brackets: Sequence[Bracket]) -> Iterator[Problem]:
    for fault in faults(brackets) if brackets else ():
        what, fix = _said(fault)
        yield document.problem((*place, fault.nth), what, fix)


def _said(fault: Fault) -> tuple[str, str]:
    edges = {"low": fault.low, "high": fault.high}
    what, fix = SAYS[fault.code]
    return what.format_map(edges), fix.format_map(edges)
