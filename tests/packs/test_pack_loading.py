"""Packs that come with the house load, keep their own examples and resolve for a day."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from yuandian.engine.pack import Label
from yuandian.engine.rules import parse
from yuandian.packs.cases import classify
from yuandian.packs.draft import HERE, read_draft
from yuandian.packs.loader import check, load, packs
from yuandian.packs.problems import PackError

TODAY = date(2026, 11, 24)


@pytest.fixture
def copy(tmp_path):
    """The bank's folder, free to be changed."""
    return Path(shutil.copytree(HERE / "bank", tmp_path / "bank"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert text.count(old) >= 1, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, 1))


def test_the_packs_that_come_with_the_house():
    assert packs() == ["bank", "brokerage"]


@pytest.mark.req("X1")
@pytest.mark.parametrize("pack_id", packs())
def test_nothing_is_wrong_and_every_case_comes_out(pack_id):
    assert check(pack_id) == []
    assert sum(len(part.value.cases) for part in read_draft(HERE / pack_id).cases) >= 20


@pytest.mark.req("X1")
@pytest.mark.parametrize("pack_id", packs())
def test_a_pack_is_data_only(pack_id):
    assert {path.suffix for path in (HERE / pack_id).rglob("*") if path.is_file()} == {".yaml"}


@pytest.mark.req("X1")
def test_a_new_industry_needs_no_code(copy):
    cinema = copy.rename(copy.parent / "cinema")
    change(cinema, "pack.yaml", "id: bank", "id: cinema")
    change(cinema, "pack.yaml", "{zh: 银行, en: Bank}", "{zh: 影院, en: Cinema}")
    change(cinema, "demo/branch.yaml", "pack: bank", "pack: cinema")
    change(cinema, "pay/spread-2026.yaml", "pack: bank", "pack: cinema")
    assert check("cinema", folder=cinema) == []
    pack = load("cinema", as_of=TODAY, folder=cinema)
    assert pack.label == Label(zh="影院", en="Cinema")


@pytest.mark.req("D2")
@pytest.mark.parametrize("pack_id", packs())
def test_an_ask_waits_until_something_was_given(pack_id):
    pack = load(pack_id, as_of=TODAY)
    asks = [book for book in pack.playbooks if book.purpose == "ask"]
    assert asks
    assert all("days_since_care <= days_since_ask" in book.when for book in asks)
    assert not any(book.mandatory for book in asks)


@pytest.mark.req("D4")
@pytest.mark.parametrize("pack_id", packs())
def test_trouble_is_mandatory_and_sells_nothing(pack_id):
    hardship = load(pack_id, as_of=TODAY).playbook("hardship")
    assert (hardship.mandatory, hardship.purpose) == (True, "care")


@pytest.mark.parametrize("pack_id", packs())
def test_a_promised_call_is_kept(pack_id):
    pack = load(pack_id, as_of=TODAY)
    promise = pack.playbook("promised_call")
    assert (promise.when, promise.mandatory, promise.cool_down_days) == ("days_to_callback <= 0", True, 0)
    assert [result.id for result in pack.results if result.asks == "time"] == ["callback"]


@pytest.mark.parametrize("pack_id", packs())
def test_a_greeting_comes_once_a_year_and_what_must_be_done_is_tried_again_soon(pack_id):
    pack = load(pack_id, as_of=TODAY)
    assert pack.playbook("birthday").cool_down_days == 300
    assert max(book.cool_down_days for book in pack.playbooks if book.mandatory) <= 14


@pytest.mark.parametrize("pack_id", packs())
def test_every_playbook_fires_in_a_case(pack_id):
    pack = load(pack_id, as_of=TODAY)
    fired = {
        name
        for part in read_draft(HERE / pack_id).cases
        for case in part.value.cases
        for name in case.expect.playbooks or ()
    }
    assert fired == {book.id for book in pack.playbooks}


@pytest.mark.parametrize("pack_id", packs())
def test_the_six_results_stand_in_the_order_of_the_card(pack_id):
    results = load(pack_id, as_of=TODAY).results
    assert [result.id for result in results] == [
        "interested",
        "callback",
        "no_answer",
        "done",
        "not_now",
        "unhappy",
    ]
    assert [result.reached for result in results] == [True, True, False, True, True, True]
    own = {"bank": "已续做", "brokerage": "已下单"}
    words = [result.label.zh for result in results]
    assert words == ["有意向", "约好再谈", "没接通", own[pack_id], "暂不需要", "有不满"]


