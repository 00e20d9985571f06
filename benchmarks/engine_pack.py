"""A made-up pack that gives every stage work: ten playbooks, three declared features, levels that see each other.

engine_run.sql says the same by hand; whoever changes one changes the other, and the comparison tells.
"""

import json
from typing import Any

from yuandian.engine.pack import Pack

Json = dict[str, Any]


def label(text: str) -> Json:
    return {"zh": text, "en": text}


def level(identifier: str, when: str = "true") -> Json:
    return {"id": identifier, "label": label(identifier), "when": when}


def feature(identifier: str, source: str, **more: Any) -> Json:
    return {"id": identifier, "label": label(identifier), "unit": "count", "source": source, **more}


def playbook(identifier: str, when: str, because: str, minutes: int, **more: Any) -> Json:
    """One that asks little of its reader: worth a thousandth of the assets, five in a hundred."""
    effect = {"ppm": more.pop("effect_ppm", 50_000), "low_ppm": 0, "high_ppm": 100_000, "basis": "assumption"}
    worth = more.pop("worth", {"of": "assets_fen", "ppm": 1000})
    return {
        "id": identifier,
        **{name: label(identifier) for name in ("label", "chip", "reason")},
        "purpose": "care",
        "when": when,
        "channels": ["phone", "wecom"],
        "minutes": minutes,
        "because": because.split(),
        "scripts": [label(identifier)],
        "worth": {**worth, "why": label("worth")},
        "effect": {**effect, "source": label("assumed")},
        "cool_down_days": 14,
        **more,
    }


PLAYBOOKS = [
    playbook("birthday", "days_to_birthday <= 3", "days_to_birthday", 5, worth={"fen": 20_000}, cool_down_days=20),
    playbook(
        "maturity",
        "days_to_end BETWEEN 0 AND 14",
        "next_end_on ending_fen ending_category",
        15,
        purpose="ask",
        worth={"of": "ending_fen", "ppm": 8000, "cap_fen": 300_000},
    ),
    playbook(
        "outflow",
        "outflow_7d_fen > 1000000 AND tier <> 'base'",
        "outflow_7d_fen tier",
        20,
        purpose="service",
        channels=["phone", "visit"],
    ),
    playbook("wake", "stage = 'asleep'", "days_since_transaction stage", 8, channels=["wecom", "sms"]),
    playbook(
        "complaint",
        "complaints_90d > 0",
        "complaints_90d",
        25,
        purpose="recovery",
        mandatory=True,
        cool_down_days=7,
    ),
    playbook("welcome", "stage = 'new' AND coalesce(days_since_contact, 999) > 7", "tenure_days", 12),
    playbook("drop", "assets_change_30d_fen < -500000", "assets_change_30d_fen assets_fen", 15, purpose="service"),
    playbook(
        "cross",
        "products = 1 AND segment = 'saver'",
        "products segment",
        15,
        purpose="ask",
        effect_ppm=20_000,
    ),
    playbook(
        "silent",
        "days_since_contact > 180 AND tier = 'gold'",
        "days_since_contact",
        30,
        channels=["visit"],
        cool_down_days=60,
    ),
    playbook("salary", "salary_60d_fen > 0 AND contracts = 0", "salary_60d_fen", 10, purpose="ask"),
]
RESULTS = ("done", "interested", "later", "declined", "unreached", "complaint")
CATEGORIES = {
    "current": "cash",
    "savings": "cash",
    "fund": "invest",
    "card": "card",
    "deposit": "cash",
    "loan": "credit",
    "advice": "invest",
}
PACK = Pack.model_validate_json(
    json.dumps(
        {
            "id": "bench",
            "version": "1",
            "label": label("bench"),
            "terms": {},
            "features": [
                feature(
                    "salary_60d_fen",
                    "customer_days",
                    aggregate="sum",
                    of="inflow_fen",
                    where="kind = 'salary'",
                    within_days=60,
                ),
                feature("complaints_90d", "events", aggregate="count", where="kind = 'complaint'", within_days=90),
                feature(
                    "minutes_365d",
                    "interactions",
                    aggregate="sum",
                    of="minutes",
                    where="direction = 'out'",
                    within_days=365,
                ),
            ],
            "tiers": [
                level("gold", "assets_fen >= gold_fen"),
                level("silver", "assets_fen >= silver_fen"),
                level("base"),
            ],
            "stages": [
                level("new", "tenure_days < 90"),
                level("asleep", "coalesce(days_since_transaction, 9999) > 60"),
                level("rich", "tier = 'gold' AND products >= 2"),
                level("active"),
            ],
            "segments": [
                level("saver", "contracts > 0 AND stage <> 'asleep'"),
                level("spender", "outflow_90d_fen > inflow_90d_fen"),
                level("other"),
            ],
            "playbooks": PLAYBOOKS,
            "results": [
                {"id": result, "label": label(result), "reached": result != "unreached"} for result in RESULTS
            ],
            "products": [
                {"id": product, "label": label(product), "category": category}
                for product, category in CATEGORIES.items()
            ],
            "limits": {
                "min_days_between": 5,
                "fatigue_fen": 300,
                "needs_open_account": True,
                "day_begins": "09:00",
                "day_ends": "18:00",
                "minutes_per_day": 300,
            },
            "values": {"gold_fen": 50_000_000, "silver_fen": 5_000_000},
        }
    )
)
