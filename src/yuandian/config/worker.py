"""The `worker` command: takes jobs one after another until it is told to stop, and keeps the house in order."""

import logging
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from types import FrameType

from django.utils import timezone

from yuandian.operations.audit import seal_audit
from yuandian.operations.export import forget_exports, write_export
from yuandian.operations.jobs import Handler, run_next
from yuandian.operations.know.mending import mend_upload
from yuandian.operations.know.steps import check_upload, read_upload, take_upload, undo_upload
from yuandian.operations.know.undo import forget_former_values
from yuandian.operations.know.uploads import forget_old_uploads
from yuandian.operations.people import forget_sessions
from yuandian.records.audit_files import anchors_path
from yuandian.web.exports import SHEETS

log = logging.getLogger(__name__)
PAUSE = 0.3
"""Seconds between two looks at an empty queue."""

HANDLERS: Mapping[str, Handler] = {
    "export": partial(write_export, sheets=SHEETS),
    "read_upload": read_upload,
    "check_upload": check_upload,
    "take_upload": take_upload,
    "mend_upload": mend_upload,
    "undo_upload": undo_upload,
}
"""What does each kind of job."""


@dataclass(frozen=True)
class Chore:
    """What is done again and again, at the worker's start first. Two workers that both do it do no harm."""

    every: timedelta
    do: Callable[[datetime], object]


CHORES: tuple[Chore, ...] = (
    Chore(timedelta(minutes=5), lambda at: seal_audit(at=at, anchors=anchors_path())),
    Chore(timedelta(hours=1), lambda at: forget_exports(at=at)),
    Chore(timedelta(days=1), lambda at: forget_former_values(at=at)),
    Chore(timedelta(days=1), lambda at: forget_old_uploads(at=at)),
    Chore(timedelta(days=1), lambda at: forget_sessions(at=at)),
)


def work() -> None:
    """Until SIGTERM or SIGINT: the job in hand stops at its next transaction and waits for the next worker."""
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    due = dict.fromkeys(CHORES, timezone.now())
    while not stop.is_set():
        _do_chores(due, timezone.now())
        if not run_next(HANDLERS, clock=timezone.now, is_stopping=stop.is_set):
            stop.wait(PAUSE)


def _do_chores(due: dict[Chore, datetime], at: datetime) -> None:
    for chore, moment in list(due.items()):
        if moment <= at:
            due[chore] = at + chore.every
            try:
                chore.do(at)
            except Exception:
                log.exception("a chore failed; the jobs go on")
