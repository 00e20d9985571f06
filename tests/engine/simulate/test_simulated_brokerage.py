"""The source case holds exactly, for every seed and day."""

from datetime import date, timedelta
from itertools import product

import pytest

TUESDAY, SUNDAY = date(2026, 11, 24), date(2027, 2, 21)
TOTAL_FEN = 3_100_000_000
LATEST = "SELECT customer_id, account_id, arg_max(amount_fen, date) AS amount_fen FROM balances GROUP BY ALL"
BOOKS = f"""
    SELECT rm_id, count(DISTINCT customer_id) AS customers, coalesce(sum(amount_fen), 0)::BIGINT AS assets_fen
    FROM ownerships LEFT JOIN ({LATEST}) USING (customer_id)
    WHERE active_to IS NULL GROUP BY rm_id
"""


@pytest.fixture(params=list(product([TUESDAY, SUNDAY], range(1, 6))), ids=lambda p: f"{p[0]}-{p[1]}")
def branch(request, open_branch):
    as_of, seed = request.param
    return open_branch("brokerage", as_of, seed)


@pytest.fixture
def one(open_branch):
    return open_branch("brokerage", TUESDAY, 1)


def value(connection, sql):
    return connection.execute(sql).fetchone()[0]


@pytest.mark.req("D1")
class TestSourceCase:
    def test_seventeen_managers_in_three_teams_at_twelve_outlets(self, branch):
        counts = "SELECT count(*), count(DISTINCT team_id), count(DISTINCT outlet_id) FROM rms"
        assert branch.execute(counts).fetchone() == (17, 3, 12)

    def test_the_team_has_worked_half_a_year(self, branch):
        as_of = value(branch, "SELECT max(date) FROM balances")
        first, last = branch.execute("SELECT min(hired_on), max(hired_on) FROM rms").fetchone()
        assert 178 <= (as_of - first).days <= 182
        assert (as_of - last).days >= 21

    def test_assets_are_31_million_to_the_fen_by_customer_and_by_book(self, branch):
        assert value(branch, f"SELECT sum(amount_fen)::BIGINT FROM ({LATEST})") == TOTAL_FEN
        assert value(branch, f"SELECT sum(assets_fen)::BIGINT FROM ({BOOKS})") == TOTAL_FEN

    def test_one_is_over_8_million_and_eight_at_or_over_1_2_million(self, branch):
        books = [row[0] for row in branch.execute(f"SELECT assets_fen FROM ({BOOKS})").fetchall()]
        assert len(books) == 17
        assert sum(fen > 800_000_000 for fen in books) == 1
        assert sum(fen >= 120_000_000 for fen in books) == 8
        assert sum(fen < 30_000_000 for fen in books) == 3

    def test_the_eight_are_employees(self, branch):
        sql = f"SELECT count(*) FROM rms JOIN ({BOOKS}) USING (rm_id) WHERE (status = 'employee') = (assets_fen >= 120000000)"
        assert value(branch, sql) == 17

    def test_one_manager_is_180_000_yuan_short_of_the_formal_contract(self, branch):
        assert value(branch, f"SELECT count(*) FROM ({BOOKS}) WHERE 120000000 - assets_fen = 18000000") == 1

    def test_half_a_year_of_net_commission_is_under_50_000_yuan(self, branch):
        income = value(branch, "SELECT sum(income_fen)::BIGINT FROM transactions")
        assert 4_000_000 < income < 5_000_000
        assert (
            value(branch, "SELECT count(*) FROM transactions WHERE income_fen > 0 AND kind <> 'commission'") == 0
        )

    def test_customers_are_700_of_which_12_have_no_owner(self, branch):
        owned = "SELECT customer_id FROM ownerships WHERE active_to IS NULL"
        assert value(branch, "SELECT count(*) FROM customers") == 700
        assert value(branch, f"SELECT count(*) FROM customers WHERE customer_id NOT IN ({owned})") == 12

    def test_three_customers_had_another_owner_before(self, branch):
        twice = "SELECT customer_id FROM ownerships GROUP BY 1 HAVING count(*) = 2 AND count(DISTINCT rm_id) = 2"
        assert value(branch, f"SELECT count(*) FROM ({twice})") == 3
        assert value(branch, "SELECT count(*) FROM ownerships") == 700 - 12 + 3 + 4

    def test_a_large_customer_always_won_and_missed_the_last_draw(self, branch):
        draws = """
            SELECT customer_id, count(*) AS draws, count(*) FILTER (kind = 'ipo_won') AS won,
                   arg_max(kind, sequence) AS last, max(occurred_at)::DATE AS missed_on
            FROM events WHERE kind IN ('ipo_won', 'ipo_missed') GROUP BY 1
        """
        lucky = branch.execute(
            f"SELECT customer_id, last, missed_on FROM ({draws}) WHERE draws >= 8 AND won = draws - 1"
        )
        [(customer_id, last, missed_on)] = lucky.fetchall()
        held = value(branch, f"SELECT sum(amount_fen) FROM ({LATEST}) WHERE customer_id = '{customer_id}'")
        assert last == "ipo_missed"
        assert missed_on == value(branch, "SELECT max(date) FROM balances")
        assert held > 50_000_000


def test_cash_is_what_its_transactions_add_up_to(branch):
    sql = f"""
        WITH moved AS (SELECT account_id, sum(amount_fen)::BIGINT AS fen FROM transactions GROUP BY 1)
        SELECT count(*) FILTER (coalesce(fen, 0) <> coalesce(amount_fen, 0))
        FROM accounts LEFT JOIN moved USING (account_id) LEFT JOIN ({LATEST}) USING (account_id)
        WHERE product_id = 'cash'
    """
    assert value(branch, sql) == 0


