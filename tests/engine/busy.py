"""A small made-up branch and a pack in which every stage has something to do."""

import random
from collections.abc import Iterable
from datetime import date, datetime

from tests.engine.nights import Row, ago, at, feature, label, level, pack, playbook

BUSY = pack(
    features=[
        feature(
            "salary_60d_fen", "customer_days", "sum", of="inflow_fen", where="kind = 'salary'", within_days=60
        ),
        feature("best_day_fen", "customer_days", "max", of="inflow_fen"),
        feature("complaints_90d", "events", "count", where="kind = 'complaint'", within_days=90),
    ],
    tiers=[level("gold", "assets_fen >= gold_fen"), level("base")],
    stages=[level("new", "tenure_days < 90"), level("asleep", "days_since_transaction > 60"), level("active")],
    segments=[level("saver", "contracts > 0 AND stage <> 'asleep'"), level("other")],
    playbooks=[
        playbook("birthday", "days_to_birthday <= 60", minutes=5, cool_down_days=20),
        playbook("ending", "days_to_end < 90", purpose="ask", minutes=15, channels=["wecom", "phone"]),
        playbook(
            "asleep",
            "stage = 'asleep'",
            minutes=8,
            channels=["sms", "visit"],
            worth={"of": "assets_fen", "ppm": 900, "why": label("w")},
        ),
        playbook(
            "complaint", "complaints_90d > 0", purpose="recovery", minutes=25, mandatory=True, cool_down_days=7
        ),
        playbook("salary", "salary_60d_fen > 0", purpose="ask", because=["salary_60d_fen", "tier"]),
    ],
    limits={"min_days_between": 3, "fatigue_fen": 700, "needs_open_account": True},
    values={"gold_fen": 40_000_000},
)
"""A pack in which every stage has something to do."""


def branch(seed: int, customers: int = 60) -> dict[str, list[Row]]:
    """A branch drawn by chance, every table filled, facts before and after the day."""
    draw = random.Random(seed)
    ids = range(1, customers + 1)

    def some(count: int) -> Iterable[tuple[int, int]]:
        return ((n, draw.choice(ids)) for n in range(1, count * customers + 1))

    def moment() -> datetime:
        return at(draw.randint(-5, draw.choice([20, 400])), draw.randint(0, 23))

    return {
        "rms": [
            {
                "rm_id": n,
                "hired_on": ago(900),
                "left_on": draw.choice([None, None, ago(3), ago(-9)]),
                "minutes_per_day": draw.choice([None, 45, 90]),
            }
            for n in (1, 2, 3, 4)
        ],
        "customers": [
            {
                "customer_id": n,
                "opened_on": ago(draw.randint(-9, 900)),
                "birth_date": date(1960 + n % 40, 1 + n % 12, 1 + n % 28),
                "birth_calendar": draw.choice([None, "solar", "lunar"]),
                "channel": draw.choice(["web", 'a"b\\c', None]),
                "risk_level": draw.choice([1, None]),
            }
            for n in ids
        ],
        "ownerships": [
            {
                "customer_id": n,
                "rm_id": draw.randint(1, 4),
                "active_from": ago(draw.randint(-3, 300)),
                "active_to": draw.choice([None, None, ago(draw.randint(-9, 9))]),
            }
            for n in ids
        ],
        "consents": [
            {
                "customer_id": c,
                "channel": draw.choice(["phone", "wecom", "sms"]),
                "granted": draw.random() < 0.8,
                "changed_at": moment(),
            }
            for _, c in some(4)
        ],
        "accounts": [
            {
                "account_id": n,
                "customer_id": 1 + n % customers,
                "product_id": draw.choice(["current", "fund"]),
                "opened_on": ago(draw.randint(-5, 600)),
                "closed_on": draw.choice([None, None, None, ago(draw.randint(-5, 90))]),
            }
            for n in range(1, 2 * customers)
        ],
        "balances": [
            {
                "customer_id": 1 + n % customers,
                "account_id": n,
                "date": ago(draw.randint(-3, 15) + 50 * part),
                "amount_fen": draw.randint(0, 60_000_000),
            }
            for n in range(1, 2 * customers)
            for part in range(4)
        ],
        "contracts": [
            {
                "contract_id": n,
                "customer_id": c,
                "product_id": draw.choice(["fund", "loan"]),
                "opened_on": ago(draw.randint(-9, 500)),
                "closed_on": draw.choice([None, None, ago(draw.randint(-9, 60))]),
                "amount_fen": draw.choice([None, 5_000_000]),
                "ends_on": draw.choice([None, ago(draw.randint(-120, 90))]),
            }
            for n, c in some(1)
        ],
        "transactions": [
            {
                "transaction_id": n,
                "customer_id": c,
                "occurred_at": moment(),
                "kind": draw.choice(["salary", "card"]),
                "amount_fen": draw.randint(-900_000, 900_000),
                "income_fen": draw.choice([None, 120]),
            }
            for n, c in some(6)
        ],
        "interactions": [
            {
                "interaction_id": n,
                "customer_id": c,
                "occurred_at": moment(),
                "purpose": draw.choice(["care", "ask", "recovery"]),
                "playbook": (None, "birthday", "complaint")[n % 3],
                "direction": draw.choice(["out", "out", "in", None]),
                "result": draw.choice(["done", "later", "unreached", None]),
                "callback_on": draw.choice([None, ago(-4)]),
            }
            for n, c in some(3)
        ],
        "events": [
            {
                "event_id": n,
                "customer_id": c,
                "occurred_at": moment(),
                "kind": draw.choice(["complaint", "visit", "visit"]),
            }
            for n, c in some(1)
        ],
    }
