"""Foreign files are read in a process of their own: one that bursts, hangs or crashes takes nothing with it (A17).

The child (`child.py`) knows neither settings nor database nor secrets. It is told one file and one place, reads
the file to its end, and leaves the rows there or says what is wrong.
"""

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from yuandian.operations.files.opening import known_ending
from yuandian.operations.files.rows import LIMITS, FileError, Limits, RowSource
from yuandian.operations.files.spool import read_spool

logger = logging.getLogger(__name__)

CHILD = (sys.executable, "-I", "-m", "yuandian.operations.files.child")
ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others reserve address space, which the cap counts
    "MALLOC_ARENA_MAX": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENPYXL_LXML": "False",  # the parser that defusedxml guards
}
KILLED_BY_CAP = {-signal.SIGKILL, -signal.SIGXCPU, -signal.SIGABRT}
PATIENCE = 5
"""Seconds on the clock for each second of processor time allowed, for a busy machine or a slow disk."""


@contextmanager
def read_apart(path: Path, folder: Path, limits: Limits = LIMITS) -> Iterator[RowSource]:
    """The rows of a foreign file, read to its end by a child process and kept below `folder` until the exit.

    Raises FileError as the reader words it; `too_heavy` when it takes more memory or time than `limits` allow,
    `unreadable` when the reader fails otherwise; OSError when the rows cannot be kept (a full disk).
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="rows-") as place:
        spool = Path(place) / "rows.arrow"
        _read(path.absolute(), spool.absolute(), limits)
        yield read_spool(spool)


def _read(path: Path, spool: Path, limits: Limits) -> None:
    known_ending(path)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FileError("unreadable", path.name, why=error.strerror or str(error)) from error
    if not path.is_file():  # a pipe or a device would never end
        raise FileError("unreadable", path.name, why="not a file")
    _judge(_answer(path, spool, limits, limits.seconds_for(size)), spool)


def _answer(path: Path, spool: Path, limits: Limits, seconds: int) -> dict[str, Any]:
    """What the child says; of one that was stopped, that it was too heavy."""
    asked = {"path": str(path), "spool": str(spool), "limits": asdict(limits), "seconds": seconds}
    too_heavy = {"code": "too_heavy", "where": path.name, "inputs": {}}
    try:
        child = subprocess.run(  # noqa: S603  our own interpreter and module
            CHILD, input=json.dumps(asked).encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=ENVIRONMENT, timeout=seconds * PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return too_heavy
    if child.returncode in KILLED_BY_CAP:
        return too_heavy
    if child.returncode:
        return {"code": "unreadable", "where": path.name, "inputs": {"why": f"reader: {child.returncode}"}}
    answer: dict[str, Any] = json.loads(child.stdout)
    return answer


def _judge(answer: dict[str, Any], spool: Path) -> None:
    if trace := answer.get("trace"):
        logger.error("reader of a file failed unforeseen:\n%s", trace)  # frames only, no values of the file
    if "errno" in answer:
        raise OSError(answer["errno"], answer["why"], str(spool))
    if "code" in answer:
        raise FileError(answer["code"], answer["where"], **answer["inputs"])
