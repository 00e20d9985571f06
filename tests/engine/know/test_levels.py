"""Tier, stage and segment."""

import pytest
from tests.engine.nights import ago, feature, level, night, one, owned, pack

pytestmark = pytest.mark.req("K5")

PACK = pack(
    features=[feature("visits", "events", "count")],
    tiers=[level("gold", "assets_fen >= gold_fen"), level("silver", "assets_fen >= gold_fen - 50"), level("base")],
    stages=[level("fresh", "tenure_days < 10"), level("quiet", "days_since_contact > 30"), level("golden", "tier = 'gold'"), level("plain")],
    segments=[level("visitor", "visits > 0"), level("loyal", "stage = 'golden' AND tier = 'gold'")],
    values={"gold_fen": 100},
)  # fmt: skip


def standing(assets_fen=0, opened=500, **facts):
    known = {
        "customers": [{"customer_id": 1, "opened_on": ago(opened)}],
        "accounts": [{"account_id": 1, "customer_id": 1, "product_id": "fund", "opened_on": ago(opened)}],
        "balances": [{"customer_id": 1, "account_id": 1, "date": ago(0), "amount_fen": assets_fen}],
    }
    row = one(night(owned(1) | known | facts, PACK), "states")
    return row["tier"], row["stage"], row["segment"]


@pytest.mark.parametrize(
    ("assets_fen", "expected"),
    [
        (100, ("gold", "golden", "loyal")),
        (99, ("silver", "plain", None)),
        (50, ("silver", "plain", None)),
        (49, ("base", "plain", None)),
    ],
)
def test_the_first_level_whose_condition_holds_is_the_customers(assets_fen, expected):
    assert standing(assets_fen) == expected


def test_an_unknown_condition_does_not_hold_and_without_a_match_the_level_is_empty():
    assert standing()[1:] == ("plain", None)  # no contact yet: days_since_contact > 30 is unknown


def test_levels_see_features_of_the_pack():
    assert (
        standing(opened=3, events=[{"event_id": 1, "customer_id": 1, "occurred_at": None, "kind": "x"}])[2] is None
    )
    events = [{"event_id": 1, "customer_id": 1, "kind": "x"}]
    assert standing(opened=3, events=events) == ("base", "fresh", "visitor")


def test_a_changed_threshold_moves_exactly_the_customers_beyond_it():
    facts = owned(1, 2, 3) | {
        "accounts": [
            {"account_id": n, "customer_id": n, "product_id": "fund", "opened_on": ago(9)} for n in (1, 2, 3)
        ],
        "balances": [
            {"customer_id": n, "account_id": n, "date": ago(0), "amount_fen": 100 * n} for n in (1, 2, 3)
        ],
    }
    tiers = [level("gold", "assets_fen >= gold_fen"), level("base")]
    before, after = (
        {row["customer_id"]: row["tier"] for row in night(facts, pack(tiers=tiers, values={"gold_fen": fen})).arrow("states").to_pylist()}
        for fen in (100, 250)
    )  # fmt: skip
    assert {n for n in before if before[n] != after[n]} == {1, 2}
