"""Run a command on PostgreSQL: `python scripts/postgres.py pytest -m database`.

The server is that of YUANDIAN_TEST_POSTGRES_URL, whose role is a superuser, else the one that answers on the
local socket to whoever is a superuser there, else none: then nothing runs, and that is said.

Two roles are made for tests: one owns the schema, the other is the application's and has no DDL. New databases
are copies of a template whose order of texts is that of their code points, and in which whatever the owner makes
the application may read and write.
"""

import os
import sys
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

OWNER, APP = "yuandian_test_owner", "yuandian_test_app"
PASSWORD = "only for tests"
TEMPLATE = "yuandian_test_template"
LOCK = 7_271_001
"""Two checkouts may prepare at once."""
PROMISE = "YUANDIAN_TEST_DATABASE"
"""Set to `postgresql` for the command: tests that find themselves on another database then fail at once."""


def prepare(admin: psycopg.Connection) -> None:
    """The roles and the template; what is there stays."""
    admin.autocommit = True
    admin.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    _roles(admin)
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
        _template(admin)
    admin.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _roles(admin: psycopg.Connection) -> None:
    for role, rights in ((OWNER, "CREATEDB"), (APP, "NOCREATEDB")):
        known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        form = "{} ROLE {} LOGIN NOSUPERUSER NOCREATEROLE {} PASSWORD {}"
        verb, rights_sql = sql.SQL("ALTER" if known else "CREATE"), sql.SQL(rights)
        admin.execute(sql.SQL(form).format(verb, sql.Identifier(role), rights_sql, sql.Literal(PASSWORD)))
    # To empty tables between tests, and to tamper, past the triggers that keep the audit append-only.
    admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")


def _template(admin: psycopg.Connection) -> None:
    made = f"{TEMPLATE}_{os.getpid()}"  # named only when it is whole
    admin.execute(f"CREATE DATABASE {made} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    parameters = {**conninfo_to_dict(admin.info.dsn), "dbname": made, "password": admin.info.password}
    with psycopg.connect(**parameters) as database:
        for kind, rights in (
            ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
            ("SEQUENCES", "USAGE, SELECT"),
        ):
            database.execute(f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT {rights} ON {kind} TO {APP}")
    admin.execute(f"ALTER DATABASE {made} RENAME TO {TEMPLATE}")
    admin.execute(f"ALTER DATABASE {TEMPLATE} WITH IS_TEMPLATE true")


def server() -> psycopg.Connection | None:
    """The administrator's connection, or None where there is no server."""
    if url := os.environ.get("YUANDIAN_TEST_POSTGRES_URL"):
        return psycopg.connect(url)
    try:
        local = psycopg.connect("dbname=postgres", connect_timeout=5)
    except psycopg.OperationalError as error:
        print(f"no PostgreSQL here, so nothing is tested on it: {str(error).splitlines()[0]}", file=sys.stderr)
        return None
    if local.info.parameter_status("is_superuser") != "on":
        print(f"{local.info.user} is no superuser of PostgreSQL, so nothing is tested on it", file=sys.stderr)
        return None
    return local


def url_of(admin: psycopg.Connection) -> str:
    """The owner's way in: by TCP, since a socket asks for the system's user. Tests need not wait for the disk."""
    host = "127.0.0.1" if admin.info.host.startswith("/") else admin.info.host
    options = quote("-c synchronous_commit=off")
    return f"postgres://{OWNER}:{quote(PASSWORD)}@{host}:{admin.info.port}/postgres?options={options}"


def main(command: list[str]) -> None:
    admin = server()
    if admin is None:
        return
    with admin:
        prepare(admin)
        environment = {**os.environ, "YUANDIAN_DATABASE_URL": url_of(admin), PROMISE: "postgresql"}
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    main(sys.argv[1:])
