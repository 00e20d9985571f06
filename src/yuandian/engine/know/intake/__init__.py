"""Rows of text become typed rows, and every cell that cannot be read becomes a reject that says why.

Cells are trimmed (full-width spaces too), an empty cell is no value. Digits may be full width, and so may letters
and signs in everything but free text. What each type accepts stands in `cells`, the words for codes in `labels`,
how a reject is mended in `fixes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from yuandian.engine.know.intake.cells import Cell, Expected, cleaned, reason_of, value_of
from yuandian.engine.know.intake.fixes import worded
from yuandian.engine.know.intake.match import Matched, match, normalised
from yuandian.engine.sql import literal
from yuandian.engine.tables import Table, Type

__all__ = ["REJECTS", "Expected", "Matched", "Typed", "match", "normalised", "typed", "worded"]

REJECTS = pa.schema(
    [
        ("row", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("fix", pa.string()),
    ]
)
EXTRA = "extra"
SHOWN = 200
"""Characters of a rejected value that are kept."""

_ARROW: dict[Type, pa.DataType] = {
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int64(),
    "fen": pa.int64(),
    "ppm": pa.int64(),
    "flag": pa.bool_(),
}


@dataclass(frozen=True)
class Typed:
    """`rows`: the table's columns and `_row`, in the order of the file. `rejected` counts rows, not cells.

    Where the table has columns of a pack, they are one column `extra` of JSON texts: sorted keys, dates in ISO,
    flags true or false, what was not said left out; NULL where nothing was said.
    """

    rows: pa.Table
    rejects: pa.Table
    rejected: int


def typed(table: Table, raw: pa.Table, matched: Matched, expected: Expected) -> Typed:
    """Type a batch of strings (the file's headers, `_row`, and `_width` where a row does not fit the header).

    Times without a zone are of the expected zone and come out in UTC, naive. Rejects name columns of the table;
    `worded` puts the file's own headers and the fix. X5, F14.
    """
    columns = [column for column in table if column.name in matched.columns]
    given = raw.select([matched.columns[column.name] for column in columns])
    given = given.rename_columns([f"raw_{nth}" for nth in range(len(columns))])
    width = raw["_width"] if "_width" in raw.column_names else pa.nulls(raw.num_rows, pa.int64())
    given = given.append_column("_row", raw["_row"]).append_column("_width", width)
    cells = [Cell(column, nth, column.name in matched.in_yuan, expected) for nth, column in enumerate(columns)]
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as database:
        database.register("given", given)
        database.execute(_judged(cells))
        rows = database.sql(_good(table, cells)).to_arrow_table()
        rejects = database.sql(_bad(cells)).to_arrow_table()
    return Typed(rows.cast(_schema(table)), rejects.cast(REJECTS), raw.num_rows - rows.num_rows)


def _judged(cells: Sequence[Cell]) -> str:
    """Every cell four ways: as it stood, cleaned, its value, and the reason why it has none."""
    texts = "".join(f", {cleaned(cell)} AS {cell.text}" for cell in cells)
    values = "".join(f", {value_of(cell)} AS {cell.value}" for cell in cells)
    reasons = "".join(f", {reason_of(cell)} AS {cell.reason}" for cell in cells)
    return (
        f"CREATE TABLE judged AS SELECT *{reasons} FROM (SELECT *{values} FROM (SELECT *{texts} FROM given)) "
        "ORDER BY _row"
    )


def _first_reason(cells: Sequence[Cell]) -> str:
    return f"coalesce({', '.join(cell.reason for cell in cells)})"


def _good(table: Table, cells: Sequence[Cell]) -> str:
    place = {cell.column.name: cell.value for cell in cells} | {EXTRA: _extra(cells)}
    selected = ", ".join(
        f'{place.get(name, "NULL")} AS "{name}"' for name in _schema(table).names if name != "_row"
    )
    where = f"_width IS NULL AND {_first_reason(cells)} IS NULL"
    return f"SELECT {selected}, _row FROM judged WHERE {where} ORDER BY _row"


def _extra(cells: Sequence[Cell]) -> str:
    """The pack's columns as JSON. Patching an empty object drops the keys whose value is NULL."""
    said = sorted((cell.column.name, cell.value) for cell in cells if cell.column.extra)
    pairs = ", ".join(f"{literal(name)}, {value}" for name, value in said)
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({pairs})) AS VARCHAR), '{{}}')"


def _bad(cells: Sequence[Cell]) -> str:
    """One row for each bad cell, in the order of rows and columns."""
    each = ", ".join(
        f"{{'nth': {cell.nth}, 'name': {literal(cell.column.name)}, "
        f"'value': replace(substr(coalesce({cell.raw}, ''), 1, {SHOWN}), chr(0), '␀'), 'reason': {cell.reason}}}"
        for cell in cells
    )
    unfit = "{'nth': 0, 'name': '', 'value': CAST(_width AS VARCHAR), 'reason': 'wrong_width'}"
    bad = f"CASE WHEN _width IS NULL THEN [{each}] ELSE [{unfit}] END"
    return (
        'SELECT _row AS "row", cell.name AS "column", cell.value AS "value", cell.reason AS "reason", \'\' AS fix '
        f"FROM (SELECT _row, unnest({bad}) AS cell FROM judged "
        f"WHERE _width IS NOT NULL OR {_first_reason(cells)} IS NOT NULL) "
        "WHERE cell.reason IS NOT NULL ORDER BY _row, cell.nth"
    )


def _schema(table: Table) -> pa.Schema:
    columns = [(one.name, _ARROW.get(one.type, pa.string())) for one in table if not one.extra]
    extra = [(EXTRA, pa.string())] if len(columns) < len(table.columns) else []
    return pa.schema([*columns, *extra, ("_row", pa.int64())])
