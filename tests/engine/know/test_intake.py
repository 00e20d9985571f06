"""Rows of text into typed rows: what each cell may look like, and why a cell is refused."""

from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuandian.engine.know.intake import Expected, Matched, match, normalised, typed, worded
from yuandian.engine.tables import FACTS, KINDS, TABLES, Column, Table
from yuandian.packs.fields import load_fields

SHANGHAI = Expected("Asia/Shanghai")


def raw(header: tuple[str, ...], *rows: tuple[str | None, ...]) -> pa.Table:
    columns = [pa.array(cells, pa.string()) for cells in zip(*rows, strict=True)]
    table = pa.table(columns, names=list(header))
    return table.append_column("_row", pa.array(range(1, len(rows) + 1), pa.int64()))


def read_cell(
    column: str, text: str | None, *, kind: str = "customers", header: str | None = None, expected=SHANGHAI
):
    """The value of one cell in an otherwise good row, or its reason."""
    good = {"customer_id": "C1", "opened_on": "2026-01-02", "transaction_id": "T1", "occurred_at": "2026-01-02",
            "kind": "person" if kind == "customers" else "fee", "amount_fen": "1", "interaction_id": "I1",
            "channel": "phone", "purpose": "care", "granted": "1", "changed_at": "2026-01-02",
            "event_id": "E1"}  # fmt: skip
    table = TABLES[kind]
    cells = {name: value for name, value in good.items() if name in table.names} | {column: text}
    header = tuple((header or name) if name == column else name for name in cells)
    rows = raw(header, tuple(cells.values()))
    result = typed(table, rows, match(table, header, load_fields("bank").kinds[kind]), expected)
    if result.rejected:
        assert result.rejects["column"].to_pylist() == [column]
        return result.rejects["reason"][0].as_py()
    return result.rows[column][0].as_py()


@pytest.mark.req("X5")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-25", date(2026, 11, 25)),
        ("2026/11/25", date(2026, 11, 25)),
        ("2026/1/5", date(2026, 1, 5)),
        ("20261125", date(2026, 11, 25)),
        ("2026年11月25日", date(2026, 11, 25)),
        ("２０２６年１月５日", date(2026, 1, 5)),
        ("　2026-11-25　", date(2026, 11, 25)),
        ("2026-11-25 23:59:59", date(2026, 11, 25)),
        ("2026年1月5日 9:30", date(2026, 1, 5)),
        ("2026年1月5日9:30", date(2026, 1, 5)),
        ("20261125 093000", "not_a_date"),
        ("20261125093000", date(2026, 11, 25)),
        ("2026-11-24T16:00:00Z", date(2026, 11, 25)),  # midnight in Shanghai
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-02-29", "not_a_date"),
        ("2026-13-01", "not_a_date"),
        ("2026-11/25", "not_a_date"),
        ("26-11-25", "not_a_date"),
        ("25/11/2026", "not_a_date"),
        ("infinity", "not_a_date"),
        ("epoch", "not_a_date"),
        ("45987", "not_a_date"),
        ("1899-12-31", "out_of_range"),
        ("1900-01-01", date(1900, 1, 1)),
        ("2200-12-31", date(2200, 12, 31)),
        ("2201-01-01", "out_of_range"),
        ("9999-12-31", "out_of_range"),
    ],
)
def test_dates(text, value):
    assert read_cell("opened_on", text) == value


@pytest.mark.req("X5")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-25", datetime(2026, 11, 24, 16)),
        ("2026-11-25 09:30", datetime(2026, 11, 25, 1, 30)),
        ("2026-11-25T09:30:15", datetime(2026, 11, 25, 1, 30, 15)),
        ("2026/11/25 9:30:15.25", datetime(2026, 11, 25, 1, 30, 15, 250000)),
        ("2026-11-25 09:30:15.123456789", datetime(2026, 11, 25, 1, 30, 15, 123456)),
        ("20261125T093015", datetime(2026, 11, 25, 1, 30, 15)),
        ("20261125093015", datetime(2026, 11, 25, 1, 30, 15)),
        ("2026年11月25日 09:30", datetime(2026, 11, 25, 1, 30)),
        ("2026-11-25T09:30:00Z", datetime(2026, 11, 25, 9, 30)),
        ("2026-11-25T09:30:00+08:00", datetime(2026, 11, 25, 1, 30)),
        ("2026-11-25 09:30:00 -0530", datetime(2026, 11, 25, 15, 0)),
        ("2026-11-25T09:30+15:00", "not_a_time"),
        ("2026-11-25 25:00", "not_a_time"),
        ("2026-11-25 09:61", "not_a_time"),
        ("09:30", "not_a_time"),
        ("1899-12-31 12:00", "out_of_range"),
    ],
)
def test_times_come_out_in_utc(text, value):
    assert read_cell("occurred_at", text, kind="transactions") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("2026-07-01 12:00", datetime(2026, 7, 1, 10)), ("2026-01-01 12:00", datetime(2026, 1, 1, 11))],
)
def test_a_time_without_a_zone_is_of_the_installation(text, value):
    assert read_cell("occurred_at", text, kind="transactions", expected=Expected("Europe/Prague")) == value


