"""A corpus of good and bad plans (A36): each bad one is warned of for its own reason, the good one for none."""

from datetime import date

import pytest

from yuandian.engine.pay.city import CityRates
from yuandian.engine.pay.lint import Warned, lint
from yuandian.engine.pay.plan import Plan
from yuandian.engine.pay.settle import Result, settle_one
from yuandian.engine.pay.wording import WORDS, wording, yuan

SAID = {"label": {"zh": "词", "en": "word"}, "source": "假设"}
LABEL = {"label": SAID["label"]}
MAY = date(2026, 5, 1)
RATES = CityRates(
    city="there", minimum_wage_fen=200_000, minimum_is_net=True, deduction_limit_ppm=200_000, conduct_counts_in=("brokerage",), since=date(2025, 7, 1),
    contributions=(
        {"id": "pension", **LABEL, "floor_fen": 400_000, "ceiling_fen": 2_000_000, "employee_ppm": 100_000, "employer_ppm": 0},
    ),
)  # fmt: skip
INPUTS = {
    "assets_fen": {**LABEL, "unit": "fen", "measures": "stock"},
    "sales": {**LABEL, "unit": "count", "measures": "first_sale"},
    "openings": {**LABEL, "unit": "count", "measures": "opening"},
    "turnover_fen": {**LABEL, "unit": "fen", "measures": "turnover"},
    "breaches": {**LABEL, "unit": "count", "measures": "compliance"},
    "unsuitable": {**LABEL, "unit": "count", "measures": "suitability"},
    "complaints": {**LABEL, "unit": "count", "measures": "complaints"},
}
LEVELS = (
    {"id": "agent", "contract": "agent", "to": 1_000_000, **SAID},
    {"id": "staff", "contract": "employee", "from": 1_000_000, **SAID},
)
BASE = {
    "id": "base", "kind": "base", "of": "assets_fen", **SAID,
    "brackets": ({"to": 1_000_000, "fen": 100_000}, {"from": 1_000_000, "fen": 300_000}),
}  # fmt: skip
INSURANCE = {"id": "insurance", "kind": "social_insurance", **SAID}


def conduct(of):
    brackets = ({"to": 1, "ppm": 0}, {"from": 1, "ppm": -100_000})
    return {"id": of, "kind": "conduct", "of": of, "over": ("base",), "brackets": brackets, **SAID}


CONDUCT = tuple(conduct(of) for of in ("breaches", "unsuitable", "complaints"))


def plan(*components, pack="brokerage", levels=LEVELS, by="assets_fen", inputs=INPUTS):
    return Plan.model_validate({
        "id": "tried", **LABEL, "pack": pack, "from": date(2026, 1, 1), "city": "there", "inputs": inputs,
        "status": {"by": by, "levels": levels}, "components": components,
    })  # fmt: skip


GOOD = (BASE, *CONDUCT, INSURANCE)


def codes(made, rates=RATES, period=MAY):
    return [one.code for one in lint(made, rates, period)]


@pytest.mark.req("P1")
def test_a_good_plan_has_no_warning():
    assert lint(plan(*GOOD), RATES, MAY) == []


@pytest.mark.req("P1")
def test_pay_by_volume_alone_is_named_in_brokerage():
    (found,) = lint(plan(BASE, INSURANCE), RATES, MAY)
    assert found == Warned("volume_alone", ("components",), {"missing": "compliance, suitability, complaints"})
    assert codes(plan(BASE, INSURANCE, pack="bank")) == []
    assert codes(plan(BASE, INSURANCE), RATES.model_copy(update={"conduct_counts_in": ()})) == []


@pytest.mark.parametrize("left_out", range(3))
def test_conduct_that_is_partly_missing_is_named(left_out):
    measures = ["compliance", "suitability", "complaints"]
    kept = [part for nth, part in enumerate(CONDUCT) if nth != left_out]
    found = lint(plan(BASE, *kept, INSURANCE), RATES, MAY)
    assert found == [Warned("conduct_missing", ("components",), {"missing": measures[left_out]})]


@pytest.mark.req("P5")
def test_pay_that_ends_with_the_first_sale_is_named():
    once = {"id": "sale", "kind": "per_unit", "of": "sales", "fen": 30_000, **SAID}
    ladder = ({"id": "seller", "contract": "agent", **SAID},)
    assert codes(plan(once, pack="auto", levels=ladder, by="sales")) == ["first_sale_only"]
    service = {**INPUTS["sales"], "measures": "service"}
    kept = {"id": "service", "kind": "per_unit", "of": "services", "fen": 500, **SAID}
    inputs = INPUTS | {"services": service}
    assert codes(plan(once, kept, pack="auto", levels=ladder, by="sales", inputs=inputs)) == []


