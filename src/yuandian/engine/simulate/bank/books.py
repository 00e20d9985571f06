"""Who is in whose book at the bank: situations, wealth, owners before today's."""

from dataclasses import replace
from datetime import date, timedelta

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer, Manager, Tenure
from yuandian.engine.simulate.chance import below, pick
from yuandian.engine.simulate.days import WorkingDays

_CUSTOMERS = 1_500
_SITUATIONS = {
    "maturing": 0.04,
    "matured": 0.01,
    "wealth_ending": 0.02,
    "loan_ending": 0.01,
    "outflow": 0.02,
    "idle_cash": 0.03,
    "dormant": 0.06,
    "fresh": 0.03,
    "orphan": 0.016,
}
"""Shares of all customers; the rest are settled."""
_LONG_KNOWN = ("maturing", "matured", "wealth_ending", "loan_ending", "dormant")
_LONG_KNOWN_DAYS = 1_150
_OLDEST_DAYS = 4_350
_FRESH_DAYS = 25
_MEDIAN_FEN = 4_000_000
_ORGANISATION = 0.04
_BIRTHDAY_SOON = 0.025


def plan_customers(rng: Generator, managers: list[Manager], calendar: WorkingDays, scale: float) -> list[Customer]:
    """All customers in the order in which they opened, which is also the order of their ids."""
    count = round(_CUSTOMERS * scale)
    named = [name for name, share in _SITUATIONS.items() for _ in range(max(1, round(share * count)))]
    situations = rng.permutation(named + ["settled"] * (count - len(named))).tolist()
    dated = sorted((_opened_on(rng, situation, calendar), situation) for situation in situations)
    return [
        replace(_customer(rng, situation, opened_on, managers, calendar), customer_id=f"C{number:05d}")
        for number, (opened_on, situation) in enumerate(dated, start=1)
    ]


def _opened_on(rng: Generator, situation: str, calendar: WorkingDays) -> date:
    first, last = (_OLDEST_DAYS, 40)
    if situation == "fresh":
        first, last = (_FRESH_DAYS, 3)
    elif situation in _LONG_KNOWN:
        last = _LONG_KNOWN_DAYS
    return calendar.draw(rng, calendar.last - timedelta(days=first), calendar.last - timedelta(days=last))


def _customer(
    rng: Generator, situation: str, opened_on: date, managers: list[Manager], calendar: WorkingDays
) -> Customer:
    tenures = _tenures(rng, opened_on, managers, calendar)
    owner = tenures[-1].manager
    organisation = rng.random() < _ORGANISATION
    if situation == "orphan":
        tenures = _orphaned(rng, tenures, calendar.last)
    return Customer(
        customer_id="",
        kind="organisation" if organisation else "person",
        opened_on=opened_on,
        assets_fen=int(_MEDIAN_FEN * rng.lognormal(0, 1.3)),
        situation=situation,
        channel=pick(rng, owner.style.channels),
        outlet_id=owner.outlet_id,
        tenures=tenures,
        quiet_days=below(rng, 15, 76) if situation != "settled" or rng.random() < 0.7 else below(rng, 1, 15),
        birthday_soon=not organisation and bool(rng.random() < _BIRTHDAY_SOON),
    )


def _tenures(
    rng: Generator, opened_on: date, managers: list[Manager], calendar: WorkingDays
) -> tuple[Tenure, ...]:
    """Today's owner, and whoever was there when the customer came before today's owner did."""
    owner = managers[below(rng, 0, len(managers))]
    there = [manager for manager in managers if manager.hired_on <= opened_on]
    if owner.hired_on <= opened_on:
        return (Tenure(owner, opened_on),)
    taken_over = calendar.draw(rng, owner.hired_on, min(owner.hired_on + timedelta(days=60), calendar.last))
    if not there:
        return (Tenure(owner, taken_over),)
    former = there[below(rng, 0, len(there))]
    return (Tenure(former, opened_on, taken_over), Tenure(owner, taken_over))


def _orphaned(rng: Generator, tenures: tuple[Tenure, ...], as_of: date) -> tuple[Tenure, ...]:
    """The same history, ended some days ago."""
    last = tenures[-1]
    ended = max(last.active_from + timedelta(days=1), as_of - timedelta(days=below(rng, 1, 20)))
    return (*tenures[:-1], Tenure(last.manager, last.active_from, ended))
