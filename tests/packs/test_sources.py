"""Sources become SQL; what cannot be read or found stays visible."""

import duckdb
import pytest

from yuandian.packs.loader import load_source
from yuandian.packs.source import Source
from yuandian.packs.sources import compile_source, file_called, why_ignored

RAW = {
    "client": [("1", "706213", "18"), ("2", "991332", "1"), ("3", "450204", "77")],
    "account": [("10", "18", "POPLATEK MESICNE", "930105"), ("11", "1", "POPLATEK MESICNE", "930231")],
    "disp": [("100", "1", "10", "OWNER"), ("101", "3", "10", "DISPONENT"), ("102", "2", "11", "HEIR")],
    "card": [("5", "100", "classic", "931107 00:00:00"), ("6", "999", "platinum", "soon")],
    "loan": [
        ("7", "10", "930131", "96396", "1", "8033.00", "B"),
        ("8", "10", "930131", "1000.5", "12", "9", "C"),
        ("9", "10", "930131", "1.005", "x", "9", "E"),
    ],
    "trans": [
        ("1", "10", "930110", "PRIJEM", "VKLAD", "700.00", "0", None, None, None),
        ("2", "10", "930110", "VYDAJ", "VYBER", "14.60", "0", "SLUZBY", None, None),
        ("3", "10", "930111", "VYBER", "VYBER", "100", "0", " ", None, None),
        ("4", "10", "930112", "PRIJEM", "VKLAD", "1,5", "0", None, None, None),
        ("5", "10", "930113", "PRIJEM", "VKLAD", "1.00", "0", None, None, None),
        ("6", "12", "930110", "DAR", "DAREK", "5.00", "0", None, None, None),
    ],
    "district": [("1", "Hl.m. Praha", "Prague"), ("18", "Pisek", "south Bohemia"), ("77", "Vsetin", "Atlantis")],
}  # fmt: skip


@pytest.fixture
def produced() -> dict[tuple[str, str], list[dict[str, object]]]:
    """Rows of every table by kind and file, from the spoilt little bank above."""
    source = load_source("bank", "berka")
    connection = duckdb.connect()
    for name, rows in RAW.items():
        columns = ", ".join(f'"{column}" VARCHAR' for column in source.files[name].columns)
        connection.execute(f'CREATE TABLE "{name}" (_row BIGINT, {columns})')
        places = ", ".join("?" for _ in (None, *source.files[name].columns))
        connection.executemany(
            f'INSERT INTO "{name}" VALUES ({places})', [(n, *row) for n, row in enumerate(rows, 1)]
        )
    made = {}
    for production in compile_source(source):
        names = ("_row", *production.columns)
        rows = connection.execute(production.sql).fetchall()
        made[production.kind, production.file] = [dict(zip(names, row, strict=True)) for row in rows]
    return made


def test_every_row_comes_out_with_its_number(produced):
    counts = {kind: [row["_row"] for row in rows] for kind, rows in produced.items()}
    assert counts == {
        ("rms", "district"): [1, 2, 3],
        ("customers", "client"): [1, 2, 3],
        ("ownerships", "client"): [1, 2, 3],
        ("consents", "client"): [1, 2, 3],
        ("relations", "disp"): [2, 3],
        ("accounts", "account"): [1, 2],
        ("contracts", "loan"): [1, 2, 3],
        ("contracts", "card"): [1, 2],
        ("balances", "trans"): [2, 3, 4, 5, 6],
        ("transactions", "trans"): [1, 2, 3, 4, 5, 6],
        ("events", "loan"): [1, 2, 3],
    }


def test_birth_numbers_hold_the_sex_and_bad_ones_stay(produced):
    births = [row["birth_date"] for row in produced["customers", "client"]]
    assert births == ["1970-12-13", "991332", "1945-02-04"]


def test_an_impossible_day_stays_as_it_was(produced):
    assert [row["opened_on"] for row in produced["accounts", "account"]] == ["1993-01-05", "930231"]
    assert [row["opened_on"] for row in produced["contracts", "card"]] == ["1993-11-07", "soon"]


