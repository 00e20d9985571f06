"""Runs the stages' SQL on an in-memory DuckDB: facts in, result tables out, and a digest of every table.

A stage's text is a `.sql` file with `$placeholders`. What fills them is checked: a date, a number, a plain
name, or `Sql` that the engine itself has put together from checked names and literals.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from string import Template
from tempfile import gettempdir
from typing import Self

import duckdb
import pyarrow as pa

from yuandian.engine.pack import Pack
from yuandian.engine.tables import FACTS, FLOWS, SQL_TYPES, TABLES, Column, Table

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "FLOAT", "DOUBLE"}
"""Types of a numbered id; data frames write numbers beside an empty cell as floating point."""


class NotEnoughMemoryError(Exception):
    """The facts need more memory than the night was given."""


class FactsError(ValueError):
    """The facts cannot be read as the engine's tables; the text says which column of which table."""


class Sql(str):
    """Text that is SQL already. Only the engine makes it, out of checked names and literals."""

    __slots__ = ()


def name(text: str) -> Sql:
    """A quoted identifier; ValueError if the text is not a plain name."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain name of letters, digits and underscores")
    return Sql(f'"{text}"')


def literal(value: str | int | date | None) -> Sql:
    """The value as an SQL literal; a date as DATE, a flag as TRUE or FALSE."""
    match value:
        case None:
            return Sql("NULL")
        case bool():
            return Sql(str(value).upper())
        case int():
            return Sql(str(value))
        case date():
            return Sql(f"DATE '{value.isoformat()}'")
    return Sql("'" + value.replace("'", "''") + "'")


def fill(text: str, **values: str | int | date) -> Sql:
    """The stage's text with every `$placeholder` filled; KeyError for one without a value."""
    return Sql(Template(text).substitute({key: _checked(value) for key, value in values.items()}))


def _checked(value: str | int | date) -> str:
    if isinstance(value, Sql):
        return value
    return name(value) if isinstance(value, str) else literal(value)


def days(as_of: date) -> dict[str, date]:
    """The days that stages name: `from_N` begins the N days that end with `as_of`, `ago_N` lies N days back."""
    spans = (7, 30, 90, 180, 365)
    firsts = {f"from_{span}": as_of - timedelta(days=span - 1) for span in spans}
    backs = {f"ago_{span}": as_of - timedelta(days=span) for span in spans}
    return {"as_of": as_of, "tomorrow": as_of + timedelta(days=1), **firsts, **backs}


@dataclass(frozen=True)
class Night:
    """What a stage is told beside the facts: the pack of the day, the day, the seed of any chance."""

    pack: Pack
    as_of: date
    seed: int


MEMORY = "3GB"
"""What the tables of a night may take. What does not fit goes to disk, but for the tables of a grouping."""


