"""A database of one's own beside the one that the environment names; SQLite needs none, its home is its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def own_database() -> Iterator[None]:
    url = os.environ.get("YUANDIAN_DATABASE_URL", "")
    if not url.startswith("postgres"):
        os.environ.pop("YUANDIAN_DATABASE_URL", None)
        yield
        return
    import psycopg

    parts, name = urlsplit(url), f"yuandian_kills_{os.getpid()}"
    server = parts._replace(path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as maker:
        maker.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    os.environ["YUANDIAN_DATABASE_URL"] = parts._replace(path=f"/{name}").geturl()
    try:
        yield
    finally:
        with psycopg.connect(server, autocommit=True) as maker:
            maker.execute(f"DROP DATABASE {name} WITH (FORCE)")
