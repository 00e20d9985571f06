"""A file's way in by steps: read, checked, taken in, mended, left; each done again after a kill."""

import shutil
import stat
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from tests.factories import NOW, everything, make_branch, make_customer, make_user

from yuandian.config.worker import HANDLERS
from yuandian.operations import files
from yuandian.operations.files import FileError
from yuandian.operations.jobs import MOST_ATTEMPTS, run_next
from yuandian.operations.know import uploads as operations
from yuandian.operations.know.faulty import faulty_workbook, own_headers
from yuandian.operations.know.mending import mend_row
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.records.customers import Customer
from yuandian.records.jobs import Job
from yuandian.records.org import Role, User
from yuandian.records.runs import AuditEntry, ImportBatch, ImportReject
from yuandian.records.uploads import RefusedRow, State, Upload, faulty_rows, main_batch

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = load_fields("bank")
HEADER = "客户号,客户姓名,开户日期,手机号\n"
GOOD = "C1,周小云,2026-01-02,13900001402\nC2,吴远,2026/1/3,\n"
BAD = "C3,陈大海,2026/13/02,\nC4,林玉兰,,\n"
FACTS = ("records_customer", "records_contactpoint", "records_ownership")


@pytest.fixture
def operator() -> User:
    shutil.rmtree(Path(settings.HOME) / "uploads", ignore_errors=True)
    return make_user(make_branch(), Role.OPERATOR)


def work() -> None:
    """All that waits, as the worker does it."""
    while run_next(HANDLERS, clock=lambda: NOW):
        assert list(Job.objects.exclude(fault="").values_list("fault", flat=True)) == []


def given(tmp_path: Path, text: str, by: User, *, name: str = "客户.csv", encoding: str = "gbk", **more) -> Upload:
    path = tmp_path / "part"
    path.write_bytes(text.encode(encoding))
    upload = operations.receive(kind="customers", file_name=name, path=path, by=by, at=NOW, **more)
    work()
    upload.refresh_from_db()
    return upload


def checked(upload: Upload, by: User) -> Upload:
    matched = operations.proposed(upload, FIELDS)
    operations.choose_columns(
        upload=upload, columns=matched.columns, in_yuan=matched.in_yuan, fields=FIELDS, by=by, at=NOW
    )
    work()
    upload.refresh_from_db()
    return upload


def imported(tmp_path: Path, text: str, by: User, **more) -> Upload:
    upload = checked(given(tmp_path, text, by, **more), by)
    operations.start_import(upload=upload, by=by, at=NOW)
    work()
    upload.refresh_from_db()
    return upload


def facts() -> dict[str, list[tuple]]:
    return {table: rows for table, rows in everything().items() if table in FACTS}


def waiting(upload: Upload) -> list[int]:
    rows = RefusedRow.objects.filter(batch=main_batch(upload), mended_in=None)
    return list(rows.order_by("row").values_list("row", flat=True))


@pytest.mark.req("X5")
def test_a_file_is_kept_apart_from_its_name_and_for_the_owner_alone(tmp_path, operator):
    upload = given(tmp_path, HEADER + GOOD, operator, name="../../etc/客户.csv")
    path = Path(settings.HOME) / "uploads" / upload.stored_as
    assert path.parent == Path(settings.HOME) / "uploads"
    assert (stat.S_IMODE(path.stat().st_mode), path.suffix) == (0o600, ".csv")
    assert "客户" not in upload.stored_as
    assert (upload.state, upload.rows, upload.header) == (
        State.READ,
        2,
        ["客户号", "客户姓名", "开户日期", "手机号"],
    )
    assert upload.samples["客户号"] == ["C1", "C2"]
    assert AuditEntry.objects.get(operation="upload_file").by == operator


@pytest.mark.req("X5")
def test_the_check_writes_nothing_and_foresees_what_the_import_does(tmp_path, operator):
    make_customer(operator.branch, number="C1", name="周小云", opened_on="2026-01-02")
    upload = given(tmp_path, HEADER + "C1,周小云,2026-01-02,\n" + "C2,吴远,2026-01-03,\n" + BAD, operator)
    before = facts()
    upload = checked(upload, operator)
    found = upload.check_result
    assert facts() == before
    assert (found["received"], found["accepted"], found["unchanged"], found["rejected"]) == (4, 1, 1, 2)
    assert [(one["row"], one["column"], one["reason"]) for one in found["sample"]] == [
        (3, "开户日期", "not_a_date"),
        (4, "开户日期", "missing"),
    ]
    assert ImportBatch.objects.count() == ImportReject.objects.count() == 0
    operations.start_import(upload=upload, by=operator, at=NOW)
    work()
    batch = main_batch(upload)
    assert (batch.rows_done, batch.accepted, batch.unchanged, batch.rejected) == (4, 1, 1, 2)


