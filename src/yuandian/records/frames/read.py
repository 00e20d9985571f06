"""Columns out of the database: the facts of one branch, as the engine reads them.

Ids are the database's own integers; products go by their code, because packs name them so. Times leave
as local time of the installation, since a day is a local day. Nothing personal leaves.
"""

from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from yuandian.engine.tables import FACTS, FLOWS, Column, Table
from yuandian.records.frames.crossing import MODELS, database_column, database_table, has_branch
from yuandian.records.frames.dialect import dialect
from yuandian.records.org import Branch

CUT: dict[str, str] = {
    "balances": "t.date <= '{as_of}'",
    "customer_days": "t.date <= '{as_of}'",
    "interactions": "t.voided_at IS NULL",
}
"""What need not leave: the engine would not look at it. Times are cut by the engine, in local days."""

_ARROW = {
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int64(),
    "fen": pa.int64(),
    "ppm": pa.int64(),
    "flag": pa.bool_(),
}


def facts_of(branch: Branch, as_of: date) -> dict[str, pa.Table]:
    """Every fact table of the branch in one snapshot. Transactions come as their customer-day sums."""
    wanted = [table for table in FACTS if table.name != "transactions"]
    with dialect().snapshot() as cursor:
        return {table.name: _read(cursor, table, branch, as_of) for table in (*wanted, FLOWS)}


def _read(cursor: Any, table: Table, branch: Branch, as_of: date) -> pa.Table:
    columns = [column for column in table.decisive if column.name != "phone"]
    cursor.execute(_query(table, columns, branch, as_of))
    raw = cursor.fetch_arrow_table()
    arrays = [_typed(raw[column.name], column) for column in columns]
    return pa.table(arrays, names=[column.name for column in columns])


def _query(table: Table, columns: list[Column], branch: Branch, as_of: date) -> str:
    selected = ", ".join(f"{_expression(table, column)} AS {column.name}" for column in columns)
    source = f"{database_table(table.name)} t"
    if any(column.refers == "products" for column in columns):
        source += f" JOIN {database_table('products')} p ON p.id = t.product_id"
    if has_branch(table.name):
        where = f"t.branch_id = {branch.pk:d}"
    else:
        source += f" JOIN {database_table('customers')} c ON c.id = t.customer_id"
        where = f"c.branch_id = {branch.pk:d}"
    cut = CUT.get(table.name, "").format(as_of=as_of.isoformat())
    return f"SELECT {selected} FROM {source} WHERE {where}" + (f" AND {cut}" if cut else "")


def _expression(table: Table, column: Column) -> str:
    """SQLite's driver learns a column's type from its first values, so what may be empty travels as text."""
    name = database_column(table, column)
    if column.refers == "products":
        return "p.number"
    if name == "number":
        return "t.id"
    if dialect().EXACT:
        return f"t.{name}"
    field = MODELS[table.name]._meta.get_field(name.removesuffix("_id") if column.refers else name)
    if column.type in ("date", "timestamp") or getattr(field, "null", False):
        return f"COALESCE(CAST(t.{name} AS TEXT), '')"
    return f"t.{name}"


def _typed(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if len(values) == 0:  # the driver had no value to learn the type from
        ours = pa.int64() if column.type == "id" and column.refers != "products" else pa.string()
        return pa.chunked_array([], _ARROW.get(column.type, ours))
    if pa.types.is_string(values.type):  # an empty text says nothing
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    if column.type == "timestamp":
        moments = values.cast(pa.timestamp("us"))  # what has a zone already comes as UTC
        moments = pc.assume_timezone(moments, "UTC")
        return pc.local_timestamp(moments.cast(pa.timestamp("us", settings.TIME_ZONE)))
    if column.type == "id":
        return values if column.refers == "products" else values.cast(pa.int64())
    target = _ARROW.get(column.type, pa.string())
    if column.type == "flag":
        return values.cast(pa.int64()).cast(target)
    return values.cast(target)
