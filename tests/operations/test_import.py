"""One file into the facts: counts, rejects, repeats, dry runs, and kills in the middle."""

import csv
import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from tests.factories import NOW, everything, make_branch, make_customer, make_rm, make_user

from yuandian.operations import files
from yuandian.operations.know import Imported, import_file
from yuandian.operations.know.file import lengths
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Transaction
from yuandian.records.org import Branch, Role
from yuandian.records.runs import AuditEntry, ImportBatch, ImportReject

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = load_fields("bank")
CUSTOMERS = [
    ("客户号", "客户姓名", "开户日期", "风险等级", "手机号"),
    ("C1", "周小云", "2026-01-02", "3", "13900001402"),
    ("C2", "吴远", "2026/1/3", "C2", ""),
]


def take(branch: Branch, path: Path, kind: str = "customers", **more) -> Imported:
    return import_file(branch=branch, kind=kind, path=path, fields=FIELDS, by=more.pop("by", None), at=NOW, **more)


def write(path: Path, rows, encoding: str = "utf-8") -> Path:
    data = "".join(",".join(row) + "\n" for row in rows).encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def facts() -> dict[str, list[tuple]]:
    """Every row but the account of the imports themselves."""
    own = ("records_importbatch", "records_importreject", "records_auditentry", "records_auditvalue")
    return {table: rows for table, rows in everything().items() if table not in own}


def counts(done: Imported, kind: str = "customers") -> tuple[int, ...]:
    return tuple(done.counts[kind].values())


def small_batches(monkeypatch, rows: int) -> None:
    limits = files.Limits(batch_rows=rows)
    read_apart = partial(files.read_apart, limits=limits)
    monkeypatch.setattr("yuandian.operations.know.file.read_apart", read_apart)


@pytest.mark.req("X5")
def test_a_file_in_every_form_gives_the_same_customers(tmp_path):
    book = openpyxl.Workbook()
    for row in CUSTOMERS:
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    write(tmp_path / "c.csv", CUSTOMERS, "gbk")
    write(tmp_path / "d.csv.gz", CUSTOMERS)
    branch = make_branch()
    assert counts(take(branch, tmp_path / "c.csv")) == (2, 2, 0, 0)
    before = facts()
    assert counts(take(branch, tmp_path / "d.csv.gz")) == (2, 0, 2, 0)
    assert counts(take(branch, tmp_path / "c.xlsx")) == (2, 0, 2, 0)
    assert facts() == before
    kept = Customer.objects.order_by("number").values_list("number", "name", "opened_on", "risk_level")
    assert list(kept) == [("C1", "周小云", date(2026, 1, 2), 3), ("C2", "吴远", date(2026, 1, 3), 2)]


@pytest.mark.req("X5")
def test_the_answer_is_the_contracts_document(tmp_path):
    branch = make_branch()
    done = take(branch, write(tmp_path / "c.csv", [*CUSTOMERS, ("C3", "郑", "soon", "7", "")]))
    batch = ImportBatch.objects.get()
    rejects = Path(settings.HOME) / "rejects" / f"import-{batch.pk}.csv"
    assert done.as_json() == {
        "batch_id": batch.pk,
        "received": {"customers": 3},
        "accepted": {"customers": 2},
        "unchanged": {"customers": 0},
        "rejected": {"customers": 1},
        "rejects_file": str(rejects),
        "ignored_files": [],
        "unused_columns": {},
    }
    assert rejects.read_bytes().startswith(b"\xef\xbb\xbf")
    assert rejects.stat().st_mode & 0o777 == 0o600
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["kind", "row", "column", "value", "reason", "fix", "file"],
            [
                "customers",
                "3",
                "开户日期",
                "soon",
                "not_a_date",
                "请写成 2026-11-25 / write it as 2026-11-25",
                "c.csv",
            ],
            [
                "customers",
                "3",
                "风险等级",
                "7",
                "out_of_range",
                "请写 1 到 5 之内的值 / write a value from 1 to 5",
                "c.csv",
            ],
        ]
    assert ImportReject.objects.count() == 2
    assert [one["row"] for one in done.sample] == [3, 3]


