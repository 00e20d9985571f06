"""PostgreSQL: columns go in by COPY into a temporary table, and come out by ADBC.

A temporary table belongs to Django's own session and transaction, needs no DDL in the schema and leaves
nothing behind (docs/decisions/0009).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from uuid import uuid4

import adbc_driver_postgresql.dbapi
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from psycopg.conninfo import make_conninfo
from pyarrow import csv

LOCKED = "FOR NO KEY UPDATE OF c"
PATCHED = "{kept} || {said}"
CONTAINED = "{kept} @> {said}"
OBJECT = "jsonb_build_object"
TYPED = "(jsonb_populate_record(NULL::{table}, jsonb_build_object('{column}', {json} -> '{key}'))).{column}"
EXACT = True

CHUNK_ROWS = 50_000
QUOTED = csv.WriteOptions(include_header=False, quoting_style="all_valid")
"""Quoted, an empty text is not taken for NULL, which is written as nothing at all."""


def stage(rows: pa.Table, json: tuple[str, ...] = ()) -> str:
    name = f"staged_{uuid4().hex}"
    columns = [f"{field.name} {'jsonb' if field.name in json else _type(field.type)}" for field in rows.schema]
    ready = pa.table([_plain(rows[name]) for name in rows.column_names], names=rows.column_names)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {name} ({', '.join(columns)}) ON COMMIT DROP")
        with cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
            for batch in ready.to_batches(CHUNK_ROWS):
                buffer = BytesIO()
                csv.write_csv(batch, buffer, QUOTED)
                copy.write(buffer.getbuffer())
        measure(cursor, name)
    return name


def _type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_timestamp(kind):
        return "timestamptz"
    return "bigint" if pa.types.is_integer(kind) else "text"


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times are UTC to the second, as on SQLite."""
    if pa.types.is_timestamp(column.type):
        return pc.assume_timezone(column.cast(pa.timestamp("s"), safe=False), "UTC")
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def release() -> None:
    """Nothing: a temporary table goes with its transaction."""


def measure(cursor: Any, table: str) -> None:
    """The server looks at its own tables by itself, at temporary ones never."""
    cursor.execute(f"ANALYZE {table}")


def refresh_statistics() -> None:
    """Nothing: autovacuum does it, and only an owner could."""


@contextmanager
def snapshot() -> Iterator[Any]:
    with (
        adbc_driver_postgresql.dbapi.connect(way_in(), autocommit=True) as database,
        database.cursor() as cursor,
    ):
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield cursor
        cursor.execute("COMMIT")


_LIBPQ = (
    "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service", "options",
    "sslmode", "sslcert", "sslkey", "sslrootcert", "connect_timeout",
)  # fmt: skip
"""What of Django's parameters libpq itself knows."""


def way_in() -> str:
    """Django's own way in, as libpq writes it."""
    known = connection.get_connection_params()
    return make_conninfo(**{name: known[name] for name in _LIBPQ if known.get(name) not in {None, ""}})
