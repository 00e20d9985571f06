"""Who could be contacted why, what it is worth, and the limit that forbids it."""

import json
from datetime import date

import pytest
from tests.engine.nights import ago, at, feature, label, level, night, one, owned, pack, playbook, rows

pytestmark = pytest.mark.req("D1")


def candidate(playbooks=None, facts=None, **changes):
    playbooks = playbooks or [playbook("call", "true")]
    return one(night(owned(1) | (facts or {}), pack(playbooks=playbooks, **changes)), "candidates")


def assets(amount_fen):
    return {
        "accounts": [{"account_id": 1, "customer_id": 1, "product_id": "fund", "opened_on": ago(900)}],
        "balances": [{"customer_id": 1, "account_id": 1, "date": ago(0), "amount_fen": amount_fen}],
    }


def talks(*days, **more):
    return {
        "interactions": [
            {"interaction_id": n, "customer_id": 1, "occurred_at": at(day), **more} for n, day in enumerate(days)
        ]
    }


def test_a_candidate_carries_what_its_playbook_says():
    assert candidate([playbook("call", "true", purpose="ask", minutes=12, mandatory=True)]) == {
        "customer_id": 1,
        "rm_id": 1,
        "playbook": "call",
        "channel": "phone",
        "purpose": "ask",
        "minutes": 12,
        "mandatory": True,
        "worth_fen": 100_000,
        "effect_ppm": 50_000,
        "benefit_fen": 5_000,
        "barred": None,
        "inputs": '{"tenure_days":1000,"contacts_30d":0}',
    }


def test_only_playbooks_whose_condition_holds_make_candidates_and_unknown_is_no():
    playbooks = [
        playbook("yes", "tenure_days > 5"),
        playbook("no", "tenure_days < 5"),
        playbook("unknown", "age > 5"),
    ]
    workspace = night(owned(1, 2), pack(playbooks=playbooks))
    assert rows(workspace, "candidates", "customer_id", "playbook") == [
        {"customer_id": 1, "playbook": "yes"},
        {"customer_id": 2, "playbook": "yes"},
    ]


def test_a_condition_sees_levels_declared_features_and_values():
    changes = {
        "features": [feature("visits", "events", "count")],
        "tiers": [level("gold", "tenure_days >= old")],
        "stages": [level("first", "tier = 'gold'")],
        "segments": [level("all")],
        "values": {"old": 1000},
    }
    when = "visits = 0 AND tier = 'gold' AND stage = 'first' AND segment = 'all' AND tenure_days = old"
    assert candidate([playbook("call", when)], **changes)["playbook"] == "call"


@pytest.mark.parametrize(
    ("worth", "worth_fen"),
    [
        ({"fen": 7}, 7),
        ({"fen": 7, "cap_fen": 5}, 5),
        ({"of": "assets_fen", "ppm": 1}, 2),  # 1.5 fen, half up
        ({"of": "assets_fen", "ppm": 1, "fen": 10}, 12),
        ({"of": "assets_fen", "ppm": 1_000_000, "cap_fen": 999}, 999),
        ({"of": "assets_30d_fen", "ppm": 1_000_000, "fen": 3}, 3),  # unknown is nothing
    ],
)
def test_worth_is_a_share_of_a_feature_and_a_sum_up_to_a_cap(worth, worth_fen):
    found = candidate([playbook("call", "true", worth={**worth, "why": label("w")})], assets(1_500_000))
    assert found["worth_fen"] == worth_fen


def test_what_is_owed_is_worth_nothing():
    worth = {"of": "assets_fen", "ppm": 500_000, "why": label("w")}
    assert candidate([playbook("call", "true", worth=worth)], assets(-400))["worth_fen"] == 0


@pytest.mark.parametrize(
    ("fen", "effect_ppm", "contacts", "benefit_fen"),
    [
        (100, 5_000, 0, 1),  # 0.5
        (100, 4_999, 0, 0),
        (100, -5_000, 0, 0),  # -0.5 rounds up to 0
        (100, -5_001, 0, -1),
        (100, -15_000, 0, -1),  # -1.5
        (300, -1_000_000, 0, -300),
        (1000, 1_000_000, 2, 1000 - 2 * 70),
        (0, 0, 1, -70),
    ],
)
def test_benefit_is_worth_times_effect_rounded_half_up_less_the_price_of_fatigue(
    fen, effect_ppm, contacts, benefit_fen
):
    calls = [playbook("call", "true", worth={"fen": fen, "why": label("w")}, effect_ppm=effect_ppm)]
    facts = talks(*range(contacts), direction="out")
    assert candidate(calls, facts, limits={"fatigue_fen": 70})["benefit_fen"] == benefit_fen


