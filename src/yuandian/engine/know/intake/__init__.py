"""Rows of text become typed rows, and every cell that cannot be read becomes a reject that says why.

Cells are trimmed (full-width spaces too), an empty cell is no value. Digits may be full width, and so may letters
and signs in everything but free text. What each type accepts stands in `cells`, the words for codes in `labels`,
how a reject is mended in `fixes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from yuandian.engine.know.intake.cells import Reading, cleaned, reading
from yuandian.engine.know.intake.fixes import worded
from yuandian.engine.know.intake.match import Matched, match, normalised
from yuandian.engine.sql import literal
from yuandian.engine.tables import Column, Table, Type

__all__ = ["REJECTS", "Matched", "Typed", "empty_rejects", "match", "normalised", "typed", "worded"]

REJECTS = pa.schema(
    [
        ("row", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("fix", pa.string()),
    ]
)
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
    """`rows`: the table's columns and `_row`, in the order of the file. `rejected` counts rows, not cells."""

    rows: pa.Table
    rejects: pa.Table
    rejected: int


def empty_rejects() -> pa.Table:
    return REJECTS.empty_table()


def typed(
    table: Table,
    raw: pa.Table,
    matched: Matched,
    *,
    time_zone: str,
    lengths: Mapping[str, int] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
) -> Typed:
    """Type a batch of strings (the file's headers, `_row`, and `_width` where a row does not fit the header).

    Times without a zone are of `time_zone` and come out in UTC, naive. `lengths` are the most characters of a
    column where it is not the usual, `choices` close a column further. Rejects name columns of the table; `worded`
    puts the file's own headers and the fix. X5, F14.
    """
    columns = [column for column in table if column.name in matched.columns]
    given = raw.select([matched.columns[column.name] for column in columns])
    given = given.rename_columns([f"raw_{nth}" for nth in range(len(columns))])
    width = raw["_width"] if "_width" in raw.column_names else pa.nulls(raw.num_rows, pa.int64())
    given = given.append_column("_row", raw["_row"]).append_column("_width", width)
    readings = [
        reading(
            column,
            nth,
            in_yuan=column.name in matched.in_yuan,
            time_zone=time_zone,
            longest=(lengths or {}).get(column.name),
            only=(choices or {}).get(column.name),
        )
        for nth, column in enumerate(columns)
    ]
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as database:
        database.register("given", given)
        database.execute(_judged(columns, readings))
        rows = database.sql(_good(table, columns)).to_arrow_table()
        rejects = database.sql(_bad(columns)).to_arrow_table()
    return Typed(rows.cast(_schema(table)), rejects.cast(REJECTS), raw.num_rows - rows.num_rows)


def _judged(columns: Sequence[Column], readings: Sequence[Reading]) -> str:
    """Every cell four ways: as it stood, cleaned, its value, and the reason why it has none."""
    texts = "".join(f", {cleaned(column, f'raw_{nth}')} AS text_{nth}" for nth, column in enumerate(columns))
    values = "".join(f", {one.value} AS value_{nth}" for nth, one in enumerate(readings))
    reasons = "".join(f", {one.reason} AS reason_{nth}" for nth, one in enumerate(readings))
    return (
        f"CREATE TABLE judged AS SELECT *{reasons} FROM (SELECT *{values} FROM (SELECT *{texts} FROM given)) "
        "ORDER BY _row"
    )


def _reasons(columns: Sequence[Column]) -> str:
    return ", ".join(f"reason_{nth}" for nth in range(len(columns)))


def _good(table: Table, columns: Sequence[Column]) -> str:
    place = {column.name: f"value_{nth}" for nth, column in enumerate(columns)}
    selected = ", ".join(f'{place.get(name, "NULL")} AS "{name}"' for name in table.names)
    return (
        f"SELECT {selected}, _row FROM judged "
        f"WHERE _width IS NULL AND coalesce({_reasons(columns)}) IS NULL ORDER BY _row"
    )


def _bad(columns: Sequence[Column]) -> str:
    cells = ", ".join(
        f"{{'nth': {nth}, 'name': {literal(column.name)}, "
        f"'value': substr(coalesce(raw_{nth}, ''), 1, {SHOWN}), 'reason': reason_{nth}}}"
        for nth, column in enumerate(columns)
    )
    return (
        'SELECT _row AS "row", cell.name AS "column", cell.value AS "value", cell.reason AS "reason", \'\' AS fix '
        f"FROM (SELECT _row, unnest([{cells}]) AS cell FROM judged WHERE _width IS NULL "
        f"AND coalesce({_reasons(columns)}) IS NOT NULL) WHERE cell.reason IS NOT NULL "
        "UNION ALL SELECT _row, '', CAST(_width AS VARCHAR), 'wrong_width', '' FROM judged WHERE _width IS NOT NULL "
        'ORDER BY "row", "column"'
    )


def _schema(table: Table) -> pa.Schema:
    return pa.schema([*((one.name, _ARROW.get(one.type, pa.string())) for one in table), ("_row", pa.int64())])
