"""Typed rows into the facts: references resolved, equal rows left alone, sums kept, refusals named.

One temporary table holds a verdict for every row before anything is written:
`new`, `same`, `differs`, or a refusal. Master data that differs is updated, and an empty cell says nothing:
it never erases. Facts that only grow (transactions, interactions, events, consents) refuse other values
under a known key: a mistake is corrected by a reversing fact.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection
from django.db.models import NOT_PROVIDED
from django.utils import timezone

from yuandian.engine.tables import Table
from yuandian.records.frames.crossing import (
    MODELS,
    database_column,
    database_table,
    fact,
    has_branch,
)
from yuandian.records.frames.derived import JSON, OWN_COLUMNS, after, with_derived
from yuandian.records.frames.dialect import dialect
from yuandian.records.frames.verdicts import APPEND_ONLY, MAIN_PHONE, references, spelt, stored, verdicts
from yuandian.records.org import Branch
from yuandian.records.runs import ImportBatch

MADE_ON_SIGHT = ("teams", "outlets")
"""Named by what refers to them; their names can be written later."""

REJECTS = pa.schema(
    [
        ("row", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("fix", pa.string()),
    ]
)


@dataclass(frozen=True)
class Merged:
    """received = accepted + unchanged + rows rejected."""

    accepted: int
    unchanged: int
    rejects: pa.Table


def merge(*, branch: Branch, kind: str, rows: pa.Table, batch: ImportBatch | None = None) -> Merged:
    """Write the typed rows of one kind in the current transaction, so that `batch` can be undone.

    Columns as in `engine.tables`, `_row`, and for customers maybe `extra`: a pack's own fields as a JSON object
    of what was said, NULL where nothing was. One merge at a time in a branch: a second sees what the first wrote.
    """
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    table = fact(kind)
    first, repeated, duplicates = _within(table, rows)
    staged = dialect().stage(with_derived(kind, first), json=JSON)
    with connection.cursor() as cursor:
        _make_on_sight(cursor, table, staged, branch, batch)
        if kind == "ownerships":
            _hold_customers(cursor, staged, branch)
        cursor.execute("DROP TABLE IF EXISTS merging")
        cursor.execute(f"CREATE TEMP TABLE merging AS {verdicts(table, staged, branch)}")
        dialect().measure(cursor, "merging")
        if kind == "ownerships":
            _refuse_periods(cursor, timezone.localdate())
        rejects = _rejects(cursor, table)
        accepted, unchanged = _counts(cursor, kind)
        if kind not in APPEND_ONLY:
            if batch is not None:
                cursor.execute(_remember(table, batch))
            cursor.execute(_update(table))
        cursor.execute(_insert(table, branch, batch))
        after(cursor, kind, branch)
        cursor.execute("DROP TABLE merging")
    return Merged(accepted, unchanged + repeated, pa.concat_tables([rejects, duplicates]))


def _within(table: Table, rows: pa.Table) -> tuple[pa.Table, int, pa.Table]:
    """Keys that come twice in one call: the first row stands, an equal one is unchanged, another is refused."""
    key = ", ".join(f'"{name}"' for name in table.key)
    values = ", ".join(f'"{name}"' for name in rows.column_names if name != "_row")
    with duckdb.connect() as database:
        database.register("incoming", rows)
        numbered = (
            f"SELECT *, row_number() OVER again AS nth, "
            f"({values}) IS NOT DISTINCT FROM first_value(({values})) OVER again AS same "
            f"FROM incoming WINDOW again AS (PARTITION BY {key} ORDER BY _row)"
        )
        database.execute(f"CREATE TABLE numbered AS {numbered}")
        first = database.sql(
            "SELECT * EXCLUDE (nth, same) FROM numbered WHERE nth = 1 ORDER BY _row"
        ).to_arrow_table()
        repeated = database.sql("SELECT count(*) FROM numbered WHERE nth > 1 AND same").fetchall()[0][0]
        others = database.sql(
            f"SELECT _row, '{table.key[0]}', CAST(\"{table.key[0]}\" AS VARCHAR), 'duplicate_key', '' "
            "FROM numbered WHERE nth > 1 AND NOT same ORDER BY _row"
        ).fetchall()
    return first, int(repeated), _reject_table(others)


def _make_on_sight(cursor: Any, table: Table, staged: str, branch: Branch, batch: ImportBatch | None) -> None:
    for column in table:
        if column.refers in MADE_ON_SIGHT:
            target = database_table(column.refers)
            cursor.execute(
                f"INSERT INTO {target} (branch_id, number, name, batch_id) "
                f"SELECT {branch.pk:d}, s.{column.name}, s.{column.name}, {_pk(batch)} FROM {staged} s "
                f"WHERE s.{column.name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {target} t "
                f"WHERE t.branch_id = {branch.pk:d} AND t.number = s.{column.name}) "
                f"GROUP BY s.{column.name} ORDER BY min(s._row)"
            )


def _hold_customers(cursor: Any, staged: str, branch: Branch) -> None:
    """Nobody gives these customers an owner until the transaction ends."""
    cursor.execute(
        f"SELECT c.id FROM records_customer c WHERE c.branch_id = {branch.pk:d} "
        f"AND c.number IN (SELECT customer_id FROM {staged}) ORDER BY c.id {dialect().LOCKED}"
    )


def _refuse_periods(cursor: Any, today: date) -> None:
    """K2: a period that is no period, not yet certain, or overlaps another of the same customer, is refused.

    Who is accountable is known of today, not planned: a change is recorded on its day.
    """
    cursor.execute(
        "UPDATE merging SET verdict = CASE WHEN active_to <= active_from THEN 'ends_before_it_begins' "
        "ELSE 'not_yet' END WHERE verdict IN ('new', 'differs') "
        "AND (active_to <= active_from OR active_from > %s OR active_to > %s)",
        [today.isoformat(), today.isoformat()],
    )
    crossing = (
        "o.active_from < COALESCE(merging.active_to, '9999-12-31') "
        "AND merging.active_from < COALESCE(o.active_to, '9999-12-31')"
    )
    cursor.execute(
        "UPDATE merging SET verdict = 'overlapping_owner' WHERE verdict IN ('new', 'differs') AND ("
        "EXISTS (SELECT 1 FROM records_ownership o WHERE o.customer_id = merging.customer_id "
        f"AND o.active_from <> merging.active_from AND {crossing} AND NOT EXISTS (SELECT 1 FROM merging again "
        "WHERE again.customer_id = o.customer_id AND again.active_from = o.active_from "
        "AND again.verdict IN ('same', 'new', 'differs'))) "
        "OR EXISTS (SELECT 1 FROM merging o WHERE o.customer_id = merging.customer_id "
        f"AND o._row < merging._row AND o.active_from <> merging.active_from AND {crossing}))"
    )


def _rejects(cursor: Any, table: Table) -> pa.Table:
    value = " ".join(f"WHEN 'unknown_{c.name}' THEN said_{c.name}" for c in references(table))
    column = " ".join(f"WHEN 'unknown_{c.name}' THEN '{c.name}'" for c in references(table))
    key = table[table.key[0]]
    shown = f"said_{key.name}" if key.refers else f"CAST({spelt(table, key)} AS TEXT)"
    otherwise = f"CASE verdict {value} ELSE {shown} END" if value else shown
    named = f"CASE verdict {column} ELSE '{key.name}' END" if column else f"'{key.name}'"
    cursor.execute(
        f"SELECT _row, {named}, {otherwise}, verdict, '' FROM merging "
        "WHERE verdict NOT IN ('new', 'same', 'differs') ORDER BY _row"
    )
    return _reject_table(cursor.fetchall())


def _reject_table(rows: list[Any]) -> pa.Table:
    named = [dict(zip(REJECTS.names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(named, schema=REJECTS)


def _counts(cursor: Any, kind: str) -> tuple[int, int]:
    cursor.execute("SELECT verdict, count(*) FROM merging GROUP BY verdict")
    counts: dict[str, int] = dict(cursor.fetchall())
    changed = 0 if kind in APPEND_ONLY else counts.get("differs", 0)
    return counts.get("new", 0) + changed, counts.get("same", 0)


def _pk(batch: ImportBatch | None) -> str:
    return "NULL" if batch is None else f"{batch.pk:d}"


def _remember(table: Table, batch: ImportBatch) -> str:
    """What the rows about to change say now."""
    pairs = [f"'{name}', m.{name}" for name in _written(table)]
    if table.name == "customers":
        pairs.append(f"'phone', ({MAIN_PHONE})")
    return (
        "INSERT INTO records_importchange (batch_id, kind, row_id, before) "
        f"SELECT {batch.pk:d}, '{table.name}', m.id, {dialect().OBJECT}({', '.join(pairs)}) "
        f"FROM merging g JOIN {database_table(table.name)} m ON m.id = g.known_id WHERE g.verdict = 'differs'"
    )


def _update(table: Table) -> str:
    """Known rows that now say more or something else. An empty cell keeps what was there."""
    target = database_table(table.name)
    fixed = {database_column(table, table[name]) for name in table.key}
    names = [name for name in _written(table) if name not in fixed]
    changes = ", ".join(f"{name} = COALESCE({_said(target, name)}, {target}.{name})" for name in names)
    return f"UPDATE {target} SET {changes} FROM merging g WHERE g.known_id = {target}.id AND g.verdict = 'differs'"


def _said(target: str, name: str) -> str:
    """What the row says; of a pack's own fields those that it says, over those that are kept."""
    if name == "extra":
        return dialect().PATCHED.format(kept=f"{target}.extra", said="g.extra")
    return f"g.{name}"