def test_the_check_of_a_long_file_sees_keys_that_come_again(tmp_path, operator, monkeypatch):
    limits = files.Limits(batch_rows=2)
    monkeypatch.setattr(
        "yuandian.operations.know.storing.read_apart", lambda path, place: files.read_apart(path, place, limits)
    )
    again = "C1,另一人,2026-01-02,\nC2,吴远,2026/1/3,\n"
    upload = checked(given(tmp_path, HEADER + GOOD + again, operator), operator)
    found = upload.check_result
    assert (found["received"], found["accepted"], found["unchanged"], found["rejected"]) == (4, 2, 1, 1)
    assert (found["batches"], found["reasons"]) == (2, {"duplicate_key": 1})
    assert Customer.objects.count() == 0


def test_the_file_goes_when_it_is_in_and_the_same_file_again_changes_nothing(tmp_path, operator):
    upload = imported(tmp_path, HEADER + GOOD, operator)
    assert (upload.state, upload.stored_as, upload.samples) == (State.IMPORTED, "", {})
    assert list((Path(settings.HOME) / "uploads").iterdir()) == []
    before = facts()
    again = imported(tmp_path, HEADER + GOOD, operator)
    batch = main_batch(again)
    assert (batch.accepted, batch.unchanged, facts() == before) == (0, 2, True)


def test_the_same_file_twice_at_once_is_told(tmp_path, operator):
    first, second = (checked(given(tmp_path, HEADER + GOOD, operator), operator) for _ in range(2))
    operations.start_import(upload=first, by=operator, at=NOW)
    ImportBatch.objects.create(
        branch=operator.branch, kind="customers", fingerprint=fingerprint_of(second), started_at=NOW, upload=first
    )
    operations.start_import(upload=second, by=operator, at=NOW)
    Job.objects.filter(subject_id=first.pk).delete()
    work()
    second.refresh_from_db()
    assert (second.state, second.fault["refused"]) == (State.CHECKED, "import_running")
    assert Customer.objects.count() == 0


def fingerprint_of(upload: Upload) -> str:
    from contextlib import ExitStack

    from yuandian.operations.know.steps import stream_of

    with ExitStack() as open_files:
        return stream_of(upload, open_files).fingerprint


@pytest.mark.req("X5")
def test_a_row_is_mended_in_place_or_stays_with_its_new_reason(tmp_path, operator):
    upload = imported(tmp_path, HEADER + GOOD + BAD, operator)
    main = main_batch(upload)
    assert waiting(upload) == [3, 4]
    assert RefusedRow.objects.get(row=3).cells == {"客户号": "C3", "客户姓名": "陈大海", "开户日期": "2026/13/02"}
    assert not mend_row(upload=upload, row=3, cells={"开户日期": "2026/12/32"}, by=operator, at=NOW)
    assert RefusedRow.objects.get(row=3).cells["开户日期"] == "2026/12/32"
    assert list(ImportReject.objects.filter(batch=main, row=3).values_list("value", "reason")) == [
        ("2026/12/32", "not_a_date")
    ]
    assert ImportBatch.objects.count() == 1
    assert mend_row(upload=upload, row=3, cells={"开户日期": "2026/12/31"}, by=operator, at=NOW)
    assert waiting(upload) == [4]
    mended = RefusedRow.objects.get(row=3)
    assert (mended.cells, mended.mended_in.accepted, mended.mended_in.upload) == ({}, 1, upload)
    assert ImportReject.objects.get(batch=main, row=3).value == ""
    assert str(Customer.objects.get(number="C3").opened_on) == "2026-12-31"
    with pytest.raises(RefusedError, match="moved_on"):
        mend_row(upload=upload, row=3, cells={}, by=operator, at=NOW)
    assert AuditEntry.objects.filter(operation="mend_rows").count() == 1


def workbook(upload: Upload, by: User) -> Path:
    return faulty_workbook(upload=upload, lang="zh", by=by, at=NOW)


