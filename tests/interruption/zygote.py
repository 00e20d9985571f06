"""A process that has everything loaded and nothing open, and forks children that do the work and die.

The parent never touches the database: no connection, no thread, no DuckDB and no Arrow pool is shared.
"""

import json
import os
import select
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

PATIENCE = 60.0


@dataclass
class Ended:
    """What became of a child: the lines it had written when it died, and whether it died of a kill."""

    told: list = field(default_factory=list)
    was_killed: bool = False


def child(work: Callable[[Callable[[object], None]], None], *, kill_after: float | None = None) -> Ended:
    """Fork, let the child work and tell as it goes, and kill it after that many seconds if it still lives.

    Raises ChildError with its traceback when the child failed by itself.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _live(work, writer)
    os.close(writer)
    told = list(_lines(reader, pid, kill_after))
    _, status = os.waitpid(pid, 0)
    was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not was_killed and status != 0:
        raise ChildError(told[-1] if told else status)
    return Ended(told, was_killed)


class ChildError(Exception):
    """A child failed though nobody killed it."""


def _live(work: Callable[[Callable[[object], None]], None], writer: int) -> None:
    def tell(what: object) -> None:
        os.write(writer, json.dumps(what).encode() + b"\n")

    try:
        work(tell)
    except BaseException:  # noqa: BLE001  a child must not return into its parent's code
        tell(traceback.format_exc())
        os._exit(1)
    os._exit(0)


def _lines(reader: int, pid: int, kill_after: float | None) -> Iterator[object]:
    """Whole lines until the child closes the pipe. A line is written at once, so none is torn."""
    began, rest = monotonic(), b""
    while True:
        waited = monotonic() - began
        due = PATIENCE if kill_after is None else kill_after
        if waited >= due:
            os.kill(pid, signal.SIGKILL)
            kill_after = PATIENCE
            began = monotonic()
            continue
        if not select.select([reader], [], [], due - waited)[0]:
            continue
        if not (data := os.read(reader, 65536)):
            break
        *lines, rest = (rest + data).split(b"\n")
        yield from map(json.loads, lines)
    os.close(reader)
