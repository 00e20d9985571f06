"""Decide: one night over the branches. Each branch's night is present with all its rows, or absent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Sum

from yuandian.engine.loop import run
from yuandian.engine.pack import Pack
from yuandian.engine.sql import Workspace
from yuandian.operations.turns import alone
from yuandian.operations.writing import operation, record
from yuandian.records.frames import facts_of, refresh_statistics, replace_results
from yuandian.records.org import Branch, User
from yuandian.records.runs import BranchRun, ImportBatch, LoopRun, digest
from yuandian.records.work import WorklistItem

SEED = 1
Progress = Callable[[str, str], None]


@dataclass(frozen=True)
class Night:
    """What one run of the loop did. `hash` covers the rows, not run ids or times."""

    loop: LoopRun
    branches: list[BranchRun]


def run_loop(
    *,
    as_of: date,
    branches: list[Branch],
    packs: Callable[[Branch], Pack],
    at: datetime,
    by: User | None = None,
    progress: Progress = lambda _branch, _stage: None,
) -> Night:
    """Run the night of `as_of` for the branches (D1). Interrupted, the same call goes on where it stopped.

    Run again after it finished, it computes anew: the same facts give the same rows and the same hash, and
    lines on which something was logged stay as they are. Refuses: `loop_running` (another process runs a night of
    one of these branches at this moment).
    """
    with alone(*(f"loop {branch.pk}" for branch in branches), refused="loop_running", as_of=as_of):
        loop = _begin(as_of=as_of, branches=branches, at=at)
        done = {night.branch_id: night for night in BranchRun.objects.filter(loop=loop)}
        for branch in branches:
            if branch.pk not in done:
                done[branch.pk] = _night(
                    loop=loop, branch=branch, pack=packs(branch), at=at, by=by, progress=progress
                )
        _finish(loop=loop, at=at)
    return Night(loop, [done[branch.pk] for branch in branches])


@operation
def _begin(*, as_of: date, branches: list[Branch], at: datetime) -> LoopRun:
    """The interrupted run of that day where every branch is asked for, else a new one."""
    list(Branch.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))  # of two, one begins
    unfinished = LoopRun.objects.filter(as_of=as_of, finished_at__isnull=True).order_by("-pk").first()
    if len(branches) < Branch.objects.count():
        unfinished = None
    return unfinished or LoopRun.objects.create(as_of=as_of, started_at=at)


@operation
def _finish(*, loop: LoopRun, at: datetime) -> None:
    loop.finished_at = at
    loop.save(update_fields=["finished_at"])
    refresh_statistics()


def _night(
    *, loop: LoopRun, branch: Branch, pack: Pack, at: datetime, by: User | None, progress: Progress
) -> BranchRun:
    """One branch's night, computed anew where an import was taken back meanwhile: its rows are there no more."""
    while (night := _attempt(loop=loop, branch=branch, pack=pack, at=at, by=by, progress=progress)) is None:
        pass
    return night


def _undone(branch: Branch) -> int:
    return ImportBatch.objects.filter(branch=branch, undone_at__isnull=False).count()


def _attempt(
    *, loop: LoopRun, branch: Branch, pack: Pack, at: datetime, by: User | None, progress: Progress
) -> BranchRun | None:
    """Read in one snapshot, compute without a lock, write in one transaction."""
    started, undone = perf_counter(), _undone(branch)
    progress(branch.name, "read")
    facts = facts_of(branch, loop.as_of)
    facts["rms"] = _minutes_left(facts["rms"], branch, loop.as_of, pack)
    read = perf_counter()
    workspace = Workspace.from_arrow(facts)
    report = run(
        workspace,
        pack,
        loop.as_of,
        SEED,
        report=lambda stage, _: progress(branch.name, stage),
        clock=perf_counter,
    )
    results = {name: workspace.arrow(name) for name in ("states", "candidates", "worklist")}
    hashes = {name: workspace.hash(name) for name in results}
    progress(branch.name, "write")
    seconds = {"read": read - started, **report.seconds}
    return _write(
        loop=loop, branch=branch, pack=pack, results=results, hashes=hashes, seconds=seconds, at=at, by=by,
        undone=undone,
    )  # fmt: skip


@operation
def _write(
    *,
    loop: LoopRun,
    branch: Branch,
    pack: Pack,
    results: dict[str, pa.Table],
    hashes: dict[str, str],
    seconds: dict[str, float],
    at: datetime,
    by: User | None,
    undone: int,
) -> BranchRun | None:
    """None where the facts are not those any more from which the results were made."""
    started = perf_counter()
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    if _undone(branch) != undone:
        return None
    if done := BranchRun.objects.filter(loop=loop, branch=branch).first():
        return done  # another process ran the same night and was first
    night = BranchRun.objects.create(
        loop=loop,
        branch=branch,
        as_of=loop.as_of,
        finished_at=at,
        pack_version=pack.version,
        customers=results["states"].num_rows,
        candidates=results["candidates"].num_rows,
        items=results["worklist"].num_rows,
        by_playbook=_counts(results["worklist"]["playbook"]),
        left_out={code: n for code, n in _counts(results["states"]["decision"]).items() if code != "listed"},
        hash="-".join(hashes[name][:16] for name in sorted(hashes)),
    )
    replace_results(night, results)
    record(operation="run_loop", subject=night, by=by, at=at, branch_id=branch.pk, after={"hash": night.hash})
    night.seconds = {**seconds, "write": perf_counter() - started}
    night.save(update_fields=["seconds"])
    return night


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(column.combine_chunks()).to_pylist()
    return {pair["values"]: pair["counts"] for pair in sorted(counted, key=lambda pair: str(pair["values"]))}


def _minutes_left(rms: pa.Table, branch: Branch, as_of: date, pack: Pack) -> pa.Table:
    """A list made again during the day fills only the minutes that are left."""
    spent = dict(
        WorklistItem.objects.filter(branch=branch, as_of=as_of, result__isnull=False)
        .values_list("rm_id")
        .annotate(Sum("minutes"))
    )
    if not spent:
        return rms
    left = [
        _left(minutes if minutes is not None else pack.limits.minutes_per_day, spent.get(rm, 0))
        for rm, minutes in zip(rms["rm_id"].to_pylist(), rms["minutes_per_day"].to_pylist(), strict=True)
    ]
    return rms.set_column(rms.column_names.index("minutes_per_day"), "minutes_per_day", pa.array(left, pa.int64()))


def _left(minutes: int, spent: int) -> int:
    """A full day leaves one minute, into which nothing fits: none at all would say that the RM is away."""
    return max(minutes - spent, min(minutes, 1))


def as_json(night: Night) -> dict[str, Any]:
    """The loop's answer as docs/reference/command-line.md shows it."""
    branches = night.branches
    return {
        "as_of": night.loop.as_of.isoformat(),
        "run_id": night.loop.pk,
        "branches": len(branches),
        "customers": sum(branch.customers for branch in branches),
        "candidates": sum(branch.candidates for branch in branches),
        "items": sum(branch.items for branch in branches),
        "by_playbook": _summed([branch.by_playbook for branch in branches]),
        "left_out": _summed([branch.left_out for branch in branches]),
        "seconds": _summed([branch.seconds for branch in branches]),
        "hash": digest([[branch.branch.number, branch.hash] for branch in branches]),
    }


def _summed(parts: list[dict[str, Any]]) -> dict[str, Any]:
    names = sorted({name for part in parts for name in part})
    return {name: sum(part.get(name, 0) for part in parts) for name in names}