@pytest.mark.req("X5")
@pytest.mark.parametrize(
    ("header", "text", "value"),
    [
        ("amount_fen", "123456", 123456),
        ("amount_fen", "-1,234,567", -1234567),
        ("amount_fen", "100.0", 100),
        ("amount_fen", "100.00", "not_money"),
        ("amount_fen", "12.5", "not_money"),
        ("金额分", "12", 12),
        ("金额（分）", "12", 12),
        ("amount", "12", 1200),
        ("amount", "12.5", 1250),
        ("金额", "1,234.56", 123456),
        ("金额（元）", "¥1,234.50", 123450),
        ("交易金额", "￥-3", -300),
        ("交易金额", "-¥3.05元", -305),
        ("金额", "１２．３４", 1234),
        ("金额", "0.1", 10),
        ("金额", "1.500", 150),
        ("金额", "1.005", "too_many_decimals"),
        ("金额", "0.001", "too_many_decimals"),
        ("金额", "1e3", "not_money"),
        ("金额", "1e400", "not_money"),
        ("金额", "NaN", "not_money"),
        ("金额", "inf", "not_money"),
        ("金额", "12,34.5", "not_money"),
        ("金额", "1.2.3", "not_money"),
        ("金额", "--3", "not_money"),
        ("金额", "", "missing"),
        ("金额", "10000000000000", 10**15),
        ("金额", "10000000000000.01", "out_of_range"),
        ("金额", "9" * 40, "out_of_range"),
        ("amount_fen", "9" * 40, "out_of_range"),
        ("金额", "9007199254740993.01", "out_of_range"),
        ("金额", "90071992547409.93", "out_of_range"),
        ("金额", "9007199254740.93", 900719925474093),  # a float would lose the last fen
    ],
)
def test_money_is_exact(header, text, value):
    assert read_cell("amount_fen", text, kind="transactions", header=header) == value


def test_money_in_another_unit_matches_nothing():
    found = match(TABLES["transactions"], ("金额（万元）", "流水号"), load_fields("bank").kinds["transactions"])
    assert "amount_fen" in found.missing
    assert found.unused == ("金额（万元）",)


@pytest.mark.parametrize(
    ("column", "kind", "text", "value"),
    [
        ("risk_level", "customers", "3", 3),
        ("risk_level", "customers", "C3", 3),
        ("risk_level", "customers", "3.0", 3),
        ("risk_level", "customers", "6", "out_of_range"),
        ("risk_level", "customers", "高", "not_a_number"),
        ("minutes", "interactions", "-1", "out_of_range"),
        ("minutes", "interactions", "1.5", "not_a_number"),
        ("sequence", "events", "9223372036854775808", "out_of_range"),
        ("kind", "customers", "个人", "person"),
        ("kind", "customers", "Organisation", "organisation"),
        ("kind", "customers", "robot", "not_one_of"),
        ("channel", "interactions", "企业微信", "wecom"),
        ("channel", "interactions", "PHONE", "phone"),
        ("channel", "customers", "walk in", "walk in"),
        ("channel", "customers", "x" * 41, "too_long"),
        ("granted", "consents", "是", True),
        ("granted", "consents", "FALSE", False),
        ("granted", "consents", "maybe", "not_a_flag"),
        ("data", "events", '{"a": 1}', '{"a": 1}'),
        ("data", "events", "{a}", "not_json"),
        ("customer_id", "customers", " Ｃ００１ ", "C001"),
        ("customer_id", "customers", "　", "missing"),
        ("customer_id", "customers", "x" * 65, "too_long"),
        ("name", "customers", "周，小云（上海）", "周，小云（上海）"),
        ("phone", "customers", "１３９０００", "139000"),
        ("name", "customers", "周\0", "not_text"),
        ("risk_level", "customers", "#N/A", "formula_error"),
        ("risk_level", "customers", None, None),
    ],
)
def test_other_cells(column, kind, text, value):
    assert read_cell(column, text, kind=kind) == value


