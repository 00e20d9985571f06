"""A table that takes no rows for a while, by a trigger: what a full disk looks like from above."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests import postgresql


@contextmanager
def refusing(table: str, reason: str) -> Iterator[None]:
    """Every INSERT into the table fails with the reason."""
    if postgresql.is_used():
        yield from _on_postgresql(table, reason)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TRIGGER refusing BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{reason}'); END"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refusing")


def _on_postgresql(table: str, reason: str) -> Iterator[None]:
    function = f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE '{reason}'; END $$"
    with postgresql.owner() as owner:
        owner.execute(function)
        owner.execute(f"CREATE TRIGGER refusing BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()")
        try:
            yield
        finally:
            owner.execute("DROP FUNCTION refuse() CASCADE")