def _insert(table: Table, branch: Branch, batch: ImportBatch | None) -> str:
    names = _written(table)
    values = [_with_default(table, name) for name in names]
    if has_branch(table.name):
        names, values = [*names, "branch_id"], [*values, f"{branch.pk:d}"]
    unsaid = _unsaid(table, {*names, "id"})
    names, values = [*names, *unsaid, "batch_id"], [*values, *unsaid.values(), _pk(batch)]
    target = database_table(table.name)
    return (
        f"INSERT INTO {target} ({', '.join(names)}) SELECT {', '.join(values)} FROM merging "
        "WHERE verdict = 'new' ORDER BY _row"
    )


def _written(table: Table) -> list[str]:
    kept = {field.column for field in MODELS[table.name]._meta.concrete_fields}
    columns = [database_column(table, column) for column in stored(table)]
    return columns + [name for name in OWN_COLUMNS.get(table.name, ()) if name in kept]


NAMELESS = {"name": "number", "name_key": "lower(number)", "initials": "substr(lower(number), 1, 40)"}
"""A customer who came without a name goes by the number."""


def _with_default(table: Table, name: str) -> str:
    if table.name == "customers" and name in NAMELESS:
        return f"COALESCE({name}, {NAMELESS[name]})"
    default = _default(table, name)
    return name if default is None else f"COALESCE({name}, {default})"


def _default(table: Table, name: str) -> str | None:
    field = next(field for field in MODELS[table.name]._meta.concrete_fields if field.column == name)
    if field.null or field.default is NOT_PROVIDED:
        return None
    default = field.get_default()
    if isinstance(default, dict):
        return f"'{json.dumps(default)}'"
    return str(default).lower() if isinstance(default, bool | int) else f"'{default}'"


def _unsaid(table: Table, said: set[str]) -> dict[str, str]:
    """Columns that no file brings but that must hold something."""
    names = [str(field.column) for field in MODELS[table.name]._meta.concrete_fields]
    defaults = {name: _default(table, name) for name in names if name not in said}
    return {name: default for name, default in defaults.items() if default is not None}
