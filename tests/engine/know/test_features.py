"""Every feature by hand, on customer 1; customer 2 is there so that mixing customers up would show."""

from datetime import date

import pytest
from tests.engine.nights import AS_OF, ago, at, night, one, pack

from yuandian.engine.tables import FEATURES

pytestmark = pytest.mark.req("K5")


def features(as_of=AS_OF, **facts):
    """The features of customer 1 on the day, who has opened 1000 days before unless said otherwise."""
    known = {"customers": [{"customer_id": 1, "opened_on": ago(1000)}, {"customer_id": 2, "opened_on": ago(1000)}]}
    return one(night(known | facts, pack(), as_of), "features")


def born(day, calendar=None, as_of=AS_OF):
    return features(
        as_of,
        customers=[{"customer_id": 1, "opened_on": ago(1000), "birth_date": day, "birth_calendar": calendar}],
    )


def test_a_customer_without_facts_has_zeroes_for_sums_and_nothing_else():
    row = features()
    zeroes = {
        *("open_accounts", "products", "assets_fen", "transactions_90d", "contacts_30d", "contacts_365d"),
        *("inflow_7d_fen", "outflow_7d_fen", "inflow_90d_fen", "outflow_90d_fen", "income_365d_fen", "contracts"),
    }
    assert row == dict.fromkeys(FEATURES.names) | dict.fromkeys(zeroes, 0) | {
        "customer_id": 1,
        "tenure_days": 1000,
    }


def test_attributes_are_taken_as_they_stand():
    attributes = {"risk_level": 3, "spending_power": 2, "channel": "web", "kind": "person"}
    row = features(customers=[{"customer_id": 1, "opened_on": AS_OF, **attributes}])
    assert {name: row[name] for name in attributes} == attributes
    assert row["tenure_days"] == 0


@pytest.mark.parametrize(
    ("birth", "age", "days"),
    [
        (date(1980, 11, 24), 46, 0),
        (date(1980, 11, 25), 45, 1),
        (date(1980, 11, 23), 46, 364),
        (date(1980, 1, 1), 46, 38),
        (date(2026, 11, 24), 0, 0),
        (date(2026, 11, 25), None, 1),
    ],
)
def test_age_and_days_to_the_birthday(birth, age, days):
    row = born(birth)
    assert (row["age"], row["days_to_birthday"]) == (age, days)


@pytest.mark.parametrize(
    ("as_of", "age", "days"),
    [
        (date(2027, 2, 27), 26, 1),
        (date(2027, 2, 28), 27, 0),
        (date(2027, 3, 1), 27, 365),
        (date(2028, 2, 28), 27, 1),
        (date(2028, 2, 29), 28, 0),
    ],
)
def test_a_birthday_of_29_february_is_on_the_28th_in_a_common_year(as_of, age, days):
    row = born(date(2000, 2, 29), as_of=as_of)
    assert (row["age"], row["days_to_birthday"]) == (age, days)


def test_a_lunar_birthday_is_left_out():
    row = born(date(1980, 11, 24), "lunar")
    assert (row["age"], row["days_to_birthday"]) == (None, None)


def account(number, *, product="current", opened=100, closed=None, customer=1):
    closed_on = None if closed is None else ago(closed)
    return {
        "account_id": number,
        "customer_id": customer,
        "product_id": product,
        "opened_on": ago(opened),
        "closed_on": closed_on,
    }


def test_accounts_and_products_in_use():
    accounts = [account(1, opened=300), account(2), account(3, product="fund"), account(4, customer=2)]
    accounts += [account(5, product="loan", opened=500, closed=0), account(6, product="loan", closed=-1)]
    contracts = [
        {"contract_id": 1, "customer_id": 1, "product_id": "deposit", "opened_on": ago(9), "ends_on": ago(0)},
        {"contract_id": 2, "customer_id": 1, "product_id": "fund", "opened_on": ago(9)},
        {"contract_id": 3, "customer_id": 1, "product_id": "advice", "opened_on": ago(9), "ends_on": ago(1)},
    ]
    row = features(accounts=accounts, contracts=contracts)
    assert row["open_accounts"] == 4  # an account is not open on the day on which it is closed
    assert row["products"] == 4  # current, fund (twice), loan, deposit
    assert row["first_opened_days"] == 500
    assert row["contracts"] == 2