def test_products_of_great_sums_and_rates_do_not_overflow():
    """9 × 10^18 fen by a rate is beyond 64 bits and beyond what a float tells apart."""
    amount = 9_000_000_000_000_000_001
    calls = [
        playbook("call", "true", worth={"of": "assets_fen", "ppm": 999_999, "why": label("w")}, effect_ppm=999_999)
    ]
    found = candidate(calls, assets(amount))
    worth = (amount * 999_999 + 500_000) // 1_000_000
    assert (found["worth_fen"], found["benefit_fen"]) == (worth, (worth * 999_999 + 500_000) // 1_000_000)


def test_inputs_are_json_in_the_order_of_the_reason_with_worth_and_fatigue():
    because = ["channel", "next_end_on", "tier", "age", "contacts_30d"]
    worth = {"of": "assets_fen", "ppm": 1, "why": label("w")}
    customers = [{"customer_id": 1, "opened_on": ago(9), "channel": 'a"b\\c\nd'}]
    facts = {
        "customers": customers,
        "contracts": [
            {"contract_id": 1, "customer_id": 1, "product_id": "fund", "opened_on": ago(9), "ends_on": ago(-2)}
        ],
    }
    found = json.loads(candidate([playbook("call", "true", because=because, worth=worth)], facts)["inputs"])
    assert list(found.items()) == [
        ("channel", 'a"b\\c d'),
        ("next_end_on", "2026-11-26"),
        ("tier", "any_tier"),
        ("age", None),
        ("contacts_30d", 0),
        ("assets_fen", 0),
    ]


def consent(channel, granted, day, hour=10):
    return {"customer_id": 1, "channel": channel, "granted": granted, "changed_at": at(day, hour)}


@pytest.mark.parametrize(
    ("consents", "channels", "channel"),
    [
        ([], ["phone", "wecom"], None),
        ([], ["phone", "visit"], "visit"),
        ([], ["counter"], "counter"),
        ([consent("wecom", True, 9)], ["phone", "wecom"], "wecom"),
        ([consent("wecom", True, 9), consent("phone", True, 9)], ["phone", "wecom"], "phone"),
        ([consent("phone", True, 9), consent("phone", False, 8)], ["phone"], None),
        ([consent("phone", False, 9), consent("phone", True, 8)], ["phone"], "phone"),
        ([consent("phone", True, 0, 23)], ["phone"], "phone"),
        ([consent("phone", True, 9), consent("phone", False, -1, 0)], ["phone"], "phone"),
        ([consent("phone", True, 9), consent("phone", False, 9)], ["phone"], None),  # at once: a no
    ],
)
def test_the_channel_is_the_first_that_the_customers_latest_word_allows(consents, channels, channel):
    found = candidate([playbook("call", "true", channels=channels)], {"consents": consents})
    assert (found["channel"], found["barred"]) == (channel, None if channel else "no_consent")


@pytest.mark.parametrize(
    ("ownership", "rm", "rm_id"),
    [
        ({"active_from": ago(0)}, {}, 1),
        ({"active_from": ago(-1)}, {}, None),
        ({"active_from": ago(9), "active_to": ago(0)}, {}, None),
        ({"active_from": ago(9), "active_to": ago(-1)}, {}, 1),
        ({"active_from": ago(9)}, {"left_on": ago(0)}, None),
        ({"active_from": ago(9)}, {"left_on": ago(-1)}, 1),
    ],
)
def test_the_owner_is_who_is_accountable_on_the_day_and_still_here(ownership, rm, rm_id):
    facts = {
        "ownerships": [{"customer_id": 1, "rm_id": 1, **ownership}],
        "rms": [{"rm_id": 1, "hired_on": ago(100), **rm}],
    }
    found = candidate(facts=facts)
    assert (found["rm_id"], found["barred"]) == (rm_id, None if rm_id else "no_owner")


def test_of_overlapping_ownerships_the_later_holds():
    ownerships = [{"customer_id": 1, "rm_id": rm, "active_from": ago(rm)} for rm in (7, 5, 6)]
    assert candidate(facts={"ownerships": ownerships})["rm_id"] == 5


NO_GAIN = {"worth": {"fen": 0, "why": label("w")}}


@pytest.mark.parametrize(
    ("barred", "facts", "changes"),
    [
        ("no_owner", {"ownerships": [], "consents": []}, {}),
        ("no_open_account", {"consents": []}, {}),
        ("no_consent", {**assets(1), "consents": [], **talks(1)}, {}),
        ("cool_down", {**assets(1), **talks(4, playbook="call")}, NO_GAIN),
        ("contacted_lately", {**assets(1), **talks(4)}, NO_GAIN),
        ("no_gain", {**assets(1), **talks(5, playbook="call")}, NO_GAIN),
        (None, {**assets(1), **talks(5, playbook="call")}, {}),
    ],
)
def test_the_first_limit_that_applies_bars(barred, facts, changes):
    limits = {"needs_open_account": True, "min_days_between": 5}
    calls = [playbook("call", "true", cool_down_days=5, **changes)]
    assert candidate(calls, facts, limits=limits)["barred"] == barred


def test_a_mandatory_contact_keeps_its_cool_down_but_not_the_days_between_nor_the_gain():
    calls = [playbook("call", "true", mandatory=True, cool_down_days=5, **NO_GAIN)]
    limits = {"min_days_between": 90}
    assert candidate(calls, talks(4, playbook="call"), limits=limits)["barred"] == "cool_down"
    assert candidate(calls, talks(5, playbook="call"), limits=limits)["barred"] is None


def test_an_attempt_that_reached_nobody_counts_and_a_call_by_the_customer_does_not():
    calls = [playbook("call", "true", cool_down_days=5)]
    unreached = talks(1, result="unreached", direction="out", playbook="call")
    assert candidate(calls, unreached)["barred"] == "cool_down"
    assert candidate(calls, talks(1, direction="in", playbook="call"))["barred"] is None


def test_a_cool_down_is_of_one_playbook_and_starts_with_its_last_attempt():
    books = [playbook(word, "true", cool_down_days=5) for word in ("call", "write")]
    tried = [(9, "call"), (4, "call"), (5, "write"), (1, "visit"), (0, None)]
    facts = {
        "interactions": [
            {"interaction_id": n, "customer_id": 1, "occurred_at": at(day), "playbook": word}
            for n, (day, word) in enumerate(tried)
        ]
    }
    workspace = night(owned(1, 2) | facts, pack(playbooks=books))
    assert rows(workspace, "attempts") == [
        {"customer_id": 1, "playbook": "call", "days": 4},
        {"customer_id": 1, "playbook": "visit", "days": 1},
        {"customer_id": 1, "playbook": "write", "days": 5},
    ]
    assert [row["barred"] for row in rows(workspace, "candidates")] == ["cool_down", None, None, None]
    assert rows(workspace, "candidates", "customer_id", "playbook")[:2] == [
        {"customer_id": 1, "playbook": "call"},
        {"customer_id": 1, "playbook": "write"},
    ]


def test_a_contact_that_no_playbook_asked_for_starts_no_cool_down_but_counts_between():
    calls = [playbook("call", "true", cool_down_days=300)]
    assert candidate(calls, talks(1, 2))["barred"] is None
    assert candidate(calls, talks(1, 2), limits={"min_days_between": 2})["barred"] == "contacted_lately"


def test_a_cool_down_of_nothing_never_bars():
    assert candidate([playbook("call", "true", cool_down_days=0)], talks(0, playbook="call"))["barred"] is None


def test_a_pack_may_name_a_feature_as_the_attempts_name_theirs():
    features = [feature("days", "interactions", "count", where="playbook = 'call'")]
    calls = [playbook("call", "days = 1", because=["days"], cool_down_days=2)]
    found = candidate(calls, talks(1, playbook="call"), features=features)
    assert (found["barred"], found["inputs"]) == ("cool_down", '{"days":1,"contacts_30d":1}')


def test_a_pack_without_playbooks_has_no_candidates():
    workspace = night(owned(1), pack())
    assert workspace.arrow("candidates").num_rows == 0
    assert one(workspace, "states")["decision"] == "no_trigger"


def test_a_long_day_has_its_date_in_the_text():
    facts = {"contracts": [{"contract_id": 1, "customer_id": 1, "product_id": "fund", "opened_on": ago(9), "ends_on": date(2027, 1, 5)}]}  # fmt: skip
    found = candidate([playbook("call", "next_end_on = DATE '2027-01-05'", because=["next_end_on"])], facts)
    assert found["inputs"] == '{"next_end_on":"2027-01-05","contacts_30d":0}'
