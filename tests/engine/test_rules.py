"""The condition language: both targets answer alike, and what is not in the language is refused with its place."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import TypeVar

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuandian.engine.rules import FieldType, Rule, RuleError, parse, parse_number

FIELDS: dict[str, FieldType] = {
    "assets_fen": "integer",
    "minutes": "integer",
    "rate": "decimal",
    "belief": "decimal",
    "name": "text",
    "tier": "text",
    "hired_on": "date",
    "due_on": "date",
    "vip": "flag",
    "order": "flag",  # a word of SQL is a field like any other
}
VALUES = {
    "gold_assets_fen": 30_000_000,
    "floor_rate": Decimal("-0.125"),
    "home_tier": "金牌",
    "opened_on": date(2026, 1, 31),
    "cool_down_days": 14,
}
COLUMNS = {"integer": "BIGINT", "decimal": "DECIMAL(18, 6)", "text": "VARCHAR", "date": "DATE", "flag": "BOOLEAN"}
MOST = 2**63 - 1

Row = dict[str, object]
Read = TypeVar("Read")


def one_value(chance: random.Random, kind: FieldType) -> object:
    if chance.random() < 0.25:
        return None
    if kind == "integer":
        return chance.choice([0, 1, -1, 2, 14, 15, 30_000_000, MOST, -MOST, chance.randint(-50, 50)])
    if kind == "decimal":
        extreme = [
            "0",
            "0.125",
            "-0.125",
            "1.5",
            "2",
            "14",
            "999999999999.999999",
            "-999999999999.999999",
            "0.000001",
        ]
        return Decimal(chance.choice(extreme))
    if kind == "text":
        return chance.choice(["", "金牌", "银牌", "a", "B", "it's", "客户😀", "\\", "%"])
    if kind == "date":
        near = date(2026, 1, 31) + timedelta(days=chance.randint(-20, 20))
        return chance.choice([near, near, date(1, 1, 1), date(9999, 12, 31), date(2024, 2, 29)])
    return chance.random() < 0.5


def make_rows(count: int, seed: int) -> list[Row]:
    chance = random.Random(seed)
    rows = [{name: one_value(chance, kind) for name, kind in FIELDS.items()} for _ in range(count - 1)]
    return [*rows, dict.fromkeys(FIELDS)]


ROWS = make_rows(48, seed=9)


Ask = Callable[[str], list[object]]


@pytest.fixture(scope="module")
def in_duckdb() -> Iterator[Ask]:
    """Asks a table of ROWS for an expression's value in each."""
    # In a list that is emptied: hypothesis keeps what it was handed past the end of the run.
    opened = [duckdb.connect(config={"threads": "1"})]
    columns = ", ".join(f'"{name}" {COLUMNS[kind]}' for name, kind in FIELDS.items())
    opened[0].execute(f"CREATE TABLE facts (id INTEGER, {columns})")
    marks = ", ".join("?" * (len(FIELDS) + 1))
    opened[0].executemany(
        f"INSERT INTO facts VALUES ({marks})", [[at, *row.values()] for at, row in enumerate(ROWS)]
    )

    def ask(sql: str) -> list[object]:
        return [found for (found,) in opened[0].execute(f"SELECT {sql} FROM facts ORDER BY id").fetchall()]

    yield ask
    opened.pop().close()


# Random typed expressions, as their author would type them.

LEAVES = {
    "number": [
        *("assets_fen", "minutes", "rate", "belief", "gold_assets_fen", "floor_rate", "0", "1", "2", "-1", "14"),
        *("0.5", "1.50", "-0.125", "0.000001", "2.000000001", str(MOST), f"-{MOST}"),
    ],
    "text": ["name", "tier", "home_tier", "'金牌'", "'a'", "''", "'it''s'", "'客户😀'", "'\\'", "'--'", "'/* */'"],
    "date": ["hired_on", "due_on", "opened_on", "DATE '2026-01-31'", "date '2024-02-29'", "DATE '9999-12-31'"],
    "flag": ["vip", "order", "TRUE", "false", "vip", "order"],
}
INTERVALS = ["INTERVAL 1 DAY", "interval 3 days", "INTERVAL 2 WEEK", "INTERVAL cool_down_days DAY"]
COMPARISONS = ["=", "<>", "!=", "<", "<=", ">", ">="]