def balance(account_id, days, amount_fen, customer=1):
    return {"customer_id": customer, "account_id": account_id, "date": ago(days), "amount_fen": amount_fen}


def test_assets_are_the_latest_balances_of_the_accounts_open_then():
    row = features(
        accounts=[account(1), account(2, closed=0), account(3, customer=2)],
        balances=[
            *(balance(1, days, fen) for days, fen in ((0, 100), (10, 777), (30, 300), (90, 900))),
            *(balance(2, days, fen) for days, fen in ((5, 5000), (60, 40))),
            balance(3, 0, 10**6, customer=2),
        ],
    )
    assert row["assets_fen"] == 100  # account 2 is closed
    assert row["assets_30d_fen"] == 340
    assert row["assets_90d_fen"] == 900
    assert row["assets_change_30d_fen"] == -240


def test_assets_of_30_days_before_are_empty_where_there_was_no_balance():
    row = features(accounts=[account(1)], balances=[balance(1, 29, 100)])
    assert (row["assets_fen"], row["assets_30d_fen"], row["assets_change_30d_fen"]) == (100, None, None)


@pytest.mark.parametrize(
    ("balances", "peak"),
    [
        ([(0, 5), (179, 80)], 80),
        ([(0, 5), (178, 7), (180, 80)], 80),  # carried into the first of the 180 days
        ([(0, 5), (179, 7), (180, 80)], 7),  # replaced on that day
        ([(0, -5)], -5),
        ([(400, 60)], 60),
    ],
)
def test_the_peak_is_the_highest_end_of_day_balance_of_one_account_in_180_days(balances, peak):
    rows = [balance(1, days, fen) for days, fen in balances] + [balance(2, 0, -9)]
    assert features(accounts=[account(1), account(2)], balances=rows)["assets_peak_180d_fen"] == peak


def test_a_balance_carried_by_an_account_that_was_closed_before_is_no_peak():
    row = features(accounts=[account(1, opened=900, closed=300)], balances=[balance(1, 400, 60)])
    assert (row["assets_peak_180d_fen"], row["assets_30d_fen"]) == (None, None)


def transaction(number, days, amount_fen, income_fen=None, customer=1):
    return {
        "transaction_id": number,
        "customer_id": customer,
        "occurred_at": at(days, 23),
        "amount_fen": amount_fen,
        "income_fen": income_fen,
    }


def test_money_in_and_out_over_days():
    row = features(
        transactions=[
            transaction(1, 2, 100, 7),
            transaction(2, 6, -30),
            transaction(3, 7, 1000, 5),
            transaction(4, 89, -2000),
            transaction(5, 90, 55, 1),
            transaction(6, 364, 66, 2),
            transaction(7, 365, 66, 1000),
            transaction(8, 0, 9999, 9999, customer=2),
        ]
    )
    assert row["days_since_transaction"] == 2
    assert row["transactions_90d"] == 4
    assert (row["inflow_7d_fen"], row["outflow_7d_fen"]) == (100, 30)
    assert (row["inflow_90d_fen"], row["outflow_90d_fen"]) == (1100, 2030)
    assert row["income_365d_fen"] == 15


