"""The team of the source, as the demo makes it, paid by the source's plan."""

from datetime import date

import numpy as np
import pytest

from yuandian.engine.pay.settle import Result, settle
from yuandian.engine.simulate.brokerage.team import FORMAL_FEN, book_targets
from yuandian.packs.pay import load_plan
from yuandian.packs.pay_cities import rates

MONTHS = [date(2011, 6, 1), date(2026, 11, 1)]


@pytest.mark.req("P1")
@pytest.mark.parametrize("period", MONTHS, ids=str)
def test_seventeen_paid_eight_on_formal_contracts_the_one_above_eight_million_at_its_grade(period):
    plan = load_plan("source-2011").value
    books = book_targets(np.random.default_rng(17))
    results = [
        Result(f"RM{nth}", {"assets_fen": fen, "openings": 1, "net_commission_fen": 0})
        for nth, fen in enumerate(books)
    ]
    paid = list(settle(plan, rates(plan.city, period), period, results))
    formal = [one for one in paid if one.contract == "employee"]
    assert (len(paid), len(formal)) == (17, 8)
    assert {one.rm_id for one in formal} == {f"RM{nth}" for nth, fen in enumerate(books) if fen >= FORMAL_FEN}
    assert all(one.employer_costs and sum(line.amount_fen for line in one.employer_costs) > 0 for one in formal)
    (top,) = [one for one, fen in zip(paid, books, strict=True) if fen > 800_000_000]
    assert top.status == "grade_3"
    assert [line.amount_fen for line in top.lines if line.component == "base"] == [380_000]