@pytest.mark.req("X5")
def test_every_bad_cell_is_named_and_the_row_counts_once():
    header = ("客户号", "开户日期", "风险等级", "姓名")
    rows = raw(
        header, ("1", "2026-01-02", "3", "周"), ("", "yesterday", "9", "吴"), ("3", "2026-01-02", "5", "郑")
    )
    table = TABLES["customers"]
    matched = match(table, header, load_fields("bank").kinds["customers"])
    result = typed(table, rows, matched, SHANGHAI)
    assert (result.rows["customer_id"].to_pylist(), result.rows["_row"].to_pylist()) == (["1", "3"], [1, 3])
    assert result.rejected == 1
    told = [tuple(one.values()) for one in worded(result.rejects, table, matched, SHANGHAI).to_pylist()]
    assert told == [
        (2, "客户号", "", "missing", "请填写这一格 / fill in this cell"),
        (2, "开户日期", "yesterday", "not_a_date", "请写成 2026-11-25 / write it as 2026-11-25"),
        (2, "风险等级", "9", "out_of_range", "请写 1 到 5 之内的值 / write a value from 1 to 5"),
    ]


def test_a_row_of_another_width_is_rejected_whole():
    rows = raw(("customer_id", "opened_on"), ("1", "2026-01-02"), (None, None))
    rows = rows.append_column("_width", pa.array([None, 7], pa.int64()))
    result = typed(
        TABLES["customers"], rows, match(TABLES["customers"], ("customer_id", "opened_on"), {}), SHANGHAI
    )
    assert result.rejected == 1
    assert [tuple(one.values())[:4] for one in result.rejects.to_pylist()] == [(2, "", "7", "wrong_width")]


def test_choices_of_a_source_close_a_column():
    table = TABLES["transactions"]
    header = ("transaction_id", "customer_id", "occurred_at", "kind", "amount_fen")
    rows = raw(header, ("1", "C", "2026-01-02", "fee", "1"), ("2", "C", "2026-01-02", "XX", "1"))
    expected = Expected("Asia/Shanghai", choices={"kind": frozenset({"fee", "interest"})})
    matched = match(table, header, {})
    result = typed(table, rows, matched, expected)
    assert result.rows["transaction_id"].to_pylist() == ["1"]
    one = worded(result.rejects, table, matched, expected).to_pylist()[0]
    assert (one["reason"], one["fix"]) == (
        "not_one_of",
        "请写其中之一：fee, interest / write one of: fee, interest",
    )


def test_headers_are_matched_own_name_first():
    table = TABLES["customers"]
    aliases = {"phone": ("手机", "电话"), "name": ("姓名",), "opened_on": ("开户日期",)}
    found = match(table, ("Customer ID", "手 机", "phone", "开户日期", "爱好"), aliases)
    assert found == Matched(
        {"customer_id": "Customer ID", "phone": "phone", "opened_on": "开户日期"},
        frozenset(),
        (),
        ("手 机", "爱好"),
    )
    assert match(table, ("姓名",), aliases).missing == ("customer_id", "opened_on")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("客户 号", "客户号"),
        ("Customer-ID", "customerid"),
        ("金额（元）", "金额"),
        ("ＡＢＣ", "abc"),
        ("a_b*c:", "abc"),
    ],
)
def test_headers_are_normalised(header, name):
    assert normalised(header) == name


EXTRA = replace(
    TABLES["customers"],
    columns=(
        *TABLES["customers"].columns,
        Column("visits", "integer", "a number", extra=True),
        Column("has_card", "flag", "yes or no", extra=True),
        Column("employer", "text", "a text", extra=True),
        Column("checked_on", "date", "a date", extra=True),
        Column("salary_fen", "fen", "money", extra=True),
    ),
)
HEADER = ("customer_id", "opened_on", "Visits", "Has Card", "employer", "checked_on", "salary")