@pytest.mark.req("X5")
def test_the_faulty_rows_go_out_and_come_back(tmp_path, operator):
    upload = imported(tmp_path, HEADER + GOOD + BAD + 'C5,"=cmd|calc",x,\n', operator)
    path = workbook(upload, operator)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["原文件行号", "原因", "客户号", "客户姓名", "开户日期", "手机号"],
        [3, "开户日期: 请写成 2026-11-25", "C3", "陈大海", "2026/13/02", None],
        [4, "开户日期: 请填写这一格", "C4", "林玉兰", None, None],
        [5, "开户日期: 请写成 2026-11-25", "C5", "=cmd|calc", "x", None],
    ]
    assert (sheet["D4"].data_type, sheet["C2"].number_format) == ("s", "@")
    sheet["E2"], sheet["E3"] = "2026-12-01", "2026-12-02"
    sheet.append([99, "", "C9", "外来", "2026-12-03"])
    book.save(path)
    repair = operations.receive(
        kind="customers", file_name="改好.xlsx", path=path, by=operator, at=NOW, repairs=upload
    )
    work()
    repair.refresh_from_db()
    assert (repair.state, repair.stored_as, waiting(upload)) == (State.IMPORTED, "", [5])
    assert sorted(Customer.objects.values_list("number", flat=True)) == ["C1", "C2", "C3", "C4"]
    assert [batch.accepted for batch in ImportBatch.objects.order_by("pk")] == [2, 2]
    assert AuditEntry.objects.filter(operation="take_out_refused_rows").count() == 1


@pytest.mark.req("X5")
def test_faulty_rows_keep_what_looks_like_an_escape_and_what_cannot_be_seen(tmp_path, operator):
    names = ["_x0041_", "a\x01b\x1fc", "_x005F_x0041_", "\ufffe"]
    bad = "".join(f"C{nth},{name},soon,\n" for nth, name in enumerate(names))
    upload = imported(tmp_path, HEADER + bad, operator, encoding="utf-8")
    path = workbook(upload, operator)
    book = openpyxl.load_workbook(path)
    for row in range(2, 6):
        book.active.cell(row, 5).value = "2026-12-01"
    book.save(path)
    cells = [list(row.cells.values()) for row in RefusedRow.objects.order_by("row")]
    assert [row[1] for row in cells] == names
    repair = operations.receive(
        kind="customers", file_name="改好.xlsx", path=path, by=operator, at=NOW, repairs=upload
    )
    work()
    repair.refresh_from_db()
    assert (repair.state, waiting(upload)) == (State.IMPORTED, [])
    assert list(Customer.objects.order_by("number").values_list("name", flat=True)) == names


def test_nobody_waits_for_the_workbook_and_none_is_left_without_its_account(tmp_path, operator, monkeypatch):
    upload = imported(tmp_path, HEADER + GOOD + BAD, operator)
    folder = Path(settings.HOME) / "uploads"
    held = []

    def rows(batch):
        held.append(connection.in_atomic_block)
        yield from faulty_rows(batch)

    monkeypatch.setattr("yuandian.operations.know.faulty.faulty_rows", rows)
    monkeypatch.setattr("yuandian.operations.know.faulty.record", lambda **_: 1 / 0)
    before, there = everything(), set(folder.iterdir())
    with pytest.raises(ZeroDivisionError):
        workbook(upload, operator)
    assert (held, set(folder.iterdir())) == ([False], there)
    assert everything() == before


def test_a_key_that_stood_twice_waits_until_somebody_says_which_row_counts(tmp_path, operator):
    upload = imported(tmp_path, HEADER + GOOD + "C1,另一人,2026-01-02,\n", operator)
    path = workbook(upload, operator)
    operations.receive(kind="customers", file_name="改好.xlsx", path=path, by=operator, at=NOW, repairs=upload)
    work()
    assert (waiting(upload), Customer.objects.get(number="C1").name) == ([3], "周小云")
    assert mend_row(upload=upload, row=3, cells={"客户姓名": "另一人"}, by=operator, at=NOW)
    assert Customer.objects.get(number="C1").name == "另一人"


def test_a_file_of_repairs_that_was_killed_goes_on(tmp_path, operator, monkeypatch):
    upload = imported(tmp_path, HEADER + "".join(f"C{n},甲,,\n" for n in range(5)), operator)
    path = workbook(upload, operator)
    book = openpyxl.load_workbook(path)
    for row in range(2, 7):
        book.active.cell(row, 5).value = "2026-12-01"
    book.save(path)
    repair = operations.receive(
        kind="customers", file_name="改好.xlsx", path=path, by=operator, at=NOW, repairs=upload
    )
    monkeypatch.setattr("yuandian.operations.know.mending.AT_ONCE", 2)
    monkeypatch.setattr("yuandian.operations.know.mending._end", lambda **_: 1 / 0)
    run_next(HANDLERS, clock=lambda: NOW)
    monkeypatch.undo()
    assert Customer.objects.count() == 5
    run_next(HANDLERS, clock=lambda: NOW + timedelta(hours=1))
    repair.refresh_from_db()
    assert (repair.state, waiting(upload), Customer.objects.count()) == (State.IMPORTED, [], 5)
    batch = ImportBatch.objects.order_by("-pk").first()
    assert (batch.accepted, batch.rows_done, ImportBatch.objects.count()) == (5, 5, 2)


