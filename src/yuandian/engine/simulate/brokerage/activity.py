"""Accounts, transactions and balances of the brokerage branch.

A customer's path is linear in the first deposit, so a trial run tells the deposit that ends at the assets
wanted; the last valuation of the securities takes up the rounding. The branch's turnover is chosen so that
its net commission comes out at the wanted sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.random import Generator

from yuandian.engine.simulate.book import Customer
from yuandian.engine.simulate.brokerage.path import UNIT_FEN, Path, Terms, follow, worth
from yuandian.engine.simulate.brokerage.plan import Step, plan_steps
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import AFTER_MARKET, BEFORE_MARKET, MARKET, WorkingDays, moment
from yuandian.engine.simulate.tabulate import Facts

_INCOME_FEN = (4_200_000, 4_650_000)
"""Net commission of half a year: under 50,000 yuan."""
_HOURS = {"deposit": BEFORE_MARKET, "withdrawal": AFTER_MARKET}
_LEFT_FEN = (2_000_000, 20_000_000)
"""First deposits of those who left."""
_STEPS = 3


@dataclass(frozen=True)
class _Account:
    number: int
    customer: Customer
    steps: list[Step]
    terms: Terms
    days: Sequence[date]
    deposit_fen: int
    """First deposit of a customer who left; of the others it follows from the assets."""

    def id(self, product: str) -> str:
        return f"{product[0].upper()}A{self.number:05d}"


def write_activity(facts: Facts, rng: Generator, customers: Sequence[Customer], calendar: WorkingDays) -> None:
    market = np.cumprod(1 + rng.normal(0.0003, 0.009, size=len(calendar.days)))
    accounts = [_account(rng, n, customer, calendar, market) for n, customer in enumerate(customers, start=1)]
    turnover = _turnover(accounts, below(rng, *_INCOME_FEN))
    for account in accounts:
        path = _path(account, turnover)
        _write_accounts(facts, account, path)
        _write_path(facts, rng, account, path)


def _account(
    rng: Generator, number: int, customer: Customer, calendar: WorkingDays, market: np.ndarray
) -> _Account:
    beta = float(rng.uniform(0.5, 1.5))
    terms = Terms(
        prices=(market**beta).tolist(),
        fund_prices=(market**0.3).tolist(),
        rate_ppm=customer.tenures[-1].manager.rate_ppm if customer.tenures else 300,
        valued_on=(*calendar.month_ends(), len(calendar.days) - 1),
    )
    steps = plan_steps(rng, customer, calendar)
    return _Account(number, customer, steps, terms, calendar.days, below(rng, *_LEFT_FEN))


def _turnover(accounts: Sequence[_Account], wanted_fen: int) -> float:
    """How large the round trips must be (0 to 1) for the branch to earn about the sum wanted.

    Income grows a little slower than turnover, so a few steps of false position come close from above.
    """
    still = sum(_income(account, 0.0) for account in accounts)
    if still >= wanted_fen:
        return 0.0
    turnover = 1.0
    for _ in range(_STEPS):
        earned = sum(_income(account, turnover) for account in accounts)
        turnover = min(1.0, turnover * (wanted_fen - still) / (earned - still))
    return turnover


def _income(account: _Account, turnover: float) -> float:
    """Net commission of the path that ends at the assets planned."""
    if not account.steps:
        return 0.0
    trial = follow(account.steps, account.terms, deposit_fen=UNIT_FEN, turnover=turnover)
    if account.customer.situation == "left":
        return trial.income_fen * account.deposit_fen / UNIT_FEN
    return trial.income_fen * account.customer.assets_fen / worth(trial, account.terms)


def _path(account: _Account, turnover: float) -> Path:
    """The customer's path, ending exactly at the assets planned."""
    if not account.steps:
        return Path()
    if account.customer.situation == "left":
        return follow(account.steps, account.terms, deposit_fen=account.deposit_fen, turnover=turnover)
    trial = follow(account.steps, account.terms, deposit_fen=UNIT_FEN, turnover=turnover)
    assets = account.customer.assets_fen
    deposit = UNIT_FEN * assets // worth(trial, account.terms)
    path = follow(account.steps, account.terms, deposit_fen=deposit, turnover=turnover)
    last = len(account.terms.prices) - 1
    path.balances["securities", last] = assets - path.cash_fen - path.balances.get(("fund", last), 0)
    return path


def _write_accounts(facts: Facts, account: _Account, path: Path) -> None:
    customer = account.customer
    closed = account.days[account.steps[-1].day] if customer.situation == "left" else None
    first_day = dict(reversed(path.balances))
    for product in ("cash", "securities", *(["fund"] if "fund" in first_day else [])):
        facts.add(
            "accounts",
            account_id=account.id(product),
            customer_id=customer.customer_id,
            product_id=product,
            opened_on=account.days[first_day["fund"]] if product == "fund" else customer.opened_on,
            closed_on=closed,
        )


def _write_path(facts: Facts, rng: Generator, account: _Account, path: Path) -> None:
    customer_id = account.customer.customer_id
    for movement in path.movements:
        facts.add(
            "transactions",
            customer_id=customer_id,
            account_id=account.id(movement.account),
            occurred_at=moment(rng, account.days[movement.day], _HOURS.get(movement.kind, MARKET)),
            kind=movement.kind,
            amount_fen=movement.amount_fen,
            income_fen=movement.income_fen,
        )
    for (product, day), amount in path.balances.items():
        facts.add(
            "balances",
            customer_id=customer_id,
            account_id=account.id(product),
            date=account.days[day],
            amount_fen=amount,
        )
