"""SQLite: columns go in by a staging file of their own, written by ADBC and attached to Django's connection.

Attaching works inside a transaction, detaching only after it: `release` is called when the write gate opens.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection

LOCKED = ""  # one writer at a time
PATCHED = "json_patch({kept}, {said})"
CONTAINED = (
    "NOT EXISTS (SELECT key, type, atom FROM json_each({said}) "
    "EXCEPT SELECT key, type, atom FROM json_each({kept}))"
)
OBJECT = "json_object"
TYPED = "json_extract({json}, '$.{key}')"
EXACT = False

_used = threading.local()
"""Whether this thread's connection has staged anything since the last release."""
MOST_ATTACHED = 8
"""SQLite takes ten databases at once. A transaction that stages more often has its rows copied instead."""


def stage(rows: pa.Table, json: tuple[str, ...] = ()) -> str:  # noqa: ARG001  JSON is text here
    _used.staged = True
    with connection.cursor() as cursor:
        if len(_attached(cursor)) >= MOST_ATTACHED:
            return _copied(cursor, storable(rows))
    folder = Path(settings.HOME) / "staging"
    folder.mkdir(parents=True, exist_ok=True)
    schema = f"staged_{uuid4().hex}"
    path = folder / f"{schema}.sqlite3"
    with adbc_driver_sqlite.dbapi.connect(str(path)) as database, database.cursor() as cursor:
        cursor.adbc_ingest("staged", storable(rows), mode="create")
        database.commit()
    with connection.cursor() as cursor:
        cursor.execute(f"ATTACH DATABASE %s AS {schema}", [str(path)])
        cursor.execute(f"SELECT 1 FROM {schema}.staged LIMIT 1")
    path.unlink()
    return f"{schema}.staged"


def release() -> None:
    if connection.in_atomic_block or connection.connection is None or not getattr(_used, "staged", False):
        return
    with connection.cursor() as cursor:
        for schema in _attached(cursor):
            cursor.execute(f"DETACH DATABASE {schema}")
        cursor.execute("SELECT name FROM sqlite_temp_master WHERE type = 'table' AND name GLOB 'staged_*'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE temp.{name}")
    _used.staged = False


def _attached(cursor: Any) -> list[str]:
    cursor.execute("PRAGMA database_list")
    return [schema for _, schema, _ in cursor.fetchall() if schema.startswith("staged_")]


def _copied(cursor: Any, rows: pa.Table) -> str:
    """The rows in a temporary table of Django's own connection: slower, but any number of times."""
    name = f"staged_{uuid4().hex}"
    columns = [f"{field.name} {'TEXT' if pa.types.is_string(field.type) else 'INTEGER'}" for field in rows.schema]
    cursor.execute(f"CREATE TEMP TABLE {name} ({', '.join(columns)})")
    values = zip(*(column.to_pylist() for column in rows.columns), strict=True)
    cursor.executemany(f"INSERT INTO temp.{name} VALUES ({', '.join(['%s'] * len(columns))})", list(values))
    return f"temp.{name}"


def measure(cursor: Any, table: str) -> None:
    """Nothing: the planner does well without."""


def refresh_statistics() -> None:
    """Without it a small book in a large branch is read the slow way. A sample suffices and takes milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE main")


@contextmanager
def snapshot() -> Iterator[Any]:
    path = connection.settings_dict["NAME"]
    with (
        adbc_driver_sqlite.dbapi.connect(f"file:{quote(str(path))}?mode=ro") as database,
        database.cursor() as cursor,
    ):
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": 65536})
        yield cursor


def storable(rows: pa.Table) -> pa.Table:
    """Dates and times as SQLite keeps them: ISO text, times in UTC to the second."""
    return pa.table([_stored(rows[name]) for name in rows.column_names], names=rows.column_names)


def _stored(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_date(column.type):
        return column.cast(pa.string())
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column.cast(pa.timestamp("s"), safe=False), "%Y-%m-%d %H:%M:%S")
    if pa.types.is_boolean(column.type):
        return column.cast(pa.int8())
    return column
