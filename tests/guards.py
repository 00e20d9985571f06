"""The triggers that keep the audit append-only, out of the way for a moment: to empty tables, or to tamper."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from scripts.postgres import OWNER

from tests import postgresql


@contextmanager
def unguarded() -> Iterator[None]:
    """Transactions begin inside. On PostgreSQL all this is done by the owner, on a connection of its own."""
    if postgresql.is_used():
        with postgresql.signed_in_as(OWNER):
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
            yield
        return
    triggers = _triggers()
    _do(f"DROP TRIGGER {name}" for name in triggers)
    try:
        yield
    finally:
        _do(triggers.values())


def _triggers() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'records_audit*'")
        return dict(cursor.fetchall())


def _do(statements) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def let_tests_empty_tables() -> None:
    """Tests with real transactions empty every table behind them. PostgreSQL: `postgresql.by_the_app`."""
    ours = type(connection.ops)  # the class: every context of a story has a connection of its own
    flush = ours.execute_sql_flush

    def unguarded_flush(self: Any, statements: list[str]) -> None:
        with transaction.atomic(), unguarded():
            flush(self, statements)

    ours.execute_sql_flush = unguarded_flush
