"""Who should take a customer: by affinity, within capacity, evenly (K3, D8 in its first form).

Greedy and deterministic: customers in order of assets, each to the RM with room who is nearest (same
outlet, then same team), the least loaded first. An exact assignment replaces this where costs differ by pair.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bookless:
    """A customer who needs an owner. `assets_fen` orders, the rest says who is near."""

    customer_id: int
    assets_fen: int
    outlet_id: int | None
    team_id: int | None


@dataclass(frozen=True)
class Taker:
    """An RM who could take customers; `customers` is the book today, `book_size` its capacity."""

    rm_id: int
    customers: int
    book_size: int
    outlet_id: int | None
    team_id: int | None


@dataclass(frozen=True)
class Proposal:
    """`reasons` are codes: same_outlet, same_team, least_loaded, over_capacity."""

    customer_id: int
    rm_id: int
    reasons: tuple[str, ...]
    customers_after: int
    book_size: int


def propose(customers: Iterable[Bookless], takers: Iterable[Taker]) -> list[Proposal]:
    """One proposal a customer, or none at all where nobody can take anyone."""
    rms = {taker.rm_id: taker for taker in takers}
    loads = {rm_id: taker.customers for rm_id, taker in rms.items()}
    if not rms:
        return []
    proposals = []
    for customer in sorted(customers, key=lambda one: (-one.assets_fen, one.customer_id)):
        rm_id = min(rms, key=lambda one: _order(customer, rms[one], loads[one]))
        loads[rm_id] += 1
        proposals.append(_proposal(customer, rms[rm_id], loads[rm_id]))
    return proposals


def ranked(customer: Bookless, takers: Iterable[Taker]) -> list[Proposal]:
    """Every RM for one customer, best first."""
    order = sorted(takers, key=lambda taker: _order(customer, taker, taker.customers))
    return [_proposal(customer, taker, taker.customers + 1) for taker in order]


def _order(customer: Bookless, taker: Taker, load: int) -> tuple[bool, int, float, int]:
    return (load >= taker.book_size, -_affinity(customer, taker), load / taker.book_size, taker.rm_id)


def _affinity(customer: Bookless, taker: Taker) -> int:
    near = customer.outlet_id is not None and customer.outlet_id == taker.outlet_id
    related = customer.team_id is not None and customer.team_id == taker.team_id
    return 2 * near + related


def _proposal(customer: Bookless, taker: Taker, load: int) -> Proposal:
    affinity = _affinity(customer, taker)
    reasons = [code for code, holds in (("same_outlet", affinity >= 2), ("same_team", affinity % 2 == 1)) if holds]
    reasons.append("over_capacity" if load > taker.book_size else "least_loaded")
    return Proposal(customer.customer_id, taker.rm_id, tuple(reasons), load, taker.book_size)