def test_words_for_codes_values_and_features_come_along():
    terms = load("bank", as_of=TODAY).terms
    assert terms["customer"].zh == "客户"
    assert terms["category_deposit"].zh == "定期存款"
    assert terms["transaction_penalty_interest"].en == "Penalty interest"
    assert terms["value_gold_assets_fen"].zh == "金卡起点"
    assert terms["feature_days_since_contact"].zh == "距上次联系上的天数"
    assert terms["field_occupation"].zh == "职业"


def test_a_source_brings_its_own_values():
    own = load("bank", as_of=TODAY, source="berka").values
    assert own["gold_assets_fen"] == 5_000_000
    assert own["new_days"] == load("bank", as_of=TODAY).values["new_days"] == 90


def test_a_value_holds_from_its_day(copy):
    change(
        copy,
        "know/values.yaml",
        "value: 90, source: 假设}]",
        "value: 90, source: 假设}, {from: 2026-07-01, value: 120, source: 试行}]",
    )
    assert load("bank", as_of=date(2026, 6, 30), folder=copy).values["new_days"] == 90
    assert load("bank", as_of=date(2026, 7, 1), folder=copy).values["new_days"] == 120


@pytest.mark.req("K5")
def test_a_changed_threshold_moves_who_reaches_it(copy):
    features = {"assets_fen": 40_000_000, "open_accounts": 1, "tenure_days": 400, "days_since_transaction": 3}
    assert classify(load("bank", as_of=TODAY), features)[0]["tier"] == "silver"
    change(copy, "know/values.yaml", "value: 50_000_000", "value: 40_000_000")
    assert classify(load("bank", as_of=TODAY, folder=copy), features)[0]["tier"] == "gold"


def test_a_day_before_the_first_value_is_an_error_that_names_it():
    with pytest.raises(PackError) as refused:
        load("bank", as_of=date(1989, 12, 31))
    about = [str(problem) for problem in refused.value.problems if "`silver_assets_fen`" in str(problem)]
    assert [re.sub(r":\d+:", ":LINE:", text, count=1) for text in about] == [
        (
            "bank/know/values.yaml:LINE: `silver_assets_fen` has no value on 1989-12-31; its first is from 1990-01-01"
            " — add a value from that day or earlier"
        )
    ]


def test_an_unknown_pack_and_an_unknown_source_name_the_nearest():
    with pytest.raises(PackError, match="there is no pack `bnak` here — did you mean `bank`"):
        load("bnak", as_of=TODAY)
    with pytest.raises(PackError, match="`bank` has no source `berke` — did you mean `berka`"):
        load("bank", as_of=TODAY, source="berke")


def test_conditions_of_a_loaded_pack_are_sql_too():
    pack = load("bank", as_of=TODAY)
    rule = parse(pack.tiers[0].when, {"assets_fen": "integer"}, pack.values)
    assert "600000000" in rule.sql()


def test_a_wrong_case_is_a_problem_with_its_line(copy):
    change(copy, "cases/know.yaml", "expect: {tier: silver}", "expect: {tier: gold}")
    line = (copy / "cases/know.yaml").read_text().splitlines().index("    expect: {tier: gold}") + 1
    assert [str(problem) for problem in check("bank", folder=copy)] == [
        f"bank/cases/know.yaml:{line}: case `门槛当天就算上一级`: tier is `silver`, not `gold` — correct the case or the pack"
    ]


def test_wrong_playbooks_an_unknown_feature_and_an_unknown_source_of_a_case(copy):
    change(copy, "cases/decide.yaml", "playbooks: [idle_cash]", "playbooks: [dormant]")
    change(copy, "cases/know.yaml", "{assets_fen: 4999999", "{asets_fen: 4999999")
    texts = [str(problem) for problem in check("bank", folder=copy)]
    assert any("playbooks are ['idle_cash'], not ['dormant']" in text for text in texts)
    assert any("unknown feature `asets_fen` — did you mean `assets_fen`?" in text for text in texts)
    change(copy, "cases/know.yaml", "as_of: 2026-06-30", "as_of: 2026-06-30\nsource: berke")
    assert any(
        "cases/know.yaml:2: unknown source `berke`" in str(problem) for problem in check("bank", folder=copy)
    )


def test_a_changed_file_is_read_again(copy):
    assert load("bank", as_of=TODAY, folder=copy).version == "2026.1"
    change(copy, "pack.yaml", 'version: "2026.1"', 'version: "2026.2"')
    assert load("bank", as_of=TODAY, folder=copy).version == "2026.2"
