"""The bank branch: deposits that mature, money that leaves, accounts that add up."""

from datetime import date

import pytest

TUESDAY, SUNDAY = date(2026, 11, 24), date(2027, 2, 21)


@pytest.fixture(params=[(TUESDAY, 1), (SUNDAY, 4)], ids=str)
def branch(request, open_branch):
    return open_branch("bank", *request.param)


@pytest.fixture
def one(open_branch):
    return open_branch("bank", TUESDAY, 1)


def value(connection, sql):
    return connection.execute(sql).fetchone()[0]


def test_ten_managers_and_1500_customers(branch):
    assert value(branch, "SELECT count(*) FROM rms") == 10
    assert value(branch, "SELECT count(*) FROM customers") == 1_500


def test_sixty_time_deposits_mature_within_ten_days(one):
    sql = f"""
        SELECT count(*) FROM contracts
        WHERE product_id = 'time_deposit' AND ends_on BETWEEN DATE '{TUESDAY}' + 1 AND DATE '{TUESDAY}' + 10
    """
    assert value(one, sql) == 60


def test_what_matured_came_back_to_the_current_account(branch):
    sql = """
        SELECT count(*), count(*) FILTER (t.amount_fen = c.amount_fen AND t.occurred_at::DATE = c.ends_on)
        FROM contracts c JOIN transactions t ON t.customer_id = c.customer_id AND t.kind = 'deposit_returned'
        WHERE c.product_id = 'time_deposit'
    """
    assert branch.execute(sql).fetchone() == (15, 15)


def test_thirty_customers_sent_money_away_in_the_last_three_days(one):
    sql = f"""
        SELECT count(DISTINCT customer_id), max(amount_fen) <= -5000000 FROM transactions
        WHERE kind = 'transfer_out' AND occurred_at::DATE > DATE '{TUESDAY}' - 3
    """
    assert one.execute(sql).fetchone() == (30, True)


def test_wages_come_on_one_day_of_the_month(one):
    sql = """
        SELECT count(*) FROM (
            SELECT customer_id FROM transactions WHERE kind = 'salary' GROUP BY 1
            HAVING count(DISTINCT day(occurred_at)) > 1 OR count(DISTINCT amount_fen) > 1)
    """
    assert value(one, sql) == 0
    assert value(one, "SELECT count(DISTINCT customer_id) > 700 FROM transactions WHERE kind = 'salary'")


def test_current_balances_follow_their_transactions(branch):
    """From any balance to the next, what moved on the later day explains the difference."""
    sql = """
        WITH moved AS (
            SELECT account_id, occurred_at::DATE AS date, sum(amount_fen)::BIGINT AS fen FROM transactions GROUP BY ALL
        ), steps AS (
            SELECT account_id, date, amount_fen - lag(amount_fen) OVER (PARTITION BY account_id ORDER BY date) AS fen
            FROM balances JOIN accounts USING (account_id) WHERE product_id = 'current_account'
        )
        SELECT count(*) FROM moved FULL JOIN (FROM steps WHERE fen IS NOT NULL) s USING (account_id, date)
        WHERE moved.fen IS DISTINCT FROM s.fen
    """
    assert value(branch, sql) == 0


def test_products_are_those_of_a_bank(branch):
    held = "SELECT product_id FROM accounts UNION SELECT product_id FROM contracts"
    assert {row[0] for row in branch.execute(held).fetchall()} == {
        "current_account",
        "time_deposit",
        "wealth",
        "fund",
        "mortgage",
        "personal_loan",
        "business_loan",
        "credit_card",
    }


@pytest.mark.req("K2")
def test_customers_taken_over_keep_their_former_owner_in_history(one):
    twice = "SELECT customer_id FROM ownerships GROUP BY 1 HAVING count(*) = 2"
    assert value(one, f"SELECT count(*) > 300 FROM ({twice})")
    orphans = "SELECT count(*) FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM ownerships WHERE active_to IS NULL)"
    assert value(one, orphans) == 24


def test_dormant_customers_have_not_moved_money_for_more_than_180_days(one):
    last = "SELECT customer_id, max(occurred_at)::DATE AS last_on FROM transactions GROUP BY 1"
    assert value(one, f"SELECT count(*) FROM ({last}) WHERE last_on < DATE '{TUESDAY}' - 180") == 90


def test_a_complaint_is_resolved_after_it_was_made(one):
    sql = """
        SELECT count(*) > 10, count(*) FILTER (r.occurred_at <= c.occurred_at)
        FROM events c JOIN events r ON c.customer_id = r.customer_id AND r.kind = 'complaint_resolved'
        WHERE c.kind = 'complaint'
    """
    assert one.execute(sql).fetchone() == (True, 0)
