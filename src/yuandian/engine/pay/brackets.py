"""Half-open brackets without gap or overlap: found, sliced, checked."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from yuandian.engine.pay.plan import Bracket, PpmBracket

B = TypeVar("B", bound=Bracket)


class Fault(NamedTuple):
    """Bracket number `nth` and what is wrong with it: open_start, open_end, empty, gap or overlap."""

    nth: int
    code: str
    low: int | None
    high: int | None


def find(brackets: Sequence[B], amount: int) -> B:
    """The one bracket that holds the amount."""
    for bracket in brackets:
        if bracket.to is None or amount < bracket.to:
            return bracket
    raise ValueError(f"no bracket holds {amount}: the last one must have no end")


def slices(brackets: Sequence[PpmBracket], amount: int) -> Iterator[tuple[int, int, int]]:
    """Where a marginal share applies, from 0 to the amount: low, high, ppm. A negative amount runs below 0."""
    for bracket in brackets:
        low, high = _within(bracket, 0), _within(bracket, amount)
        if low != high:
            yield low, high, bracket.ppm


def faults(brackets: Sequence[Bracket]) -> Iterator[Fault]:
    """All that keeps the brackets from holding every amount exactly once."""
    last = len(brackets) - 1
    if brackets[0].from_ is not None:
        yield Fault(0, "open_start", None, brackets[0].from_)
    if brackets[last].to is not None:
        yield Fault(last, "open_end", brackets[last].to, None)
    for nth, bracket in enumerate(brackets):
        if (nth > 0 and bracket.from_ is None) or (nth < last and bracket.to is None):
            yield Fault(nth, "edge_missing", bracket.from_, bracket.to)
        elif bracket.from_ is not None and bracket.to is not None and bracket.from_ >= bracket.to:
            yield Fault(nth, "empty", bracket.from_, bracket.to)
    for nth, (before, after) in enumerate(pairwise(brackets), start=1):
        if before.to is not None and after.from_ is not None and before.to != after.from_:
            yield Fault(nth, "gap" if before.to < after.from_ else "overlap", before.to, after.from_)


def lowest(bracket: Bracket) -> int:
    """The smallest amount of a bracket that can be met in an ordinary month: 0 where it reaches below."""
    if bracket.from_ is not None:
        return bracket.from_
    return 0 if bracket.to is None or bracket.to > 0 else bracket.to - 1


def _within(bracket: Bracket, amount: int) -> int:
    if bracket.from_ is not None and amount < bracket.from_:
        return bracket.from_
    return bracket.to if bracket.to is not None and amount > bracket.to else amount
