"""Seeded facts of a made-up bank, as Parquet: what `engine_run` is measured on.

Every value is a hash of the row's number, the table's column and the seed, so the same size always gives the
same files however many threads write them. Not itself a benchmark.
"""

from pathlib import Path

import duckdb

AS_OF = "2026-11-24"
BOOK = 500
"""Customers of one relationship manager."""
DAY = f"DATE '{AS_OF}'"
PLAYBOOKS = (
    *("birthday", "maturity", "outflow", "wake", "complaint"),
    *("welcome", "drop", "cross", "silent", "salary"),
)
"""Those of engine_pack.py: two in five of our contacts were asked for by one of them."""


class Draw:
    """Expressions over `i`, the number of the row, for the columns of one table."""

    def __init__(self, table: str, *, seed: int = 7) -> None:
        self.table, self.seed = table, seed

    def __call__(self, column: str, below: int) -> str:
        """A whole number from 0 to `below` - 1, even and independent between columns."""
        return f"CAST(hash(i, '{self.table}.{column}', {self.seed}) % {below} AS INTEGER)"

    def of(self, column: str, *choices: str) -> str:
        return f"list_extract({list(choices)}, {self(column, len(choices))} + 1)"

    def one(self, column: str, below: int) -> str:
        """An id from 1 to `below`."""
        return f"CAST(1 + {self(column, below)} AS BIGINT)"

    def moment(self, column: str, minutes: int) -> str:
        """Within the last so many minutes before the end of the day."""
        return f"TIMESTAMP '{AS_OF} 23:59:00' - INTERVAL 1 MINUTE * {self(column, minutes)}"

    def sometimes(self, column: str, one_in: int, value: str) -> str:
        return f"CASE WHEN {self(column, one_in)} = 0 THEN {value} END"


def people(customers: int, rms: int) -> dict[str, str]:
    rm, customer, ownership = Draw("rms"), Draw("customers"), Draw("ownerships")
    consent = Draw("consents")
    return {
        "rms": f"""
            SELECT i + 1 AS rm_id, 'rm ' || i AS name, {DAY} - 900 - {rm("hired_on", 2000)} AS hired_on,
                {rm.sometimes("left", 50, f"{DAY} - {rm('left_on', 90)}")} AS left_on,
                {rm.sometimes("own", 3, f"240 + 60 * {rm('minutes', 4)}")} AS minutes_per_day
            FROM range({rms}) AS t(i)""",
        "customers": f"""
            SELECT i + 1 AS customer_id, {customer.of("kind", "person", "person", "organisation")} AS kind,
                DATE '1940-01-01' + {customer("birth", 24000)} AS birth_date,
                {customer.of("calendar", "solar", "solar", "solar", "lunar")} AS birth_calendar,
                {DAY} + 20 - {customer("opened", 4000)} AS opened_on,
                {customer.of("channel", "branch", "referral", "online")} AS channel,
                CAST(1 + {customer("risk", 5)} AS BIGINT) AS risk_level,
                {customer.sometimes("known", 4, f"CAST(1 + {customer('power', 5)} AS BIGINT)")} AS spending_power
            FROM range({customers}) AS t(i)""",
        "ownerships": f"""
            SELECT i + 1 AS customer_id, {ownership.one("rm", rms)} AS rm_id, {DAY} - 800 AS active_from,
                {ownership.sometimes("moved", 20, f"{DAY} - 60")} AS active_to
            FROM range({customers}) AS t(i) WHERE {ownership("orphan", 50)} > 0""",
        "consents": f"""
            SELECT {consent.one("customer", customers)} AS customer_id,
                {consent.of("channel", "phone", "phone", "wecom", "sms", "email")} AS channel,
                {consent("granted", 5)} > 0 AS granted, {consent.moment("at", 1500000)} AS changed_at
            FROM range({3 * customers}) AS t(i)""",
    }


