"""A folder into the facts: by names of kinds, and by a source of the pack (the real Berka files)."""

import csv
import gzip
import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.factories import NOW, TODAY, everything, make_branch

from yuandian.operations.know import Imported, import_folder
from yuandian.operations.org import add_branch
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.packs.loader import load, load_source
from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Transaction
from yuandian.records.org import Branch
from yuandian.records.runs import ImportBatch

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = load_fields("bank")
BERKA = Path(__file__).resolve().parents[3] / "shared/data/berka"


def take(branch: Branch, folder: Path, source: str = "", **more) -> Imported:
    declared = load_source("bank", source) if source else None
    return import_folder(
        branch=branch, folder=folder, fields=FIELDS, by=None, at=NOW, source=declared, source_name=source, **more
    )


def write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


@pytest.fixture
def folder(tmp_path) -> Path:
    """Owners come after the owned in the alphabet, and transactions in two files."""
    write(tmp_path / "customers.csv", "客户号,姓名,开户日期\nC1,周小云,2026-01-02\n")
    write(tmp_path / "ownerships.csv", "customer_id,rm_id,active_from\nC1,R1,2026-01-02\n")
    write(tmp_path / "rms.csv", "rm_id,name,hired_on\nR1,吴经理,2024-01-02\n")
    header = "transaction_id,customer_id,occurred_at,kind,amount,柜员"
    october = f"{header}\nT1,C1,2026-10-01,in,1.5,9\n"
    november = f"{header},批次\nT2,C1,2026-11-01,in,x,9,1\nT3,C1,2026-11-01,in,2,9,1\n"
    write(tmp_path / "transactions-2026-10.csv.gz", october)
    write(tmp_path / "transactions-2026-11.csv", november)
    write(tmp_path / "transactions_old.csv", header)
    write(tmp_path / "notes.txt", "x")
    write(tmp_path / ".hidden.csv", "x")
    return tmp_path


def test_files_are_taken_by_their_names_owners_before_owned(folder):
    branch = make_branch()
    done = take(branch, folder)
    assert done.as_json() == {
        "batch_id": ImportBatch.objects.get(kind="rms").pk,
        "received": {"rms": 1, "customers": 1, "ownerships": 1, "transactions": 3},
        "accepted": {"rms": 1, "customers": 1, "ownerships": 1, "transactions": 2},
        "unchanged": {"rms": 0, "customers": 0, "ownerships": 0, "transactions": 0},
        "rejected": {"rms": 0, "customers": 0, "ownerships": 0, "transactions": 1},
        "rejects_file": str(done.rejects_file),
        "ignored_files": ["notes.txt", "transactions_old.csv"],
        "unused_columns": {"transactions": ["柜员", "批次"]},
    }
    with done.rejects_file.open(encoding="utf-8-sig", newline="") as file:
        assert [row[:5] + row[6:] for row in csv.reader(file)][1:] == [
            ["transactions", "1", "amount", "x", "not_money", "transactions-2026-11.csv"]
        ]
    assert Ownership.objects.get().rm.name == "吴经理"
    assert list(Transaction.objects.order_by("number").values_list("number", "amount_fen")) == [
        ("T1", 150),
        ("T3", 200),
    ]


def test_a_dry_run_of_a_folder_resolves_what_it_would_have_written(folder):
    branch = make_branch()
    before = everything()
    done = take(branch, folder, dry_run=True)
    assert done.counts["ownerships"] == {"received": 1, "accepted": 1, "unchanged": 0, "rejected": 0}
    assert everything() == before


def test_one_unreadable_file_stops_the_folder_before_the_first_row(folder):
    branch = make_branch()
    write(folder / "transactions-2026-12.csv", "a,b\n1,2\n")
    before = everything()
    with pytest.raises(RefusedError) as caught:
        take(branch, folder)
    assert (caught.value.code, caught.value.inputs["file"]) == ("missing_columns", "transactions-2026-12.csv")
    assert everything() == before


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(RefusedError) as caught:
        take(make_branch(), tmp_path)
    assert caught.value.code == "nothing_to_import"


def bank_branch() -> Branch:
    return add_branch(number="berka", name="Berka", pack=load("bank", as_of=TODAY), at=NOW)


needs_berka = pytest.mark.skipif(not BERKA.is_dir(), reason="the shared folder with the Berka files is not there")


@needs_berka
@pytest.mark.req("K1")
def test_the_berka_files_come_in_whole_and_a_second_time_unchanged():
    branch = bank_branch()
    done = take(branch, BERKA, "berka")
    received = {
        "rms": 8, "customers": 5369, "ownerships": 5369, "consents": 5369, "relations": 869, "accounts": 4500,
        "contracts": 1574, "balances": 39960, "transactions": 49102, "events": 682,
    }  # fmt: skip
    assert done.as_json()["received"] == received
    assert done.as_json()["accepted"] == received
    assert done.ignored_files == ("SOURCE.md", "order.csv.gz")
    assert Transaction.objects.filter(branch=branch).count() == 49102
    assert Customer.objects.get(branch=branch, number="1").birth_date == date(1970, 12, 13)
    branch.refresh_from_db()
    assert (branch.currency, branch.source) == ("CZK", "berka")
    assert take(branch, BERKA, "berka").as_json()["unchanged"] == received


@needs_berka
def test_a_branch_with_facts_keeps_its_currency():
    branch = bank_branch()
    Customer.objects.create(branch=branch, number="1", name="x", name_key="x", initials="x", opened_on=TODAY)
    before = everything()
    with pytest.raises(RefusedError) as caught:
        take(branch, BERKA, "berka")
    assert (caught.value.code, caught.value.inputs) == ("other_currency", {"branch": "CNY", "source": "CZK"})
    assert everything() == before


@pytest.fixture
def without_transactions(tmp_path) -> Path:
    """The Berka files but the large one: what hangs on it alone is left out."""
    for path in BERKA.glob("*.gz"):
        if not path.name.startswith("trans"):
            shutil.copy(path, tmp_path)
    return tmp_path


@needs_berka
def test_a_dry_run_leaves_the_currency_alone(without_transactions):
    branch = bank_branch()
    before = everything()
    done = take(branch, without_transactions, "berka", dry_run=True)
    assert {kind: count["accepted"] for kind, count in done.counts.items()} == {
        "rms": 8, "customers": 5369, "ownerships": 5369, "consents": 5369, "relations": 869, "accounts": 4500,
        "contracts": 1574, "events": 682,
    }  # fmt: skip
    assert everything() == before


@needs_berka
def test_an_unknown_code_and_a_short_row_of_a_source_are_rejected(without_transactions):
    lines = gzip.decompress((BERKA / "loan.csv.gz").read_bytes()).decode().splitlines()
    lines[1] = lines[1][:-1] + "Z"
    lines[2] = "5316,1801"
    (without_transactions / "loan.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    done = take(bank_branch(), without_transactions, "berka")
    assert done.counts["contracts"]["rejected"] == 1
    assert {(one["row"], one["reason"]) for one in done.sample if one["kind"] == "contracts"} >= {(2, "missing")}
    assert (1, "not_one_of") in {(one["row"], one["reason"]) for one in done.sample if one["kind"] == "events"}


@needs_berka
def test_a_lookup_needs_its_file(tmp_path):
    shutil.copy(BERKA / "client.csv.gz", tmp_path)
    with pytest.raises(RefusedError) as caught:
        take(bank_branch(), tmp_path, "berka")
    assert (caught.value.code, caught.value.inputs) == (
        "missing_files",
        {"missing": ["account", "disp", "district"]},
    )