@pytest.mark.req("P1")
@pytest.mark.parametrize(("fen", "short"), [(239_999, 1), (240_000, 0)])
def test_a_month_below_the_minimum_wage_is_named_to_the_fen(fen, short):
    """Floor 4000.00, of which 10 % are 400.00: 2400.00 is just enough for 2000.00."""
    base = BASE | {"brackets": ({"to": 1_000_000, "fen": 0}, {"from": 1_000_000, "fen": fen})}
    found = lint(plan(base, *CONDUCT, INSURANCE), RATES, MAY)
    assert [(one.code, one.inputs["short_fen"]) for one in found] == [("below_minimum_wage", short)][: bool(short)]


def test_where_the_minimum_is_before_contributions_they_do_not_count():
    base = BASE | {"brackets": ({"to": 1_000_000, "fen": 0}, {"from": 1_000_000, "fen": 200_000})}
    before = RATES.model_copy(update={"minimum_is_net": False})
    assert codes(plan(base, *CONDUCT, INSURANCE)) == ["below_minimum_wage"]
    assert codes(plan(base, *CONDUCT, INSURANCE), before) == []


def test_the_law_does_not_give_an_agent_a_minimum_wage():
    agents = tuple(level | {"contract": "agent"} for level in LEVELS)
    poor = BASE | {"brackets": ({"fen": 100},)}
    assert codes(plan(poor, *CONDUCT, levels=agents)) == []


@pytest.mark.req("P1")
def test_a_cliff_once_insurance_is_taken_off():
    """3000.00 − 400.00 is less than 2700.00 as an agent: reached only through the employee's share."""
    base = BASE | {"brackets": ({"to": 1_000_000, "fen": 270_000}, {"from": 1_000_000, "fen": 300_000})}
    (found,) = lint(plan(base, *CONDUCT, INSURANCE), RATES, MAY)
    assert found.code == "cliff"
    assert found.place == ("status", "levels", 1)
    assert found.inputs == {
        "input": "assets_fen", "edge": 1_000_000, "unit": "fen", "below_fen": 270_000, "above_fen": 260_000,
    }  # fmt: skip


def test_a_cliff_of_a_falling_rate_on_the_whole_amount():
    falling = ({"to": 500_000, "ppm": 1_000_000}, {"from": 500_000, "ppm": 500_000})
    share = {"id": "share", "kind": "share", "of": "turnover_fen", "brackets": falling, **SAID}
    agents = tuple(level | {"contract": "agent"} for level in LEVELS)
    found = lint(plan(BASE, share | {"mode": "whole"}, *CONDUCT, levels=agents), RATES, MAY)
    assert [(one.code, one.place) for one in found] == [("cliff", ("components", 1, "brackets", 1))]
    assert (found[0].inputs["below_fen"], found[0].inputs["above_fen"]) == (599_999, 350_000)
    assert codes(plan(BASE, share | {"mode": "marginal"}, *CONDUCT, levels=agents)) == []


def test_more_complaints_may_pay_less():
    assert "cliff" not in codes(plan(*GOOD))


def test_a_clawback_over_the_legal_limit_is_named_and_not_taken():
    back = {"id": "back", "kind": "clawback", "limit_ppm": 300_000, **SAID}
    made = plan(*GOOD, back)
    (found,) = lint(made, RATES, MAY)
    assert (found.code, found.place) == ("clawback_over_limit", ("components", 5, "limit_ppm"))
    amounts = dict.fromkeys(INPUTS, 0) | {"assets_fen": 1_000_000}
    one = settle_one(made, RATES, MAY, Result("rm", amounts, owed_fen=500_000))
    assert one.lines[-1].amount_fen == -60_000  # a fifth of 3000.00
    assert one.carried_fen == 440_000


def test_an_old_table_is_named():
    old = RATES.model_copy(update={"since": date(2024, 7, 1)})
    assert codes(plan(*GOOD), old) == ["rates_old"]


def test_every_code_has_its_words():
    for code in WORDS:
        zh, en = WORDS[code]
        assert set(_names(zh)) == set(_names(en)), code
    said = wording(
        "cliff",
        {"input": "assets_fen", "edge": 120_000_000, "unit": "fen", "below_fen": 90_000, "above_fen": 86_482},
    )
    assert said.zh == "assets_fen 到 1,200,000.00 时，到手从 900.00 元降到 864.82 元：做得更多，拿得更少"
    assert (
        said.en == "when assets_fen reaches 1,200,000.00, pay falls from 900.00 to 864.82 yuan: more work for less"
    )


def _names(text):
    return [part.split("}")[0] for part in text.split("{")[1:]]


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (-5, "-0.05"), (123_456_789, "1,234,567.89"), (-100, "-1.00")]
)
def test_yuan(fen, text):
    assert yuan(fen) == text