def holdings(customers: int) -> dict[str, str]:
    accounts = customers * 3 // 2
    account, contract, balance = Draw("accounts"), Draw("contracts"), Draw("balances")
    return {
        "accounts": f"""
            SELECT i + 1 AS account_id, 1 + i % {customers} AS customer_id,
                {account.of("product", "current", "savings", "fund", "card")} AS product_id,
                {DAY} - 300 - {account("opened", 3000)} AS opened_on,
                {account.sometimes("closed", 12, f"{DAY} - {account('closing', 250)}")} AS closed_on
            FROM range({accounts}) AS t(i)""",
        "contracts": f"""
            SELECT i + 1 AS contract_id, {contract.one("customer", customers)} AS customer_id,
                {contract.of("product", "deposit", "loan", "advice")} AS product_id,
                {DAY} - {contract("opened", 1000)} AS opened_on,
                {contract.sometimes("closed", 15, f"{DAY} - {contract('closing', 60)}")} AS closed_on,
                1000000 + CAST(100 AS BIGINT) * {contract("amount", 900000)} AS amount_fen,
                CASE WHEN {contract("open", 5)} > 0 THEN {DAY} - 300 + {contract("ends", 900)} END AS ends_on
            FROM range({customers * 4 // 5}) AS t(i)""",
        "balances": f"""
            SELECT 1 + i % {accounts} % {customers} AS customer_id, 1 + i % {accounts} AS account_id,
                {DAY} - 45 * CAST(i // {accounts} AS INTEGER) - {balance("day", 45)} AS date,
                CAST(exp({balance("size", 1000)} / 80.0) AS BIGINT) * 100 + {balance("cents", 100000)}
                    AS amount_fen
            FROM range({6 * accounts}) AS t(i)""",
    }


def doings(customers: int, rms: int) -> dict[str, str]:
    line, talk, event = Draw("transactions"), Draw("interactions"), Draw("events")
    results = ("done", "interested", "later", "declined", "unreached", "complaint", "")
    return {
        "transactions": f"""
            SELECT i + 1 AS transaction_id, {line.one("customer", customers)} AS customer_id,
                {line.moment("at", 1000000)} AS occurred_at,
                {line.of("kind", "salary", "card", "transfer", "fee", "fund_purchase")} AS kind,
                CAST({line("amount", 2000000)} - 900000 AS BIGINT) AS amount_fen,
                {line.sometimes("earns", 3, f"CAST({line('income', 5000)} AS BIGINT)")} AS income_fen
            FROM range({20 * customers}) AS t(i)""",
        "interactions": f"""
            SELECT i + 1 AS interaction_id, {talk.one("customer", customers)} AS customer_id,
                {talk.one("rm", rms)} AS rm_id, {talk.moment("at", 1000000)} AS occurred_at,
                {talk.of("channel", "phone", "wecom", "visit")} AS channel,
                {talk.of("purpose", "care", "ask", "ask", "service", "recovery")} AS purpose,
                {talk.of("direction", "out", "out", "out", "in")} AS direction,
                CASE WHEN direction = 'out' AND {talk("asked", 5)} < 2 THEN {talk.of("playbook", *PLAYBOOKS)} END
                    AS playbook,
                nullif({talk.of("result", *results)}, '') AS result,
                CAST({talk("minutes", 30)} AS BIGINT) AS minutes,
                {talk.sometimes("promise", 9, f"{DAY} - 30 + {talk('callback', 60)}")} AS callback_on
            FROM range({5 * customers}) AS t(i)""",
        "events": f"""
            SELECT i + 1 AS event_id, {event.one("customer", customers)} AS customer_id,
                {event.moment("at", 500000)} AS occurred_at,
                {event.of("kind", "complaint", "app_visit", "rate_question")} AS kind
            FROM range({customers}) AS t(i)""",
    }


def facts(folder: Path, *, customers: int) -> Path:
    """Write the tables once; a finished folder is used again, unless the tables are made otherwise since."""
    target, rms = folder / f"facts-{customers}", max(1, customers // BOOK)
    queries = people(customers, rms) | holdings(customers) | doings(customers, rms)
    finished, made = target / "finished", "\n".join(queries.values())
    if finished.exists() and finished.read_text(encoding="utf-8") == made:
        return target
    finished.unlink(missing_ok=True)
    target.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"preserve_insertion_order": False, "memory_limit": "3GB"})
    connection.execute("SET enable_progress_bar = false")
    for name, query in queries.items():
        connection.execute(f"COPY ({query}) TO '{target / name}.parquet' (FORMAT parquet)")
    finished.write_text(made, encoding="utf-8")
    return target
