"""Facts that do not depend on the industry: managers, customers, ownerships, relations, consents."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from numpy.random import Generator

from yuandian.engine.simulate import people
from yuandian.engine.simulate.book import Customer, Manager
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import OFFICE, WorkingDays, moment
from yuandian.engine.simulate.tabulate import Facts

_MINUTES_PER_DAY = 240
_LUNAR = 0.15
_HOUSEHOLD = 0.06
_GRANTS = {"phone": 0.96, "wecom": 0.9, "visit": 0.6, "counter": 1.0, "sms": 0.68, "email": 0.35}
_REFUSES_ALL = 0.015
_SPENDING_FROM_FEN = (0, 1_000_000, 5_000_000, 20_000_000, 80_000_000)
"""Assets from which a spending power of 1, 2, 3, 4, 5 is the likeliest."""


def write_managers(facts: Facts, rng: Generator, managers: Sequence[Manager]) -> None:
    for manager in managers:
        facts.add(
            "rms",
            rm_id=manager.rm_id,
            name=people.person_name(rng),
            team_id=manager.team_id,
            outlet_id=manager.outlet_id,
            hired_on=manager.hired_on,
            status=manager.status,
            minutes_per_day=_MINUTES_PER_DAY,
        )


def write_customers(facts: Facts, rng: Generator, customers: Sequence[Customer], as_of: date) -> None:
    phones = people.phone_numbers(rng, len(customers))
    earlier: dict[str, list[str]] = {}
    for customer, phone in zip(customers, phones, strict=True):
        book = earlier.setdefault(_first_manager(customer), [])
        referrer = book[below(rng, 0, len(book))] if customer.channel == "referral" and book else None
        facts.add(
            "customers",
            customer_id=customer.customer_id,
            kind=customer.kind,
            phone=phone,
            opened_on=customer.opened_on,
            channel=customer.channel,
            referrer_id=referrer,
            outlet_id=customer.outlet_id,
            **_profile(rng, customer, as_of),
        )
        _write_relations(facts, rng, customer, referrer, book)
        _write_ownerships(facts, customer)
        book.append(customer.customer_id)


def _first_manager(customer: Customer) -> str:
    return customer.tenures[0].manager.rm_id if customer.tenures else ""


def _profile(rng: Generator, customer: Customer, as_of: date) -> dict[str, Any]:
    """Name, birthday and the two levels, which stay empty where nobody has asked."""
    levels = {
        "risk_level": below(rng, 1, 6) if rng.random() < 0.75 else None,
        "spending_power": _spending_power(rng, customer) if rng.random() < 0.6 else None,
    }
    if customer.kind == "organisation":
        return {"name": people.firm_name(rng), **levels}
    lunar = not customer.birthday_soon and rng.random() < _LUNAR
    birth = (
        people.birth_date_near(rng, as_of, within_days=6)
        if customer.birthday_soon
        else people.birth_date(rng, as_of)
    )
    calendar = "lunar" if lunar else "solar"
    return {"name": people.person_name(rng), "birth_date": birth, "birth_calendar": calendar, **levels}


def _spending_power(rng: Generator, customer: Customer) -> int:
    likeliest = sum(customer.assets_fen >= floor for floor in _SPENDING_FROM_FEN)
    return min(5, max(1, likeliest + below(rng, -1, 2)))


def _write_relations(
    facts: Facts, rng: Generator, customer: Customer, referrer: str | None, book: Sequence[str]
) -> None:
    """Who brought this customer, and at times a household with an earlier customer of the same book."""
    since = customer.opened_on
    if referrer:
        facts.add(
            "relations", customer_id=customer.customer_id, related_id=referrer, kind="referrer", active_from=since
        )
    if book and customer.kind == "person" and rng.random() < _HOUSEHOLD:
        other = book[below(rng, 0, len(book))]
        facts.add(
            "relations", customer_id=customer.customer_id, related_id=other, kind="household", active_from=since
        )


def _write_ownerships(facts: Facts, customer: Customer) -> None:
    for tenure in customer.tenures:
        facts.add(
            "ownerships",
            customer_id=customer.customer_id,
            rm_id=tenure.manager.rm_id,
            active_from=tenure.active_from,
            active_to=tenure.active_to,
        )


def write_consents(facts: Facts, rng: Generator, customers: Sequence[Customer], calendar: WorkingDays) -> None:
    """Said at the opening; a few customers later refuse every channel."""
    after_last = calendar.last + timedelta(days=1)
    for customer in customers:
        said = moment(rng, customer.opened_on, OFFICE)
        grants = {channel: bool(rng.random() < share) for channel, share in _GRANTS.items()}
        _say(facts, customer, grants, said, "开户时书面勾选")
        if rng.random() < _REFUSES_ALL:
            day = calendar.draw(rng, customer.opened_on + timedelta(days=1), after_last)
            if day > customer.opened_on:
                _say(facts, customer, dict.fromkeys(grants, False), moment(rng, day, OFFICE), "客户来电要求")


def _say(facts: Facts, customer: Customer, grants: dict[str, bool], changed_at: Any, source: str) -> None:
    for channel, granted in grants.items():
        facts.add(
            "consents",
            customer_id=customer.customer_id,
            channel=channel,
            granted=granted,
            changed_at=changed_at,
            source=source,
        )
