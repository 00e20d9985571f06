"""How every write happens: one gate, one transaction, one audit row, one key.

SQLite takes one writer at a time and lets the others poll; many writers then starve each other. The gate
queues them in front of the database instead: a lock between threads and a file lock between processes.

PostgreSQL writes side by side in READ COMMITTED. What must not happen at once is held apart by row locks, taken
before the state that they guard is read (a branch's row: imports, nights; a list line: its results; RMs, then
customers: ownership), and by constraints. A transaction that loses a race all the same is run again.
"""

import fcntl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from yuandian.records.audit_chain import Content, content_mac, values_digest
from yuandian.records.audit_files import audit_keys
from yuandian.records.audit_rows import next_audit_id
from yuandian.records.frames import release
from yuandian.records.org import User
from yuandian.records.prepared import Given, Prepared, insert
from yuandian.records.runs import AuditEntry, AuditValue, OperationKey, digest

P = ParamSpec("P")
R = TypeVar("R")

_threads = threading.RLock()
_holding = threading.local()


class RefusedError(Exception):
    """A request that the rules forbid. `code` is worded where shown; nothing has changed."""

    def __init__(self, code: str, **inputs: object) -> None:
        super().__init__(code)
        self.code = code
        self.inputs = inputs


@contextmanager
def write_gate() -> Iterator[None]:
    """Wait for one's turn to write. PostgreSQL needs no gate; a turn inside a turn goes straight on."""
    if connection.vendor != "sqlite" or getattr(_holding, "gate", False):
        yield
        return
    path = Path(settings.HOME) / "write.lock"
    with _threads, path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _holding.gate = True
        try:
            yield
        finally:
            _holding.gate = False
            release()


LOST_RACES = frozenset({"40001", "40P01", "23505"})
"""Serialisation failure, deadlock, and a unique row that another transaction wrote first."""
PAUSES = (0.01, 0.05, 0.2)
"""Seconds before the second, third and last try."""


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """A use case: it waits at the gate and commits whole or not at all.

    The outermost one is run again from its beginning when it lost a race: then it sees what the winner wrote.
    """

    @wraps(function)
    def turn(*args: P.args, **kwargs: P.kwargs) -> R:
        rows = _rows_as_given([*args, *kwargs.values()])
        for pause in () if connection.in_atomic_block else PAUSES:
            try:
                with write_gate(), transaction.atomic():
                    return function(*args, **kwargs)
            except DatabaseError as error:
                if getattr(error.__cause__, "sqlstate", None) not in LOST_RACES:
                    raise
            for row, values in rows:
                row.__dict__.update(values)
            time.sleep(pause)
        with write_gate(), transaction.atomic():
            return function(*args, **kwargs)

    return turn


def _rows_as_given(arguments: Iterable[object]) -> list[tuple[models.Model, dict[str, Any]]]:
    """What a try that is rolled back may have set on the rows that it was given."""
    return [(one, dict(one.__dict__)) for one in arguments if isinstance(one, models.Model)]


def record(
    *,
    operation: str,
    subject: models.Model,
    by: User | None,
    at: datetime,
    branch_id: int | None = None,
    reason: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write the audit row of one change, inside the transaction of the change.

    Values stand beside the entry and can be erased; the entry keeps their digest. They are text, whole
    numbers and flags: whatever else would not come back from every database as it went in (TypeError).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit row belongs in the transaction of its change")
    content = Content(
        id=next_audit_id(),
        at=at,
        by_id=None if by is None else by.pk,
        branch_id=branch_id,
        operation=operation,
        subject=subject._meta.label_lower.rpartition(".")[2],
        subject_id=subject.pk,
        reason=reason,
        digest=values_digest(before, after),
    )
    entry = insert(AuditEntry(**content._asdict(), mac=content_mac(audit_keys(), content)))
    if before is not None or after is not None:
        insert(AuditValue(entry=entry, before=before, after=after))


_keys = Prepared(lambda: OperationKey.objects.filter(key=Given("key")))


def answered(*, key: str, operation: str, body: object) -> dict[str, Any] | None:
    """The answer given to this key before, or None. The same key with another body is refused."""
    for known in _keys(key=key):
        if known.operation != operation or known.body != digest(body):
            raise RefusedError("key_reused", key=key)
        answer: dict[str, Any] = known.answer
        return answer
    return None


def remember(*, key: str, operation: str, body: object, answer: dict[str, Any], at: datetime) -> None:
    """Keep the answer under its key. It commits with the effect, so both exist or neither."""
    insert(OperationKey(key=key, operation=operation, body=digest(body), answer=answer, at=at))
