"""What the profile says of the fields that a pack adds, in the reader's language."""

import pytest
from django.utils import translation

from tests.factories import TODAY
from yuandian.packs.loader import load
from yuandian.records.customers import Customer
from yuandian.web.profile import _extra
from yuandian.web.wording import Voice


def told(pack: str, language: str, **extra) -> list[tuple[str, str]]:
    voice = Voice(load(pack, as_of=TODAY), "en" if language == "en" else "zh", "CNY", TODAY)
    with translation.override(language):
        return [(pair.label, pair.text) for pair in _extra(Customer(extra=extra), voice)]


@pytest.mark.req("X4")
@pytest.mark.parametrize(
    ("language", "pairs"),
    [
        ("zh-hans", [("职业", "教师"), ("手机银行", "否")]),
        ("en", [("Occupation", "教师"), ("Mobile banking", "no")]),
    ],
)
def test_fields_stand_in_the_packs_order_and_flags_in_words(language, pairs):
    assert told("bank", language, has_mobile_bank=False, occupation="教师", of_another_pack="x") == pairs


@pytest.mark.req("X4")
@pytest.mark.parametrize(
    ("language", "pairs"),
    [
        ("zh-hans", [("佣金率（百万分之）", "1,250"), ("风险测评到期日", "2027年3月5日")]),
        ("en", [("Commission rate (ppm)", "1,250"), ("Risk assessment valid until", "5 Mar 2027")]),
    ],
)
def test_numbers_and_dates_stand_as_everywhere(language, pairs):
    assert told("brokerage", language, risk_expires_on="2027-03-05", commission_rate_ppm=1250) == pairs


def test_a_value_from_before_its_field_changed_type_stays_as_it_was():
    assert told("brokerage", "en", risk_expires_on="soon", commission_rate_ppm="cheap", investor_class=7) == [
        ("Commission rate (ppm)", "cheap"),
        ("Class of investor", "7"),
        ("Risk assessment valid until", "soon"),
    ]
    assert told("bank", "en", has_mobile_bank=True) == [("Mobile banking", "yes")]
