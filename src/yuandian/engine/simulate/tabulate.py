"""From rows to Arrow tables shaped as `tables.FACTS` says."""

from typing import Any

import pyarrow as pa

from yuandian.engine.tables import FACTS, TABLES, Table, Type

ARROW_TYPES: dict[Type, pa.DataType] = {
    "id": pa.string(),
    "code": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int64(),
    "fen": pa.int64(),
    "ppm": pa.int64(),
    "flag": pa.bool_(),
    "json": pa.string(),
}

_NUMBERED = {
    "transactions": ("transaction_id", "T{:07d}"),
    "interactions": ("interaction_id", "I{:06d}"),
    "events": ("event_id", "E{:06d}"),
}
"""What happens at a moment is numbered in the order in which it happened."""


def schema(table: Table) -> pa.Schema:
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table])


class Facts:
    """The rows of a branch while it is being made up; `tables` closes it."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in FACTS}

    def add(self, table: str, **row: Any) -> None:
        """One fact. Columns that are not named are empty; ids of what happened are given at the end."""
        self._rows[table].append(row)

    def tables(self) -> dict[str, pa.Table]:
        for name, (identifier, pattern) in _NUMBERED.items():
            self._rows[name].sort(key=lambda row: (row["occurred_at"], row["customer_id"]))
            for number, row in enumerate(self._rows[name], start=1):
                row[identifier] = pattern.format(number)
        self._count_events()
        return {name: _table(TABLES[name], rows) for name, rows in self._rows.items()}

    def _count_events(self) -> None:
        seen: dict[str, int] = {}
        for row in self._rows["events"]:
            seen[row["customer_id"]] = row["sequence"] = seen.get(row["customer_id"], 0) + 1


def _table(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    unknown = set().union(*rows) - set(table.names)
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    ordered = sorted(rows, key=lambda row: tuple(row[name] for name in table.key))
    return pa.Table.from_pylist(ordered, schema=schema(table))
