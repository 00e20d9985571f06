"""From steps to money: every purchase, commission and balance in whole fen, never below zero."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from yuandian.engine.simulate.brokerage.plan import Step

UNIT_FEN = 1_000_000_000
"""The first deposit of a trial run. What follows from it is, but for rounding, in proportion."""
_NET_PPM = 700_000
"""The house's share of a commission after the exchange's and the regulator's fees (assumption)."""
_MILLION = 1_000_000


@dataclass(frozen=True)
class Movement:
    """One line of an account's statement."""

    day: int
    account: str
    kind: str
    amount_fen: int
    income_fen: int = 0


@dataclass
class Path:
    """What happened to one customer's money."""

    movements: list[Movement] = field(default_factory=list)
    balances: dict[tuple[str, int], int] = field(default_factory=dict)
    cash_fen: int = 0
    shares: float = 0.0
    fund_shares: float = 0.0
    proceeds_fen: int = 0
    income_fen: int = 0
    held: set[str] = field(default_factory=set)
    """What besides cash was ever held."""


@dataclass(frozen=True)
class Terms:
    """What one customer's path depends on besides the steps.

    `prices` and `fund_prices` give the value of one share at the end of each working day.
    """

    prices: Sequence[float]
    fund_prices: Sequence[float]
    rate_ppm: int
    valued_on: tuple[int, ...]
    """Days on which a balance is noted though nothing moved: month ends and the last day."""


def follow(steps: Sequence[Step], terms: Terms, *, deposit_fen: int, turnover: float) -> Path:
    """The path that begins with a deposit of so much; `turnover` scales the round trips."""
    path = Path()
    acts = {day: list(group) for day, group in groupby(steps, key=lambda step: step.day)}
    first = steps[0].day
    for day in sorted({*acts, *(day for day in terms.valued_on if day > first)}):
        for step in acts.get(day, ()):
            _act(path, step, terms, deposit_fen, turnover)
        _value(path, terms, day, moved=day in acts)
    return path


def worth(path: Path, terms: Terms) -> int:
    """What the accounts hold on the last day."""
    return path.cash_fen + round(path.shares * terms.prices[-1]) + round(path.fund_shares * terms.fund_prices[-1])


def _act(path: Path, step: Step, terms: Terms, deposit_fen: int, turnover: float) -> None:
    match step.act:
        case "deposit":
            _move(path, step.day, "deposit", int(deposit_fen * step.share))
        case "withdrawal":
            _move(path, step.day, "withdrawal", -int(path.cash_fen * step.share))
        case "buy":
            _buy(path, step.day, terms, int(path.cash_fen * step.share))
        case "rebuy":
            _buy(path, step.day, terms, min(path.proceeds_fen, int(path.cash_fen * 0.97)))
            path.proceeds_fen = 0
        case "sell":
            _sell(path, step, terms, step.share * turnover if step.trip else step.share)
        case "fund":
            _subscribe(path, step, terms)


def _move(path: Path, day: int, kind: str, amount_fen: int, income_fen: int = 0) -> None:
    if amount_fen:
        path.movements.append(Movement(day, "cash", kind, amount_fen, income_fen))
        path.cash_fen += amount_fen
        path.income_fen += income_fen


def _charge(path: Path, day: int, terms: Terms, traded_fen: int) -> None:
    commission = traded_fen * terms.rate_ppm // _MILLION
    _move(path, day, "commission", -commission, commission * _NET_PPM // _MILLION)


def _buy(path: Path, day: int, terms: Terms, spent_fen: int) -> None:
    """`spent_fen` pays for the shares and the commission on them."""
    bought = spent_fen * _MILLION // (_MILLION + terms.rate_ppm)
    path.shares += bought / terms.prices[day]
    _move(path, day, "buy", -bought)
    _charge(path, day, terms, bought)


def _sell(path: Path, step: Step, terms: Terms, share: float) -> None:
    """A sale of everything leaves no share, and its proceeds cover its own commission."""
    sold = path.shares * share
    brought = int(sold * terms.prices[step.day])
    path.shares = 0.0 if share == 1 else path.shares - sold
    path.proceeds_fen += brought if step.trip else 0
    _move(path, step.day, "sell", brought)
    _charge(path, step.day, terms, brought)


def _subscribe(path: Path, step: Step, terms: Terms) -> None:
    paid = int(path.cash_fen * step.share)
    path.fund_shares += paid / terms.fund_prices[step.day]
    _move(path, step.day, "buy", -paid)


def _value(path: Path, terms: Terms, day: int, *, moved: bool) -> None:
    """Balances at the end of the day: cash when it moved, the rest whenever it is valued."""
    if moved:
        path.balances["cash", day] = path.cash_fen
    for account, shares, prices in (
        ("securities", path.shares, terms.prices),
        ("fund", path.fund_shares, terms.fund_prices),
    ):
        if shares or (moved and account in path.held):
            path.held.add(account)
            path.balances[account, day] = round(shares * prices[day])
