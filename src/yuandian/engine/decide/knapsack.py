"""The day of every RM as a multiple-choice knapsack, solved exactly by dynamic programming over whole minutes.

At most one option of a customer is taken. Compiled by numba: a million options take about a second. Plain loops
stand where numpy has a function, because numba would compile that one for seconds.
"""

from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
P = ParamSpec("P")
R = TypeVar("R")


class Options(NamedTuple):
    """Columns of one RM's options, or of all RMs' one after the other.

    Rows are in the order of customer, minutes and falling benefit.
    """

    customers: Whole
    """A number for each customer, rising."""
    minutes: Whole
    benefits: Whole
    """In fen."""
    best_first: Whole
    """Row numbers of the RM, counted from the RM's first row, by falling benefit."""
    free: Flags
    """Whether value decides: False where a contact is mandatory, and later where its customer is placed."""
    taken: Flags
    """The answer; False at first."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Machine code on the first call, kept on disk for the next process."""
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))


@compiled
def fill_days(options: Options, starts: Whole, capacities: Whole) -> tuple[Whole, Whole]:
    """Mark what is `taken`; `starts` has the first row of every RM and, last, the number of rows.

    Returns for each RM the price of a minute (fen, rounded down) and the number of customers with a mandatory
    contact that did not fit.
    """
    prices = np.zeros(len(capacities), dtype=np.int64)
    overruns = np.zeros(len(capacities), dtype=np.int64)
    for rm in range(len(capacities)):
        low, high = starts[rm], starts[rm + 1]
        book = Options(
            options.customers[low:high],
            options.minutes[low:high],
            options.benefits[low:high],
            options.best_first[low:high],
            options.free[low:high],
            options.taken[low:high],
        )
        left, overruns[rm] = _place_mandatory(book, capacities[rm])
        prices[rm] = _fill_left(book, _worth_trying(book, left), left)
    return prices, overruns


def warm() -> None:
    """Compile now, at set-up, so that the first night does not wait for it."""
    rows, flags = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    fill_days(Options(rows, rows, rows, rows, flags, flags), np.zeros(1, dtype=np.int64), rows)


@compiled
def _place_mandatory(book: Options, capacity: int) -> tuple[int, int]:
    """Take mandatory options by benefit, then customer; their customers' others are no longer free.

    Returns the minutes left and the number of customers with none that fitted.
    """
    first = book.customers[0]
    wanting = np.zeros(book.customers[-1] - first + 1, dtype=np.bool_)
    placed = np.zeros(book.customers[-1] - first + 1, dtype=np.bool_)
    left, missed = capacity, 0
    for row in book.best_first:
        customer = book.customers[row] - first
        if book.free[row] or placed[customer]:
            continue
        missed += not wanting[customer]
        wanting[customer] = True
        if book.minutes[row] <= left:
            book.taken[row] = placed[customer] = True
            left -= book.minutes[row]
            missed -= 1
    for row in range(len(book.free)):
        book.free[row] = book.free[row] and not placed[book.customers[row] - first]
    return left, missed


@compiled
def _worth_trying(book: Options, left: int) -> Whole:
    """Rows that the best list can contain, in order. What is dropped never changes the answer.

    Of one customer an option must bring more than every shorter one. Of all options of m minutes only the best
    1 + (left − m) // shortest count: a list with another has fewer customers beside it than there are better
    options of the same length, so one of those customers is not on it and could take the place.
    """
    keep = np.zeros(len(book.free), dtype=np.bool_)
    shortest = left + 1
    best = 0
    for row in range(len(keep)):
        if row == 0 or book.customers[row] != book.customers[row - 1]:
            best = 0
        if book.free[row] and book.minutes[row] <= left and book.benefits[row] > best:
            keep[row] = True
            best = book.benefits[row]
            shortest = min(shortest, book.minutes[row])
    seen = np.zeros(left + 1, dtype=np.int64)
    for row in book.best_first:
        if keep[row]:
            minutes = book.minutes[row]
            seen[minutes] += 1
            keep[row] = seen[minutes] <= 1 + (left - minutes) // shortest
    return np.flatnonzero(keep)


@compiled
def _fill_left(book: Options, rows: Whole, left: int) -> int:
    """Take the best of `rows` within `left` minutes; returns what the last minutes bring, each.

    `best[t]` is the greatest benefit within t minutes; customers join it from the last to the first, so that
    reading the choices back from the first prefers lower ids among equals. The last minutes are as many as the
    longest option takes: over a single one the price would mostly be 0, because options are whole.
    """
    if len(rows) == 0:
        return 0
    ends = _group_ends(book, rows)
    best = np.zeros(left + 1, dtype=np.int64)
    choice = np.zeros((len(ends), left + 1), dtype=np.uint16)
    for group in range(len(ends) - 1, -1, -1):
        begin = 0 if group == 0 else ends[group - 1]
        _join(book, rows[begin : ends[group]], best, choice[group])
    least = left
    while best[least - 1] == best[left]:
        least -= 1
    _read_back(book, rows, ends, choice, least)
    last = 0
    for row in rows:
        last = max(last, book.minutes[row])
    price: int = (best[left] - best[left - last]) // last
    return price


@compiled
def _join(book: Options, rows: Whole, best: Whole, choice: NDArray[np.uint16]) -> None:
    """Let one customer's options into `best`; `choice[t]` says which is taken at t minutes, from 1, or 0."""
    for t in range(len(best) - 1, 0, -1):
        for at in range(len(rows)):
            minutes = book.minutes[rows[at]]
            if minutes > t:
                break
            value = best[t - minutes] + book.benefits[rows[at]]
            if value > best[t] or (value == best[t] and choice[t] == 0):
                best[t] = value
                choice[t] = at + 1


@compiled
def _group_ends(book: Options, rows: Whole) -> Whole:
    """Where each customer's part of `rows` ends."""
    ends = np.empty(len(rows), dtype=np.int64)
    groups = 0
    for at in range(len(rows)):
        if at + 1 == len(rows) or book.customers[rows[at + 1]] != book.customers[rows[at]]:
            ends[groups] = at + 1
            groups += 1
    return ends[:groups]


@compiled
def _read_back(book: Options, rows: Whole, ends: Whole, choice: NDArray[np.uint16], minutes: int) -> None:
    """Mark the rows of the best list of so many minutes."""
    left = minutes
    for group in range(len(ends)):
        picked = choice[group, left]
        if picked > 0:
            row = rows[(0 if group == 0 else ends[group - 1]) + picked - 1]
            book.taken[row] = True
            left -= book.minutes[row]
