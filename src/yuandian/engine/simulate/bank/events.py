"""Complaints, their end, and hardship that became known."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import OFFICE, WorkingDays, moment
from yuandian.engine.simulate.tabulate import Facts

_COMPLAINS = 0.03
_SUBJECTS = ("waiting", "fee", "app", "message")
_RESOLVED_AFTER = 6
_HARDSHIP = 0.003
_HALF_A_YEAR = 182


def write_events(facts: Facts, rng: Generator, customers: Sequence[Customer], calendar: WorkingDays) -> None:
    """A few complaints over half a year, resolved within days but for the latest; a few hardships of late."""
    since = calendar.last - timedelta(days=_HALF_A_YEAR)
    for customer in customers:
        first = max(since, customer.opened_on + timedelta(days=1))
        if rng.random() < _COMPLAINS:
            day = calendar.draw(rng, first, calendar.last)
            subject = _SUBJECTS[below(rng, 0, len(_SUBJECTS))]
            facts.add("events", **_event(rng, customer, day, "complaint", subject))
            resolved = calendar.index(day) + below(rng, 1, _RESOLVED_AFTER)
            if resolved < len(calendar.days):
                facts.add(
                    "events", **_event(rng, customer, calendar.days[resolved], "complaint_resolved", subject)
                )
        if rng.random() < _HARDSHIP:
            day = calendar.draw(rng, max(first, calendar.last - timedelta(days=10)), calendar.last)
            facts.add("events", **_event(rng, customer, day, "hardship", "illness"))


def _event(rng: Generator, customer: Customer, day: date, kind: str, about: str) -> dict[str, Any]:
    """A row of `events`."""
    return {
        "customer_id": customer.customer_id,
        "occurred_at": moment(rng, day, OFFICE),
        "kind": kind,
        "data": json.dumps({"about": about}),
    }
