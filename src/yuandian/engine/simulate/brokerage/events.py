"""New-share draws and advice contracts."""

from collections.abc import Sequence
from datetime import date, timedelta

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import AFTER_MARKET, WorkingDays, moment
from yuandian.engine.simulate.tabulate import Facts

_APPLIES_FROM_FEN = 10_000_000
_APPLIES = 0.6
_DAYS_BETWEEN_DRAWS = 9
_WINS = 0.06
_ADVICE = 0.06
_TERM_DAYS = (90, 183)


def write_new_share_results(
    facts: Facts, rng: Generator, customers: Sequence[Customer], calendar: WorkingDays
) -> None:
    """Draws every other week up to the last day. One large customer won each but the last (requirement D3)."""
    draws = calendar.days[::-1][::_DAYS_BETWEEN_DRAWS][::-1]
    for customer in customers:
        always = customer.situation == "always_won"
        if not always and (customer.assets_fen < _APPLIES_FROM_FEN or rng.random() >= _APPLIES):
            continue
        for day in draws:
            if day < customer.opened_on + timedelta(days=14):
                continue
            won = day < calendar.last if always else bool(rng.random() < _WINS)
            facts.add(
                "events",
                customer_id=customer.customer_id,
                occurred_at=moment(rng, day, AFTER_MARKET),
                kind="ipo_won" if won else "ipo_missed",
            )


def write_advice(facts: Facts, rng: Generator, customers: Sequence[Customer], as_of: date) -> None:
    """Advice contracts for a fee; those of the situation `advice_ending` end within ten days."""
    number = 0
    for customer in customers:
        ending = customer.situation == "advice_ending"
        if not ending and (customer.situation != "settled" or rng.random() >= _ADVICE):
            continue
        number += 1
        facts.add(
            "contracts",
            contract_id=f"K{number:05d}",
            customer_id=customer.customer_id,
            product_id="advice",
            opened_on=customer.opened_on,
            amount_fen=below(rng, 12, 99) * 10_000,
            ends_on=as_of + timedelta(days=below(rng, 1, 11)) if ending else _later_end(rng, customer, as_of),
        )


def _later_end(rng: Generator, customer: Customer, as_of: date) -> date:
    term = timedelta(days=below(rng, *_TERM_DAYS))
    return max(customer.opened_on + term, as_of + timedelta(days=30))