def test_what_is_not_found_is_null_and_an_unknown_code_stays(produced):
    assert [row["customer_id"] for row in produced["accounts", "account"]] == ["1", None]
    assert [(row["customer_id"], row["product_id"]) for row in produced["contracts", "card"]] == [
        ("1", "card_classic"),
        (None, "platinum"),
    ]
    assert [row["rm_id"] for row in produced["ownerships", "client"]] == ["south_bohemia", "prague", "Atlantis"]
    assert [row["kind"] for row in produced["relations", "disp"]] == ["account_user", "HEIR"]


def test_money_is_exact_signed_and_spoilt_in_the_open(produced):
    rows = produced["transactions", "trans"]
    assert [row["amount_fen"] for row in rows] == ["70000", "-1460", "-10000", "1,5 (PRIJEM)", "100", "5.00 (DAR)"]
    assert [row["income_fen"] for row in rows] == [None, "1460", None, None, None, None]
    assert [row["kind"] for row in rows] == ["cash_in", "fee", "cash_out", "cash_in", "cash_in", "DAREK|"]
    assert [row["amount_fen"] for row in produced["contracts", "loan"]] == ["9639600", "100050", "1.005"]


def test_balances_are_totals_by_day_and_never_silently_wrong(produced):
    rows = [(row["account_id"], row["date"], row["amount_fen"]) for row in produced["balances", "trans"]]
    assert rows == [
        ("10", "1993-01-10", "68540"),
        ("10", "1993-01-11", "58540"),
        ("10", "1993-01-12", "? 1,5 (PRIJEM)"),
        ("10", "1993-01-13", "? 1,5 (PRIJEM)"),
        ("12", "1993-01-10", "? 5.00 (DAR)"),
    ]


def test_months_are_added_within_the_month_and_outcomes_wait_for_their_day(produced):
    assert [row["ends_on"] for row in produced["contracts", "loan"]] == [
        "1993-02-28",
        "1994-01-31",
        "930131 + x months",
    ]
    assert [row["occurred_at"] for row in produced["events", "loan"]] == [
        "1993-02-28T00:00:00",
        "1998-12-31T00:00:00",
        "E",
    ]


def test_an_unknown_code_is_outside_the_choices():
    productions = {(p.kind, p.file): p for p in compile_source(load_source("bank", "berka"))}
    assert productions["contracts", "card"].choices["product_id"] == {"card_classic", "card_junior", "card_gold"}
    assert "DAREK|" not in productions["transactions", "trans"].choices["kind"]
    assert {kind for kind, production in productions.items() if production.made_up} == {
        ("rms", "district"),
        ("ownerships", "client"),
        ("consents", "client"),
    }


def test_a_key_that_is_twice_finds_nothing(produced):
    """Two owners of one account would double its rows or pick one of them by chance."""
    text = {
        "label": {"zh": "甲", "en": "a"},
        "currency": "CZK",
        "files": {"a": {"match": ["a"], "columns": ["k"]}, "b": {"match": ["b"], "columns": ["k", "v"]}},
        "tables": [
            {
                "kind": "accounts",
                "file": "a",
                "lookups": {"b": {"file": "b", "match": {"k": "k"}}},
                "columns": {"account_id": {"use": "copy", "of": "k"}, "customer_id": {"use": "copy", "of": "b.v"}},
            }
        ],
    }
    source = Source.model_validate(text, strict=False)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE a AS SELECT 1 AS _row, 'x' AS k UNION ALL SELECT 2, 'y'")
    connection.execute(
        "CREATE TABLE b AS SELECT 1 AS _row, 'x' AS k, '1' AS v UNION ALL SELECT 2, 'x', '2' UNION ALL SELECT 3, 'y', '3'"
    )
    assert connection.execute(compile_source(source)[0].sql).fetchall() == [(1, "x", None), (2, "y", "3")]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("client.csv.gz", "client"),
        ("TRANS.CSV", "trans"),
        ("trans_1993-01_to_1994-03.csv.gz", "trans"),
        ("order.csv.gz", None),
        ("SOURCE.md", None),
    ],
)
def test_files_are_known_by_name(name, known):
    source = load_source("bank", "berka")
    assert file_called(source, name) == known


def test_an_ignored_file_says_why():
    source = load_source("bank", "berka")
    why = why_ignored(source, "order.csv.gz")
    assert why is not None
    assert why.en == "Standing orders carry no date; using them would be to know the future"
    assert why_ignored(source, "SOURCE.md") is None