@pytest.mark.req("X5")
def test_fields_of_the_pack_come_in_and_what_means_nothing_is_told(tmp_path):
    branch = make_branch()
    header = ("客户号", "开户日期", "工作单位", "星座", "是否开通手机银行", "爱好")
    rows = [
        header,
        ("C1", "2026-01-02", " 育才中学 ", "白羊", "是", "钓鱼"),
        ("C2", "2026-01-02", "", "", "", ""),
        ("C3", "2026-01-02", "", "", "也许", ""),
    ]
    path = write(tmp_path / "c.csv", rows)
    done = take(branch, path)
    assert counts(done) == (3, 2, 0, 1)
    assert done.as_json()["unused_columns"] == {"customers": ["星座", "爱好"]}
    assert [(one["row"], one["column"], one["value"], one["reason"], one["fix"]) for one in done.sample] == [
        (3, "是否开通手机银行", "也许", "not_a_flag", "请写 是 或 否 / write yes or no")
    ]
    kept = dict(Customer.objects.values_list("number", "extra"))
    assert kept == {"C1": {"employer": "育才中学", "has_mobile_bank": True}, "C2": {}}
    before = facts()
    assert counts(take(branch, path)) == (3, 0, 2, 1)
    assert facts() == before
    rows = [("客户号", "开户日期", "单位", "职业"), ("C1", "2026-01-02", "", "教师")]
    assert counts(take(branch, write(tmp_path / "d.csv", rows))) == (1, 1, 0, 0)
    told = {"employer": "育才中学", "has_mobile_bank": True, "occupation": "教师"}
    assert Customer.objects.get(number="C1").extra == told


def test_a_field_of_the_pack_said_otherwise_in_a_later_batch_is_a_duplicate(tmp_path, monkeypatch):
    small_batches(monkeypatch, 1)
    rows = [("客户号", "开户日期", "职业"), *(("C1", "2026-01-02", job) for job in ("教师", "教师", "医生"))]
    done = take(make_branch(), write(tmp_path / "c.csv", rows))
    assert counts(done) == (3, 1, 1, 1)
    assert [(one["row"], one["reason"]) for one in done.sample] == [(3, "duplicate_key")]


@pytest.mark.req("X5")
def test_a_repaired_file_adds_exactly_what_was_missing(tmp_path):
    branch = make_branch()
    bad = ("C3", "郑", "soon", "3", "")
    assert counts(take(branch, write(tmp_path / "c.csv", [*CUSTOMERS, bad]))) == (3, 2, 0, 1)
    repaired = ("C3", "郑", "2026-01-04", "3", "")
    assert counts(take(branch, write(tmp_path / "c.csv", [*CUSTOMERS, repaired]))) == (3, 1, 2, 0)
    assert Customer.objects.count() == 3


@pytest.mark.req("X5")
def test_the_same_file_again_changes_nothing_but_is_accounted_for(tmp_path):
    branch = make_branch()
    user = make_user(branch, Role.OPERATOR)
    path = write(tmp_path / "c.csv", CUSTOMERS)
    take(branch, path, by=user)
    before = facts()
    assert counts(take(branch, path, by=user)) == (2, 0, 2, 0)
    assert facts() == before
    first, second = ImportBatch.objects.order_by("pk")
    assert first.fingerprint == second.fingerprint
    assert (second.finished_at, second.by) == (NOW, user)
    told = AuditEntry.objects.filter(operation="import").order_by("pk").values_list("subject", "subject_id", "by")
    assert list(told) == [("importbatch", first.pk, user.pk), ("importbatch", second.pk, user.pk)]


def test_what_the_database_refuses_is_named_like_the_rest(tmp_path):
    branch = make_branch()
    make_customer(branch, number="C1")
    rows = [
        ("流水号", "客户号", "交易时间", "交易类型", "金额（元）"),
        ("T1", "C1", "2026-11-01 09:30", "in", "100.50"),
        ("T2", "C9", "2026-11-01 09:30", "in", "1"),
        ("T1", "C1", "2026-11-01 09:30", "in", "100.50"),
        ("T1", "C1", "2026-11-01 09:30", "in", "7"),
    ]
    done = take(branch, write(tmp_path / "t.csv", rows), "transactions")
    assert counts(done, "transactions") == (4, 1, 1, 2)
    assert [(one["row"], one["column"], one["value"], one["reason"]) for one in done.sample] == [
        (2, "客户号", "C9", "unknown_customer_id"),
        (4, "流水号", "T1", "duplicate_key"),
    ]
    assert all(" / " in one["fix"] for one in done.sample)
    assert Transaction.objects.get().amount_fen == 10050


