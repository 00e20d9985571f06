"""A month settled: results × plan × city → statements. Pure; the same arguments give the same statements."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from yuandian.engine.pay import components, deductions
from yuandian.engine.pay.brackets import find
from yuandian.engine.pay.city import CityRates
from yuandian.engine.pay.lines import Line, Month
from yuandian.engine.pay.plan import Contract, Plan, SocialInsurance, Status


class Result(NamedTuple):
    """One RM's month. `amounts` holds every input of the plan; `status` is given where a person decided it."""

    rm_id: str
    amounts: Mapping[str, int]
    hired_on: date | None = None
    left_on: date | None = None
    """The first day no longer here."""
    status: str | None = None
    owed_fen: int = 0
    """Carried over from the month before."""


class Statement(NamedTuple):
    """`total_fen` is the sum of the lines. `carried_fen` is still owed after this month."""

    rm_id: str
    status: str
    contract: Contract
    total_fen: int
    lines: tuple[Line, ...]
    employer_costs: tuple[Line, ...]
    carried_fen: int
    below_minimum_fen: int
    """By how much an employee's month falls short of the minimum wage; 0 where it does not."""


Kind = Callable[[Any, Month, list[Line]], Line]
KINDS: dict[str, Kind] = {
    "base": components.base,
    "per_unit": components.per_unit,
    "share": components.share,
    "spread": components.spread,
    "retention": components.retention,
    "conduct": components.conduct,
    "guarantee": components.guarantee,
    "cap": components.cap,
    "clawback": deductions.clawback,
}


def settle(plan: Plan, rates: CityRates, period: date, results: Iterable[Result]) -> Iterator[Statement]:
    """Statements of the month in which `period` lies, in the order of the results, one at a time.

    Raises ValueError where the plan is not in force in that month, or a decided status is not the plan's.
    """
    require_in_force(plan, period)
    return (settle_one(plan, rates, period, result) for result in results)


def settle_one(plan: Plan, rates: CityRates, period: date, result: Result) -> Statement:
    status = status_of(plan, result)
    days, of_days = days_employed(period, result.hired_on, result.left_on)
    tenure = _tenure(period, result.hired_on)
    month = Month(status.id, status.contract, days, of_days, tenure, result.amounts, result.owed_fen, rates)
    lines: list[Line] = []
    costs: list[Line] = []
    for part in plan.components:
        if part.for_ and status.id not in part.for_:
            lines.append(Line(part.id, 0, "not_for_status", {"status": status.id}))
            continue
        if isinstance(part, SocialInsurance):
            taken, beside = deductions.contributions(part, month, lines)
            lines += taken
            costs += beside
        else:
            lines.append(KINDS[part.kind](part, month, lines))
    return _statement(result, month, lines, costs)


def in_force(plan: Plan, period: date) -> bool:
    first = period.replace(day=1)
    return plan.from_.replace(day=1) <= first and (plan.to is None or first < plan.to.replace(day=1))


def require_in_force(plan: Plan, period: date) -> None:
    if not in_force(plan, period):
        until = f", before {plan.to:%Y-%m}" if plan.to else ""
        raise ValueError(f"plan {plan.id} holds from {plan.from_:%Y-%m}{until}, not in {period:%Y-%m}")


def status_of(plan: Plan, result: Result) -> Status:
    """The decided status, or the level that the ladder's input reaches."""
    if result.status is None:
        return find(plan.status.levels, result.amounts[plan.status.by])
    for level in plan.status.levels:
        if level.id == result.status:
            return level
    known = ", ".join(level.id for level in plan.status.levels)
    raise ValueError(f"plan {plan.id} has no status {result.status!r}: known are {known}")


def days_employed(period: date, hired_on: date | None, left_on: date | None) -> tuple[int, int]:
    """Days employed in the month, and its days; `left_on` is the first day no longer employed."""
    first, length = period.replace(day=1), monthrange(period.year, period.month)[1]
    after = first + timedelta(days=length)
    start, end = max(first, hired_on or first), min(after, left_on or after)
    return max(0, (end - start).days), length


def _tenure(period: date, hired_on: date | None) -> int | None:
    if hired_on is None:
        return None
    return max(0, (period.year - hired_on.year) * 12 + period.month - hired_on.month + 1)


def _statement(result: Result, month: Month, lines: list[Line], costs: list[Line]) -> Statement:
    total, deducted = 0, 0
    for line in lines:
        total += line.amount_fen
        deducted += line.amount_fen if line.deducts else 0
    short = 0
    if month.contract == "employee" and month.days:
        paid = total if month.rates.minimum_is_net else total - deducted
        short = max(0, deductions.minimum_wage(month) - paid)
    return Statement(
        rm_id=result.rm_id,
        status=month.status,
        contract=month.contract,
        total_fen=total,
        lines=tuple(lines),
        employer_costs=tuple(costs),
        carried_fen=result.owed_fen + sum(line.owed_fen for line in lines),
        below_minimum_fen=short,
    )
