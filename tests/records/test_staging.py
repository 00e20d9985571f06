"""Columns into the database and out again, value for value, on whichever database is under test."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from django.db import connection, transaction

from yuandian.operations.writing import write_gate
from yuandian.records.frames.dialect import dialect

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = [
    None, "", " ", "NULL", "\\N", "\\.", "a\n\\.\nb", "\\.\n\\.", "a,b;c\td", 'say "no"', '""', "'", "\r\n", "\r",
    "周小云\u3000", "😀", "\u0085", "\ufeff", "x" * 100_000,
]  # fmt: skip


def staged(rows: pa.Table) -> list[tuple]:
    with write_gate(), transaction.atomic():
        name = dialect().stage(rows)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(rows.column_names)} FROM {name} ORDER BY nth")
            return cursor.fetchall()


def test_every_text_arrives_as_it_was_and_nothing_is_not_the_empty_text():
    rows = pa.table({"nth": range(len(TEXTS)), "said": TEXTS, "again": TEXTS[::-1]})
    assert staged(rows) == list(zip(range(len(TEXTS)), TEXTS, TEXTS[::-1], strict=True))
    assert staged(pa.table({"said": TEXTS, "nth": range(len(TEXTS))}))[6] == ("a\n\\.\nb", 6)


def test_numbers_days_times_and_flags_arrive_with_their_values():
    rows = pa.table(
        {
            "nth": pa.array([1, 2], pa.int64()),
            "fen": pa.array([-(2**63), None], pa.int64()),
            "day": pa.array([date(9999, 12, 31), None], pa.date32()),
            "at": pa.array([datetime(2026, 2, 28, 23, 59, 59, 999_999), None], pa.timestamp("us")),
            "flag": pa.array([True, False], pa.bool_()),
        }
    )
    with_types = {
        "postgresql": (date(9999, 12, 31), datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), True),
        "sqlite": ("9999-12-31", "2026-02-28 23:59:59", 1),
    }[connection.vendor]
    assert staged(rows) == [(1, -(2**63), *with_types), (2, None, None, None, False)]


def test_a_table_without_rows_is_staged_too():
    assert staged(pa.table({"nth": pa.array([], pa.int64()), "said": pa.array([], pa.string())})) == []


def test_a_transaction_may_stage_often_and_leaves_nothing():
    with write_gate(), transaction.atomic(), connection.cursor() as cursor:
        names = [dialect().stage(pa.table({"nth": [n]})) for n in range(20)]
        for n, name in enumerate(names):
            cursor.execute(f"SELECT nth FROM {name}")
            assert cursor.fetchall() == [(n,)]
    dialect().release()
    with connection.cursor() as cursor:
        listing = {
            "postgresql": "SELECT relname FROM pg_class WHERE relname LIKE 'staged%%'",
            "sqlite": "SELECT name FROM sqlite_temp_master WHERE name LIKE 'staged%%' "
            "UNION SELECT name FROM pragma_database_list WHERE name LIKE 'staged%%'",
        }
        cursor.execute(listing[connection.vendor].replace("%%", "%"))
        assert cursor.fetchall() == []
