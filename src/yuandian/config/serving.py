"""The `serve` command: the server of the pages and a worker beside it, started and ended together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

PAUSE = 0.2
"""Seconds between two looks at the two processes."""
RESTART = 2.0
"""Seconds before a worker that died is started again."""


def serve_pages(host: str, port: int, processes: int, *, with_worker: bool) -> NoReturn:
    """Serve until told to stop. Exits as the server does; a worker that dies is started again."""
    pages = [
        *_program("granian"),
        *("--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(processes)),
        *("--blocking-threads", "4", "--backpressure", "256", "--no-ws", "--log-level", "warning"),
        "yuandian.config.wsgi:application",
    ]
    if not with_worker:
        os.execv(pages[0], pages)  # noqa: S606  the server replaces this process; its path is beside our own
    server = subprocess.Popen(pages)  # noqa: S603  as above
    sys.exit(_watch(server, [*_program("yuandian"), "worker"]))


def _program(name: str) -> list[str]:
    return [str(Path(sys.executable).with_name(name))]


def _watch(server: subprocess.Popen[bytes], work: list[str]) -> int:
    """Pass SIGTERM and SIGINT on, keep a worker alive while the server is, and return the server's exit code."""
    worker = subprocess.Popen(work)  # noqa: S603  our own program
    died = 0.0

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.send_signal(signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while server.poll() is None:
        if worker.poll() is None:
            died = time.monotonic()
        elif time.monotonic() - died > RESTART:
            worker = subprocess.Popen(work)  # noqa: S603  our own program
        time.sleep(PAUSE)
    worker.send_signal(signal.SIGTERM)
    worker.wait()
    return server.returncode
