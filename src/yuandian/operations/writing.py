"""How every write happens: one gate, one transaction, one audit row, one key.

SQLite takes one writer at a time and lets the others poll; many writers then starve each other. The gate
queues them in front of the database instead: a lock between threads and a file lock between processes.
"""

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import connection, models, transaction

from yuandian.records.audit_chain import Content, content_mac, values_digest
from yuandian.records.audit_files import audit_keys
from yuandian.records.audit_rows import next_audit_id
from yuandian.records.frames import release
from yuandian.records.org import User
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


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """A use case: it waits at the gate and commits whole or not at all."""

    @wraps(function)
    def turn(*args: P.args, **kwargs: P.kwargs) -> R:
        with write_gate(), transaction.atomic():
            return function(*args, **kwargs)

    return turn


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
    entry = AuditEntry.objects.create(**content._asdict(), mac=content_mac(audit_keys(), content))
    if before is not None or after is not None:
        AuditValue.objects.create(entry=entry, before=before, after=after)


def answered(*, key: str, operation: str, body: object) -> dict[str, Any] | None:
    """The answer given to this key before, or None. The same key with another body is refused."""
    known = OperationKey.objects.filter(key=key).first()
    if known is None:
        return None
    if known.operation != operation or known.body != digest(body):
        raise RefusedError("key_reused", key=key)
    answer: dict[str, Any] = known.answer
    return answer


def remember(*, key: str, operation: str, body: object, answer: dict[str, Any], at: datetime) -> None:
    """Keep the answer under its key. It commits with the effect, so both exist or neither."""
    OperationKey.objects.create(key=key, operation=operation, body=digest(body), answer=answer, at=at)