class Workspace:
    """Fact tables as views, results as tables, in a database that lives as long as the object.

    Every fact table of `engine.tables` can be read: one that was not given is empty, a column that was not
    given is NULL, personal columns are left out. Ids are BIGINT or VARCHAR as their own table has them (so
    `customers` decides for every `customer_id`); the references to them are cast to that.
    """

    def __init__(self, *, threads: int | None = None, memory_limit: str = MEMORY) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            # What does not fit goes to disk; DuckDB makes the folder when it needs it and takes it away again.
            "temp_directory": str(Path(gettempdir()) / f"yuandian-{os.getpid()}-{id(self)}"),
        }
        if threads is not None:
            settings["threads"] = threads
        self.connection = duckdb.connect(config=settings)
        self.connection.execute("SET enable_progress_bar = false")

    @classmethod
    def from_parquet(cls, folder: Path, *, threads: int | None = None, memory_limit: str = MEMORY) -> Self:
        """Facts from `<table>.parquet` files; FactsError for a folder without customers."""
        workspace = cls(threads=threads, memory_limit=memory_limit)
        found = {table: folder / f"{table}.parquet" for table in TABLES}
        sources = {
            table: Sql(f"read_parquet({literal(str(path))})") for table, path in found.items() if path.exists()
        }
        workspace._define(sources)
        return workspace

    @classmethod
    def from_arrow(
        cls, tables: Mapping[str, pa.Table], *, threads: int | None = None, memory_limit: str = MEMORY
    ) -> Self:
        """Facts from Arrow tables by name of table; FactsError without customers."""
        workspace = cls(threads=threads, memory_limit=memory_limit)
        for table, rows in tables.items():
            workspace.connection.register(f"given_{table}", rows)
        workspace._define({table: name(f"given_{table}") for table in tables})
        return workspace

    def run(self, text: str, **values: str | int | date) -> None:
        """Fill and execute a stage's text. FactsError where a fact is not of its type, NotEnoughMemoryError."""
        try:
            self.connection.execute(fill(text, **values))
        except duckdb.ConversionException as error:
            raise FactsError(f"a fact does not fit its column: {error}") from error
        except duckdb.OutOfMemoryException as error:
            raise NotEnoughMemoryError(str(error).splitlines()[0]) from error

    def rows(self, table: str) -> int:
        return int(self._one(f"SELECT count(*) FROM {name(table)}"))

    def arrow(self, table: str) -> pa.Table:
        """All rows of a table, in no order."""
        return self.query(f"SELECT * FROM {name(table)}")

    def query(self, text: str) -> pa.Table:
        """The rows of one SELECT; in order if it has one."""
        return self.connection.sql(text).to_arrow_table()

    def add(self, table: str, rows: pa.Table) -> None:
        """Make a table of Arrow rows."""
        self.connection.register("added", rows)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name(table)} AS SELECT * FROM added")
        self.connection.unregister("added")

    def write_parquet(self, folder: Path, tables: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for table in tables:
            path = literal(str(folder / f"{table}.parquet"))
            self.connection.execute(f"COPY {name(table)} TO {path} (FORMAT parquet)")

    def overruns(self) -> int:
        return int(self._one("SELECT coalesce(sum(overruns), 0) FROM rm_days"))

    def hash(self, table: str) -> str:
        """32 hexadecimal digits of the rows' values, whatever their order and the threads.

        Each row is written as text (NULL apart from empty, no floating point anywhere) and digested by MD5;
        the halves of the digests are added modulo 2^64. Any backend with MD5 gives the same.
        """
        fields = (f"coalesce(CAST({name(column)} AS VARCHAR), chr(30))" for column in self.columns(table))
        row = f"md5_number(concat_ws(chr(31), {', '.join(fields)}))"
        halves = "sum(CAST(digest & 18446744073709551615 AS HUGEINT)), sum(CAST(digest >> 64 AS HUGEINT))"
        low, high = self._rows(f"SELECT {halves} FROM (SELECT {row} AS digest FROM {name(table)})")[0]
        return f"{(low or 0) % 2**64:016x}{(high or 0) % 2**64:016x}"

    def columns(self, table: str) -> dict[str, str]:
        """DuckDB's type of every column."""
        return self._described(name(table))

    def _described(self, source: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self._rows(f"DESCRIBE SELECT * FROM {source}")}

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        return self.connection.execute(query).fetchall()

    def _one(self, query: str) -> int:
        value: int = self._rows(query)[0][0]
        return value

    def _define(self, sources: Mapping[str, Sql]) -> None:
        given = {table: self._described(source) for table, source in sources.items()}
        if "customers" not in given:
            raise FactsError("there is no table customers: it is the one table that cannot be left out")
        types = _id_types(given)
        for table in (*FACTS, FLOWS):
            columns = ", ".join(_cast(table, column, given.get(table.name), types) for column in table.decisive)
            source = sources.get(table.name, "(SELECT 1) WHERE FALSE")
            self.connection.execute(f"CREATE VIEW {table.name} AS SELECT {columns} FROM {source}")
        self.connection.execute(_FLOWS_GIVEN if FLOWS.name in given else _FLOWS_COUNTED)


_FLOWS_GIVEN = "CREATE VIEW flows AS SELECT * FROM customer_days"
_FLOWS_COUNTED = """
CREATE VIEW flows AS
SELECT
    customer_id, CAST(occurred_at AS DATE) AS date, kind, CAST(1 AS BIGINT) AS transactions,
    greatest(amount_fen, 0) AS inflow_fen, greatest(-amount_fen, 0) AS outflow_fen,
    income_fen
FROM transactions;

CREATE OR REPLACE VIEW customer_days AS
SELECT
    customer_id, date, kind, CAST(sum(transactions) AS BIGINT) AS transactions,
    CAST(sum(inflow_fen) AS BIGINT) AS inflow_fen, CAST(sum(outflow_fen) AS BIGINT) AS outflow_fen,
    CAST(coalesce(sum(income_fen), 0) AS BIGINT) AS income_fen
FROM flows GROUP BY customer_id, date, kind
"""
"""`flows` has the columns of `customer_days`; where only lines came it has one row a line, so that sums over
it read every line once. `customer_days` has one row a customer, day and kind in either case."""


def _id_types(given: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """BIGINT or VARCHAR for every table that ids refer to: as its own key came, else as the references came."""
    types: dict[str, str] = {"products": "VARCHAR"}
    for table in FACTS:
        came = given.get(table.name, {}).get(table.key[0])
        references = [
            given[other.name][column.name]
            for other in (*FACTS, FLOWS)
            for column in other
            if column.refers == table.name and column.name in given.get(other.name, {})
        ]
        whole = all(kind in _WHOLE for kind in ([came] if came else references))
        types[table.name] = "BIGINT" if whole and (came or references) else "VARCHAR"
    return types


def _cast(table: Table, column: Column, given: Mapping[str, str] | None, types: Mapping[str, str]) -> str:
    """One column of a fact table's view, in its own type."""
    came = None if given is None else given.get(column.name)
    if came is None and given is not None and column.required:
        raise FactsError(f"table {table.name} has no column {column.name}: {column.meaning}")
    kind = SQL_TYPES[column.type]
    if column.type == "id":
        own = "BIGINT" if came in _WHOLE else "VARCHAR"
        kind = types.get(column.refers or (table.name if column.name == table.key[0] else ""), own)
    # An id that is no number cannot refer to a numbered row: it becomes NULL and finds none.
    how = "TRY_CAST" if column.type == "id" and kind == "BIGINT" else "CAST"
    return f"{how}({name(column.name) if came else 'NULL'} AS {kind}) AS {name(column.name)}"