def test_one_row_that_the_database_refuses_does_not_stop_the_others(tmp_path):
    branch = make_branch()
    first, second = make_rm(branch, number="R1"), make_rm(branch, number="R2")
    customer = make_customer(branch, number="C1")
    other = make_customer(branch, number="C2")
    Ownership.objects.create(customer=customer, rm=first, active_from=date(2026, 1, 1))
    rows = [
        ("customer_id", "rm_id", "active_from", "active_to"),
        ("C1", "R2", "2026-06-01", ""),
        ("C1", "R1", "2026-01-01", "2026-07-01"),
        ("C2", "R2", "2026-06-01", ""),
    ]
    done = take(branch, write(tmp_path / "o.csv", rows), "ownerships")
    assert counts(done, "ownerships") == (3, 2, 0, 1)
    assert [(one["row"], one["value"], one["reason"]) for one in done.sample] == [(1, "C1", "overlapping_owner")]
    assert Ownership.objects.get(customer=customer).active_to == date(2026, 7, 1)
    assert Ownership.objects.get(customer=other).rm == second


def test_a_key_that_comes_again_in_a_later_batch_is_seen(tmp_path, monkeypatch):
    """What stands in the end must not hang on where the batches are cut."""
    small_batches(monkeypatch, 2)
    branch = make_branch()
    rows = [
        *CUSTOMERS,
        ("C3", "郑", "2026-01-04", "3", ""),
        ("C1", "周小云", "2026-01-02", "3", "13900001402"),
        ("C2", "吴远", "2026-01-03", "5", ""),
    ]
    path = write(tmp_path / "c.csv", rows)
    done = take(branch, path)
    assert counts(done) == (5, 3, 1, 1)
    assert [(one["row"], one["reason"]) for one in done.sample] == [(5, "duplicate_key")]
    before = facts()
    assert counts(take(branch, path)) == (5, 0, 4, 1)
    assert facts() == before


def test_a_dry_run_tells_all_and_writes_nothing(tmp_path, monkeypatch):
    small_batches(monkeypatch, 1)
    branch = make_branch()
    rows = [CUSTOMERS[0], *((f"C{n}", "郑", "2026-01-04", "3", "") for n in range(14)), ("D", "", "soon", "", "")]
    before = everything()
    done = take(branch, write(tmp_path / "c.csv", rows), dry_run=True)
    assert counts(done) == (15, 14, 0, 1)
    assert [one["row"] for one in done.sample] == [15]
    assert (done.batches, done.rejects_file) == ((), None)
    assert everything() == before


def test_a_file_that_breaks_off_leaves_nothing_behind(tmp_path, monkeypatch):
    small_batches(monkeypatch, 1)
    branch = make_branch()
    path = write(tmp_path / "c.csv", [*CUSTOMERS, ('"C3', "郑", "2026-01-04", "3", "")])
    before = everything()
    with pytest.raises(files.FileError) as caught:
        take(branch, path)
    assert (caught.value.code, caught.value.where) == ("bad_quotes", "c.csv, row 3, line 4")
    assert everything() == before


def test_what_is_missing_is_refused_before_anything_is_written(tmp_path):
    branch = make_branch()
    before = everything()
    with pytest.raises(RefusedError) as caught:
        take(branch, write(tmp_path / "c.csv", [("客户号", "x"), ("1", "2")]))
    assert (caught.value.code, caught.value.inputs) == (
        "missing_columns",
        {"file": "c.csv", "missing": ["opened_on"], "found": ["客户号", "x"]},
    )
    with pytest.raises(RefusedError) as caught:
        take(branch, tmp_path / "c.csv", "people")
    assert caught.value.code == "unknown_kind"
    assert everything() == before


def test_texts_are_no_longer_than_the_database_keeps(tmp_path):
    branch = make_branch()
    row = ("C1", "周" * 201, "2026-01-02", "3", "1" * 201)
    done = take(branch, write(tmp_path / "c.csv", [CUSTOMERS[0], row]))
    assert [(one["column"], one["reason"]) for one in done.sample] == [
        ("客户姓名", "too_long"),
        ("手机号", "too_long"),
    ]
    assert lengths("interactions")["department"] == 40


