"""What the application's role on PostgreSQL must not be able to do (A10), and the order of texts it needs."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Warned
from django.db import connections

MIGHT = {
    "is a superuser": "SELECT rolsuper FROM pg_roles WHERE rolname = session_user",
    "may run programs or touch files on the server": (
        "SELECT bool_or(pg_has_role(session_user, oid, 'MEMBER')) FROM pg_roles WHERE rolname IN "
        "('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')"
    ),
}
DDL = {
    "may create tables in the schema": "SELECT has_schema_privilege(session_user, current_schema(), 'CREATE')",
    "owns the tables": (
        "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() "
        "AND pg_has_role(session_user, tableowner, 'MEMBER'))"
    ),
}
ORDERED = (
    "SELECT datcollate IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8') AND datlocprovider = 'c' "
    "FROM pg_database WHERE datname = current_database()"
)
"""Names are searched by ranges of code points; a language's order would find too few."""
HINT = "create the roles and the database as docs/howto/postgresql.md says"


def too_mighty(alias: str = "default") -> list[str]:
    """What the role can do and must not; nothing on SQLite, which has no roles."""
    return [*_true_of(alias, MIGHT), *_true_of(alias, DDL)]


def check_database(databases: Iterable[str] | None = None, **_others: Any) -> list[CheckMessage]:
    """Django's system check: errors keep the server from starting, warnings are told."""
    asked = list(databases or ())
    unordered = [one for one in asked if connections[one].vendor == "postgresql" and not _ask(one, ORDERED)]
    said: list[CheckMessage] = [
        Error("the database does not order texts by code point", hint=HINT, id="yuandian.E002") for _ in unordered
    ]
    if "default" not in asked:
        return said
    errors = [
        Error(f"the database role {might}", hint=HINT, id="yuandian.E001") for might in _true_of("default", MIGHT)
    ]
    warned = [
        Warned(f"the database role {might}", hint=HINT, id="yuandian.W001") for might in _true_of("default", DDL)
    ]
    return [*said, *errors, *warned]


def _true_of(alias: str, questions: dict[str, str]) -> list[str]:
    if connections[alias].vendor != "postgresql":
        return []
    return [might for might, question in questions.items() if _ask(alias, question)]


def _ask(alias: str, question: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return bool(cursor.fetchone()[0])