ORDERED = ("number", "text", "date")
Pick = Callable[[Sequence[str]], str]


def value_of(pick: Pick, kind: str, depth: int) -> str:
    form = pick(["leaf", "list", "list", "own", "own"]) if depth else "leaf"
    if form == "own" and kind != "text":
        return {"number": number, "date": day}[kind](pick, depth - 1)
    if form != "list":
        return pick(LEAVES[kind])
    name, more = pick(["coalesce", "LEAST", "greatest"]), pick(["", ", NULL"])
    return f"{name}({value_of(pick, kind, depth - 1)}, {value_of(pick, kind, depth - 1)}{more})"


def number(pick: Pick, depth: int) -> str:
    part, leaf = lambda: value_of(pick, "number", depth), pick(LEAVES["number"])
    days = lambda: value_of(pick, "date", depth)  # noqa: E731
    forms = {
        "sum": lambda: f"({part()} {pick('+-')} {leaf})",
        "bare": lambda: f"{leaf} {pick('+-')} {part()}",
        "chain": lambda: f"{leaf} - {leaf} + {pick(LEAVES['number'])}",
        "product": lambda: f"{leaf} * {pick(LEAVES['number'])}",
        "minus": lambda: f"- {leaf}",
        "abs": lambda: f"abs({part()})",
        "days": lambda: f"({days()} - {days()})",
    }
    return forms[pick(list(forms))]()


def day(pick: Pick, depth: int) -> str:
    return f"({value_of(pick, 'date', depth)} {pick('+-')} {pick(INTERVALS)})"


def comparison(pick: Pick) -> str:
    kind, no = pick(ORDERED), pick(["", "NOT "])
    part, leaf = value_of(pick, kind, 2), pick(LEAVES[kind])
    literals = [leaf for leaf in LEAVES[kind] if leaf not in FIELDS]
    forms = {
        "compare": lambda: f"{part} {pick(COMPARISONS)} {value_of(pick, kind, 1)}",
        "between": lambda: f"{part} {no}BETWEEN {pick([leaf, 'NULL'])} AND {value_of(pick, kind, 1)}",
        "outside": lambda: f"{part} {no}BETWEEN {value_of(pick, kind, 1)} AND {pick([leaf, 'NULL'])}",
        "in": lambda: f"{part} {no}IN ({pick(literals)}, {pick([*literals, 'NULL', 'NULL'])})",
        "null": lambda: f"{part} IS {no}NULL",
    }
    return forms[pick(list(forms))]()


def condition(pick: Pick, depth: int) -> str:
    if depth == 0:
        return pick(LEAVES["flag"]) if pick(["leaf", "compare"]) == "leaf" else comparison(pick)
    part, leaf = lambda: condition(pick, depth - 1), pick(LEAVES["flag"])
    deep = len(pick(["", "1", "333"]))
    forms = {
        "compare": lambda: comparison(pick),
        "and": lambda: f"({part()} AND {part()})",
        "or": lambda: f"({part()} or {part()})",
        "mixed": lambda: f"{leaf} AND ({part()}) OR NOT {leaf} AND {comparison(pick)}",
        "not": lambda: "NOT (" * deep + f"NOT ({part()})" + ")" * deep,
        "equal": lambda: f"({part()}) {pick(['=', '<>'])} ({part()})",
        "null": lambda: f"coalesce({leaf}, ({part()}) IS NOT NULL, {leaf})",
    }
    return forms[pick(list(forms))]()


@st.composite
def conditions(draw: st.DrawFn, depth: int) -> str:
    return condition(lambda choices: draw(st.sampled_from(choices)), depth)


@st.composite
def numbers(draw: st.DrawFn, depth: int) -> str:
    return value_of(lambda choices: draw(st.sampled_from(choices)), "number", depth)


RANDOM = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def read(reader: Callable[..., Read], text: str) -> Read | None:
    """What was read, or None where the language rightly sees that some row could overflow or it is too deep."""
    try:
        return reader(text, FIELDS, VALUES)
    except RuleError as error:
        if "38 digits" in str(error) or "nested too deeply" in str(error):
            return None
        raise


