"""What a customer will do with the account, as shares: the path turns them into money."""

from dataclasses import dataclass
from typing import Literal

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import WorkingDays

Act = Literal["deposit", "withdrawal", "buy", "sell", "rebuy", "fund"]


@dataclass(frozen=True)
class Step:
    """One act on one working day.

    `share` is of the first deposit (deposit), of the cash (buy, fund, withdrawal) or of the securities (sell);
    a rebuy spends what the last sale brought. A `trip` (sale and rebuy) is as large as the branch's turnover
    allows.
    """

    day: int
    act: Act
    share: float
    trip: bool = False


_TRIPS_A_MONTH = 2.5
_DORMANT_WORKING_DAYS = 67
"""More than 90 days without a transaction."""


def plan_steps(rng: Generator, customer: Customer, calendar: WorkingDays) -> list[Step]:
    """Steps in order of time; none for an account without money."""
    opened, last = calendar.index(customer.opened_on), len(calendar.days) - 1
    match customer.situation:
        case "unfunded":
            return []
        case "dormant":
            return _start(rng, opened, last - _DORMANT_WORKING_DAYS)
        case "left":
            steps = [step for step in _start(rng, opened, opened + 20) if step.act != "fund"]
            return [*steps, Step(opened + 25, "sell", 1.0), Step(opened + 26, "withdrawal", 1.0)]
        case "idle_cash":
            late = max(opened + 4, last - below(rng, 3, 20))
            return [*_start(rng, opened, late - 1), Step(late, "deposit", float(rng.uniform(1.5, 4)))]
        case "withdrew":
            gone = last - below(rng, 0, 2)
            steps = _active(rng, opened, gone - 2)
            return [*steps, Step(gone - 1, "sell", float(rng.uniform(0.3, 0.6))), Step(gone, "withdrawal", 0.9)]
        case _:
            return _active(rng, opened, last)


def _start(rng: Generator, opened: int, end: int) -> list[Step]:
    """The first deposit, one to three purchases, at times a fund."""
    funded = min(opened + below(rng, 0, 4), end)
    steps = [Step(funded, "deposit", 1.0)]
    for _ in range(below(rng, 1, 4)):
        day = min(funded + below(rng, 0, 7), end)
        steps.append(Step(day, "buy", float(rng.uniform(0.5, 0.9))))
    if rng.random() < 0.15:
        steps.append(Step(min(funded + 2, end), "fund", float(rng.uniform(0.3, 0.7))))
    return _in_order(steps)


def _active(rng: Generator, opened: int, end: int) -> list[Step]:
    """The start, a later deposit, round trips through the market, at times money taken out."""
    steps = _start(rng, opened, end)
    first = steps[-1].day + 1
    if first >= end:
        return steps
    if rng.random() < 0.4:
        day = below(rng, first, end)
        more = Step(day, "deposit", float(rng.uniform(0.2, 1)))
        steps += [more, Step(min(day + below(rng, 0, 4), end), "buy", float(rng.uniform(0.6, 0.9)))]
    if rng.random() < 0.12:
        day = below(rng, first, end)
        steps += [Step(day, "sell", 0.3), Step(day + 1, "withdrawal", float(rng.uniform(0.4, 0.9)))]
    for _ in range(int(rng.poisson(_TRIPS_A_MONTH * (end - first) / 21))):
        day = below(rng, first, end)
        back = min(day + below(rng, 1, 9), end)
        steps += [Step(day, "sell", float(rng.uniform(0.2, 0.9)), trip=True), Step(back, "rebuy", 1.0, trip=True)]
    return _in_order(steps)


def _in_order(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.day)