ROWS, BATCH = 6000, 500
IMPORT = f"""
import django; django.setup()
from datetime import UTC, datetime
from pathlib import Path
from functools import partial
from yuandian.operations.files import Limits, read_apart
from yuandian.operations.know import file
from yuandian.packs.fields import load_fields
from yuandian.records.org import Branch, Role
file.read_apart = partial(read_apart, limits=Limits(batch_rows={BATCH}))
done = file.import_file(
    branch=Branch.objects.get(number="killed"), kind="transactions", path=Path("t.csv"),
    fields=load_fields("bank"), by=None, at=datetime(2026, 11, 24, tzinfo=UTC))
print(done.counts["transactions"])
"""


@pytest.mark.req("X5")
def test_a_killed_import_goes_on_where_it_stopped(tmp_path):
    """F1: SIGKILL again and again; in the end every row is there once and every sum is right."""
    home = tmp_path / "home"
    environment = {**os.environ, "YUANDIAN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "yuandian.config.settings"}
    home.mkdir()
    made = "import django; django.setup(); from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
    made += "from yuandian.records.org import Branch; from yuandian.records.customers import Customer\n"
    made += "b = Branch.objects.create(number='killed', name='k', pack='bank')\n"
    made += "Customer.objects.create(branch=b, number='C1', name='x', name_key='x', initials='x', opened_on='2020-01-01')"
    subprocess.run([sys.executable, "-c", made], env=environment, check=True, cwd=tmp_path)
    lines = [f"T{n},C1,2026-11-01 09:30,in,{'x' if n % 100 == 99 else n}" for n in range(ROWS)]
    (tmp_path / "t.csv").write_text("流水号,客户号,交易时间,交易类型,amount_fen\n" + "\n".join(lines) + "\n")
    database = home / "yuandian.sqlite3"

    def done_rows() -> int:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as reader:
            return reader.execute("SELECT coalesce(max(rows_done), 0) FROM records_importbatch").fetchone()[0]

    reached = []
    for _ in range(3):
        before = done_rows()
        process = subprocess.Popen(
            [sys.executable, "-c", IMPORT], env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL
        )
        while done_rows() == before and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        reached.append(done_rows())
    assert reached == sorted(set(reached)), "every start got further"
    assert 0 < reached[-1] < ROWS, "the kills came in the middle"
    last = subprocess.run(
        [sys.executable, "-c", IMPORT], env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    bad = ROWS // 100
    assert last.stdout.strip() == str({"received": ROWS, "accepted": ROWS - bad, "unchanged": 0, "rejected": bad})
    with sqlite3.connect(database) as reader:
        numbers = [number for (number,) in reader.execute("SELECT number FROM records_transaction")]
        assert sorted(numbers) == sorted(f"T{n}" for n in range(ROWS) if n % 100 != 99)
        sums = reader.execute("SELECT transactions, inflow_fen FROM records_customerday").fetchall()
        assert sums == [(ROWS - bad, sum(n for n in range(ROWS) if n % 100 != 99))]
        rejects = reader.execute(
            "SELECT row, column, value, reason FROM records_importreject ORDER BY row"
        ).fetchall()
        assert rejects == [(n + 1, "amount_fen", "x", "not_money") for n in range(99, ROWS, 100)]
        assert reader.execute("SELECT count(*), count(finished_at) FROM records_importbatch").fetchall() == [
            (1, 1)
        ]
        assert reader.execute("SELECT count(*) FROM records_auditentry WHERE operation = 'import'").fetchall() == [
            (1,)
        ]
    assert list((home / "staging").glob("staged_*")) == []


def test_two_imports_of_one_file_do_not_count_twice(tmp_path, monkeypatch):
    """The one that finds the cursor moved gives way; the rows are in once either way."""
    branch = make_branch()
    path = write(tmp_path / "c.csv", CUSTOMERS)

    small_batches(monkeypatch, 1)
    with pytest.raises(RefusedError) as caught:
        take(branch, path, progress=lambda _kind, _rows: ImportBatch.objects.update(rows_done=2))
    assert caught.value.code == "import_running"
