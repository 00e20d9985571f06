"""The workspace: what may fill a stage's text, how facts become tables, what the digest covers."""

from datetime import date

import pyarrow as pa
import pytest

from yuandian.engine.sql import FactsError, Sql, Workspace, days, fill, literal, name

CUSTOMERS = pa.table({"customer_id": [1, 2], "opened_on": [date(2026, 1, 1)] * 2})


def workspace(**tables):
    return Workspace.from_arrow({"customers": CUSTOMERS, **tables})


def test_a_placeholder_takes_names_numbers_days_and_sql_of_our_own():
    text = fill("$a $b $c $d", a="plain_name", b=-7, c=date(2026, 1, 2), d=Sql("max(x)"))
    assert text == "\"plain_name\" -7 DATE '2026-01-02' max(x)"


@pytest.mark.parametrize("text", ["", "a b", 'a"b', "a;drop", "1a", "a-b", "客户"])
def test_a_text_that_is_no_plain_name_is_refused(text):
    with pytest.raises(ValueError, match="is not a plain name"):
        fill("$a", a=text)
    with pytest.raises(ValueError, match="is not a plain name"):
        name(text)


def test_a_placeholder_without_a_value_is_refused():
    with pytest.raises(KeyError):
        fill("$a")


def test_what_is_filled_in_is_not_filled_again():
    assert fill("$a", a=literal("$b")) == "'$b'"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "NULL"), (True, "TRUE"), (-3, "-3"), ("it's", "'it''s'"), (date(2026, 11, 4), "DATE '2026-11-04'")],
)
def test_literals(value, text):
    assert literal(value) == text


def test_spans_of_days_end_with_the_day():
    spans = days(date(2026, 3, 1))
    assert (spans["from_7"], spans["ago_30"], spans["tomorrow"]) == (
        date(2026, 2, 23),
        date(2026, 1, 30),
        date(2026, 3, 2),
    )


def test_a_table_that_was_not_given_is_empty_and_typed():
    events = workspace().arrow("events")
    assert events.num_rows == 0
    assert events.schema.field("customer_id").type == "int64"
    assert events.schema.field("occurred_at").type == pa.timestamp("us")


def test_columns_that_were_not_given_are_empty_and_personal_ones_left_out():
    customers = workspace(customers=CUSTOMERS.append_column("phone", [["1", "2"]])).arrow("customers")
    assert {"name", "phone", "document_no"}.isdisjoint(customers.column_names)
    assert customers["risk_level"].to_pylist() == [None, None]


def test_customers_and_required_columns_cannot_be_left_out():
    with pytest.raises(FactsError, match="no table customers"):
        Workspace.from_arrow({})
    with pytest.raises(FactsError, match="table customers has no column opened_on"):
        Workspace.from_arrow({"customers": CUSTOMERS.drop_columns("opened_on")})


def balances(customers, accounts=("a", "b")):
    return pa.table(
        {
            "customer_id": customers,
            "account_id": list(accounts),
            "date": [date(2026, 1, 1)] * 2,
            "amount_fen": [1.0, 2.0],
        }
    )


@pytest.mark.parametrize(
    ("referring", "found"),
    [
        (pa.array([1, 2], pa.int32()), [1, 2]),
        (pa.array([1.0, None]), [1, None]),
        (["2", "x"], [2, None]),
    ],
)
def test_the_ids_of_customers_decide_for_all_references(referring, found):
    assert workspace(balances=balances(referring)).arrow("balances")["customer_id"].to_pylist() == found


def test_texts_as_ids_stay_texts():
    customers = CUSTOMERS.set_column(0, "customer_id", [["01", "x"]])
    rows = workspace(customers=customers, balances=balances([1, 2])).arrow("balances")
    assert rows["customer_id"].to_pylist() == ["1", "2"]


def test_an_id_whose_table_was_not_given_is_as_its_references_are():
    assert workspace(balances=balances([1, 2], [7, 8])).columns("balances")["account_id"] == "BIGINT"
    assert workspace(balances=balances([1, 2], ["7", "8"])).columns("balances")["account_id"] == "VARCHAR"


def test_a_fact_of_another_type_is_refused_with_a_reason():
    wrong = workspace(customers=CUSTOMERS.set_column(1, "opened_on", [["2026-01-01", "soon"]]))
    with pytest.raises(FactsError, match="soon"):
        wrong.run("CREATE TABLE copy AS SELECT * FROM customers")


def lines(**changes):
    columns = {
        "transaction_id": [1, 2, 3],
        "customer_id": [1, 1, 1],
        "occurred_at": [date(2026, 1, 1)] * 3,
        "kind": ["card"] * 3,
        "amount_fen": [5, -3, 2],
        "income_fen": [None, 1, 1],
    }
    return pa.table(columns | changes)


def test_lines_become_sums_by_day():
    given = workspace(transactions=lines())
    assert given.arrow("customer_days").to_pylist() == [
        {
            "customer_id": 1,
            "date": date(2026, 1, 1),
            "kind": "card",
            "transactions": 3,
            "inflow_fen": 7,
            "outflow_fen": 3,
            "income_fen": 2,
        }
    ]
    assert given.rows("flows") == 3


def digest(**columns):
    made = Workspace()
    made.add("made", pa.table(columns))
    return made.hash("made")


def test_the_digest_covers_every_value_and_no_order():
    same = digest(a=[1, 2], b=["x", None])
    assert same == digest(a=[2, 1], b=[None, "x"]) == digest(a=["1", "2"], b=["x", None])
    others = [
        digest(a=[1, 2], b=["x", ""]),
        digest(a=[1, 2], b=[None, "x"]),
        digest(a=[1, 2, 2], b=["x", None, None]),
        digest(b=["x", None], a=[1, 2]),
        digest(a=[1], b=["x"]),
        digest(a=["1x", "2"], b=["", None]),
    ]
    assert len({same, *others}) == len(others) + 1
    assert digest(a=pa.array([], pa.int64())) == "0" * 32


def test_the_digest_is_the_sum_of_the_halves_of_md5():
    """By hand: MD5 of "7", little-endian halves as numbers, low one first."""
    import hashlib

    raw = hashlib.md5(b"7").digest()
    low, high = (int.from_bytes(half, "little") for half in (raw[:8], raw[8:]))
    assert digest(a=[7]) in (f"{low:016x}{high:016x}", f"{high:016x}{low:016x}")
