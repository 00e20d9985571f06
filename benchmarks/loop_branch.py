"""Writes the branch that `benchmarks.loop` runs a night over: the facts of engine_facts, straight into the tables.

Run as a module of its own. A quarter of the transactions, as their customer-day sums; the rest whole.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.engine_facts import AS_OF
from benchmarks.pages_branch import put

PRODUCTS = ("current", "savings", "fund", "card", "deposit", "loan", "advice")
PRODUCT = f"list_extract($products, 1 + list_position({list(PRODUCTS)}, product_id) % len($products))"
"""One of the pack's own for each of theirs."""
WRITTEN = {
    "relationshipmanager": """SELECT rm_id AS id, $branch AS branch_id, 'RM' || rm_id AS number, name, hired_on,
        left_on, 'employee' AS status, minutes_per_day FROM '$facts/rms.parquet'""",
    "customer": """SELECT customer_id AS id, $branch AS branch_id, 'C' || customer_id AS number, kind,
        'c' || customer_id AS name, 'c' || customer_id AS name_key, 'c' AS initials, birth_date, birth_calendar,
        '' AS document_no, opened_on, channel, risk_level, spending_power, '{}' AS extra
        FROM '$facts/customers.parquet' ORDER BY id""",
    "ownership": "SELECT *, '' AS reason FROM '$facts/ownerships.parquet' ORDER BY customer_id",
    "consent": """SELECT customer_id, channel, any_value(granted) AS granted, changed_at, '' AS source
        FROM '$facts/consents.parquet' GROUP BY ALL ORDER BY customer_id""",
    "account": f"""SELECT account_id AS id, $branch AS branch_id, 'A' || account_id AS number, customer_id,
        {PRODUCT} AS product_id, opened_on, closed_on FROM '$facts/accounts.parquet' ORDER BY id""",
    "contract": f"""SELECT $branch AS branch_id, 'K' || contract_id AS number, customer_id, {PRODUCT} AS product_id,
        opened_on, closed_on, amount_fen, ends_on FROM '$facts/contracts.parquet' ORDER BY customer_id""",
    "balance": """SELECT customer_id, account_id, date, any_value(amount_fen) AS amount_fen
        FROM '$facts/balances.parquet' GROUP BY ALL ORDER BY customer_id""",
    "customerday": """SELECT customer_id, CAST(occurred_at AS DATE) AS date, kind, count(*) AS transactions,
        CAST(sum(greatest(amount_fen, 0)) AS BIGINT) AS inflow_fen,
        CAST(sum(-least(amount_fen, 0)) AS BIGINT) AS outflow_fen,
        CAST(sum(coalesce(income_fen, 0)) AS BIGINT) AS income_fen
        FROM '$facts/transactions.parquet' WHERE transaction_id % 4 = 0 GROUP BY ALL ORDER BY customer_id""",
    "interaction": """SELECT $branch AS branch_id, 'I' || interaction_id AS number, customer_id, rm_id, occurred_at,
        channel, purpose, coalesce(playbook, '') AS playbook, direction, coalesce(result, '') AS result, minutes,
        callback_on, '' AS department, '' AS note FROM '$facts/interactions.parquet' ORDER BY customer_id""",
    "event": """SELECT $branch AS branch_id, 'E' || event_id AS number, customer_id, occurred_at, kind, '' AS data
        FROM '$facts/events.parquet' ORDER BY customer_id""",
}


def write_branch(facts: Path) -> None:
    """Migrate, open a branch and fill it."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from yuandian.operations.org import add_branch
    from yuandian.packs.loader import load
    from yuandian.records.facts import Product

    settings.HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    pack = load("bank", as_of=date.fromisoformat(AS_OF))
    branch = add_branch(number="bench", name="基准", pack=pack, at=timezone.now(), is_made_up=True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # what is written refers to what is there
    given = {
        "$branch": branch.pk,
        "$products": list(Product.objects.values_list("pk", flat=True)),
        "$facts": facts,
    }
    for table, query in WRITTEN.items():
        print(f"  {table} …", flush=True)
        for name, value in given.items():
            query = query.replace(name, str(value))  # noqa: PLW2901
        rows = duckdb.connect().execute(query)
        put(table, texts(rows), " ".join(name for name, *_ in rows.description))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def texts(rows: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """Dates and times as text, which both databases take."""
    while batch := rows.fetchmany(50_000):
        for row in batch:
            yield tuple(str(value) if isinstance(value, date) else value for value in row)


if __name__ == "__main__":
    write_branch(Path(sys.argv[1]))