def test_an_account_that_is_closed_is_empty(branch):
    sql = f"SELECT sum(amount_fen), count(*) FROM accounts JOIN ({LATEST}) USING (account_id) WHERE closed_on IS NOT NULL"
    held, closed = branch.execute(sql).fetchone()
    assert (held, closed > 0) == (0, True)


@pytest.mark.req("K8")
def test_commission_is_between_3_and_20_hundredths_of_a_percent_and_one_rate_per_manager(one):
    """Small trades apart, where rounding to the fen hides the rate."""
    sql = """
        WITH days AS (
            SELECT customer_id, occurred_at::DATE AS date,
                   abs(sum(amount_fen) FILTER (kind IN ('buy', 'sell'))) AS traded,
                   -sum(amount_fen) FILTER (kind = 'commission') AS commission
            FROM transactions GROUP BY ALL
            HAVING count(*) FILTER (kind IN ('buy', 'sell')) = 1 AND count(*) FILTER (kind = 'commission') = 1
        )
        SELECT rm_id, list_sort(list(DISTINCT round(10000.0 * commission / traded) * 100))
        FROM days JOIN ownerships USING (customer_id)
        WHERE traded > 1000000 AND active_to IS NULL GROUP BY 1
    """
    rates = [rates for _, rates in one.execute(sql).fetchall()]
    assert [len(granted) for granted in rates] == [1] * 17
    assert (min(rates), max(rates)) == ([300.0], [2000.0])


@pytest.mark.req("K8")
def test_every_customer_has_a_channel_and_referred_ones_a_referrer_who_came_before(one):
    assert {row[0] for row in one.execute("SELECT DISTINCT channel FROM customers").fetchall()} == {
        "outlet",
        "referral",
        "online_chat",
        "walk_in",
        "own_network",
    }
    later = """
        SELECT count(*) FROM customers c JOIN customers r ON c.referrer_id = r.customer_id
        WHERE r.customer_id >= c.customer_id OR c.channel <> 'referral'
    """
    assert value(one, later) == 0


@pytest.mark.req("K1")
def test_contacts_of_two_departments_stand_on_one_timeline(one):
    both = """
        SELECT customer_id FROM interactions GROUP BY 1
        HAVING count(DISTINCT department) = 2 AND count(*) FILTER (direction = 'in') > 0
    """
    assert value(one, f"SELECT count(*) FROM ({both})") > 50


@pytest.mark.parametrize("scale", [0.2, 0.5, 2.0])
def test_the_case_holds_at_other_sizes(open_branch, scale):
    branch = open_branch("brokerage", TUESDAY, 1, scale)
    books = [row[0] for row in branch.execute(f"SELECT assets_fen FROM ({BOOKS})").fetchall()]
    assert value(branch, "SELECT count(*) FROM customers") == round(700 * scale)
    assert sum(books) == TOTAL_FEN
    assert (sum(fen > 800_000_000 for fen in books), sum(fen >= 120_000_000 for fen in books)) == (1, 8)
    assert 0 < value(branch, "SELECT sum(income_fen)::BIGINT FROM transactions") < 5_000_000


def test_every_manager_has_reasons_for_a_full_day(branch):
    """At least eight customers a book whom nobody of us contacted for a week and who show a cause.

    Causes: a birthday within a week, an advice contract about to end, an account never funded, money that
    left in the last three days, no transaction for ninety days, mostly cash, or silence for a month.
    """
    as_of = value(branch, "SELECT max(date) FROM balances")
    week = {(as_of + timedelta(days=n)).strftime("%m-%d") for n in range(7)}
    sql = f"""
        WITH cash AS (
            SELECT l.customer_id, sum(amount_fen) AS assets, sum(amount_fen) FILTER (product_id = 'cash') AS cash
            FROM ({LATEST}) l JOIN accounts USING (account_id) GROUP BY 1
        ), moved AS (
            SELECT customer_id, max(occurred_at)::DATE AS last_on, coalesce(sum(amount_fen)
              FILTER (kind = 'withdrawal' AND occurred_at::DATE > DATE '{as_of}' - 3), 0) AS taken
            FROM transactions GROUP BY 1
        ), met AS (SELECT customer_id, max(occurred_at)::DATE AS last_on FROM interactions GROUP BY 1),
        due AS (SELECT customer_id FROM contracts WHERE ends_on BETWEEN DATE '{as_of}' + 1 AND DATE '{as_of}' + 14)
        SELECT rm_id, count(*) FROM ownerships
        JOIN customers USING (customer_id) LEFT JOIN cash USING (customer_id) LEFT JOIN moved USING (customer_id)
        LEFT JOIN met USING (customer_id)
        WHERE active_to IS NULL AND coalesce(met.last_on < DATE '{as_of}' - 7, true) AND (
            (birth_calendar = 'solar' AND strftime(birth_date, '%m-%d') IN {tuple(sorted(week))})
            OR customer_id IN (FROM due) OR moved.last_on IS NULL OR taken < -1000000
            OR moved.last_on < DATE '{as_of}' - 90 OR cash > 0.5 * assets
            OR coalesce(met.last_on < DATE '{as_of}' - 30, true))
        GROUP BY 1
    """
    reasons = dict(branch.execute(sql).fetchall())
    assert len(reasons) == 17
    assert min(reasons.values()) >= 8
