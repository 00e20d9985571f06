"""Codes and numbers become sentences; a pack's braces reach no objects."""

from datetime import date

import pytest
from django.utils import translation

from tests.factories import TODAY
from yuandian.engine.pack import Label
from yuandian.engine.tables import LEFT_OUT
from yuandian.operations.writing import RefusedError
from yuandian.packs.loader import load
from yuandian.web.wording import Voice, decision, effect, left_out, reason, refusal

INPUTS = {"ending_fen": 30_000_000, "next_end_on": "2026-11-26", "days_to_end": 2, "assets_fen": 1}


@pytest.fixture(scope="module")
def pack():
    return load("bank", as_of=TODAY)


@pytest.fixture
def zh(pack):
    return Voice(pack, "zh", "CNY", TODAY)


@pytest.fixture
def en(pack):
    return Voice(pack, "en", "CNY", TODAY)


@pytest.mark.req("D1")
def test_a_reason_is_worded_from_code_and_inputs(zh, en):
    assert reason(zh, "deposit_ends", INPUTS) == "¥30.0万 定期 后天 11月26日 到期，先问打算"
    assert reason(en, "deposit_ends", INPUTS) == "Deposit of ¥300K ends on 26 Nov; ask first what is planned"
    assert reason(zh, "gone", INPUTS) == "gone"


def test_codes_are_shown_by_their_words(zh, en):
    assert [zh.value("ending_category", "deposit"), en.value("ending_category", "deposit")] == [
        "定期存款",
        "Term deposit",
    ]
    assert (zh.value("last_result", "unhappy"), zh.level("tier", "gold")) == ("有不满", "金卡")
    assert (zh.value("last_result", "cellular"), zh.level("tier", "none")) == ("cellular", "none")
    assert (zh.value("days_to_end", -3), zh.value("assets_fen", None)) == ("−3", "--")
    assert zh.feature("days_to_end") == "距到期天数"


def test_every_feature_that_a_playbook_names_can_be_shown(zh):
    for playbook in zh.pack.playbooks:
        for name in playbook.because:
            assert zh.feature(name) != f"feature_{name}"
            assert zh.value(name, None) == "--"


@pytest.mark.parametrize(
    "text", ["{0.__class__}", "{name.__init__}", "{{7*7}}", "{name!r}", "%(name)s", "{% now %}"]
)
def test_templates_are_logic_less(zh, text):
    """A12: only a plain name between braces is replaced."""
    shown = zh.fill(Label(zh=text, en=text), {"name": "周", "0": "x"})
    assert shown == text


def test_evidence_about_nothing_is_not_shown(zh):
    label = Label(zh="上次联系在 {days_since_contact} 天前", en="x")
    assert zh.fills(label, {"days_since_contact": 3})
    assert not zh.fills(label, {"days_since_contact": None})


def test_an_effect_says_how_sure_it_is(zh):
    found = zh.playbook("deposit_ends")
    assert effect(zh, found).startswith(
        "按响应率推算，还没有对照组：联系使结果多 6.5%（可能 0.0% 至 19.5%）。来源：UCI"
    )


@pytest.mark.req("D1")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_reason_for_leaving_out_has_words(zh, language):
    inputs = {
        "playbook": "deposit_ends",
        "benefit_fen": 100,
        "worth_fen": 1,
        "minutes": 5,
        "days": 2,
        "limit_days": 5,
    }
    with translation.override(language):
        for code in LEFT_OUT:
            assert left_out(code) != code
            assert decision(zh, code, inputs | {"contacts_30d": 2}) != code
    assert decision(zh, "cool_down", inputs) == "「定期到期」成立，但同样的事 2 天前联系过，要隔 5 天"


@pytest.mark.parametrize(
    "code",
    [
        "unknown_result", "callback_needs_time", "key_reused", "not_yours", "day_over", "voided", "not_permitted",
        "rm_left", "unknown_cause", "nobody_to_take", "incomplete", "not_yet", "unknown_preference", "unreadable",
    ],
)  # fmt: skip
def test_every_refusal_has_words(code):
    with translation.override("zh-hans"):
        assert refusal(RefusedError(code, day=date(2026, 1, 1))) != code
