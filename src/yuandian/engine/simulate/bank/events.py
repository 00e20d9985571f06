"""What customers looked at in the bank's app."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

from numpy.random import Generator

from yuandian.engine.simulate.bank.holdings import Portfolio
from yuandian.engine.simulate.chance import below
from yuandian.engine.simulate.days import WAKING, moment
from yuandian.engine.simulate.tabulate import Facts

_LOOKED_AT = {
    "maturing": "time_deposit",
    "matured": "time_deposit",
    "wealth_ending": "wealth",
    "idle_cash": "wealth",
}
_LOOKS = 0.5


def write_views(facts: Facts, rng: Generator, portfolios: Sequence[Portfolio], as_of: date) -> None:
    """Half of those with money about to be free looked at products in the last ten days, some of them often."""
    for portfolio in portfolios:
        product = _LOOKED_AT.get(portfolio.customer.situation)
        if product is None or rng.random() >= _LOOKS:
            continue
        for _ in range(below(rng, 1, 6)):
            facts.add(
                "events",
                customer_id=portfolio.customer.customer_id,
                occurred_at=moment(rng, as_of - timedelta(days=below(rng, 0, 10)), WAKING),
                kind="app_view",
                data=json.dumps({"product": product}),
            )