def with_extra(*cells: tuple[str | None, ...], header: tuple[str, ...] = HEADER):
    rows = raw(header, *((f"C{nth}", "2026-01-02", *row) for nth, row in enumerate(cells)))
    matched = match(EXTRA, header, {})
    assert matched.unused == ()
    result = typed(EXTRA, rows, matched, SHANGHAI)
    assert result.rows.column_names == [*TABLES["customers"].names, "extra", "_row"]
    return result.rows["extra"].to_pylist(), worded(result.rejects, EXTRA, matched, SHANGHAI).to_pylist()


@pytest.mark.req("X5")
def test_columns_of_a_pack_become_one_canonical_json():
    kept, rejects = with_extra(
        ("1,234", "是", '育才"中学\\', "2026/1/5", "12.5"),
        (None, "否", None, None, None),
        ("　", None, "", None, None),
    )
    assert kept == [
        '{"checked_on":"2026-01-05","employer":"育才\\"中学\\\\","has_card":true,"salary_fen":1250,"visits":1234}',
        '{"has_card":false}',
        None,
    ]
    assert rejects == []


@pytest.mark.req("X5")
def test_every_bad_cell_of_a_pack_is_named():
    kept, rejects = with_extra(("two", "maybe", "x", "soon", "1.234"), ("2", None, None, None, None))
    assert kept == ['{"visits":2}']
    assert [(one["row"], one["column"], one["value"], one["reason"]) for one in rejects] == [
        (1, "Visits", "two", "not_a_number"),
        (1, "Has Card", "maybe", "not_a_flag"),
        (1, "checked_on", "soon", "not_a_date"),
        (1, "salary", "1.234", "too_many_decimals"),
    ]
    assert rejects[1]["fix"] == "请写 是 或 否 / write yes or no"


def test_a_file_without_the_columns_of_a_pack_says_nothing_of_them():
    assert with_extra((), header=HEADER[:2]) == ([None], [])


def test_every_reason_has_words_for_every_column():
    for table in FACTS:
        matched = match(table, table.names, {})
        for column in table:
            for reason in (
                "missing",
                "out_of_range",
                "not_one_of",
                "not_money",
                "unknown_rm_id",
                "recorded_otherwise",
            ):
                reject = {"row": 1, "column": column.name, "value": "", "reason": reason, "fix": ""}
                fix = worded(pa.Table.from_pylist([reject]), table, matched, SHANGHAI)["fix"][0].as_py()
                assert " / " in fix
                assert "{" not in fix


def _values(column: Column) -> st.SearchStrategy:
    words = st.text(
        st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs", "Cc", "Z"]),
        min_size=1,
        max_size=20,
    )
    kinds = {
        "id": st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True),
        "code": st.sampled_from(column.choices)
        if column.choices
        else st.from_regex(r"[a-z_]{1,20}", fullmatch=True),
        "text": words.filter(
            lambda text: (
                not set(text) & set("０１２３４５６７８９")
                and text.strip("\ufeff ") == text
                and not text.startswith("#")
            )
        ),
        "date": st.dates(date(1900, 1, 1), date(2200, 12, 31)),
        "timestamp": st.datetimes(datetime(1992, 1, 1), datetime(2199, 1, 1)),
        "integer": st.integers(1, 5),
        "fen": st.integers(-(10**15), 10**15),
        "flag": st.booleans(),
        "json": st.sampled_from(["{}", '{"a": [1, 2]}', "3"]),
    }
    values = kinds[column.type]
    return values if column.required else st.none() | values


def _written(column: Column, value: object) -> str | None:
    if value is None:
        return None
    return f"{value.isoformat()}Z" if column.type == "timestamp" else str(value)


@st.composite
def tables(draw):
    table: Table = TABLES[draw(st.sampled_from(KINDS))]
    rows = draw(st.lists(st.tuples(*(_values(column) for column in table)), min_size=1, max_size=8))
    return table, rows


@settings(max_examples=150, deadline=None)
@given(tables())
@pytest.mark.req("X5")
def test_what_is_written_as_text_is_read_back(drawn):
    table, rows = drawn
    texts = [tuple(_written(column, value) for column, value in zip(table, row, strict=True)) for row in rows]
    result = typed(table, raw(table.names, *texts), match(table, table.names, {}), SHANGHAI)
    assert result.rejects.to_pylist() == []
    assert [tuple(row.values())[:-1] for row in result.rows.to_pylist()] == rows
