"""The daily life of a current account over half a year: wages, household, card, loan, money that leaves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from numpy.random import Generator

from yuandian.engine.simulate.bank.holdings import CARD, LOANS, Holding, Portfolio
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import OFFICE, WAKING, Hours, moment
from yuandian.engine.simulate.tabulate import Facts

_WINDOW_DAYS = 180
_DORMANT_DAYS = range(260, 190, -1)
"""How many days ago a dormant customer last moved money."""
_SALARY = 0.55
_WAGE_STEP_FEN = 10_000
_INCOME_PPM = {
    "card_payment": 4_000,
    "loan_payment": 400_000,
    "investment_bought": 3_000,
    "penalty_interest": 1_000_000,
}
"""What the house earns of the amount (assumptions)."""
_PLACED = {"time_deposit": "deposit_placed", "wealth": "investment_bought", "fund": "investment_bought"}
_RETURNED = {"time_deposit": "deposit_returned", "wealth": "investment_sold"}
_PAYS_LATE = 0.06


@dataclass(frozen=True)
class Flow:
    """One line of the current account, without its moment."""

    day: date
    kind: str
    amount_fen: int
    hours: Hours = OFFICE


def write_flows(facts: Facts, rng: Generator, portfolios: Sequence[Portfolio], as_of: date) -> None:
    for portfolio in portfolios:
        customer = portfolio.customer
        ago = _DORMANT_DAYS if customer.situation == "dormant" else range(_WINDOW_DAYS, -1, -1)
        days = [day for n in ago if (day := as_of - timedelta(days=n)) > customer.opened_on]
        flows = sorted(_flows(rng, portfolio, days), key=lambda flow: flow.day)
        _write_transactions(facts, rng, portfolio, flows)
        _write_balances(facts, rng, portfolio, flows, days[0] - timedelta(days=1))


def _flows(rng: Generator, portfolio: Portfolio, days: Sequence[date]) -> Iterator[Flow]:
    spent = [*_spending(rng, days, "household", below(rng, 2, 6), (5_000, 150_000))]
    if portfolio.first(CARD):
        spent += _spending(rng, days, "card_payment", below(rng, 2, 8), (2_000, 120_000))
    loan = portfolio.first(*LOANS)
    if loan:
        spent += _instalments(rng, loan, days)
    yield from spent
    yield from _income(rng, days, -sum(flow.amount_fen for flow in spent))
    for holding in portfolio.holdings:
        yield from _term_flows(holding, days)
    yield from _cause(rng, portfolio, days)


def _income(rng: Generator, days: Sequence[date], spent_fen: int) -> Iterator[Flow]:
    """About as much as is spent: wages on one day of the month, or money paid in now and then."""
    payday, share = below(rng, 5, 26), float(rng.uniform(0.85, 1.35))
    paydays = [day for day in days if day.day == payday]
    waged = rng.random() < _SALARY
    arrives = paydays if waged else [days[i] for i in rng.integers(0, len(days), size=1 + len(days) // 30)]
    amount = max(1, int(spent_fen * share) // max(1, len(arrives)) // _WAGE_STEP_FEN) * _WAGE_STEP_FEN
    yield from (Flow(day, "salary" if waged else "cash_in", amount) for day in arrives)


def _spending(
    rng: Generator, days: Sequence[date], kind: str, a_month: int, amount_fen: tuple[int, int]
) -> Iterator[Flow]:
    times = int(rng.poisson(a_month * len(days) / 30))
    chosen = rng.integers(0, len(days), size=times).tolist()
    amounts = rng.integers(*amount_fen, size=times).tolist()
    yield from (Flow(days[i], kind, -amount, WAKING) for i, amount in zip(chosen, amounts, strict=True))


def _instalments(rng: Generator, loan: Holding, days: Sequence[date]) -> Iterator[Flow]:
    """The same amount each month; a few pay late once, with a penalty."""
    payday, instalment = below(rng, 1, 28), loan.amount_fen // below(rng, 60, 240)
    due = [day for day in days if day.day == payday]
    yield from (Flow(day, "loan_payment", -instalment) for day in due)
    if due and rng.random() < _PAYS_LATE:
        yield Flow(due[-1], "penalty_interest", -max(100, instalment // 100))


def _term_flows(holding: Holding, days: Sequence[date]) -> Iterator[Flow]:
    """Money that went into, or came back from, a deposit or product within the window."""
    placed, returned = _PLACED.get(holding.product), _RETURNED.get(holding.product)
    if placed and days[0] <= holding.opened_on <= days[-1]:
        yield Flow(holding.opened_on, placed, -holding.amount_fen)
    if returned and holding.ends_on and days[0] <= holding.ends_on <= days[-1]:
        yield Flow(holding.ends_on, returned, holding.amount_fen)


def _cause(rng: Generator, portfolio: Portfolio, days: Sequence[date]) -> Iterator[Flow]:
    """What makes this customer worth a contact."""
    large = max(12_000_000, portfolio.customer.assets_fen)
    match portfolio.customer.situation:
        case "outflow":
            yield Flow(days[-1 - below(rng, 0, 3)], "transfer_out", -below(rng, large // 2, large))
        case "idle_cash":
            yield Flow(days[-below(rng, 5, 30)], "transfer_in", below(rng, 2 * large, 4 * large))
        case "fresh":
            yield Flow(days[0], "transfer_in", below(rng, 100_000, 5_000_000))


def _write_transactions(facts: Facts, rng: Generator, portfolio: Portfolio, flows: Sequence[Flow]) -> None:
    for flow in flows:
        facts.add(
            "transactions",
            customer_id=portfolio.customer.customer_id,
            account_id=f"A{portfolio.current:06d}",
            occurred_at=moment(rng, flow.day, flow.hours),
            kind=flow.kind,
            amount_fen=flow.amount_fen,
            income_fen=abs(flow.amount_fen) * _INCOME_PPM.get(flow.kind, 0) // 1_000_000,
        )


def _write_balances(
    facts: Facts, rng: Generator, portfolio: Portfolio, flows: Sequence[Flow], since: date
) -> None:
    """Every day on which money moved, from a first balance that keeps all the later ones above zero."""
    by_day = {
        day: sum(flow.amount_fen for flow in group) for day, group in groupby(flows, key=lambda flow: flow.day)
    }
    balance = _first_balance(rng, portfolio, list(by_day.values()))
    for day, amount in [(since, 0), *by_day.items()]:
        balance += amount
        facts.add(
            "balances",
            customer_id=portfolio.customer.customer_id,
            account_id=f"A{portfolio.current:06d}",
            date=day,
            amount_fen=balance,
        )


def _first_balance(rng: Generator, portfolio: Portfolio, changes: Sequence[int]) -> int:
    lowest = total = 0
    for change in changes:
        total += change
        lowest = min(lowest, total)
    cushion = int(portfolio.customer.assets_fen * float(rng.uniform(0.02, 0.2)))
    return cushion - lowest
