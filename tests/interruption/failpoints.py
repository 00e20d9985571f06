"""Points at which a process may die: before and after each commit, and each change of a file's name or presence.

Set in a forked child only. The child that reaches its point is gone at that instant, as by a kill from outside.
"""

import os
import signal
from collections.abc import Callable
from functools import wraps

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

FILES = ("rename", "replace", "link", "unlink", "rmdir", "truncate", "fsync")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lose_the_database() -> None:
    """PostgreSQL ends this process's connection, as a restart of it does; the process lives on."""
    import psycopg

    own = connection.connection.info.backend_pid
    known = connection.get_connection_params()
    server = {name: known[name] for name in ("host", "port", "user", "password") if known.get(name)}
    with psycopg.connect(**server, dbname=known["dbname"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [own])


def none() -> int:
    """How many points have been passed where none is watched."""
    return 0


def at_point(number: int, fault: Callable[[], None]) -> Callable[[], int]:
    """Let the fault happen at the point of that number; gives how many have been passed so far."""
    passed = 0

    def point() -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            fault()

    def around(function: Callable) -> Callable:
        @wraps(function)
        def watched(*args, **kwargs):
            point()
            answer = function(*args, **kwargs)
            point()
            return answer

        return watched

    BaseDatabaseWrapper._commit = around(BaseDatabaseWrapper._commit)
    for name in FILES:
        setattr(os, name, around(getattr(os, name)))
    return lambda: passed
