"""Pay plans that come with the house, their cases, and every refusal of a spoilt one by file, line and fix."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from yuandian.engine.pay.lint import lint
from yuandian.packs.draft import HERE
from yuandian.packs.loader import check, packs
from yuandian.packs.pay import load_plan, plans
from yuandian.packs.pay_cases import read_cases
from yuandian.packs.pay_cities import cities, rates
from yuandian.packs.problems import PackError

JUNE = date(2011, 6, 1)
SOURCE = "brokerage/pay/source-2011.yaml"


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(HERE / "brokerage", tmp_path / "brokerage"))


def change(path, old, new):
    text = path.read_text()
    assert text.count(old) >= 1, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1))


@pytest.mark.req("P5")
def test_each_pack_has_a_plan_and_its_cases_come_out():
    assert {path.parent.parent.name for path in plans().values()} == set(packs())
    counts = {pack: len(read_cases(HERE / pack).value.cases) for pack in packs()}
    assert sum(counts.values()) >= 60
    assert min(counts.values()) >= 20
    assert [check(pack) for pack in packs()] == [[] for _ in packs()]


@pytest.mark.req("P1")
def test_the_cases_of_the_source_reach_every_status_and_both_sides_of_every_edge():
    plan = load_plan("source-2011").value
    cases = read_cases(HERE / "brokerage").value.cases
    assert {case.expect.status for case in cases} == {level.id for level in plan.status.levels}
    met = {case.results["assets_fen"] for case in cases}
    edges = {level.from_ for level in plan.status.levels if level.from_}
    assert {edge + step for edge in edges for step in (-1, 0, 1)} <= met


@pytest.mark.req("P1")
def test_every_case_says_its_arithmetic():
    for pack in packs():
        lines = (HERE / pack / "cases/pay.yaml").read_text().splitlines()
        starts = [nth for nth, line in enumerate(lines) if line.startswith("  - case:")]
        assert [lines[nth] for nth in starts if not lines[nth - 1].startswith("  # 合计")] == []


@pytest.mark.req("P1")
def test_the_source_in_about_forty_lines_with_what_is_ours_marked():
    text = plans()["source-2011"].read_text()
    assert len(text.splitlines()) <= 48
    plan = load_plan("source-2011").value
    marked = [*(level.source for level in plan.status.levels), *(part.source for part in plan.components)]
    assert all(one.startswith(("原文", "假设")) for one in marked)
    assert sum("假设" in one for one in marked) >= 6


@pytest.mark.req("P1")
def test_the_warnings_on_the_source_are_those_expected():
    part = load_plan("source-2011")
    found = lint(part.value, rates("beijing", JUNE), JUNE)
    assert [(one.code, part.document.line(*one.place)) for one in found] == [
        ("volume_alone", 21), ("below_minimum_wage", 16), ("cliff", 16),
    ]  # fmt: skip
    assert found[1].inputs == {"status": "formal", "paid_fen": 86_482, "minimum_fen": 116_000, "short_fen": 29_518}
    assert (found[2].inputs["below_fen"], found[2].inputs["above_fen"]) == (90_000, 86_482)


def test_the_plan_of_the_bank_has_no_warning():
    period = date(2026, 6, 1)
    assert lint(load_plan("spread-2026").value, rates("beijing", period), period) == []


SPOILT = {
    "gap": ("{from: 300_000_000, to: 500_000_000, fen: 200_000}", "{from: 310_000_000, to: 500_000_000, fen: 200_000}",
            "nothing holds 300000000 to 310000000: a gap", "300000000"),
    "overlap": ("{from: 300_000_000, to: 500_000_000, fen: 200_000}", "{from: 290_000_000, to: 500_000_000, fen: 200_000}",
                "290000000 to 300000000 is in two brackets: an overlap", "300000000"),
    "open start": ("{to: 30_000_000, fen: 0}", "{from: 0, to: 30_000_000, fen: 0}", "begins at 0: what is below is in none",
                   "leave `from` out"),
    "open end": ("{from: 1_500_000_000, fen: 500_000}", "{from: 1_500_000_000, to: 2_000_000_000, fen: 500_000}",
                 "ends at 2000000000: what is above is in none", "leave `to` out"),
    "empty bracket": ("{from: 500_000_000, to: 800_000_000, fen: 280_000}", "{from: 500_000_000, to: 500_000_000, fen: 280_000}",
                      "from 500000000 to 500000000 holds nothing", "correct the edges"),
    "unknown key of a component": ("    mode: marginal", "    mod: marginal", "unknown key `mod`", "did you mean `mode`?"),
    "unknown key of a bracket": ("{to: 30_000_000, fen: 0}", "{to: 30_000_000, fen: 0, fenn: 1}", "unknown key `fenn`",
                                 "did you mean `fen`?"),
    "missing Chinese": ("{zh: 底薪, en: Base pay}", "{en: Base pay}", "the Chinese label is missing", "add `zh: …`"),
    "missing source": ("    source: 假设：原文没有说提成\n", "", "`components.2.source` is missing", "add `source: …`"),
    "a kind that is none": ("    kind: share", "    kind: shares", "shares", "correct the value"),
    "a rate over the whole": ("ppm: 200_000}]", "ppm: 2_000_000}]", "less than or equal to 1000000", "correct the value"),
    "an amount with a fraction": ("fen: 90_000}", "fen: 900.5}", "valid integer", "correct the value"),
    "unknown input": ("    of: net_commission_fen", "    of: net_comission_fen", "unknown input `net_comission_fen`",
                      "did you mean `net_commission_fen`?"),
    "unknown status": ("for: [no_results]", "for: [no_result]", "unknown status `no_result`", "did you mean `no_results`?"),
    "unit": ("of: openings", "of: assets_fen", "`per_unit` takes count, and `assets_fen` is in fen", "`unit: count`"),
    "declared twice": ("  - id: base\n", "  - id: opening_bonus\n", "component `opening_bonus` is declared twice", "rename one"),
    "unknown city": ("city: beijing", "city: bejing", "unknown city `bejing`", "did you mean `beijing`?"),
    "before the city's table": ("from: 2010-07-01", "from: 2001-01-01", "nothing is known for 2001-01", "with its source"),
    "ends before it begins": ("city: beijing", "to: 2010-01-01\ncity: beijing", "`to` 2010-01-01 is not after", "correct one"),
    "two deductions of a kind": ("  - {id: clawback,", ("  - {id: again, kind: clawback, label: {zh: 又, en: Again}, limit_ppm: 1, "
                                 "source: 假设}\n  - {id: clawback,"), "a second `clawback`", "keep one"),
    "order": ("  - {id: opening_bonus,", ("  - {id: early, kind: clawback, label: {zh: 早, en: Early}, limit_ppm: 1, source: 假设}\n"
              "  - {id: opening_bonus,"), "stands after what builds on it", "move it up"),
    "over what is not there": ("  - {id: social_insurance,", ("  - {id: cap, kind: cap, label: {zh: 封顶, en: Cap}, fen: 1, over: [bases], "
                               "source: 假设}\n  - {id: social_insurance,"), "unknown component before it `bases`", "did you mean `base`?"),
}  # fmt: skip


@pytest.mark.req("P1")
@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_plan_is_refused_at_its_place(copy, spoilt):
    old, new, what, fix = spoilt
    path = copy / "pay/source-2011.yaml"
    change(path, old, new)
    with pytest.raises(PackError) as refused:
        load_plan(path)
    found = [one for one in refused.value.problems if what in one.what and fix in one.fix]
    assert found, str(refused.value)
    assert {one.file for one in refused.value.problems} == {SOURCE}
    changed = path.read_text().splitlines()
    spot = next(
        nth
        for nth, (now, was) in enumerate(
            zip(changed, plans()["source-2011"].read_text().splitlines(), strict=False)
        )
        if now != was
    )
    assert any(abs(one.line - 1 - spot) <= 8 for one in found), (found, spot)
    assert set(refused.value.problems) <= set(check("brokerage", folder=copy))


def test_the_line_is_that_of_the_bracket(copy):
    change(
        copy / "pay/source-2011.yaml",
        "{from: 300_000_000, to: 500_000_000, fen: 200_000}",
        "{from: 1, to: 500_000_000, fen: 2}",
    )
    with pytest.raises(PackError) as refused:
        load_plan(copy / "pay/source-2011.yaml")
    (problem,) = refused.value.problems
    text = (copy / "pay/source-2011.yaml").read_text().splitlines()
    assert text[problem.line - 1].strip() == "- {from: 1, to: 500_000_000, fen: 2}"


def test_a_case_that_comes_out_otherwise_is_named(copy):
    change(copy / "cases/pay.yaml", "total_fen: 86482", "total_fen: 86483")
    (problem,) = check("brokerage", folder=copy)
    assert problem.file == "brokerage/cases/pay.yaml"
    assert problem.what == "case `120 万整`: total_fen is 86482, not 86483"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("results: {assets_fen: 29999999", "results: {asets_fen: 29999999", "unknown input `asets_fen`"),
        ("plan: source-2011", "plan: source-2012", "there is no plan `source-2012`"),
        ("period: 2011-06", "period: 2010-06", "is not in force in 2010-06"),
        ("period: 2011-06", "period: 2011-13", "String should match pattern".lower()[1:]),
    ],
)
def test_a_case_that_cannot_run_is_named(copy, old, new, what):
    change(copy / "cases/pay.yaml", old, new)
    assert any(what in problem.what for problem in check("brokerage", folder=copy))


def test_a_plan_in_the_wrong_folder_or_under_another_name_is_named(copy):
    change(copy / "pay/source-2011.yaml", "pack: brokerage", "pack: bank")
    (copy / "pay/source-2011.yaml").rename(copy / "pay/other.yaml")
    said = [
        problem.what for problem in check("brokerage", folder=copy) if problem.file == "brokerage/pay/other.yaml"
    ]
    assert said == [
        "the plan is called `source-2011` but its file `other`",
        "the plan is of pack `bank` but lies in `brokerage`",
    ]


def test_a_plan_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(PackError, match="there is no plan `source-2010` — did you mean `source-2011`"):
        load_plan("source-2010")


def test_a_city_holds_what_was_in_force_in_the_month():
    def of(year, month):
        one = rates("beijing", date(year, month, 20))
        return one.minimum_wage_fen, one.contributions[0].floor_fen, one.since

    assert of(2010, 12) == (96_000, 161_500, date(2010, 7, 1))
    assert of(2011, 3) == (116_000, 161_500, date(2010, 7, 1))
    assert of(2011, 4) == (116_000, 168_000, date(2011, 4, 1))
    assert of(2026, 11) == (254_000, 716_200, date(2025, 7, 1))
    assert rates("beijing", JUNE).deduction_limit_ppm == 200_000
    assert rates("beijing", JUNE).conduct_counts_in == ("brokerage",)


def test_every_number_of_a_city_has_its_source():
    _, file = cities()
    for city in file.cities.values():
        assert all(one.source for one in (*city.minimum_wage.values, *city.contributions))


def test_a_city_or_month_that_is_not_known_is_told():
    with pytest.raises(PackError, match=r"cities\.yaml:\d+: unknown city `nowhere` — known are: beijing"):
        rates("nowhere", JUNE)
    with pytest.raises(
        PackError, match=r"cities\.yaml:\d+: .* begins on 2010-07-01; nothing is known for 2010-06"
    ):
        rates("beijing", date(2010, 6, 30))
