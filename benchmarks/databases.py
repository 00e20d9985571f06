"""The databases that benchmarks run on: SQLite always, PostgreSQL where a server is named. Not itself a benchmark.

YUANDIAN_BENCH_POSTGRES_URL  a role that may make databases (default: YUANDIAN_TEST_POSTGRES_URL; without either, none)
YUANDIAN_BENCH_CACHE         folder of what is built once and copied for each run (default var/bench)
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

CACHE = Path(os.environ.get("YUANDIAN_BENCH_CACHE", "var/bench")).resolve()
SERVER = os.environ.get("YUANDIAN_BENCH_POSTGRES_URL") or os.environ.get("YUANDIAN_TEST_POSTGRES_URL") or ""
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
MIGRATIONS = Path(__file__).parents[1] / "src/yuandian/records/migrations"
Environment = dict[str, str]


def kinds() -> tuple[str, ...]:
    if not SERVER:
        print("PostgreSQL left out: YUANDIAN_BENCH_POSTGRES_URL names no server")
        return (SQLITE,)
    return (SQLITE, POSTGRES)


@contextmanager
def fresh(kind: str, kept: str = "", *, beside: str = "run") -> Iterator[Environment]:
    """The environment of a home and a database of their own, empty or a copy of what was kept; gone afterwards."""
    CACHE.mkdir(parents=True, exist_ok=True)
    name = f"yuandian_bench_{beside}_{os.getpid()}"
    with tempfile.TemporaryDirectory(dir=CACHE) as home:
        environment = {
            **{key: value for key, value in os.environ.items() if key != "YUANDIAN_DATABASE_URL"},
            "YUANDIAN_HOME": home,
            "DJANGO_SETTINGS_MODULE": "yuandian.config.settings",
        }
        if kind == SQLITE:
            if kept:
                shutil.copy(CACHE / f"{kept}.sqlite3", Path(home) / "yuandian.sqlite3")
            yield environment
            return
        _order(
            f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}" + (f" TEMPLATE {kept}" if kept else "")
        )
        try:
            yield environment | {"YUANDIAN_DATABASE_URL": _url(name)}
        finally:
            _order(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def keep(kind: str, what: str, build: Callable[[Environment], None], *sources: Path) -> str:
    """Build once under a name that changes with the schema and the sources; returns the name for `fresh`."""
    texts = [path.read_bytes() for path in (*sorted(MIGRATIONS.glob("*.py")), *sources)]
    name = f"yuandian_bench_{what}_{sha256(b''.join(texts)).hexdigest()[:8]}"
    if kind == SQLITE:
        target = CACHE / f"{name}.sqlite3"
        if not target.exists():
            with fresh(kind) as environment:
                build(environment)
                (Path(environment["YUANDIAN_HOME"]) / "yuandian.sqlite3").rename(target)
    elif not _order(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        with fresh(kind) as environment:
            build(environment)
            made = urlsplit(environment["YUANDIAN_DATABASE_URL"]).path.lstrip("/")
            _order(f"ALTER DATABASE {made} RENAME TO {name}")
    return name


def _url(database: str) -> str:
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{database}"))


def _order(*statements: str) -> list[Any]:
    """Carry statements out outside any transaction; returns the rows of the last."""
    import psycopg

    with psycopg.connect(_url("postgres"), autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
