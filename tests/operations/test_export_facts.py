"""Whole tables out and back in: the same branch says unchanged, an empty one ends with equal values (X5, A15)."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, everything, make_branch, make_customer, make_phone

from yuandian.engine.know.intake import Expected, match, typed
from yuandian.engine.tables import KINDS
from yuandian.operations.export import fact_sheet, write_facts
from yuandian.operations.files.opening import open_rows
from yuandian.operations.files.write import WRITERS, Heading, Sheet, TooMuchError, write_csv, write_xlsx
from yuandian.operations.know import import_file
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.records.facts import Interaction
from yuandian.records.frames.rows import PAGE
from yuandian.records.org import Branch
from yuandian.records.runs import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = load_fields("bank")
SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "'=1+1",
    "''@x",
    '=HYPERLINK("http://x","y")',
]
TRICKY = [
    *FORMULAS, "'", "''", "'a", "_x0041_", "_x005F_x0041_", "a\x01b\x1fc", "\x0b\x0c", "<r><t>x</t></r>", "<r>&</r>", "]]>",
    'he said "no",\r\nthen;left\r', "007", "18 digits 123456789012345678", "\ufffe\uffff", "😀𠮷", "true", "1e5",
    "2026-11-25", "&lt;&#x41;", "{}", "#REF", "NULL", "x" * 32_000, "a\n=b",
]  # fmt: skip


def take(branch: Branch, path: Path, kind: str):
    return import_file(branch=branch, kind=kind, path=path, fields=FIELDS, by=None, at=NOW)


def fill(branch: Branch, folder: Path, texts: list[str]) -> None:
    """A branch with every kind of fact, every column said somewhere, and hostile texts where texts go."""
    many = range(len(texts))
    tables: dict[str, list[list[object]]] = {
        "rms": [
            ["rm_id", "name", "team_id", "outlet_id", "hired_on", "left_on", "status", "minutes_per_day"],
            ["R1", texts[0], "T1", "=O1", "2024-01-02", "", "agent", 240],
            ["007", "李", "", "", "1900-02-28", "2026-01-31", "trial", ""],
        ],
        "customers": [
            ["customer_id", "kind", "name", "birth_date", "birth_calendar", "phone", "document_no", "opened_on", "channel",
             "referrer_id", "outlet_id", "risk_level", "spending_power", "employer", "has_mobile_bank"],
            *([f"C{n}", "person", text[:200], "1980-02-29", "lunar", f"+86186000{n:05d}", "110101199001011234", "2025-03-01",
               "=walk", f"C{n + 1}" if n == 0 else "", "=O1", 3, 5, text, ["是", "否", ""][n % 3]] for n, text in enumerate(texts)),
            ["000123456789012345678", "organisation", "", "", "", "", "", "2200-12-31", "", "C1", "", "", "", "", ""],
        ],
        "ownerships": [["customer_id", "rm_id", "active_from", "active_to"],
                       ["C0", "R1", "2025-03-01", "2025-06-01"], ["C0", "007", "2025-06-01", ""]],
        "consents": [["customer_id", "channel", "granted", "changed_at", "source"],
                     *([f"C{n}", "phone", n % 2 == 0, "2025-03-01 09:00:01", text[:200]] for n, text in enumerate(texts))],
        "relations": [["customer_id", "related_id", "kind", "active_from"], ["C0", "C1", "-spouse", ""],
                      ["C1", "C0", "child", "2001-01-01"]],
        "accounts": [["account_id", "customer_id", "product_id", "opened_on", "closed_on"],
                     ["0001", "C0", "current", "2025-03-01", ""], ["-2", "C1", "loan", "2025-03-01", "2025-04-01"]],
        "contracts": [["contract_id", "customer_id", "product_id", "opened_on", "closed_on", "amount_fen", "ends_on"],
                      ["K1", "C0", "time_deposit", "2025-03-01", "", 10**15, "2027-03-01"],
                      ["@K2", "C0", "loan", "2025-03-01", "2025-04-01", "", ""]],
        "balances": [["customer_id", "account_id", "date", "amount_fen"], ["C0", "0001", "2026-11-01", -999_999_999_999_999]],
        "transactions": [["transaction_id", "customer_id", "account_id", "occurred_at", "kind", "amount_fen", "income_fen"],
                         ["X1", "C0", "0001", "2026-11-01T23:59:59+08:00", "in", 5, 1], ["=X2", "C1", "", "1991-09-15 00:30", "out", -5, ""]],
        "interactions": [
            ["interaction_id", "customer_id", "rm_id", "occurred_at", "channel", "purpose", "playbook", "direction", "result",
             "minutes", "callback_on", "department", "note"],
            *([f"I{n}", f"C{n}", "R1", f"2026-10-{n % 28 + 1:02d} 10:00", "visit", "care", "x", "in", "", n, "2026-12-01", "柜面", texts[n]]
              for n in many)],
        "events": [["event_id", "customer_id", "occurred_at", "sequence", "kind", "data"],
                   ["E1", "C0", "2026-11-01 08:00", 4_000_000_000_000_000_001, "move", '{"a": "=1", "b": [1, 2.50]}'], ["E2", "C1", "2026-11-01", "", "move", ""]],
    }  # fmt: skip
    assert tuple(tables) == KINDS
    for kind, (header, *rows) in tables.items():
        path = folder / f"{kind}.csv"
        write_csv(
            Sheet(tuple(map(Heading, header)), 0, lambda rows=rows: [[[str(cell) for cell in row] for row in rows]]),
            path, SHANGHAI, lambda: None,
        )  # fmt: skip
        done = take(branch, path, kind)
        assert done.counts[kind]["rejected"] == 0, done.sample


def facts(branch: Branch) -> dict[str, list]:
    """Every fact of a branch by its numbers."""
    return {
        kind: sorted((row for page in fact_sheet(branch, kind).pages() for row in page), key=repr)
        for kind in KINDS
    }


def round_trip(folder: Path, ending: str, texts: list[str]) -> None:
    branch, empty = make_branch(), make_branch()
    fill(branch, folder, texts)
    said = facts(branch)
    for kind in KINDS:
        path = folder / f"{kind}.{ending}"
        rows = write_facts(branch=branch, kind=kind, path=path, at=NOW)
        assert rows == len(said[kind]) > 0
        again = take(branch, path, kind)
        assert again.counts[kind] == {"received": rows, "accepted": 0, "unchanged": rows, "rejected": 0}, (
            again.sample
        )
        into = take(empty, path, kind)
        assert into.counts[kind] == {"received": rows, "accepted": rows, "unchanged": 0, "rejected": 0}, (
            into.sample
        )
        assert again.unused_columns == {}
    assert facts(empty) == said
    assert said == facts(branch)


@pytest.mark.req("X5")
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_every_kind_comes_back_as_it_was(tmp_path, ending):
    round_trip(tmp_path, ending, TRICKY)


SPACES = " \t\r\n\v\f\u00a0\u3000\ufeff"
KEPT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0０１２３４５６７８９"), min_size=1, max_size=60
).filter(
    lambda text: (
        text.strip(SPACES) == text
        and text not in {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"}
    )
)
FORMULA_LIKE = st.builds(
    lambda head, rest: (head + rest)[:60], st.sampled_from(["=", "'=", "''-", "@", "_x0041_", "<r>", "+"]), KEPT
)


@pytest.mark.req("X5")
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(KEPT | FORMULA_LIKE, min_size=1, max_size=40))
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_any_texts_come_back_as_the_intake_reads_them(tmp_path, ending, texts):
    headings = (
        Heading("interaction_id"),
        Heading("customer_id"),
        Heading("occurred_at", "moment"),
        Heading("channel"),
        Heading("purpose"),
        Heading("note"),
    )
    rows = [(f"I{n}", "C1", NOW, "phone", "care", text) for n, text in enumerate(texts)]
    path = tmp_path / f"interactions.{ending}"
    assert WRITERS[ending](Sheet(headings, len(rows), lambda: iter([rows])), path, SHANGHAI, lambda: None) == len(
        rows
    )
    source, table = open_rows(path), FIELDS.table("interactions")
    matched = match(table, source.header, FIELDS.kinds["interactions"])
    [read] = [typed(table, batch, matched, Expected("Asia/Shanghai")) for batch in source]
    assert read.rejects.to_pylist() == []
    assert read.rows["note"].to_pylist() == texts
    assert set(read.rows["occurred_at"].to_pylist()) == {NOW.replace(tzinfo=None)}


@pytest.mark.req("X5")
def test_no_cell_of_an_export_is_a_formula(tmp_path):
    """A15: a canary in every text; the csv is read as a spreadsheet would, the workbook by its own types."""
    branch = make_branch()
    fill(branch, tmp_path, FORMULAS * 2)
    computed = tuple("=+-@\t\r\n\0＝＋－＠")
    for kind in KINDS:
        write_facts(branch=branch, kind=kind, path=tmp_path / "a.csv", at=NOW)
        with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell.startswith(computed) and not cell[1:].isdigit()] == []
        write_facts(branch=branch, kind=kind, path=tmp_path / "a.xlsx", at=NOW)
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        kinds = {cell.data_type for row in book.active.iter_rows() for cell in row}
        assert "f" not in kinds
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_cells_have_their_types_and_numbers_keep_their_digits(tmp_path):
    customer = make_customer(
        make_branch(),
        number="000123",
        birth_date=date(1980, 2, 29),
        risk_level=3,
        document_no="110101199001011234",
    )
    make_phone(customer, "013900001402")
    write_facts(branch=customer.branch, kind="customers", path=tmp_path / "c.xlsx", at=NOW)
    header, row = openpyxl.load_workbook(tmp_path / "c.xlsx").active.iter_rows()
    cells = {name.value: cell for name, cell in zip(header, row, strict=True)}
    assert (cells["customer_id"].value, cells["customer_id"].number_format) == ("000123", "@")
    assert (cells["phone"].value, cells["phone"].data_type) == ("013900001402", "s")
    assert (cells["document_no"].value, cells["document_no"].data_type) == ("110101199001011234", "s")
    assert (cells["birth_date"].value, cells["birth_date"].is_date) == (datetime(1980, 2, 29), True)
    assert (cells["risk_level"].value, cells["risk_level"].data_type) == (3, "n")
    assert cells["spending_power"].value is None


def test_moments_say_their_offset_and_come_back_in_the_hour_that_came_twice(tmp_path, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    customer = make_customer(make_branch())
    moments = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    for nth, at in enumerate(moments):
        Interaction.objects.create(
            branch=customer.branch,
            number=f"I{nth}",
            customer=customer,
            occurred_at=at,
            channel="phone",
            purpose="care",
        )
    for ending in ("csv", "xlsx"):
        path = tmp_path / f"i.{ending}"
        write_facts(branch=customer.branch, kind="interactions", path=path, at=NOW)
        assert take(customer.branch, path, "interactions").counts["interactions"]["unchanged"] == 2
    assert "2026-10-25T02:30:00+02:00" in (tmp_path / "i.csv").read_text()
    assert "2026-10-25T02:30:00+01:00" in (tmp_path / "i.csv").read_text()


def test_what_was_taken_back_does_not_leave_and_many_pages_are_whole(tmp_path):
    customer = make_customer(make_branch())
    Interaction.objects.bulk_create(
        Interaction(branch=customer.branch, number=f"I{n}", customer=customer, occurred_at=NOW + timedelta(minutes=n), channel="phone",
                    purpose="care", voided_at=NOW if n == 7 else None)
        for n in range(2 * PAGE + 1)
    )  # fmt: skip
    assert write_facts(branch=customer.branch, kind="interactions", path=tmp_path / "i.csv", at=NOW) == 2 * PAGE
    with (tmp_path / "i.csv").open(encoding="utf-8-sig", newline="") as file:
        numbers = {row["interaction_id"] for row in csv.DictReader(file)}
    assert len(numbers) == 2 * PAGE
    assert "I7" not in numbers


def test_a_file_appears_whole_or_not_at_all_for_its_owner_alone_and_on_the_record(tmp_path):
    branch = make_branch(number="B-export")
    make_customer(branch)
    path = tmp_path / "customers.csv"
    assert write_facts(branch=branch, kind="customers", path=path, at=NOW) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.by, entry.values.after) == (
        "export",
        None,
        {"what": "customers", "file": "customers.csv", "rows": 1},
    )
    Interaction.objects.create(
        branch=branch, number="long", customer=branch.customers.get(), occurred_at=NOW, channel="phone", purpose="care", note="😀" * 16_384
    )  # fmt: skip
    before = everything()
    for refused, name, kind in (
        (TooMuchError, "i.xlsx", "interactions"),
        (RefusedError, "x.pdf", "customers"),
        (RefusedError, "x.csv", "nights"),
    ):
        with pytest.raises(refused):
            write_facts(branch=branch, kind=kind, path=tmp_path / name, at=NOW)
    assert everything() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["customers.csv"]
    assert write_facts(branch=branch, kind="interactions", path=tmp_path / "i.csv", at=NOW) == 1


def test_more_rows_than_a_sheet_has_are_refused_before_the_first(tmp_path):
    sheet = Sheet((Heading("n"),), 1_048_576, lambda: iter(()))
    with pytest.raises(TooMuchError, match="too_many_rows"):
        write_xlsx(sheet, tmp_path / "a.xlsx", SHANGHAI, lambda: None)
    assert list(tmp_path.iterdir()) == []
