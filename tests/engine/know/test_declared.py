"""Features that a pack declares."""

import pytest
from tests.engine.nights import ago, at, feature, night, one, pack

from yuandian.engine.fields import feature_fields
from yuandian.engine.rules import RuleError

pytestmark = pytest.mark.req("K5")

CUSTOMERS = [{"customer_id": 1, "opened_on": ago(900)}, {"customer_id": 2, "opened_on": ago(900)}]
LINES = [
    {"transaction_id": n, "customer_id": 1, "occurred_at": at(days), "kind": kind, "amount_fen": fen}
    for n, (days, kind, fen) in enumerate(
        [(0, "salary", 100), (0, "salary", 200), (3, "card", -50), (9, "salary", 250), (10, "salary", 40)]
    )
]


def declared(source, aggregate, facts, customer=1, values=None, **more):
    declaring = pack(features=[feature("own", source, aggregate, **more)], values=values or {})
    return one(night({"customers": CUSTOMERS, **facts}, declaring), "features", customer)["own"]


@pytest.mark.parametrize(
    ("aggregate", "more", "expected"),
    [
        ("count", {}, 5),
        ("count", {"where": "kind = 'salary'", "within_days": 10}, 3),
        ("sum", {"of": "inflow_fen", "where": "kind = 'salary'"}, 590),
        ("sum", {"of": "inflow_fen", "within_days": 1}, 300),
        ("sum", {"of": "inflow_fen", "where": "inflow_fen >= large_fen"}, 550),  # a day's sum, not a line
        ("max", {"of": "inflow_fen"}, 300),
        ("max", {"of": "outflow_fen", "where": "kind = 'rent'"}, None),
        ("days_since", {"where": "kind = 'card'"}, 3),
        ("days_since", {"where": "kind = 'card'", "within_days": 3}, None),
    ],
)
def test_sums_of_customer_days_are_the_same_from_lines_and_from_sums(aggregate, more, expected):
    values = {"large_fen": 250}
    sums = [
        {"customer_id": 1, "date": ago(days), "kind": kind, "transactions": n, "inflow_fen": max(fen, 0), "outflow_fen": max(-fen, 0), "income_fen": 0}
        for days, kind, n, fen in [(0, "salary", 2, 300), (3, "card", 1, -50), (9, "salary", 1, 250), (10, "salary", 1, 40)]
    ]  # fmt: skip
    assert declared("customer_days", aggregate, {"transactions": LINES}, values=values, **more) == expected
    assert declared("customer_days", aggregate, {"customer_days": sums}, values=values, **more) == expected


@pytest.mark.parametrize(
    ("aggregate", "expected"), [("count", 0), ("sum", 0), ("max", None), ("days_since", None)]
)
def test_nothing_counts_as_nothing(aggregate, expected):
    of = {"of": "inflow_fen"} if aggregate in ("sum", "max") else {}
    assert declared("customer_days", aggregate, {"transactions": LINES}, customer=2, **of) == expected


def test_every_source_can_be_counted_where_a_condition_is_unknown_it_does_not_hold():
    facts = {
        "events": [{"event_id": n, "customer_id": 1, "occurred_at": at(n), "kind": kind} for n, kind in enumerate(["a", "b", "a"])],
        "interactions": [{"interaction_id": n, "customer_id": 1, "occurred_at": at(2), "minutes": minutes} for n, minutes in enumerate([5, None, 30])],
        "contracts": [{"contract_id": 1, "customer_id": 1, "product_id": "fund", "opened_on": ago(5), "closed_on": ago(-5), "amount_fen": 70}],
        "accounts": [{"account_id": n, "customer_id": 1, "product_id": "fund", "opened_on": ago(40 * n)} for n in (1, 2)],
    }  # fmt: skip
    assert declared("events", "count", facts, where="kind = 'a'", within_days=2) == 1
    assert declared("interactions", "sum", facts, of="minutes", where="minutes < 20") == 5
    assert declared("contracts", "max", facts, of="amount_fen", where="closed_on IS NULL") == 70
    assert declared("accounts", "days_since", facts, where="product_id = 'fund'") == 40


def test_a_feature_may_not_take_a_name_that_is_taken():
    for taken in ("assets_fen", "tier", "customer_id"):
        with pytest.raises(ValueError, match=f"feature {taken} of pack plain is there already"):
            feature_fields(pack(features=[feature(taken, "events", "count")]))


@pytest.mark.parametrize("of", [None, "kind", "customer_id", "nonsense"])
def test_a_sum_needs_a_number(of):
    with pytest.raises(ValueError, match="is no number of customer_days"):
        declared("customer_days", "sum", {}, of=of)


def test_a_condition_sees_its_own_source_only():
    with pytest.raises(RuleError):
        declared("events", "count", {}, where="amount_fen > 0")
