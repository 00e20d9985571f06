"""What law or sense says against a plan: warnings, each with code, place and numbers. A person decides.

Found by reading the plan and by paying made-up months with it: each status at its lowest, each edge of each
bracket a step apart. `wording` has the words.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from yuandian.engine.pay.brackets import lowest
from yuandian.engine.pay.city import CityRates
from yuandian.engine.pay.components import Inputs
from yuandian.engine.pay.plan import CONDUCT, LASTING, Clawback, Measure, Plan
from yuandian.engine.pay.settle import Result, Statement, settle_one

Place = tuple[str | int, ...]
OLD_DAYS = 460
"""Cities set contributions yearly; a table older than this, with some months of grace, has been overtaken."""


class Warned(NamedTuple):
    """`place` leads into the plan's file."""

    code: str
    place: Place
    inputs: Mapping[str, int | str | None]


def lint(plan: Plan, rates: CityRates, period: date) -> list[Warned]:
    """All warnings on a plan as it would pay in the month of `period`."""
    return [
        *_conduct(plan, rates),
        *_first_sale(plan),
        *_minimum_wage(plan, rates, period),
        *_cliffs(plan, rates, period),
        *_limits(plan, rates),
        *_age(rates, period),
    ]


def _conduct(plan: Plan, rates: CityRates) -> Iterator[Warned]:
    """A36: compliance, suitability and complaints must be part of what decides pay, where law says so."""
    if plan.pack not in rates.conduct_counts_in:
        return
    missing = [measure for measure in CONDUCT if measure not in _paid_by(plan)]
    if missing:
        code = "volume_alone" if len(missing) == len(CONDUCT) else "conduct_missing"
        yield Warned(code, ("components",), {"missing": ", ".join(missing)})


def _first_sale(plan: Plan) -> Iterator[Warned]:
    """P5: pay that ends with the first sale makes the customer somebody else's matter (一次性)."""
    paid = _paid_by(plan)
    if not paid.intersection(LASTING):
        yield Warned("first_sale_only", ("components",), {"measures": ", ".join(sorted(paid))})


def _minimum_wage(plan: Plan, rates: CityRates, period: date) -> Iterator[Warned]:
    for nth, level in enumerate(plan.status.levels):
        statement = _paid(plan, rates, period, {plan.status.by: lowest(level)}, level.id)
        if statement.below_minimum_fen:
            yield Warned(
                "below_minimum_wage",
                ("status", "levels", nth),
                {
                    "status": level.id,
                    "paid_fen": rates.minimum_wage_fen - statement.below_minimum_fen,
                    "minimum_fen": rates.minimum_wage_fen,
                    "short_fen": statement.below_minimum_fen,
                },
            )


def _cliffs(plan: Plan, rates: CityRates, period: date) -> Iterator[Warned]:
    """Where a step more of an input pays less, the employee's contributions included."""
    for name, edge, place in _edges(plan):
        for level in plan.status.levels if name != plan.status.by else plan.status.levels[:1]:
            around = {plan.status.by: lowest(level)}
            below = _paid(plan, rates, period, {**around, name: edge - 1}).total_fen
            above = _paid(plan, rates, period, {**around, name: edge}).total_fen
            if above < below:
                what: Inputs = {"input": name, "edge": edge, "unit": plan.inputs[name].unit}
                yield Warned("cliff", place, what | {"below_fen": below, "above_fen": above})
                break


def _limits(plan: Plan, rates: CityRates) -> Iterator[Warned]:
    """The engine keeps the law's limit for employees in any case; the plan should not promise otherwise."""
    if all(level.contract == "agent" for level in plan.status.levels):
        return
    for nth, part in enumerate(plan.components):
        if isinstance(part, Clawback) and part.limit_ppm > rates.deduction_limit_ppm:
            inputs = {"limit_ppm": part.limit_ppm, "legal_ppm": rates.deduction_limit_ppm}
            yield Warned("clawback_over_limit", ("components", nth, "limit_ppm"), inputs)


def _age(rates: CityRates, period: date) -> Iterator[Warned]:
    if (period - rates.since).days > OLD_DAYS:
        yield Warned("rates_old", ("city",), {"city": rates.city, "since": rates.since.isoformat()})


def _paid_by(plan: Plan) -> set[Measure]:
    """What the inputs measure on which some component or the status depends."""
    named = {plan.status.by}
    for part in plan.components:
        if part.kind not in ("social_insurance", "clawback"):
            named |= {value for key in ("of", "kept") if (value := getattr(part, key, None)) is not None}
    return {plan.inputs[name].measures for name in named}


def _edges(plan: Plan) -> Iterator[tuple[str, int, Place]]:
    """Inner edges of the ladder and of every bracket, of inputs of which more is better; each once."""
    seen: set[tuple[str, int]] = set()
    places: list[tuple[str, Place, tuple[int | None, ...]]] = [
        (plan.status.by, ("status", "levels"), tuple(level.from_ for level in plan.status.levels))
    ]
    for nth, part in enumerate(plan.components):
        if part.kind in ("base", "share"):
            places.append((part.of, ("components", nth, "brackets"), tuple(one.from_ for one in part.brackets)))
    for name, place, edges in places:
        for nth, edge in enumerate(edges):
            if edge is not None and plan.inputs[name].measures not in CONDUCT and (name, edge) not in seen:
                seen.add((name, edge))
                yield name, edge, (*place, nth)


def _paid(
    plan: Plan, rates: CityRates, period: date, amounts: dict[str, int], status: str | None = None
) -> Statement:
    """A whole month of somebody who has been here for long, with nothing but these amounts."""
    return settle_one(plan, rates, period, Result("", dict.fromkeys(plan.inputs, 0) | amounts, status=status))
