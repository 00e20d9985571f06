"""Rows into PostgreSQL: COPY into a temporary table beside ADBC into a table made beforehand, and executemany.

Needs a server: `python scripts/postgres.py python -m benchmarks --only staging`. Decision 0009 hangs on it.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg
import pyarrow as pa

DATABASE = TABLE = "staging_benchmark"
MANY = 50_000
"""executemany is given a part; a row costs the same."""


def main(*, quick: bool) -> None:
    url = os.environ.get("YUANDIAN_DATABASE_URL", "")
    if not url.startswith("postgres"):
        print("no PostgreSQL given: see the module")
        return
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {DATABASE}")
        own = {"YUANDIAN_DATABASE_URL": urlsplit(url)._replace(path=DATABASE).geturl()}
        environment = {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "yuandian.config.settings"}
        command = [sys.executable, "-m", "benchmarks.staging", *(("50000", "1") if quick else ("500000", "3"))]
        try:
            subprocess.run(command, check=True, env=environment)
        finally:
            server.execute(f"DROP DATABASE {DATABASE}")


def compare(rows: int, times: int) -> None:
    import django

    django.setup()
    from django.db import connection

    made = transactions(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE UNLOGGED TABLE {TABLE} (_row bigint, transaction_id text, customer_id text, "
            "occurred_at timestamp, kind text, amount_fen bigint, income_fen bigint, note text)"
        )
    figures = {
        "copy": best(copied, made, times),
        "adbc": best(ingested, made, times),
        "executemany": best(inserted, made.slice(0, MANY), times),
    }
    for name, (rate, cpu) in figures.items():
        ratio = rate / figures["adbc"][0]
        print(f"{name:>12}: {rate:>9,.0f} rows/s, {ratio:.2f} × adbc, {cpu:.2f} µs of CPU a row on this side")


def best(way: Callable[[Any], None], rows: pa.Table, times: int) -> tuple[float, float]:
    """Rows a second, and CPU of this process a row, of the quickest of some tries."""
    tries = []
    for _ in range(times):
        began, worked = perf_counter(), process_time()
        way(rows)
        tries.append((perf_counter() - began, process_time() - worked))
    seconds, cpu = min(tries)
    return rows.num_rows / seconds, cpu / rows.num_rows * 1e6


def copied(rows: pa.Table) -> None:
    from django.db import transaction

    from yuandian.records.frames.postgresql import stage

    with transaction.atomic():
        stage(rows)


def ingested(rows: pa.Table) -> None:
    """Emptied, filled by a connection of its own, measured: what a table made beforehand needs each time."""
    import adbc_driver_postgresql.dbapi
    from django.db import connection

    from yuandian.records.frames.postgresql import way_in

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")
    with adbc_driver_postgresql.dbapi.connect(way_in()) as database, database.cursor() as cursor:
        cursor.adbc_ingest(TABLE, rows, mode="append")
        database.commit()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")


def inserted(rows: pa.Table) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE many ON COMMIT DROP AS SELECT * FROM {TABLE} WHERE false")
        values = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        cursor.executemany(f"INSERT INTO many VALUES ({', '.join(['%s'] * rows.num_columns)})", values)


def transactions(rows: int) -> pa.Table:
    chance = np.random.default_rng(1)
    begin = np.datetime64("2026-01-01T00:00:00", "us")
    return pa.table(
        {
            "_row": pa.array(range(rows)),
            "transaction_id": pa.array([f"T{n:09d}" for n in range(rows)]),
            "customer_id": pa.array([f"C{n % 50_000:07d}" for n in range(rows)]),
            "occurred_at": pa.array(begin + chance.integers(0, 10**13, rows).astype("timedelta64[us]")),
            "kind": pa.array(["in", "out"] * (rows // 2)),
            "amount_fen": pa.array(chance.integers(-(10**8), 10**8, rows)),
            "income_fen": pa.nulls(rows, pa.int64()),
            "note": pa.array(['买,卖"x"'] * rows),
        }
    )


if __name__ == "__main__":
    compare(int(sys.argv[1]), int(sys.argv[2]))
