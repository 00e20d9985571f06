"""Every customer has one row that says why on the list or why not."""

import json

import pytest
from tests.engine.busy import BUSY, branch
from tests.engine.nights import ago, at, night, one, owned, pack, playbook, rows

from yuandian.engine.tables import LEFT_OUT, STATES

pytestmark = pytest.mark.req("D1")


def decision(facts, *playbooks, **limits):
    row = one(night(owned(1, 2) | facts, pack(playbooks=list(playbooks), limits=limits)), "states")
    return row["decision"], json.loads(row["decision_inputs"])


CALL = playbook("call", "customer_is_one", minutes=30)
CALL["when"] = "tenure_days > 0"


def test_listed_with_place_and_price():
    assert decision({}, CALL) == (
        "listed",
        {"playbook": "call", "position": 1, "benefit_fen": 5000, "minutes": 30, "minute_price_fen": 166},
    )


def test_not_yet_a_customer():
    facts = {"customers": [{"customer_id": 1, "opened_on": ago(-1)}]}
    assert decision(facts, CALL) == ("not_yet_customer", {"opened_on": "2026-11-25"})


def test_without_a_candidate_the_first_gate_speaks():
    assert decision({"ownerships": []}) == ("no_owner", {})
    assert decision({}, needs_open_account=True) == ("no_open_account", {})
    assert decision({}) == ("no_trigger", {})


def test_no_consent():
    assert decision({"consents": []}, CALL) == ("no_consent", {"playbook": "call"})


TALKED = {"interactions": [{"interaction_id": 1, "customer_id": 1, "occurred_at": at(2), "purpose": "ask"}]}


COOL = {
    "interactions": [
        {"interaction_id": day, "customer_id": 1, "occurred_at": at(day), "playbook": word}
        for day, word in ((5, "cool"), (3, "cool"), (2, "other"), (1, None))
    ]
}


def test_cool_down_and_contacted_lately_say_days_and_limit():
    cool = playbook("cool", "true", cool_down_days=9)
    days = {"days": 2, "limit_days": 9}
    assert decision(COOL, cool) == ("cool_down", {"playbook": "cool", "days": 3, "limit_days": 9})
    assert decision(TALKED, CALL, min_days_between=9) == ("contacted_lately", {"playbook": "call", **days})


def test_no_gain_says_what_it_was_worth():
    inputs = {"worth_fen": 100_000, "effect_ppm": 50_000, "contacts_30d": 1, "benefit_fen": -1}
    assert decision(TALKED, CALL, fatigue_fen=5001) == ("no_gain", {"playbook": "call", **inputs})


def test_rm_away():
    facts = {"rms": [{"rm_id": 1, "hired_on": ago(-1)}]}
    assert decision(facts, CALL) == ("rm_away", {"playbook": "call", "benefit_fen": 5000, "minutes": 30})


def test_no_minutes_says_the_price_of_a_minute():
    better = playbook("better", "days_since_attempt IS NULL", minutes=50, effect_ppm=900_000)
    inputs = {"playbook": "call", "benefit_fen": 5000, "minutes": 30, "minute_price_fen": 1800}
    assert decision(TALKED, CALL, better) == ("no_minutes", inputs)


def test_the_candidate_that_came_furthest_speaks():
    unreachable = playbook("by_mail", "true", channels=["email"], effect_ppm=900_000)
    cool = playbook("cool", "true", cool_down_days=9, effect_ppm=900_000)
    lately = playbook("lately", "true")
    assert decision(COOL, unreachable, cool)[0] == "cool_down"
    assert decision(COOL, unreachable, cool, lately, min_days_between=9)[0] == "contacted_lately"


def test_of_equally_far_candidates_the_one_of_most_benefit_speaks():
    small, great = (
        playbook(word, "true", channels=["sms"], effect_ppm=ppm) for word, ppm in (("a", 50), ("b", 90))
    )
    assert decision({}, small, great) == ("no_consent", {"playbook": "b"})


def test_a_state_carries_owner_and_features():
    row = one(night(owned(1) | TALKED, pack()), "states")
    assert tuple(row) == STATES.names
    assert (row["rm_id"], row["assets_fen"], row["assets_30d_fen"], row["days_since_contact"]) == (1, 0, None, 2)


@pytest.mark.parametrize("seed", [3, 4])
def test_every_customer_has_one_row_and_the_lists_agree_with_it(seed):
    facts = branch(seed)
    workspace = night(facts, BUSY)
    states = rows(workspace, "states")
    assert [row["customer_id"] for row in states] == [row["customer_id"] for row in facts["customers"]]
    assert {row["decision"] for row in states} <= {"listed", *LEFT_OUT}
    listed = {row["customer_id"] for row in states if row["decision"] == "listed"}
    assert listed == {row["customer_id"] for row in rows(workspace, "worklist")}
    unbarred = {row["customer_id"] for row in rows(workspace, "candidates") if row["barred"] is None}
    assert unbarred == {
        row["customer_id"] for row in states if row["decision"] in ("listed", "no_minutes", "rm_away")
    }
    for row in states:
        json.loads(row["decision_inputs"])
