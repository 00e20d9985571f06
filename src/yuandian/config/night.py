"""The `loop` command: branches, their packs, a progress bar."""

from datetime import date
from functools import cache
from typing import Any

from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from yuandian.config.cli import refuse
from yuandian.engine.pack import Pack
from yuandian.operations.decide import as_json, run_loop
from yuandian.operations.writing import RefusedError
from yuandian.packs.loader import PackError, load
from yuandian.records.org import Branch

RUNNING = "另一个进程正在跑这里的循环，等它结束 / another process is running a night here; wait for it to end"


@cache
def pack_of(pack_id: str, source: str, as_of: date) -> Pack:
    """A branch's pack as in force on a day."""
    return load(pack_id, as_of=as_of, source=source or None)


def chosen_branches(number: str | None) -> list[Branch]:
    """All branches, or the one named."""
    every = Branch.objects.order_by("number")
    branches = list(every.filter(number=number) if number else every)
    if not branches:
        refuse(f"no branch {number}" if number else "no branch yet: run `yuandian init --pack bank` first")
    return branches


def run_night(as_of: date | None, number: str | None) -> tuple[dict[str, Any], list[str]]:
    """Run the night; returns the JSON answer and its words."""
    now = timezone.now()
    day = as_of or timezone.localdate(now)
    if day > timezone.localdate(now):
        refuse(f"{day} has not come yet: a night knows what was known by the end of its day")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        try:
            night = run_loop(
                as_of=day,
                branches=chosen_branches(number),
                packs=lambda branch: pack_of(branch.pack, branch.source, day),
                at=now,
                progress=lambda branch, stage: bar.update(task, description=f"{branch}: {stage}"),
            )
        except PackError as error:
            refuse(error)
        except RefusedError as error:
            refuse(f"{error.inputs['as_of']}: {RUNNING}")
    answer = as_json(night)
    lines = [
        (
            f"{answer['as_of']}: {answer['customers']:,} customers, {answer['candidates']:,} candidates, "
            f"{answer['items']:,} on today's lists"
        ),
        *(f"  {playbook}: {count:,}" for playbook, count in answer["by_playbook"].items()),
        "left out:",
        *(f"  {reason}: {count:,}" for reason, count in answer["left_out"].items()),
    ]
    return answer, lines
