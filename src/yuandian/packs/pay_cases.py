"""A pack's examples of pay (cases/pay.yaml): a month's results in, status, total and lines out."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from yuandian.engine.pack import Frozen, Identifier
from yuandian.engine.pay.plan import Plan, PlanId
from yuandian.engine.pay.settle import Result, Statement, in_force, settle
from yuandian.packs.documents import Document, fill, read
from yuandian.packs.draft import Part
from yuandian.packs.pay import load_plan, plans
from yuandian.packs.pay_cities import rates
from yuandian.packs.problems import PackError, Problem, suggestion
from yuandian.packs.schema import Text

Fen = dict[str, int]


class Expected(Frozen):
    """Lines not named may be anything; the total holds them all."""

    status: Identifier
    total_fen: int
    lines: Fen = Field(default_factory=dict)
    employer_costs_fen: int | None = None
    carried_fen: int = 0


class PayCase(Frozen):
    """Inputs not named are 0."""

    case: Text
    period: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    results: dict[Identifier, int]
    hired_on: date | None = None
    left_on: date | None = None
    decided_status: Identifier | None = None
    owed_fen: int = 0
    expect: Expected


class PayCases(Frozen):
    plan: PlanId
    cases: Annotated[tuple[PayCase, ...], Field(min_length=1)]


def read_cases(folder: Path) -> Part[PayCases] | None:
    """The cases of a pack's folder; None where it has none. Raises PackError."""
    path = folder / "cases/pay.yaml"
    if not path.is_file():
        return None
    document = read(path, folder.parent)
    return Part(document, fill(document, PayCases))


def check_cases(folder: Path) -> Iterator[Problem]:
    """The cases that come out otherwise than they say."""
    try:
        part = read_cases(folder)
        if part is None:
            return
        if part.value.plan not in plans() and not (folder / "pay" / f"{part.value.plan}.yaml").is_file():
            fix = suggestion(part.value.plan, plans(folder.name))
            yield part.document.problem(("plan",), f"there is no plan `{part.value.plan}`", fix)
            return
        plan = load_plan(folder / "pay" / f"{part.value.plan}.yaml").value
        for nth, case in enumerate(part.value.cases):
            yield from _run(part.document, nth, case, plan)
    except PackError as error:
        yield from error.problems


def _run(document: Document, nth: int, case: PayCase, plan: Plan) -> Iterator[Problem]:
    for name in case.results:
        if name not in plan.inputs:
            place = ("cases", nth, "results", name)
            yield document.problem(place, f"unknown input `{name}`", suggestion(name, plan.inputs))
            return
    period = date.fromisoformat(f"{case.period}-01")
    if not in_force(plan, period):
        what = f"case `{case.case}`: plan `{plan.id}` is not in force in {case.period}"
        yield document.problem(("cases", nth, "period"), what, "choose a month of the plan")
        return
    amounts = dict.fromkeys(plan.inputs, 0) | case.results
    result = Result("case", amounts, case.hired_on, case.left_on, case.decided_status, case.owed_fen)
    (statement,) = settle(plan, rates(plan.city, period), period, [result])
    for name, found, wanted in _differences(statement, case.expect):
        what = f"case `{case.case}`: {name} is {found}, not {wanted}"
        yield document.problem(("cases", nth, "expect"), what, "correct the case or the plan")


def _differences(statement: Statement, expected: Expected) -> Iterator[tuple[str, object, object]]:
    lines = {line.component: line.amount_fen for line in statement.lines}
    costs = sum(line.amount_fen for line in statement.employer_costs)
    pairs: list[tuple[str, object, object]] = [
        ("status", statement.status, expected.status),
        ("total_fen", statement.total_fen, expected.total_fen),
        ("carried_fen", statement.carried_fen, expected.carried_fen),
        *((name, lines.get(name), amount) for name, amount in expected.lines.items()),
    ]
    if expected.employer_costs_fen is not None:
        pairs.append(("employer_costs_fen", costs, expected.employer_costs_fen))
    return (pair for pair in pairs if pair[1] != pair[2])