@pytest.mark.req("D9")
@RANDOM
@given(text=conditions(4))
def test_condition_answers_alike_in_both_targets(in_duckdb: Ask, text: str) -> None:
    rule = read(parse, text)
    if rule:
        assert [rule.test(row) for row in ROWS] == in_duckdb(rule.sql()), (text, rule.sql())


@pytest.mark.req("D9")
@RANDOM
@given(text=numbers(4))
def test_number_answers_alike_in_both_targets(in_duckdb: Ask, text: str) -> None:
    expression = read(parse_number, text)
    if expression:
        found = [expression.value(row) for row in ROWS]
        assert found == in_duckdb(expression.sql()), (text, expression.sql())
        python_type = {"integer": int, "decimal": Decimal}[expression.type]
        assert {type(value) for value in found} <= {python_type, type(None)}


SOUP = [
    *FIELDS,
    *VALUES,
    *COMPARISONS,
    *"+-*(),;/.[]{}@#?:$!~^&|\\\"'%",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "IS",
]
SOUP += [
    "NULL",
    "TRUE",
    "DATE",
    "'2026-01-01'",
    "INTERVAL",
    "3",
    "DAY",
    "coalesce(",
    "abs(",
    "least(",
    "--",
    "/*",
    "*/",
]
SOUP += [
    "x",
    "case",
    "any",
    "if",
    "select",
    "over",
    "over (",
    "::int",
    "->",
    "||",
    "1e9",
    "'中'",
    "（",
    "\n",
    "is null",
]


def rule_or_refusal(text: str) -> Rule | RuleError:
    try:
        return parse(text, FIELDS, VALUES)
    except RuleError as error:
        return error


@pytest.mark.req("D9")
@settings(RANDOM, max_examples=600)
@given(words=st.lists(st.sampled_from(SOUP), max_size=9))
def test_any_text_is_a_rule_or_is_refused_with_its_place(in_duckdb: Ask, words: list[str]) -> None:
    text = " ".join(words)
    rule = rule_or_refusal(text)
    if isinstance(rule, Rule):
        assert [rule.test(row) for row in ROWS] == in_duckdb(rule.sql())
    else:
        assert text[rule.position :].startswith(rule.near)
        assert f"`{rule.near}`" in str(rule)


# Answers stated by hand, so that both targets cannot be wrong together.

ROW: Row = {
    "assets_fen": 30_000_000,
    "minutes": None,
    "rate": Decimal("0.3"),
    "belief": Decimal("0.1"),
    "name": "金牌",
    "tier": None,
    "hired_on": date(2026, 1, 31),
    "due_on": None,
    "vip": True,
    "order": None,
}
TRUTHS = [
    ("assets_fen >= gold_assets_fen", True),
    ("minutes > 0", None),
    ("NOT minutes > 0", None),
    ("vip OR minutes > 0", True),
    ("vip AND minutes > 0", None),
    ("NOT vip AND minutes > 0", False),
    ("minutes IS NULL AND assets_fen IS NOT NULL", True),
    ("assets_fen IN (1, 30000000, NULL)", True),
    ("assets_fen IN (1, NULL)", None),
    ("assets_fen NOT IN (1, NULL)", None),
    ("assets_fen NOT IN (30000000, NULL)", False),
    ("assets_fen NOT IN (1, 2)", True),
    ("assets_fen BETWEEN NULL AND 1", False),
    ("assets_fen NOT BETWEEN minutes AND 1", True),
    ("assets_fen BETWEEN minutes AND 30000000", None),
    ("rate = belief + belief + belief", True),
    ("rate * 10 = 3", True),
    ("assets_fen * 0.5 = 15000000", True),
    ("least(minutes, assets_fen, 5) = 5 AND greatest(minutes, 7) = 7", True),
    ("least(minutes, NULL) IS NULL", True),
    ("coalesce(tier, name) = home_tier", True),
    ("name > 'a' AND 'B' < 'a' AND name < '😀'", True),
    ("hired_on + INTERVAL 1 DAY = DATE '2026-02-01'", True),
    ("hired_on - INTERVAL 2 WEEKS = DATE '2026-01-17'", True),
    ("hired_on + INTERVAL cool_down_days DAY > DATE '2026-02-14'", False),
    ("hired_on - DATE '2025-12-31' = 31", True),
    ("INTERVAL 1 DAY + hired_on > due_on", None),
    ("2 + 3 * 4 = 14 AND -2 - -3 = 1 AND - - 2 = 2", True),
    ("vip = TRUE AND order IS NULL", True),
    ("abs(-5) = 5 AND 5 - 7 - 1 = -3", True),
    (f"assets_fen * {MOST} > {MOST}", True),
]


