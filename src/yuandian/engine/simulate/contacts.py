"""Every contact of every department: what a manager's style and a customer's weight make of half a year."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer, Manager, Tenure
from yuandian.engine.simulate.chance import below, pick
from yuandian.engine.simulate.days import OFFICE, WorkingDays, is_working, moment
from yuandian.engine.simulate.tabulate import Facts

_MINUTES = {"phone": (4, 16), "wecom": (2, 7), "visit": (30, 61), "counter": (8, 26)}
_UNANSWERED = {"phone": 0.22, "wecom": 0.28}
_GOOD = {"ask": {"interested": 4, "callback": 3, "done": 2}, "care": {"done": 8, "interested": 1, "callback": 1}}
_BAD = {"ask": {"not_now": 8, "unhappy": 0.6}, "care": {"not_now": 3, "unhappy": 0.3}}
_SERVED = {"done": 8.0, "unhappy": 0.5}
_NOTES = {
    "interested": ("想先看看资料", "愿意了解，家里商量一下", "关心费用和期限"),
    "callback": ("在开会，约下午再打", "周末前再联系", "出差，下周回来"),
    "unhappy": ("嫌回复太慢", "对上次的办理等候时间不满", "希望少打扰"),
}
_WELCOMED = 0.7
_CALLS_IN_A_MONTH = 0.12
_LOOK_BACK_DAYS = 365
_LARGE_FEN = 20_000_000
_KEEPS_WORD = 0.9
_PROMISED = 0.03
_SOON = 5
"""Working days within which we call again."""


def write_contacts(
    facts: Facts, rng: Generator, customers: Sequence[Customer], calendar: WorkingDays, *, pace: float = 1.0
) -> None:
    """Contacts from the opening, or a year before the last day, to the customer's quiet days.

    `pace` slows managers whose books are large.
    """
    for customer in customers:
        until = calendar.last - timedelta(days=customer.quiet_days - 1)
        for tenure in customer.tenures:
            stop = min(until, tenure.active_to or until)
            start = max(tenure.active_from + timedelta(days=1), until - timedelta(days=_LOOK_BACK_DAYS))
            for contact in _tenure_contacts(rng, customer, tenure, calendar.between(start, stop), pace):
                facts.add("interactions", **contact)
        if customer.tenures:
            for contact in _promised(rng, customer, calendar, pace):
                facts.add("interactions", **contact)
        _write_counter_visits(facts, rng, customer, calendar.between(customer.opened_on, until))


def _tenure_contacts(
    rng: Generator, customer: Customer, tenure: Tenure, days: Sequence[date], pace: float
) -> Iterator[dict[str, Any]]:
    """A welcome, contacts as often as the style has it, an apology where one went wrong, calls of the customer."""
    manager = tenure.manager
    if not days:
        return
    if tenure.active_from == customer.opened_on and rng.random() < _WELCOMED:
        yield _contact(rng, customer, manager, days[0], "service")
    weight = pace * (1.4 if customer.assets_fen >= _LARGE_FEN else 0.8)
    for day in _some(rng, days, manager.style.contacts_a_month * weight):
        contact = _contact(rng, customer, manager, day, pick(rng, manager.style.purposes))
        after = days.index(day) + 1
        yield from _with_sequel(rng, customer, manager, contact, days[after : after + _SOON])
    for day in _some(rng, days, _CALLS_IN_A_MONTH):
        yield _call_in(rng, customer, manager, day)


def _with_sequel(
    rng: Generator, customer: Customer, manager: Manager, contact: dict[str, Any], later: Sequence[date]
) -> Iterator[dict[str, Any]]:
    """The contact, an apology on the next working day where it went wrong, the promised call where one was."""
    if contact["result"] == "callback":
        contact |= {"callback_on": later[below(rng, 0, len(later))]} if later else {"result": "done"}
    yield contact
    if contact["result"] == "unhappy" and later:
        yield _contact(rng, customer, manager, later[0], "recovery")
    if contact["result"] == "callback" and rng.random() < _KEEPS_WORD:
        yield _contact(rng, customer, manager, contact["callback_on"], "service")


def _promised(rng: Generator, customer: Customer, calendar: WorkingDays, pace: float) -> Iterator[dict[str, Any]]:
    """A call some days ago that ended with a promise for about now."""
    tenure = customer.tenures[-1]
    day = calendar.days[-below(rng, 3, 3 + _SOON)]
    if tenure.active_to or day <= tenure.active_from or rng.random() >= _PROMISED * pace:
        return
    due = calendar.last + timedelta(days=below(rng, -1, 4))
    while not is_working(due):
        due += timedelta(days=1)
    contact = _contact(rng, customer, tenure.manager, day, "ask")
    yield contact | {
        "result": "callback",
        "minutes": below(rng, *_MINUTES["wecom"]),
        "callback_on": due,
        "note": None,
    }


def _some(rng: Generator, days: Sequence[date], a_month: float) -> list[date]:
    """Different days in order, so many a month on average."""
    wanted = min(len(days), int(rng.poisson(a_month * len(days) / 21)))
    return [days[i] for i in sorted(rng.choice(len(days), size=wanted, replace=False).tolist())]


def _contact(rng: Generator, customer: Customer, manager: Manager, day: date, purpose: str) -> dict[str, Any]:
    """A row of `interactions`: we called, wrote, went or met at the counter."""
    channel = pick(rng, manager.style.ways)
    result = _result(rng, manager.style.skill, channel, purpose)
    return {
        "customer_id": customer.customer_id,
        "rm_id": manager.rm_id,
        "occurred_at": moment(rng, day, OFFICE),
        "channel": channel,
        "purpose": purpose,
        "direction": "out",
        "result": result,
        "minutes": 1 if result == "no_answer" else below(rng, *_MINUTES[channel]),
        "department": "relationship",
        "note": _note(rng, result),
    }


def _result(rng: Generator, skill: float, channel: str, purpose: str) -> str:
    if rng.random() < _UNANSWERED.get(channel, 0.0):
        return "no_answer"
    if purpose in ("service", "recovery"):
        return pick(rng, _SERVED)
    outcomes: Mapping[str, float] = (_GOOD if rng.random() < skill else _BAD)[purpose]
    return pick(rng, outcomes)


def _note(rng: Generator, result: str) -> str | None:
    notes = _NOTES.get(result)
    return notes[below(rng, 0, len(notes))] if notes and rng.random() < 0.6 else None


def _call_in(rng: Generator, customer: Customer, manager: Manager, day: date) -> dict[str, Any]:
    """A row of `interactions`: the customer began."""
    channel = pick(rng, {"phone": 2.0, "wecom": 3})
    return {
        "customer_id": customer.customer_id,
        "rm_id": manager.rm_id,
        "occurred_at": moment(rng, day, OFFICE),
        "channel": channel,
        "purpose": "service",
        "direction": "in",
        "result": pick(rng, {"done": 6.0, "interested": 2, "unhappy": 0.4}),
        "minutes": below(rng, *_MINUTES[channel]),
        "department": "relationship",
    }


def _write_counter_visits(facts: Facts, rng: Generator, customer: Customer, days: Sequence[date]) -> None:
    """The counter's own contacts, which belong on the same timeline as the manager's."""
    for day in _some(rng, days[-_LOOK_BACK_DAYS:], _CALLS_IN_A_MONTH / 2):
        facts.add(
            "interactions",
            customer_id=customer.customer_id,
            occurred_at=moment(rng, day, OFFICE),
            channel="counter",
            purpose="service",
            direction="in",
            result="done",
            minutes=below(rng, *_MINUTES["counter"]),
            department="counter",
        )
