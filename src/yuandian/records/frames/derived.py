"""What is kept beside the facts as they come in: search keys, fields of a pack, phone numbers, sums of the day."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from yuandian.records.names import initials, search_key
from yuandian.records.org import Branch

OWN_COLUMNS: dict[str, tuple[str, ...]] = {
    "customers": ("name_key", "initials", "extra", "tail"),
    "transactions": ("day",),
}
"""Columns that the engine's table does not have, by kind: worked out here, or a pack's own fields as JSON."""
JSON = ("extra",)


def with_derived(kind: str, rows: pa.Table) -> pa.Table:
    """The rows with what is worked out from them."""
    if kind == "customers":
        names = rows["name"].to_pylist()
        keys = pa.array([None if name is None else search_key(name) for name in names], pa.string())
        firsts = pa.array([None if name is None else initials(name) for name in names], pa.string())
        if "extra" not in rows.column_names:
            rows = rows.append_column("extra", pa.nulls(rows.num_rows, pa.string()))
        tails = pc.utf8_slice_codeunits(rows["phone"], start=-4)
        rows = rows.append_column("name_key", keys).append_column("initials", firsts)
        return rows.append_column("tail", tails)
    if kind == "transactions":
        moments = pc.assume_timezone(rows["occurred_at"].cast(pa.timestamp("us")), "UTC")
        local = pc.local_timestamp(moments.cast(pa.timestamp("us", settings.TIME_ZONE)))
        return rows.append_column("day", local.cast(pa.date32(), safe=False))
    return rows


def after(cursor: Any, kind: str, branch: Branch) -> None:
    """Bring up to date what follows from the rows just written."""
    if kind == "customers":
        _referrers(cursor, branch)
        _phones(cursor, branch)
    if kind == "transactions":
        _days(cursor)


def _referrers(cursor: Any, branch: Branch) -> None:
    """A referrer who came in with the same rows had no id yet."""
    cursor.execute(
        "UPDATE records_customer SET referrer_id = r.id FROM merging g JOIN records_customer r "
        f"ON r.branch_id = {branch.pk:d} AND r.number = g.said_referrer_id "
        f"WHERE records_customer.branch_id = {branch.pk:d} AND records_customer.number = g.number "
        "AND g.said_referrer_id IS NOT NULL AND g.referrer_id IS NULL AND g.verdict IN ('new', 'differs')"
    )


def _phones(cursor: Any, branch: Branch) -> None:
    cursor.execute(
        "INSERT INTO records_contactpoint (customer_id, kind, value, tail, is_main) "
        "SELECT c.id, 'phone', g.phone, g.tail, true FROM merging g JOIN records_customer c "
        f"ON c.branch_id = {branch.pk:d} AND c.number = g.number "
        "WHERE g.phone IS NOT NULL AND g.verdict IN ('new', 'differs') "
        "ON CONFLICT (customer_id, kind) WHERE is_main "
        "DO UPDATE SET value = excluded.value, tail = excluded.tail"
    )


def _days(cursor: Any) -> None:
    sums = ("transactions", "inflow_fen", "outflow_fen", "income_fen")
    added = ", ".join(f"{name} = records_customerday.{name} + excluded.{name}" for name in sums)
    cursor.execute(
        "INSERT INTO records_customerday "
        "(customer_id, date, kind, transactions, inflow_fen, outflow_fen, income_fen) "
        "SELECT customer_id, day, kind, count(*), sum(CASE WHEN amount_fen > 0 THEN amount_fen ELSE 0 END), "
        "sum(CASE WHEN amount_fen < 0 THEN -amount_fen ELSE 0 END), sum(COALESCE(income_fen, 0)) "
        "FROM merging WHERE verdict = 'new' GROUP BY customer_id, day, kind "
        f"ON CONFLICT (customer_id, date, kind) DO UPDATE SET {added}"
    )