@pytest.mark.req("D9")
@pytest.mark.parametrize(("text", "answer"), TRUTHS)
def test_condition_answers_as_stated(text: str, answer: bool | None) -> None:
    rule = parse(text, FIELDS, VALUES)
    columns = ", ".join(f'CAST(? AS {COLUMNS[kind]}) AS "{name}"' for name, kind in FIELDS.items())
    found = duckdb.execute(f"SELECT {rule.sql()} FROM (SELECT {columns})", list(ROW.values())).fetchone()
    assert (rule.test(ROW), found) == (answer, (answer,))


def test_worth_is_an_exact_number() -> None:
    worth = parse_number("assets_fen * rate - 0.5", FIELDS)
    with localcontext() as context:
        context.prec = 3  # the caller's context must not round
        assert worth.value(ROW) == Decimal("8999999.5")
    assert (worth.type, worth.fields) == ("decimal", {"assets_fen", "rate"})
    assert parse_number("assets_fen * 2", FIELDS).value(ROW) == 60_000_000
    assert parse_number("minutes * 2", FIELDS).value(ROW) is None


def test_rule_names_only_the_fields_it_reads() -> None:
    rule = parse("assets_fen > gold_assets_fen AND name = 'rate'", FIELDS, VALUES)
    assert (rule.text, rule.fields) == ("assets_fen > gold_assets_fen AND name = 'rate'", {"assets_fen", "name"})
    assert rule == parse(rule.text, FIELDS, VALUES)
    assert rule != parse(rule.text, FIELDS, {**VALUES, "gold_assets_fen": 1})


def test_plain_comparison_stays_plain_sql() -> None:
    """The commonest rule is spared casts, which would keep the batch from its fast path."""
    assert parse("assets_fen >= 300", FIELDS).sql() == '("assets_fen" >= 300)'


def test_negative_number_cannot_start_a_comment_where_it_is_embedded() -> None:
    assert f"1-{parse_number('-5', FIELDS).sql()}" == "1-(-5)"


@pytest.mark.parametrize(
    "text",
    ["hired_on - due_on > 3 AND name = 'it''s \\'", "hired_on + INTERVAL 2 DAY > due_on", "rate * 2 > -minutes"],
)
def test_sql_translates_for_spark(text: str) -> None:
    spark = parse(text, FIELDS).sql("spark")
    assert '"' not in spark
    assert sqlglot.parse_one(spark, read="spark").sql("spark") == spark


def test_named_text_cannot_leave_its_literal(in_duckdb: Ask) -> None:
    hostile = "' OR 1=1 --"
    rule = parse("name = hostile", FIELDS, {"hostile": hostile})
    assert rule.test({"name": hostile}) is True
    assert set(in_duckdb(rule.sql())) == {False, None}


# Rows that do not fit.


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"vip": True}, KeyError),  # although vip alone would settle it
        ({"vip": True, "minutes": 1.5}, TypeError),
        ({"vip": True, "minutes": True}, TypeError),
        ({"vip": True, "minutes": Decimal(1)}, TypeError),
        ({"vip": 1, "minutes": 1}, TypeError),
        ({"vip": True, "minutes": 2**63}, ValueError),
    ],
)
def test_row_that_does_not_fit_is_an_error(row: Row, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"minutes|vip"):
        parse("vip OR minutes > 1", FIELDS).test(row)


@pytest.mark.parametrize("value", [float("nan"), Decimal("NaN"), Decimal("Infinity"), Decimal(10) ** 12, 10**40])
def test_decimal_out_of_bounds_is_an_error(value: float | Decimal) -> None:
    with pytest.raises(ValueError, match="rate"):
        parse("rate > 1", FIELDS).test({"rate": value})


