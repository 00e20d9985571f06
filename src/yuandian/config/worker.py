"""The `worker` command: takes jobs one after another until it is told to stop."""

import signal
from collections.abc import Mapping
from threading import Event
from types import FrameType

from django.utils import timezone

from yuandian.operations.jobs import Handler, run_next
from yuandian.operations.know.mending import mend_upload
from yuandian.operations.know.steps import check_upload, read_upload, take_upload

PAUSE = 0.3
"""Seconds between two looks at an empty queue."""

HANDLERS: Mapping[str, Handler] = {
    "read_upload": read_upload,
    "check_upload": check_upload,
    "take_upload": take_upload,
    "mend_upload": mend_upload,
}
"""What does each kind of job."""


def work() -> None:
    """Until SIGTERM or SIGINT: the job in hand stops at its next transaction and waits for the next worker."""
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while not stop.is_set():
        if not run_next(HANDLERS, clock=timezone.now, is_stopping=stop.is_set):
            stop.wait(PAUSE)
