"""The nightly loop: facts in, decisions out. Read this first.

`STAGES` is the whole of it, in order. A stage reads tables of the workspace and makes others; it knows of the
world only the pack, the day and the seed. The same stages run for one customer and for a million, in a file, in
a test or beside a database: whoever calls brings the facts and takes the results.
"""

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from yuandian.engine.decide.candidates import candidates
from yuandian.engine.decide.decisions import decisions
from yuandian.engine.decide.fill import fill
from yuandian.engine.know.situations import know
from yuandian.engine.pack import Pack
from yuandian.engine.sql import MEMORY, Night, Workspace
from yuandian.engine.tables import RESULTS

Clock = Callable[[], float]
"""A stopwatch that the caller holds, because the engine has no clock: `time.perf_counter`, say."""


def _stopped() -> float:
    return 0.0


@dataclass(frozen=True)
class Stage:
    """A step of the night. `reads` and `makes` are names of tables."""

    name: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    run: Callable[[Workspace, Night], None]


_READ = ("customers", "accounts", "contracts", "balances", "flows", "interactions", "events", "consents")
"""Facts; `flows` are the transactions, or the table `customer_days` where that was given."""

STAGES: tuple[Stage, ...] = (
    Stage("know", (*_READ, "ownerships", "rms"), ("owners", "attempts", "situations", "features"), know),
    Stage("candidates", ("situations", "attempts"), ("candidates",), candidates),
    Stage("fill", ("candidates", "owners", "rms"), ("worklist", "rm_days"), fill),
    Stage(
        "decisions",
        ("customers", "owners", "attempts", "situations", "candidates", "worklist", "rm_days"),
        ("states",),
        decisions,
    ),
)


@dataclass(frozen=True)
class Report:
    """Seconds of each stage, rows of each result table, customers whose mandatory contact did not fit."""

    seconds: dict[str, float]
    rows: dict[str, int]
    overruns: int


def run(  # noqa: PLR0913  the facts, the night, and who listens to it
    workspace: Workspace,
    pack: Pack,
    as_of: date,
    seed: int,
    report: Callable[[str, float], None] | None = None,
    *,
    clock: Clock = _stopped,
) -> Report:
    """One night on the workspace's facts; `report` hears each stage's name and seconds when it is done.

    Facts dated after `as_of` are not known. The same facts, pack, day and seed give the same rows: what `clock`
    says reaches the report only.
    """
    night = Night(pack, as_of, seed)
    seconds = {}
    for stage in STAGES:
        began = clock()
        stage.run(workspace, night)
        seconds[stage.name] = clock() - began
        if report:
            report(stage.name, seconds[stage.name])
    return Report(seconds, {table.name: workspace.rows(table.name) for table in RESULTS}, workspace.overruns())


def engine_run(  # noqa: PLR0913  the facts, the night, where to, and the watch
    facts: Path,
    pack: Pack,
    as_of: date,
    out: Path,
    *,
    seed: int = 0,
    memory: str = MEMORY,
    clock: Clock = _stopped,
) -> dict[str, Any]:
    """The night from Parquet to Parquet without a database: `<table>.parquet` in `facts`, results in `out`.

    Returns {"rows": {table: n}, "hash": {table: h}, "seconds": {stage: s}, "peak_bytes": n}, as the command line
    prints it. `memory` bounds the tables; 3 GB hold more than a million customers with five contacts and twenty
    transactions each. FactsError if the facts cannot be read, NotEnoughMemoryError if they do not fit.
    """
    workspace = Workspace.from_parquet(facts, memory_limit=memory)
    done = run(workspace, pack, as_of, seed, clock=clock)
    names = tuple(table.name for table in RESULTS)
    began = clock()
    workspace.write_parquet(out, names)
    written = clock()
    hashes = {table: workspace.hash(table) for table in names}
    closing = {"write": written - began, "hash": clock() - written}
    return {"rows": done.rows, "hash": hashes, "seconds": {**done.seconds, **closing}, "peak_bytes": _peak_bytes()}


def _peak_bytes() -> int:
    """Greatest memory of this process so far. Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
