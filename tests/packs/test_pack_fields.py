"""Columns of a file by their names in Chinese and English, however they are written."""

import pytest

from yuandian.engine.know.intake import normalised
from yuandian.engine.tables import KINDS, TABLES
from yuandian.packs.fields import load_fields
from yuandian.packs.loader import packs


@pytest.mark.req("X5")
@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("客户号", "customer_id"),
        ("客户编号", "customer_id"),
        ("Customer No", "customer_id"),
        ("customer_no", "customer_id"),
        ("ＣＵＳＴＯＭＥＲ＿ＩＤ", "customer_id"),
        (" 手机号码 ", "phone"),
        ("开户日期", "opened_on"),
        ("CIF", "customer_id"),
        ("职业", "occupation"),
        ("星座", None),
    ],
)
def test_a_header_finds_its_column(header, column):
    assert load_fields("bank").column("customers", header) == column


def test_a_unit_in_brackets_and_full_width_do_not_matter():
    assert normalised("金额（元）") == normalised("金额 (元)") == "金额"
    assert load_fields("bank").column("transactions", "交易金额分（人民币）") == "amount_fen"


def test_every_column_of_every_kind_has_at_least_its_own_name():
    for pack_id in packs():
        for kind, columns in load_fields(pack_id).kinds.items():
            for column, names in columns.items():
                assert names[0] == normalised(column), (pack_id, kind)


def test_no_header_means_two_columns_even_over_both_files():
    for pack_id in packs():
        for kind, columns in load_fields(pack_id).kinds.items():
            names = [name for aliases in columns.values() for name in aliases]
            assert sorted(set(names)) == sorted(names), (pack_id, kind)


def test_extra_fields_of_the_industry():
    assert [field.id for field in load_fields("brokerage").extra] == [
        "commission_rate_ppm",
        "advice_wanted",
        "investor_class",
        "risk_expires_on",
    ]


def test_a_file_of_customers_may_bring_them_and_no_other_file():
    fields = load_fields("bank")
    own = [column for column in fields.table("customers") if column.extra]
    assert [(column.name, column.type, column.required) for column in own] == [
        ("occupation", "text", False),
        ("employer", "text", False),
        ("payroll_company", "text", False),
        ("has_mobile_bank", "flag", False),
    ]
    assert {kind for kind in KINDS if fields.table(kind) != TABLES[kind]} == {"customers"}
