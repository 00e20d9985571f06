"""The database under test where that is PostgreSQL: owned by one role, used by another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from scripts.postgres import APP, OWNER, PASSWORD, PROMISE, TEMPLATE

CHECKOUT = sha256(str(Path(__file__).resolve().parents[1]).encode()).hexdigest()[:8]
NAMES = {"NAME": f"yuandian_test_{CHECKOUT}", "TEMPLATE": TEMPLATE}
"""Two checkouts can test at once."""


def is_used() -> bool:
    return connection.vendor == "postgresql"


def keep_the_promise() -> None:
    """Whoever ran the tests by scripts/postgres.py shall not see them green on SQLite."""
    if os.environ.get(PROMISE, connection.vendor) != connection.vendor:
        raise pytest.UsageError(f"asked for {os.environ[PROMISE]}, and the tests are on {connection.vendor}")


@contextmanager
def by_the_app() -> Iterator[None]:
    """From here on Django signs in as the application, which has no DDL; what empties tables is the owner."""
    with owner() as emptying, signed_in_as(APP):
        emptying.execute("SET session_replication_role = replica; SET lock_timeout = '20s'")
        ours = type(connection.ops)  # the class: every context of a story has a connection of its own
        ours.sql_flush = _deletes  # to truncate takes seconds
        ours.execute_sql_flush = lambda _self, statements: emptying.execute("; ".join(statements))
        yield


@contextmanager
def signed_in_as(role: str) -> Iterator[None]:
    before = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = role
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"] = before


def _deletes(_self: object, _style: object, tables: list[str], **_options: object) -> list[str]:
    return [f'DELETE FROM "{table}"' for table in tables]


@contextmanager
def owner(database: str = "") -> Iterator[psycopg.Connection]:
    """A connection of the role that owns the schema of the database under test, or of another."""
    known = connection.settings_dict
    with psycopg.connect(
        host=known["HOST"],
        port=known["PORT"],
        user=OWNER,
        password=PASSWORD,
        dbname=database or known["NAME"],
        autocommit=True,
    ) as opened:
        yield opened


@contextmanager
def another_database(*, bare: bool = False) -> Iterator[dict[str, str]]:
    """An empty database: what the environment of a command must say to use it, as app and as owner.

    A bare one grants the application nothing.
    """
    name = f"{NAMES['NAME']}_{uuid4().hex[:8]}"
    with owner("postgres") as maker:
        template = "template0 LOCALE 'C'" if bare else TEMPLATE
        maker.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield {"YUANDIAN_DATABASE_URL": _url(APP, name), "YUANDIAN_MIGRATION_URL": _url(OWNER, name)}
    finally:
        with owner("postgres") as maker:
            maker.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _url(role: str, name: str) -> str:
    known = connection.settings_dict
    return f"postgres://{role}:{quote(PASSWORD)}@{known['HOST']}:{known['PORT']}/{name}"


def url_of_server() -> str:
    """For commands that make a database of their own, as the owner."""
    return _url(OWNER, "postgres")