def test_columns_are_remembered_for_the_next_file_with_the_same_headers(tmp_path, operator):
    header = "编号,叫什么,哪天\n"
    upload = given(tmp_path, header + "C1,周小云,2026-01-02\n", operator)
    assert operations.proposed(upload, FIELDS).missing == ("customer_id", "opened_on")
    chosen = {"customer_id": "编号", "name": "叫什么", "opened_on": "哪天"}
    operations.choose_columns(
        upload=upload, columns=chosen, in_yuan=frozenset(), fields=FIELDS, by=operator, at=NOW
    )
    other = given(tmp_path, "哪天,编号,叫什么\n2026-01-02,C7,吴远\n", operator)
    assert operations.proposed(other, FIELDS).columns == chosen
    elsewhere = given(tmp_path, header + "C1,周小云,2026-01-02\n", make_user(make_branch(), Role.OPERATOR))
    assert operations.proposed(elsewhere, FIELDS).columns == {}


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"customer_id": "客户号"}, "missing_columns"),
        ({"customer_id": "客户号", "opened_on": "客户号"}, "column_twice"),
        ({"customer_id": "客户号", "opened_on": "没有这列"}, "unknown_column"),
        ({"no_such": "客户号"}, "unknown_column"),
    ],
)
def test_columns_that_cannot_be_are_refused(tmp_path, operator, columns, code):
    upload = given(tmp_path, HEADER + GOOD, operator)
    before = everything()
    with pytest.raises(RefusedError, match=code):
        operations.choose_columns(
            upload=upload, columns=columns, in_yuan=frozenset(), fields=FIELDS, by=operator, at=NOW
        )
    assert everything() == before


@pytest.mark.req("X2")
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR, Role.BRANCH_MANAGER}))
def test_other_roles_and_other_branches_are_refused_by_every_step(tmp_path, operator, role):
    read = given(tmp_path, HEADER + GOOD, operator)
    ready = checked(given(tmp_path, HEADER + GOOD + BAD, operator), operator)
    done = imported(tmp_path, HEADER + GOOD + BAD, operator)
    path = tmp_path / "more.csv"
    path.write_text(HEADER)
    for who in (make_user(operator.branch, role), make_user(make_branch(), Role.OPERATOR)):
        asked = {"by": who, "at": NOW}
        before = everything()
        for step, inputs in (
            (operations.choose_columns, {"upload": read, "columns": {}, "in_yuan": frozenset(), "fields": FIELDS}),
            (operations.start_import, {"upload": ready}),
            (operations.leave, {"upload": ready}),
            (operations.ask_undo, {"upload": done}),
            (operations.ask_again, {"upload": done}),
            (mend_row, {"upload": done, "row": 3, "cells": {"开户日期": "2026-01-01"}}),
            (faulty_workbook, {"upload": done, "lang": "zh"}),
            (operations.receive, {"kind": "customers", "file_name": "a.csv", "path": path, "repairs": done}),
        ):
            with pytest.raises(RefusedError, match="not_permitted"):
                step(**inputs, **asked)
        assert everything() == before


@pytest.mark.req("X5")
def test_an_import_is_taken_back_with_its_repairs_and_comes_in_again(tmp_path, operator):
    make_customer(operator.branch, number="C1", name="周小云", opened_on="2025-01-02")
    before = facts()
    upload = imported(tmp_path, HEADER + GOOD + BAD, operator)
    assert mend_row(upload=upload, row=3, cells={"开户日期": "2026-12-31"}, by=operator, at=NOW)
    assert Customer.objects.count() == 3
    operations.ask_undo(upload=upload, by=operator, at=NOW)
    work()
    upload.refresh_from_db()
    assert (upload.state, facts() == before) == (State.UNDONE, True)
    assert RefusedRow.objects.exclude(cells={}).count() == 0
    with pytest.raises(RefusedError, match="moved_on"):
        mend_row(upload=upload, row=4, cells={"开户日期": "2026-12-31"}, by=operator, at=NOW)
    again = imported(tmp_path, HEADER + GOOD + BAD, operator)
    assert (again.state, main_batch(again).accepted) == (State.IMPORTED, 2)


