"""Seeded facts of a made-up bank, as Parquet: what `engine_run` is measured on.

Every value is a hash of the row's number, the column and the seed, so the same size always gives the same
files however many threads write them.
"""

from pathlib import Path

import duckdb

AS_OF = "2026-11-24"
BOOK = 500
"""Customers of one relationship manager."""


def draw(column: str, below: int, *, seed: int = 7) -> str:
    """An expression: a whole number from 0 to `below` − 1, even and independent between columns."""
    return f"CAST(hash(i, '{column}', {seed}) % {below} AS INTEGER)"


def one_of(column: str, *choices: str) -> str:
    return f"list_extract({list(choices)}, {draw(column, len(choices))} + 1)"


def tables(customers: int) -> dict[str, str]:
    """A query for every table; `i` counts its rows."""
    rms = max(1, customers // BOOK)
    day = f"DATE '{AS_OF}'"
    moment = f"TIMESTAMP '{AS_OF} 18:00:00'"
    return {
        "rms": f"""
            SELECT i + 1 AS rm_id, 'rm ' || i AS name, {day} - 900 - {draw("hired", 2000)} AS hired_on,
                CASE WHEN {draw("left", 50)} = 0 THEN {day} - {draw("gone", 90)} END AS left_on,
                CASE WHEN {draw("own", 3)} = 0 THEN 240 + 60 * {draw("minutes", 4)} END AS minutes_per_day
            FROM range({rms}) AS t(i)""",
        "customers": f"""
            SELECT i + 1 AS customer_id, {one_of("kind", "person", "person", "organisation")} AS kind,
                DATE '1940-01-01' + {draw("birth", 24000)} AS birth_date,
                {one_of("calendar", "solar", "solar", "solar", "lunar")} AS birth_calendar,
                {day} + 20 - {draw("opened", 4000)} AS opened_on,
                {one_of("channel", "branch", "referral", "online")} AS channel,
                1 + {draw("risk", 5)} AS risk_level,
                CASE WHEN {draw("known", 4)} > 0 THEN 1 + {draw("power", 5)} END AS spending_power
            FROM range({customers}) AS t(i)""",
        "ownerships": f"""
            SELECT i + 1 AS customer_id, 1 + {draw("rm", rms)} AS rm_id, {day} - 800 AS active_from,
                CASE WHEN {draw("moved", 20)} = 0 THEN {day} - 60 END AS active_to
            FROM range({customers}) AS t(i) WHERE {draw("orphan", 50)} > 0""",
        "consents": f"""
            SELECT 1 + {draw("customer", customers)} AS customer_id,
                {one_of("channel", "phone", "phone", "wecom", "sms", "email")} AS channel,
                {draw("granted", 5)} > 0 AS granted, {moment} - INTERVAL 1 MINUTE * {draw("at", 1500000)} AS changed_at
            FROM range({3 * customers}) AS t(i)""",
        "accounts": f"""
            SELECT i + 1 AS account_id, 1 + i % {customers} AS customer_id,
                {one_of("product", "current", "savings", "fund", "card")} AS product_id,
                {day} - 300 - {draw("opened", 3000)} AS opened_on,
                CASE WHEN {draw("closed", 12)} = 0 THEN {day} - {draw("closing", 250)} END AS closed_on
            FROM range({customers * 3 // 2}) AS t(i)""",
        "contracts": f"""
            SELECT i + 1 AS contract_id, 1 + {draw("customer", customers)} AS customer_id,
                {one_of("product", "deposit", "loan", "advice")} AS product_id,
                {day} - {draw("opened", 1000)} AS opened_on,
                CASE WHEN {draw("closed", 15)} = 0 THEN {day} - {draw("closing", 60)} END AS closed_on,
                1000000 + CAST(100 AS BIGINT) * {draw("amount", 900000)} AS amount_fen,
                CASE WHEN {draw("open", 5)} > 0 THEN {day} - 300 + {draw("ends", 900)} END AS ends_on
            FROM range({customers * 4 // 5}) AS t(i)""",
        "balances": f"""
            SELECT 1 + i % {customers * 3 // 2} % {customers} AS customer_id, 1 + i % {customers * 3 // 2} AS account_id,
                {day} - 45 * CAST(i // {customers * 3 // 2} AS INTEGER) - {draw("day", 45)} AS date,
                exp({draw("size", 1000)} / 80.0)::BIGINT * 100 + {draw("cents", 100000)} AS amount_fen
            FROM range({customers * 9}) AS t(i)""",
        "transactions": f"""
            SELECT i + 1 AS transaction_id, 1 + {draw("customer", customers)} AS customer_id,
                {moment} - INTERVAL 1 MINUTE * {draw("at", 1000000)} AS occurred_at,
                {one_of("kind", "salary", "card", "transfer", "fee", "fund_purchase")} AS kind,
                CAST({draw("amount", 2000000)} - 900000 AS BIGINT) AS amount_fen,
                CASE WHEN {draw("earns", 3)} = 0 THEN CAST({draw("income", 5000)} AS BIGINT) END AS income_fen
            FROM range({20 * customers}) AS t(i)""",
        "interactions": f"""
            SELECT i + 1 AS interaction_id, 1 + {draw("customer", customers)} AS customer_id,
                1 + {draw("rm", rms)} AS rm_id, {moment} - INTERVAL 1 MINUTE * {draw("at", 1000000)} AS occurred_at,
                {one_of("channel", "phone", "wecom", "visit")} AS channel,
                {one_of("purpose", "care", "ask", "ask", "service", "recovery")} AS purpose,
                {one_of("direction", "out", "out", "out", "in")} AS direction,
                nullif({one_of("result", "done", "interested", "later", "declined", "unreached", "complaint", "")}, '')
                    AS result,
                {draw("minutes", 30)} AS minutes
            FROM range({5 * customers}) AS t(i)""",
        "events": f"""
            SELECT i + 1 AS event_id, 1 + {draw("customer", customers)} AS customer_id,
                {moment} - INTERVAL 1 MINUTE * {draw("at", 500000)} AS occurred_at,
                {one_of("kind", "complaint", "app_visit", "rate_question")} AS kind
            FROM range({customers}) AS t(i)""",
    }


def facts(folder: Path, *, customers: int) -> Path:
    """Write the tables once; a finished folder is used again."""
    target = folder / f"facts-{customers}"
    if (target / "finished").exists():
        return target
    target.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"preserve_insertion_order": False, "memory_limit": "3GB"})
    for name, query in tables(customers).items():
        connection.execute(f"COPY ({query}) TO '{target / name}.parquet' (FORMAT parquet)")
    (target / "finished").touch()
    return target
