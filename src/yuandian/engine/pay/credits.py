"""Whose an event is: credits to those accountable at the time of the event (A30), by their shares.

An event's credits add up to its amount, always: shares of a fen go by largest remainder. A reversal gives back
exactly what the event had given, to the same people, whoever is accountable now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

MILLION = 1_000_000


class Holding(NamedTuple):
    """From `active_from` until before `active_to` an RM has `share_ppm` of what a customer brings."""

    customer_id: str
    rm_id: str
    active_from: date
    active_to: date | None = None
    share_ppm: int = MILLION


class Event(NamedTuple):
    """Something that counts. `input` is the plan's; `reverses` names the event that it takes back, whole."""

    event_id: str
    customer_id: str
    occurred_on: date
    input: str
    amount: int
    reverses: str | None = None


class Credit(NamedTuple):
    """`rm_id` is None where nobody was accountable: seen by the leader, paid to no one."""

    event_id: str
    rm_id: str | None
    input: str
    amount: int


def credits_of(events: Sequence[Event], holdings: Iterable[Holding]) -> list[Credit]:
    """Every event's credits, in the order of the events.

    Raises ValueError where shares on a day are not 100 % together, an event comes twice or is reversed twice,
    or a reversal names no event before it or not its whole amount.
    """
    of_customer: dict[str, list[Holding]] = defaultdict(list)
    for holding in holdings:
        of_customer[holding.customer_id].append(holding)
    given: dict[str, list[Credit]] = {}
    reversed_: set[str] = set()
    for event in events:
        if event.event_id in given:
            raise ValueError(f"event {event.event_id} comes twice: keep one")
        if event.reverses is None:
            given[event.event_id] = _given(event, of_customer[event.customer_id])
            continue
        if event.reverses in reversed_:
            raise ValueError(f"event {event.event_id} reverses {event.reverses}, which is reversed already")
        given[event.event_id] = _taken_back(event, given.get(event.reverses))
        reversed_.add(event.reverses)
    return [credit for entries in given.values() for credit in entries]


def totals(entries: Iterable[Credit]) -> dict[str, dict[str, int]]:
    """Amounts by RM and input: what a `settle.Result` holds."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for credit in entries:
        if credit.rm_id is not None:
            sums[credit.rm_id][credit.input] += credit.amount
    return {rm_id: dict(amounts) for rm_id, amounts in sums.items()}


def divide(amount: int, shares: Mapping[str, int]) -> dict[str, int]:
    """The amount by shares (ppm, together a million) in whole units: largest remainder, then the lower name."""
    size, sign = abs(amount), 1 if amount >= 0 else -1
    parts = {name: divmod(size * ppm, MILLION) for name, ppm in shares.items()}
    left = size - sum(whole for whole, _ in parts.values())
    first = sorted(parts, key=lambda name: (-parts[name][1], name))[:left]
    return {name: sign * (whole + (name in first)) for name, (whole, _) in parts.items()}


def _given(event: Event, holdings: Sequence[Holding]) -> list[Credit]:
    shares: dict[str, int] = defaultdict(int)
    for one in holdings:
        if one.active_from <= event.occurred_on and (one.active_to is None or event.occurred_on < one.active_to):
            shares[one.rm_id] += one.share_ppm
    if not shares:
        return [Credit(event.event_id, None, event.input, event.amount)]
    if sum(shares.values()) != MILLION:
        raise ValueError(
            f"customer {event.customer_id} on {event.occurred_on}: shares are {sum(shares.values())} ppm; "
            "together they must be 1000000"
        )
    parts = divide(event.amount, shares)
    return [Credit(event.event_id, rm_id, event.input, amount) for rm_id, amount in parts.items()]


def _taken_back(event: Event, entries: Sequence[Credit] | None) -> list[Credit]:
    if entries is None:
        raise ValueError(f"event {event.event_id} reverses {event.reverses}, which is not before it")
    if event.amount != -sum(credit.amount for credit in entries) or event.input != entries[0].input:
        raise ValueError(
            f"event {event.event_id} must take back {event.reverses} whole: same input, amount negated"
        )
    return [credit._replace(event_id=event.event_id, amount=-credit.amount) for credit in entries]
