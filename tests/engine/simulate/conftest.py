"""Branches simulated once a session, each as a DuckDB connection that sees its fact tables by name."""

from collections.abc import Callable
from datetime import date
from functools import cache

import duckdb
import pytest

from yuandian.engine.simulate import simulate_branch

Open = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture(scope="session")
def open_branch() -> Open:
    @cache
    def branch(pack_id: str, as_of: date, seed: int = 1, scale: float = 1.0) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        for name, table in simulate_branch(pack_id, as_of=as_of, seed=seed, scale=scale).items():
            connection.register(name, table)
        return connection

    return branch