def test_an_import_that_later_work_stands_on_stays_and_says_why(tmp_path, operator):
    upload = imported(tmp_path, HEADER + GOOD, operator)
    imported(tmp_path, HEADER + "C2,吴远望,2026/1/3,\n", operator)
    before = facts()
    operations.ask_undo(upload=upload, by=operator, at=NOW)
    work()
    upload.refresh_from_db()
    assert (upload.state, facts() == before) == (State.IMPORTED, True)
    assert (upload.fault["refused"], upload.fault["inputs"]["number"]) == ("in_use", "C2")


def test_a_file_that_cannot_be_read_says_where_under_its_own_name(tmp_path, operator):
    path = tmp_path / "part"
    path.write_bytes("客户号,姓名\nC1,周".encode() + b"\xff\xff\n")
    upload = operations.receive(kind="customers", file_name="乱码.csv", path=path, by=operator, at=NOW)
    work()
    upload.refresh_from_db()
    assert (upload.state, upload.fault["code"]) == (State.UNREADABLE, "not_text")
    assert upload.fault["where"].startswith("乱码.csv, line 2")
    operations.leave(upload=upload, by=operator, at=NOW)
    upload.refresh_from_db()
    assert (upload.state, upload.stored_as) == (State.LEFT, "")


@pytest.mark.parametrize(("name", "text", "code"), [("a.doc", "x", "unknown_ending"), ("a.csv", "", "empty_file")])
def test_what_is_no_file_for_us_is_told_at_once(tmp_path, operator, name, text, code):
    path = tmp_path / "part"
    path.write_text(text)
    before = everything()
    with pytest.raises(FileError, match=r"a\."):
        operations.receive(kind="customers", file_name=name, path=path, by=operator, at=NOW)
    assert everything() == before


def test_a_killed_import_goes_on_and_one_that_was_finished_is_not_done_twice(tmp_path, operator, monkeypatch):
    limits = files.Limits(batch_rows=2)
    monkeypatch.setattr(
        "yuandian.operations.know.storing.read_apart", lambda path, place: files.read_apart(path, place, limits)
    )
    rows = "".join(f"C{n},甲,2026-01-02,\n" for n in range(5))
    upload = checked(given(tmp_path, HEADER + rows + BAD, operator), operator)
    operations.start_import(upload=upload, by=operator, at=NOW)
    with monkeypatch.context() as broken:
        broken.setattr("yuandian.operations.know.taking._finish", lambda **_: 1 / 0)
        run_next(HANDLERS, clock=lambda: NOW)
    with monkeypatch.context() as broken:
        broken.setattr("yuandian.operations.know.steps.imported", lambda **_: 1 / 0)
        run_next(HANDLERS, clock=lambda: NOW + timedelta(hours=1))
    run_next(HANDLERS, clock=lambda: NOW + timedelta(hours=2))
    upload.refresh_from_db()
    batch = ImportBatch.objects.get()
    assert (upload.state, batch.accepted, batch.rejected, batch.rows_done) == (State.IMPORTED, 5, 2, 7)
    assert waiting(upload) == [6, 7]


def test_what_no_worker_ends_can_be_asked_for_again(tmp_path, operator, monkeypatch):
    upload = given(tmp_path, HEADER + GOOD, operator)
    upload.state = State.READING
    upload.save()
    operations.ask_again(upload=upload, by=operator, at=NOW)
    with pytest.raises(RefusedError, match="moved_on"):
        operations.ask_again(upload=upload, by=operator, at=NOW)
    work()
    upload.refresh_from_db()
    assert upload.state == State.READ
    assert MOST_ATTEMPTS > 1


def test_after_thirty_days_files_and_cells_are_gone(tmp_path, operator):
    left = given(tmp_path, HEADER + GOOD, operator)
    done = imported(tmp_path, HEADER + GOOD + BAD, operator)
    stray = Path(settings.HOME) / "uploads" / "stray.csv"
    stray.write_text("x")
    operations.forget_old_uploads(at=NOW + timedelta(days=29))
    assert (left.stored_as != "", RefusedRow.objects.exclude(cells={}).count()) == (True, 2)
    operations.forget_old_uploads(at=NOW + timedelta(days=30))
    left.refresh_from_db()
    assert (left.state, left.stored_as, left.samples) == (State.LEFT, "", {})
    assert list((Path(settings.HOME) / "uploads").iterdir()) == []
    assert RefusedRow.objects.exclude(cells={}).count() == ImportReject.objects.exclude(value="").count() == 0
    assert main_batch(done).rejected == 2


def test_our_own_columns_never_hide_the_files(operator):
    assert own_headers(["原因", "原因 *", "客户号"], "zh") == ("原文件行号", "原因 * *")