@pytest.mark.parametrize("name", ["name", "hired_on", "rate"])
def test_value_of_another_type_is_an_error(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        parse(f"{name} IS NULL", FIELDS).test({name: datetime(2026, 1, 1)})


def test_decimal_field_takes_any_number_at_six_places() -> None:
    rule = parse("rate = 0.125", FIELDS)
    assert [rule.test({"rate": value}) for value in (0.125, Decimal("0.1250004"), 1)] == [True, True, False]
    half = parse_number("rate + 0", FIELDS)
    assert half.value({"rate": Decimal("-0.0000005")}) == Decimal("-0.000001")
    assert half.value({"rate": 0.1}) == Decimal("0.1")
    assert half.value({"rate": 0.0000005}) == Decimal("0.000001")  # as DuckDB rounds a double


# Refusals: text, the nearest token, and a word of the message.

REFUSED = [
    ("assets_fen IN (SELECT 1)", "SELECT", "Unknown field or word"),
    ("(select 1) = 1", "select", "Unknown field or word"),
    ("name = read_csv('/etc/passwd')", "read_csv", "the functions are coalesce"),
    ("sleep(9) = 1", "sleep", "Unknown function"),
    ("date('2026-01-01') = hired_on", "date", "Unknown function"),
    ("ifnull(minutes, 1) = 1", "ifnull", "Unknown function"),
    ("minutes = 1; drop table x", ";", "nothing after it"),
    ("minutes::int = 1", "::", "no casts"),
    ("CAST(minutes AS INT) = 1", "CAST", "Unknown function"),
    ("asets_fen > 1", "asets_fen", "did you mean assets_fen"),
    ("Assets_fen > 1", "Assets_fen", "did you mean assets_fen"),
    ("minutes / 2 = 1", "/", "no division"),
    ("minutes // 2 = 1", "//", "no division"),
    ("minutes % 2 = 1", "%", "no division"),
    ("name LIKE '金%'", "LIKE", "Unknown field or word"),
    ("* = 1", "*", "put a field"),
    ("coalesce(*) = 1", "*", "put a field"),
    ("count(*) OVER () > 1", "count", "Unknown function"),
    ("abs(minutes) over () > 1", "over", "Unknown function"),
    ("list_filter(name, x -> x > 1)", "list_filter", "Unknown function"),
    ("minutes -> 1 = 1", "->", "not part of the rule language"),
    ("name[1] = 'a'", "[", "no arrays"),
    ("{'a': 1} = 1", "{", "not part of the rule language"),
    ("facts.minutes = 1", "facts", "Unknown field or word"),
    ("minutes.x = 1", ".", "without its table"),
    ("rate = .5", ".", "write 0.5"),
    ("rate = 5.", "5.", "not plain"),
    ("@minutes = 1", "@", "not part of the rule language"),
    ("$1 = minutes", "$", "not part of the rule language"),
    ("name || 'a' = 'b'", "||", "not part of the rule language"),
    ("CASE WHEN vip THEN vip END", "CASE", "Unknown field or word"),
    ("vip -- AND minutes > 1", "-- AND minutes > 1", "comment"),
    ("vip /* OR TRUE */ AND order", "/* OR TRUE */", "comment"),
    ("-- vip", "-- vip", "no condition"),
    ("minutes = 1e400", "1e400", "not plain"),
    ("minutes = 1e3", "1e3", "not plain"),
    ("minutes = 1_000", "1_000", "not plain"),
    (f"minutes = {2**63}", str(2**63), "out of bounds"),
    ("rate = 0.0000000001", "0.0000000001", "out of bounds"),
    ("rate = nan", "nan", "Unknown field or word"),
    ('"minutes" = 1', '"minutes"', "Double quotes"),
    ("name = E'a\\n'", "E'a\\n'", "not part of the rule language"),
    ("name = 'a", "'a", "not closed"),
    ("name = 'a' 'b'", "'b'", "before it"),
    ("minutes ＞ 1", "＞", "type it as `>`"),
    ("name = 'a\u200b'", "\\u200b", "invisible"),
    ("name = 'a\u202e'", "\\u202e", "invisible"),
    ("name < 5", "5", "text does not go with integer"),
    ("assets_fen > 'a'", "'a'", "integer does not go with text"),
    ("hired_on > '2026-01-01'", "'2026-01-01'", "date does not go with text"),
    ("vip + 1 = 2", "vip", "Arithmetic takes numbers but this is flag"),
    ("hired_on * 2 = 1", "hired_on", "INTERVAL 3 DAY"),
    ("hired_on + 3 > due_on", "hired_on", "INTERVAL 3 DAY"),
    ("minutes + INTERVAL 3 DAY = 1", "INTERVAL", "INTERVAL 3 DAY"),
    ("vip > TRUE", "TRUE", "no order"),
    ("vip IN (TRUE)", "vip", "IN takes"),
    ("minutes AND vip", "minutes", "AND takes a flag but this is integer"),
    ("NOT minutes", "minutes", "NOT takes a flag but this is integer"),
    ("abs(name) = 1", "name", "abs takes a number but this is text"),
    ("coalesce(minutes, 'a') = 1", "'a'", "integer does not go with text"),
    ("least(vip, order)", "vip", "least takes two or more"),
    ("coalesce(NULL, NULL) = 1", "NULL", "no type"),
    ("abs(minutes, 1) = 1", ")", "out of place"),
    ("minutes = NULL", "NULL", "write IS NULL"),
    ("NULL", "NULL", "true or false is needed"),
    ("NULL IS NULL", "NULL", "asks nothing"),
    ("vip IS TRUE", "TRUE", "write IS NULL"),
    ("minutes IN (assets_fen)", "assets_fen", "literals only"),
    ("minutes IN 5", "5", "list in parentheses"),
    ("minutes IN ()", ")", "put a field"),
    ("minutes BETWEEN 1 2", "2", "before it"),
    ("minutes BETWEEN SYMMETRIC 1 AND 2", "SYMMETRIC", "Unknown field or word"),
    ("1 < minutes < 5", "1", "in a row"),
    ("minutes = 1 = vip", "minutes", "in a row"),
    ("minutes == 1", "==", "write = once"),
    ("minutes = 1 vip", "vip", "before it"),
    ("minutes = + 1", "+", "put a field"),
    ("minutes =", "=", "breaks off"),
    ("(minutes = 1", "(", "not closed"),
    ("minutes = 1)", ")", "not opened"),
    ("(minutes, assets_fen) = (1, 2)", "minutes", "not part of the rule language"),
    ("hired_on = DATE '2026-02-30'", "'2026-02-30'", "no such day"),
    ("hired_on = DATE '2026-1-1'", "'2026-1-1'", "not a date"),
    ("hired_on > DATE minutes", "minutes", "not a date"),
    ("hired_on + INTERVAL 3 MONTH > due_on", "MONTH", "DAY or WEEK"),
    ("hired_on + INTERVAL '3' DAY > due_on", "'3'", "whole number"),
    ("hired_on + INTERVAL minutes DAY > due_on", "minutes", "whole number"),
    ("hired_on + INTERVAL 100001 DAY > due_on", "100001", "up to 100000 days"),
    ("assets_fen * assets_fen * minutes > 1", "assets_fen", "38 digits"),
    # A NULL minutes leaves assets_fen, so the zero bounds nothing.
    ("greatest(least(minutes * 0, assets_fen), 0) * assets_fen * assets_fen > 1", "minutes", "38 digits"),
    ("rate * rate * rate * rate > 1", "rate", "18 decimal places"),
    ("assets_fen", "assets_fen", "true or false is needed"),
]


def refused(text: str) -> RuleError:
    with pytest.raises(RuleError) as caught:
        parse(text, FIELDS, VALUES)
    return caught.value


@pytest.mark.req("D9")
@pytest.mark.parametrize(("text", "near", "why"), REFUSED)
def test_refusal_names_the_nearest_token_and_the_fix(text: str, near: str, why: str) -> None:
    error = refused(text)
    assert (error.near, why in str(error)) == (near, True), str(error)
    assert f"`{near}` at character {error.position + 1}:" in str(error)
    shown = text.encode("unicode_escape").decode() if near.startswith("\\u") else text
    assert shown[error.position :].startswith(near)


@pytest.mark.parametrize(
    ("text", "position"),
    [("vip AND\n  miutes > 1", 10), ("name = '😀客' AND nam = 'a'", 16), ("minutes = minutes + nope", 20)],
)
def test_position_counts_characters(text: str, position: int) -> None:
    assert refused(text).position == position


@pytest.mark.parametrize(
    ("text", "near", "position"),
    [
        ("(" * 100 + "vip" + ")" * 100, "(", 32),
        ("(" * 33 + "vip" + ")" * 33, "(", 32),
        ("NOT " * 33 + "vip", "NOT", 32 * 4),
        ("- " * 40 + "minutes = 1", "-", 32 * 2),
        ("abs(" * 33 + "minutes" + ")" * 33 + " = 1", "(", 32 * 4 + 3),
        ("1" + " + 1" * 33 + " = minutes", "+", 2 + 32 * 4),
    ],
)
def test_deep_nesting_is_refused(text: str, near: str, position: int) -> None:
    error = refused(text)
    assert (error.near, error.position, "nested too deeply" in str(error)) == (near, position, True)


@pytest.mark.parametrize(
    "text", ["(" * 32 + "vip" + ")" * 32, "NOT (" * 16 + "vip" + ")" * 16, "abs(" * 32 + "1" + ")" * 32 + " = 1"]
)
def test_thirty_two_levels_are_accepted_from_any_caller(text: str) -> None:
    def from_below(frames: int) -> bool | None:
        return from_below(frames - 1) if frames else parse(text, FIELDS).test({"vip": True})

    with ThreadPoolExecutor(1) as fresh:
        assert fresh.submit(from_below, 400).result() is True


def test_long_list_is_not_a_deep_one(in_duckdb: Ask) -> None:
    rule = parse(f"minutes IN ({', '.join(str(number) for number in range(800))})", FIELDS)
    assert [rule.test(row) for row in ROWS] == in_duckdb(rule.sql())
    many = parse(" OR ".join(f"minutes = {number}" for number in range(200)), FIELDS)
    assert [many.test(row) for row in ROWS] == in_duckdb(many.sql())


def test_overlong_rule_is_refused_where_it_passes_the_limit() -> None:
    text = "vip" + " OR vip" * 1000
    error = refused(text)
    assert (error.position >= 4000, text[error.position :].startswith(error.near)) == (True, True)
    assert "4000 characters" in str(error)
    assert parse("vip" + " " * 3997, FIELDS).test({"vip": True}) is True


def test_repetition_cannot_swell_the_sql() -> None:
    value = " + ".join(["minutes"] * 30)
    error = refused(f"({value}) IN ({', '.join('1' * 1200)})")
    assert "too long" in str(error)


def test_overflow_advice_works(in_duckdb: Ask) -> None:
    assert "least(greatest(field, 0), 1000000000)" in str(refused("assets_fen * minutes * minutes > 1"))
    bounded = "least(greatest(minutes, 0), 1000000)"
    worth = parse_number(f"assets_fen * {bounded} * {bounded}", FIELDS)
    assert [worth.value(row) for row in ROWS] == in_duckdb(worth.sql())


def test_empty_text_is_refused() -> None:
    assert (refused(" \n ").near, refused("").position) == ("", 0)


def test_number_expression_refuses_a_condition() -> None:
    with pytest.raises(RuleError, match="where a number is needed near `minutes`"):
        parse_number("minutes > 1", FIELDS)


@pytest.mark.parametrize("name", ["Minutes", "and", "date", "a b", '"', ""])
def test_field_name_that_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a field"):
        parse("vip", {**FIELDS, name: "flag"})


@pytest.mark.parametrize(
    "value",
    [True, 1.5, None, 2**63, Decimal("NaN"), Decimal("1e400"), datetime(2026, 1, 1), "a\x00"],
)
def test_constant_that_no_literal_could_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="'limit' cannot be a named constant"):
        parse("vip", FIELDS, {"limit": value})  # type: ignore[dict-item]


def test_name_with_two_meanings_is_refused() -> None:
    with pytest.raises(ValueError, match="both a field and a named constant"):
        parse("vip", FIELDS, {"vip": 1})


def test_field_of_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="has no type 'money'"):
        parse("vip", {**FIELDS, "cost": "money"})  # type: ignore[dict-item]


def test_words_of_sql_can_name_fields() -> None:
    names: Sequence[str] = ("case", "any", "if", "select", "timestamp", "row", "desc", "next", "map", "客户")
    for name in names:
        assert parse(f"{name} = 1 AND abs({name}) IN (1, 2)", {name: "integer"}).test({name: 1}) is True
