"""Decide: fill every RM's day with the contacts that do the most good (requirement D1).

At most one playbook a customer, no more minutes than the RM has, the greatest sum of benefit, exactly. Mandatory
contacts are placed first, those of most benefit before the others; one for which the day is too short is left
out and counted. Of equally good lists the one with fewer minutes is taken, then the one with lower customer ids.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yuandian.engine.decide.knapsack import Flags, Options, Whole, fill_days
from yuandian.engine.sql import Night, Workspace


def fill(workspace: Workspace, night: Night) -> None:
    """Make `worklist`, and `rm_days`: of every RM the minutes, those used, the price of one, the overruns."""
    workspace.run(_text("minutes"), as_of=night.as_of, minutes_per_day=night.pack.limits.minutes_per_day)
    options = workspace.query(_text("options"))
    new_rm = _changes(options["rm_id"])
    firsts = np.flatnonzero(new_rm)
    book = _book(options, new_rm)
    prices, overruns = fill_days(book, np.append(firsts, options.num_rows), _numbers(options["capacity"])[firsts])
    used = np.add.reduceat(book.minutes * book.taken, firsts) if len(firsts) else prices
    days = {"rm_id": options["rm_id"].take(firsts), "used": used, "price": prices, "overruns": overruns}
    workspace.add("filled", pa.table(days))
    workspace.add("chosen", options.select(["customer_id", "playbook"]).filter(pa.array(book.taken)))
    workspace.run(_text("worklist"))


def _text(stage: str) -> str:
    return (Path(__file__).parent / f"{stage}.sql").read_text(encoding="utf-8")


def _numbers(column: pa.ChunkedArray) -> Whole:
    """A copy that may be written to, so that compiled code meets one kind of array only."""
    return np.array(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def _changes(column: pa.ChunkedArray) -> Flags:
    """True where a value differs from the one before, and at the first row."""
    flags = np.ones(len(column), dtype=np.bool_)
    if len(column) > 1:
        flags[1:] = pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)).to_numpy()
    return flags


def _book(options: pa.Table, new_rm: Flags) -> Options:
    benefits = _numbers(options["benefit_fen"])
    rm = np.cumsum(new_rm) - 1
    return Options(
        customers=np.cumsum(new_rm | _changes(options["customer_id"])),
        minutes=_numbers(options["minutes"]),
        benefits=benefits,
        best_first=np.lexsort((-benefits, rm)) - np.flatnonzero(new_rm)[rm],
        free=_numbers(options["mandatory"]) == 0,
        taken=np.zeros(options.num_rows, dtype=np.bool_),
    )
