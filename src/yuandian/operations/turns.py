"""Long work that only one process does at a time. Nobody else who writes waits for it."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from yuandian.operations.writing import RefusedError


@contextmanager
def alone(*names: str, refused: str, **inputs: object) -> Iterator[None]:
    """Do the work of these names while nobody else does any of it; else raise RefusedError `refused` at once.

    A process that dies leaves nothing locked: the lock is a file's on SQLite, and the connection's on PostgreSQL.
    """
    with ExitStack() as held:
        for name in sorted(names):
            if not held.enter_context(_taken(sha256(name.encode()).digest()[:8])):
                raise RefusedError(refused, **inputs)
        yield


@contextmanager
def _taken(key: bytes) -> Iterator[bool]:
    with (_file_lock if connection.vendor == "sqlite" else _advisory_lock)(key) as taken:
        yield taken


@contextmanager
def _file_lock(key: bytes) -> Iterator[bool]:
    folder = Path(settings.HOME) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / key.hex()).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _advisory_lock(key: bytes) -> Iterator[bool]:
    number = int.from_bytes(key, signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        taken: bool = cursor.fetchone()[0]
    try:
        yield taken
    finally:
        if taken:
            _unlock(number)


def _unlock(number: int) -> None:
    """A connection that was lost, or is in a failed transaction, gives the lock back by its end."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
    except DatabaseError:
        connection.close()
