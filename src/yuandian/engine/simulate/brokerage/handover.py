"""Customers whose history had another owner before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer, Manager, Tenure
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import WorkingDays

_HANDED_OVER = 3


@dataclass(frozen=True)
class _Possible:
    """A customer who may be given a former owner, and who may be that owner."""

    position: int
    former: tuple[Manager, ...]


def hand_over(
    rng: Generator, customers: Sequence[Customer], managers: Sequence[Manager], calendar: WorkingDays
) -> list[Customer]:
    """The same customers, three of whom had another owner for their first weeks."""
    possible = [
        _Possible(n, former)
        for n, customer in enumerate(customers)
        if (former := _former_owners(customer, managers, calendar))
    ]
    moved = list(customers)
    for i in rng.choice(len(possible), size=_HANDED_OVER, replace=False).tolist():
        position, former = possible[i].position, possible[i].former
        moved[position] = _with_former(rng, customers[position], former[below(rng, 0, len(former))], calendar)
    return moved


def _former_owners(customer: Customer, managers: Sequence[Manager], calendar: WorkingDays) -> tuple[Manager, ...]:
    if customer.situation != "settled" or (calendar.last - customer.opened_on).days < 60:
        return ()
    owner = customer.tenures[0].manager
    return tuple(other for other in managers if other != owner and other.hired_on <= customer.opened_on)


def _with_former(rng: Generator, customer: Customer, former: Manager, calendar: WorkingDays) -> Customer:
    start = customer.opened_on + timedelta(days=14)
    moved_on = calendar.draw(rng, start, calendar.last - timedelta(days=20))
    tenures = (Tenure(former, customer.opened_on, moved_on), replace(customer.tenures[0], active_from=moved_on))
    return replace(customer, tenures=tenures)
