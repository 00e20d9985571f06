"""The triggers that keep the audit append-only, out of the way for a moment: to empty tables, or to tamper."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.operations import BaseDatabaseOperations

TABLES = ("records_auditentry", "records_auditlink", "records_auditvalue")


@contextmanager
def unguarded(connection) -> Iterator[None]:
    with connection.cursor() as cursor:
        back = _remove(connection, cursor)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in back:
                cursor.execute(statement)


def _remove(connection, cursor) -> list[str]:
    if connection.vendor == "postgresql":
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES]
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'records_audit*'")
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    return [sql for _, sql in triggers]


def let_tests_empty_tables() -> None:
    """Tests with real transactions empty every table behind them."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def unguarded_flush(self, statements: list[str]) -> None:
        with unguarded(self.connection):
            flush(self, statements)

    BaseDatabaseOperations.execute_sql_flush = unguarded_flush
