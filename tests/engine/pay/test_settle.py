"""A month settled: to the fen as an independent writing of the rules says, and each line shows how."""

import re
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.pay import reference, worlds

from yuandian.engine.pay.lines import rounded
from yuandian.engine.pay.plan import Plan
from yuandian.engine.pay.settle import Result, days_employed, settle, settle_one

SEEDS = st.integers(0, 2**32).map(Random)


def world(rng):
    period = rng.choice(worlds.PERIODS)
    return worlds.plan(rng), worlds.city(rng), period


def paid(statement):
    return {line.component: line.amount_fen for line in statement.lines if line.amount_fen}


@pytest.mark.req("P2")
def test_a_hundred_thousand_lines_agree_with_an_independent_writing():
    rng, compared = Random(2011), 0
    while compared < 100_000:
        plan, rates, period = world(rng)
        results = [worlds.result(rng, plan, period) for _ in range(40)]
        for result, found in zip(results, settle(plan, rates, period, results), strict=True):
            status, lines, carried, costs = reference.statement(plan, rates, period, result)
            assert (found.status, paid(found), found.carried_fen) == (status, lines, carried)
            assert found.total_fen == sum(lines.values())
            assert sum(line.amount_fen for line in found.employer_costs) == costs
            compared += len(found.lines) + len(found.employer_costs)


@pytest.mark.req("P2")
@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_a_statement_is_the_sum_of_its_lines_and_the_same_again(rng):
    plan, rates, period = world(rng)
    result = worlds.result(rng, plan, period)
    one = settle_one(plan, rates, period, result)
    assert one.total_fen == sum(line.amount_fen for line in one.lines)
    assert one == settle_one(plan, rates, period, result)
    assert one == settle_one(Plan.model_validate_json(plan.model_dump_json(by_alias=True)), rates, period, result)
    assert {line.component.partition(".")[0] for line in one.lines} == {part.id for part in plan.components}


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_and_nobody_pays_to_work(rng):
    """What is owed before and new equals what is taken back and what is carried on; no month is below nothing."""
    plan, rates, period = world(rng)
    result = worlds.result(rng, plan, period)
    one = settle_one(plan, rates, period, result)
    assert one.total_fen >= 0
    assert one.carried_fen >= 0
    back = {part.id: part for part in plan.components if part.kind == "clawback"}
    for line in one.lines:
        if line.component in back:
            of = back[line.component].of
            before = sum(other.owed_fen for other in one.lines if other is not line)
            assert (
                result.owed_fen + before + (result.amounts[of] if of else 0) + line.amount_fen == one.carried_fen
            )
            if one.contract == "employee":
                gross = sum(other.amount_fen for other in one.lines if not other.deducts)
                assert -line.amount_fen * 5 <= gross


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_the_steps_of_a_line_give_its_amount(rng):
    """Whoever reads a line can do the sums: every step is true, and the last one rounded is the amount."""
    plan, rates, period = world(rng)
    one = settle_one(plan, rates, period, worlds.result(rng, plan, period))
    back = {part.id for part in plan.components if part.kind == "clawback"}  # its limit is rounded down inside
    for line in (*one.lines, *one.employer_costs):
        for step in line.steps:
            exact = worth(step.work)
            assert (int(exact) if line.component in back else exact) == Fraction(step.gives), line
        if line.steps:
            last = Fraction(line.steps[-1].gives)
            by_itself = reference.round_by(last, line.rounding)
            short = {"negative_owed": -line.owed_fen, "contribution_short": -line.amount_fen + line.owed_fen}
            assert short.get(line.reason, abs(line.amount_fen) if line.deducts else line.amount_fen) == by_itself


def worth(work):
    """The arithmetic of a step, exactly."""
    python = re.sub(r"\d+", r"Fraction(\g<0>)", work.replace("×", "*").replace("÷", "/"))
    return Fraction(eval(python, {"Fraction": Fraction, "min": min, "max": max}))


@given(SEEDS, st.integers(0, 200_000_000), st.integers(0, 5_000_000))
@settings(max_examples=100, deadline=None)
def test_a_plan_whose_brackets_rise_never_pays_less_for_more(rng, assets, more):
    plan = worlds.plan(rng)
    rising = worlds.brackets(rng, "fen", 0, 900_000, top=200_000_000, rising=True)
    base = next(part for part in plan.components if part.kind == "base")
    share = next(part for part in plan.components if part.kind == "share").model_copy(update={"mode": "marginal"})
    made = Plan.model_validate(plan.model_dump(by_alias=True) | {"components": (
        base.model_dump(by_alias=True) | {"brackets": tuple(rising)}, share.model_dump(by_alias=True))})  # fmt: skip
    rates, nothing = worlds.city(rng), dict.fromkeys(made.inputs, 0)

    def pay(assets_fen, income_fen):
        amounts = nothing | {"assets_fen": assets_fen, "income_fen": income_fen}
        return settle_one(made, rates, date(2026, 4, 1), Result("rm", amounts)).total_fen

    assert pay(assets + more, assets // 100) >= pay(assets, assets // 100)
    assert pay(assets, (assets + more) // 100) >= pay(assets, assets // 100)


@pytest.mark.parametrize(
    ("hired_on", "left_on", "expected"),
    [
        (None, None, (29, 29)),
        (date(2012, 2, 29), None, (1, 29)),
        (date(2012, 2, 1), date(2012, 3, 1), (29, 29)),
        (date(2012, 2, 10), date(2012, 2, 10), (0, 29)),
        (date(2012, 2, 10), date(2012, 2, 11), (1, 29)),
        (date(2012, 3, 1), None, (0, 29)),
        (None, date(2012, 2, 1), (0, 29)),
        (date(2012, 1, 31), date(2012, 2, 29), (28, 29)),
    ],
)
def test_days_are_counted_from_the_first_to_the_first_no_longer(hired_on, left_on, expected):
    assert days_employed(date(2012, 2, 15), hired_on, left_on) == expected


@pytest.mark.parametrize(
    ("numerator", "denominator", "half_up", "half_even", "down"),
    [(5, 2, 3, 2, 2), (7, 2, 4, 4, 3), (-5, 2, -3, -2, -2), (-7, 2, -4, -4, -3), (1, 3, 0, 0, 0), (2, 3, 1, 1, 0),
     (0, 7, 0, 0, 0), (-1, 2, -1, 0, 0)],
)  # fmt: skip
def test_rounding_by_name(numerator, denominator, half_up, half_even, down):
    found = [rounded(numerator, denominator, rule) for rule in ("half_up", "half_even", "down")]
    assert found == [half_up, half_even, down]


def test_a_plan_pays_only_in_its_months():
    rng = Random(1)
    plan = worlds.plan(rng).model_copy(update={"from_": date(2026, 3, 15), "to": date(2026, 6, 1)})
    rates, one = worlds.city(rng), worlds.result(rng, plan, date(2026, 3, 1))
    assert len(list(settle(plan, rates, date(2026, 3, 1), [one]))) == 1
    assert len(list(settle(plan, rates, date(2026, 5, 31), [one]))) == 1
    for outside in (date(2026, 2, 28), date(2026, 6, 1)):
        with pytest.raises(ValueError, match="holds from 2026-03, before 2026-06, not in"):
            settle(plan, rates, outside, [one])


def test_a_status_of_no_plan_is_refused():
    rng = Random(1)
    plan = worlds.plan(rng)
    one = worlds.result(rng, plan, date(2026, 5, 1))._replace(status="boss")
    with pytest.raises(ValueError, match="has no status 'boss': known are level_0"):
        list(settle(plan, worlds.city(rng), date(2026, 5, 1), [one]))
