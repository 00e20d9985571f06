"""A line of a statement: one amount, why, and the arithmetic that gives it, rounded once."""

from collections.abc import Iterable, Mapping
from math import gcd
from typing import NamedTuple

from yuandian.engine.pay.city import CityRates
from yuandian.engine.pay.plan import Contract, Rounding


class Step(NamedTuple):
    """One step, exact, in fen; written out when it is shown: `90000 × 17 ÷ 31` gives `1530000/31`."""

    form: str
    numbers: tuple[int | str, ...]
    numerator: int
    denominator: int = 1

    @property
    def work(self) -> str:
        return self.form.format(*self.numbers)

    @property
    def gives(self) -> str:
        return written(self.numerator, self.denominator)


class Line(NamedTuple):
    """`reason` is a code, `inputs` its numbers. `owed_fen` is what the line adds to the debt carried on."""

    component: str
    amount_fen: int
    reason: str
    inputs: Mapping[str, int | str | None]
    steps: tuple[Step, ...] = ()
    rounding: Rounding = "half_up"
    owed_fen: int = 0
    deducts: bool = False
    """Taken from what was earned, not part of it."""


class Month(NamedTuple):
    """One RM in one month."""

    status: str
    contract: Contract
    days: int
    """Days employed in the month."""
    of_days: int
    """Days of the month."""
    tenure: int | None
    """Calendar months since joining, the month of joining being 1; None where the first day is not known."""
    amounts: Mapping[str, int]
    owed_fen: int
    rates: CityRates


def rounded(numerator: int, denominator: int, rule: Rounding) -> int:
    """The exact quotient as a whole number. Halves go away from zero, to the even one, or all towards zero."""
    size = abs(numerator)
    if rule == "half_up":
        whole = (2 * size + denominator) // (2 * denominator)
    else:
        whole, rest = divmod(size, denominator)
        if rule == "half_even" and (2 * rest > denominator or (2 * rest == denominator and whole % 2)):
            whole += 1
    return whole if numerator >= 0 else -whole


def written(numerator: int, denominator: int = 1) -> str:
    """The exact number in lowest terms: `60000` or `1530000/31`."""
    shared = gcd(numerator, denominator)
    below = denominator // shared
    return str(numerator // shared) if below == 1 else f"{numerator // shared}/{below}"


def sum_of(lines: Iterable[Line], components: Iterable[str]) -> int:
    named = frozenset(components)
    return sum(line.amount_fen for line in lines if line.component in named)


def gross(lines: Iterable[Line]) -> int:
    return sum(line.amount_fen for line in lines if not line.deducts)
