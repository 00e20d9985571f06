"""What a customer of the bank has: accounts and contracts, and the balances that do not move by the day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from numpy.random import Generator

from yuandian.engine.simulate.book import Customer
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.tabulate import Facts

_TERMS_DAYS = (91, 182, 365, 730, 1095)
_ROUND_FEN = 1_000_000
"""Deposits and wealth products come in tens of thousands of yuan."""
CARD = "credit_card"
LOANS = ("mortgage", "personal_loan", "business_loan")
_OWNS = {"time_deposit": 0.32, "wealth": 0.2, "fund": 0.12, "mortgage": 0.1, "personal_loan": 0.06, CARD: 0.42}
"""Shares of customers who hold a product; an organisation's loan is a business loan."""
_CAUSES = {
    "maturing": "time_deposit",
    "matured": "time_deposit",
    "wealth_ending": "wealth",
    "loan_ending": "personal_loan",
}
_FUND_MONTHS = 6


@dataclass(frozen=True)
class Holding:
    """A product of one customer: an account with a balance, a contract, or (a deposit) both."""

    number: int
    product: str
    amount_fen: int
    opened_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class Portfolio:
    """A customer with everything but the current account's daily life."""

    customer: Customer
    current: int
    """Number of the current account."""
    holdings: tuple[Holding, ...]
    as_of: date

    def first(self, *products: str) -> Holding | None:
        return next((holding for holding in self.holdings if holding.product in products), None)


def plan_holdings(rng: Generator, customers: Sequence[Customer], as_of: date) -> list[Portfolio]:
    portfolios, number = [], 0
    for customer in customers:
        products = [
            name
            for name, share in _OWNS.items()
            if rng.random() < share or _CAUSES.get(customer.situation) == name
        ]
        held = [] if customer.situation == "fresh" else _for_kind(customer, products)
        holdings = tuple(
            _holding(rng, customer, product, number + n, as_of) for n, product in enumerate(held, start=2)
        )
        portfolios.append(Portfolio(customer, number + 1, holdings, as_of))
        number += 1 + len(holdings)
    return portfolios


def _for_kind(customer: Customer, products: Sequence[str]) -> list[str]:
    """At most one loan, and a business loan for an organisation."""
    loans = [product for product in products if product in LOANS]
    others = [product for product in products if product not in LOANS]
    return others + (["business_loan"] if loans and customer.kind == "organisation" else loans[-1:])


def _holding(rng: Generator, customer: Customer, product: str, number: int, as_of: date) -> Holding:
    ends_on = _ends_on(rng, customer.situation, product, as_of)
    amount = max(1, round(customer.assets_fen * float(rng.uniform(0.2, 0.9)) / _ROUND_FEN)) * _ROUND_FEN
    if product in LOANS:
        amount *= below(rng, 2, 8)
    elif _CAUSES.get(customer.situation) == product:
        amount = max(amount, below(rng, 3, 40) * _ROUND_FEN)
    opened_on = max(customer.opened_on, _opened_on(rng, product, ends_on, as_of))
    return Holding(number, product, amount, opened_on, ends_on)


def _opened_on(rng: Generator, product: str, ends_on: date | None, as_of: date) -> date:
    """A usual term before the end of a deposit or product; for the rest some months or years ago."""
    if ends_on is None or product in LOANS:
        return as_of - timedelta(days=below(rng, 100, 2_500))
    begins = [ends_on - timedelta(days=days) for days in _TERMS_DAYS]
    past = [day for day in begins if day < as_of]
    return past[below(rng, 0, len(past))]


def _ends_on(rng: Generator, situation: str, product: str, as_of: date) -> date | None:
    """In the next ten days, ten days ago, or later, as the situation has it; None where nothing ends."""
    if product in (CARD, "fund"):
        return None
    if _CAUSES.get(situation) == product:
        ahead = -below(rng, 1, 11) if situation == "matured" else below(rng, 1, 11)
        return as_of + timedelta(days=ahead)
    nearest, farthest = (60, 5_000) if product in LOANS else (20, 700)
    return as_of + timedelta(days=below(rng, nearest, farthest))


def write_holdings(facts: Facts, portfolios: Sequence[Portfolio]) -> None:
    for portfolio in portfolios:
        customer = portfolio.customer
        _write_account(facts, customer, Holding(portfolio.current, "current_account", 0, customer.opened_on), None)
        for holding in portfolio.holdings:
            ended = holding.ends_on if holding.ends_on and holding.ends_on <= portfolio.as_of else None
            if holding.product not in (*LOANS, CARD):
                _write_account(facts, customer, holding, ended)
            if holding.ends_on or holding.product == CARD:
                _write_contract(facts, customer, holding)
            for day, amount in _balances(holding, ended, portfolio.as_of):
                _write_balance(facts, customer, holding, day, amount)


def _write_account(facts: Facts, customer: Customer, holding: Holding, closed_on: date | None) -> None:
    facts.add(
        "accounts",
        account_id=f"A{holding.number:06d}",
        customer_id=customer.customer_id,
        product_id=holding.product,
        opened_on=holding.opened_on,
        closed_on=closed_on,
    )


def _write_contract(facts: Facts, customer: Customer, holding: Holding) -> None:
    facts.add(
        "contracts",
        contract_id=f"K{holding.number:06d}",
        customer_id=customer.customer_id,
        product_id=holding.product,
        opened_on=holding.opened_on,
        amount_fen=holding.amount_fen,
        ends_on=holding.ends_on,
    )


def _balances(holding: Holding, ended: date | None, as_of: date) -> Iterator[tuple[date, int]]:
    """A deposit holds its amount from the first day to the last; a fund is valued every 30 days."""
    if holding.product in (*LOANS, CARD):
        return
    yield holding.opened_on, holding.amount_fen
    if ended:
        yield ended, 0
    if holding.product == "fund":
        for months in range(_FUND_MONTHS, -1, -1):
            day = as_of - timedelta(days=30 * months)
            if day > holding.opened_on:
                swing = (holding.number * 7 + months * 13) % 9 - 4
                yield day, holding.amount_fen * (100 + swing) // 100


def _write_balance(facts: Facts, customer: Customer, holding: Holding, day: date, amount_fen: int) -> None:
    facts.add(
        "balances",
        customer_id=customer.customer_id,
        account_id=f"A{holding.number:06d}",
        date=day,
        amount_fen=amount_fen,
    )
