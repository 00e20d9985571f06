"""The day of every RM as a multiple-choice knapsack, solved exactly by dynamic programming over whole minutes.

Options are rows sorted by RM, customer, minutes and falling benefit. One customer's are a group of which at most
one is taken. The rows of one RM are handed on as slices, so every function sees one RM only.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Machine code on the first call, kept on disk for the next process."""
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))


@compiled
def fill_days(
    starts: Whole, order: Whole, customers: Whole, minutes: Whole, benefits: Whole, free: Flags, capacities: Whole
) -> tuple[Flags, Whole, Whole]:
    """Choose options; `starts` has the first row of every RM and, last, the number of rows.

    `order` has the rows of every RM by falling benefit, counted from the RM's first; `free` is False where a
    contact is mandatory, and is used up. Returns whether each row is taken and, for each RM, the price of a minute (fen, rounded down) and the number
    of customers with a mandatory contact that did not fit.
    """
    taken = np.zeros(len(minutes), dtype=np.bool_)
    prices = np.zeros(len(capacities), dtype=np.int64)
    overruns = np.zeros(len(capacities), dtype=np.int64)
    for rm in range(len(capacities)):
        low, high = starts[rm], starts[rm + 1]
        chosen, who, long, worth = taken[low:high], customers[low:high], minutes[low:high], benefits[low:high]
        best_first, may = order[low:high], free[low:high]
        left, overruns[rm] = _place_mandatory(chosen, may, best_first, who, long, capacities[rm])
        rows = _worth_trying(may, best_first, who, long, worth, left)
        prices[rm] = _fill_left(chosen, rows, who, long, worth, left)
    return taken, prices, overruns


@compiled
def _place_mandatory(
    chosen: Flags, free: Flags, best_first: Whole, who: Whole, long: Whole, capacity: int
) -> tuple[int, int]:
    """Take mandatory options by benefit, then customer; strike their customers' others off `free`."""
    first = who[0]
    wanting = np.zeros(who[-1] - first + 1, dtype=np.bool_)
    placed = np.zeros(who[-1] - first + 1, dtype=np.bool_)
    left = capacity
    for row in best_first:
        customer = who[row] - first
        if free[row] or placed[customer]:
            continue
        wanting[customer] = True
        if long[row] <= left:
            chosen[row] = placed[customer] = True
            left -= long[row]
    for row in range(len(who)):
        free[row] = free[row] and not placed[who[row] - first]
    return left, wanting.sum() - placed.sum()


@compiled
def _worth_trying(
    free: Flags, best_first: Whole, who: Whole, long: Whole, worth: Whole, left: int
) -> Whole:
    """Rows that the best list can contain, in order. What is dropped never changes the answer.

    Of one customer an option must bring more than every shorter one. Of all options of m minutes only the best
    1 + (left − m) // shortest count: a list with another has fewer customers beside it than there are better
    options of the same length, so one of those customers is not on it and could take the place.
    """
    keep = np.zeros(len(who), dtype=np.bool_)
    shortest = left + 1
    best = 0
    for row in range(len(who)):
        if row == 0 or who[row] != who[row - 1]:
            best = 0
        if free[row] and long[row] <= left and worth[row] > best:
            keep[row] = True
            best = worth[row]
            shortest = min(shortest, long[row])
    seen = np.zeros(left + 1, dtype=np.int64)
    for row in best_first:
        if keep[row]:
            seen[long[row]] += 1
            keep[row] = seen[long[row]] <= 1 + (left - long[row]) // shortest
    return np.flatnonzero(keep)


@compiled
def _fill_left(chosen: Flags, rows: Whole, who: Whole, long: Whole, worth: Whole, left: int) -> int:
    """Take the best of `rows` within `left` minutes; returns what the last minutes bring, each.

    `best[t]` is the greatest benefit within t minutes; customers join it from the last to the first, so that
    reading the choices back from the first prefers lower ids among equals.
    """
    if len(rows) == 0:
        return 0
    ends = _group_ends(who, rows)
    best = np.zeros(left + 1, dtype=np.int64)
    choice = np.zeros((len(ends), left + 1), dtype=np.uint16)
    for group in range(len(ends) - 1, -1, -1):
        begin = 0 if group == 0 else ends[group - 1]
        for t in range(left, 0, -1):
            for at in range(begin, ends[group]):
                row = rows[at]
                if long[row] > t:
                    break
                value = best[t - long[row]] + worth[row]
                if value > best[t] or (value == best[t] and choice[group, t] == 0):
                    best[t] = value
                    choice[group, t] = at - begin + 1
    _read_back(chosen, rows, ends, choice, long, np.searchsorted(best, best[left]))
    last = min(left, long[rows].max())
    return (best[left] - best[left - last]) // last


@compiled
def _group_ends(who: Whole, rows: Whole) -> Whole:
    """Where each customer's part of `rows` ends."""
    changes = np.flatnonzero(who[rows[1:]] != who[rows[:-1]]) + 1
    return np.append(changes, len(rows))


@compiled
def _read_back(
    chosen: Flags, rows: Whole, ends: Whole, choice: NDArray[np.uint16], long: Whole, minutes: int
) -> None:
    """Mark the rows of the best list of so many minutes."""
    left = minutes
    for group in range(len(ends)):
        picked = choice[group, left]
        if picked > 0:
            row = rows[(0 if group == 0 else ends[group - 1]) + picked - 1]
            chosen[row] = True
            left -= long[row]