def test_sums_by_day_give_what_their_lines_give():
    lines = [transaction(n, days, fen, fen // 10) for n, (days, fen) in enumerate([(0, 50), (0, -20), (8, 7)])]
    sums = [
        {"customer_id": 1, "date": ago(0), "kind": "card", "transactions": 2, "inflow_fen": 50, "outflow_fen": 20, "income_fen": 3},
        {"customer_id": 1, "date": ago(8), "kind": "card", "transactions": 1, "inflow_fen": 7, "outflow_fen": 0, "income_fen": 0},
    ]  # fmt: skip
    assert features(transactions=lines) == features(customer_days=sums)


def talk(number, days, *, hour=10, customer=1, **more):
    return {"interaction_id": number, "customer_id": customer, "occurred_at": at(days, hour), **more}


def test_contacts_attempts_and_what_they_were_for():
    row = features(
        interactions=[
            talk(1, 3, result="unreached", direction="out", purpose="ask"),
            talk(2, 5, result="declined", direction="in", purpose="service"),
            talk(3, 29, result="done", direction="out", purpose="care"),
            talk(4, 30, purpose="care"),
            talk(5, 364, result="later", direction="out", purpose="ask"),
            talk(6, 365, result="later", direction="out", purpose="ask"),
            talk(7, 0, customer=2),
        ]
    )
    assert row["days_since_attempt"] == 3
    assert row["days_since_contact"] == 5  # the customer came to us
    assert row["days_since_care"] == 29
    assert row["days_since_ask"] == 364  # the attempt of day 3 asked nothing
    assert row["contacts_30d"] == 1
    assert row["contacts_365d"] == 3  # no result counts as reached, no direction as ours
    assert row["last_result"] == "declined"


@pytest.mark.parametrize(
    ("talks", "result", "days"),
    [
        ([talk(1, 1, result="later", callback_on=ago(-6))], "later", 6),
        ([talk(1, 9, result="later", callback_on=ago(2))], "later", -2),
        (
            [talk(1, 1, hour=9, result="later", callback_on=ago(-6)), talk(2, 1, hour=11, result="done")],
            "done",
            None,
        ),
        ([talk(1, 4, result="later", callback_on=ago(-6)), talk(2, 1, result="unreached")], "later", 6),
        ([talk(1, 4, result="later"), talk(2, 1)], None, None),
        ([talk(1, 1, result="complaint"), talk(2, 1, result="interested")], "complaint", None),
    ],
)
def test_the_last_contact_that_reached_says_result_and_promise(talks, result, days):
    row = features(interactions=talks)
    assert (row["last_result"], row["days_to_callback"]) == (result, days)


def contract(number, ends, amount_fen, *, product="fund", closed=None):
    return {
        "contract_id": number,
        "customer_id": 1,
        "product_id": product,
        "opened_on": ago(50),
        "closed_on": None if closed is None else ago(closed),
        "amount_fen": amount_fen,
        "ends_on": None if ends is None else ago(-ends),
    }


def test_the_next_contract_to_end():
    contracts = [contract(1, None, 9), contract(2, 20, 800), contract(3, -1, 7), contract(4, 3, 6, closed=2)]
    row = features(contracts=[*contracts, contract(5, 20, 900, product="loan"), contract(6, 20, None)])
    ending = {name: row[name] for name in ("next_end_on", "days_to_end", "ending_fen", "ending_category")}
    assert ending == {"next_end_on": ago(-20), "days_to_end": 20, "ending_fen": 900, "ending_category": "credit"}
    assert row["contracts"] == 4


def test_a_contract_runs_on_its_last_day_and_of_equals_the_first_number_counts():
    row = features(contracts=[contract(2, 0, 5, product="unknown"), contract(1, 0, 5, product="loan")])
    assert (row["days_to_end"], row["ending_category"], row["contracts"]) == (0, "credit", 2)


def test_who_is_not_yet_a_customer_has_no_features():
    customers = [{"customer_id": 1, "opened_on": ago(0)}, {"customer_id": 2, "opened_on": ago(-1)}]
    assert night({"customers": customers}, pack()).arrow("features")["customer_id"].to_pylist() == [1]
