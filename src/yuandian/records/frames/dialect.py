"""Where SQLite and PostgreSQL differ, by name. All other SQL in this folder is one text for both."""

from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

import pyarrow as pa
from django.db import connection


class Dialect(Protocol):
    """What each database's module beside this one says."""

    LOCKED: str
    """Ends a SELECT … c whose rows nobody else may change before the transaction ends."""
    PATCHED: str
    """JSON `{kept}` with the keys of `{said}` over it."""
    CONTAINED: str
    """Every key of the flat JSON `{said}` is in `{kept}` with that value, however either is spelt."""
    OBJECT: str
    """The function that makes a JSON object of keys and values by turns."""
    TYPED: str
    """What stands in `{json}` under `{key}`, with the type of `{table}`'s `{column}`."""
    EXACT: bool
    """Columns leave with the database's own types; else what may be empty, and days and times, travel as text."""

    def stage(self, rows: pa.Table, json: tuple[str, ...] = ()) -> str:
        """Put the rows where Django's connection sees them, and return the name to select from."""

    def release(self) -> None:
        """Let go of staging tables that no transaction uses any more."""

    def measure(self, cursor: Any, table: str) -> None:
        """Tell the planner how large a temporary table is."""

    def refresh_statistics(self) -> None:
        """Tell the planner how the tables have grown."""

    def snapshot(self) -> AbstractContextManager[Any]:
        """An ADBC cursor in one read transaction of its own: a moment of the database, whatever is written."""


def dialect() -> Dialect:
    """That of Django's connection."""
    if connection.vendor == "postgresql":
        from yuandian.records.frames import postgresql

        return cast("Dialect", postgresql)
    from yuandian.records.frames import sqlite

    return cast("Dialect", sqlite)


def release() -> None:
    dialect().release()


def refresh_statistics() -> None:
    dialect().refresh_statistics()
