"""Asked for, written with the rights of the moment, whole or unseen, counted, kept for a week (X2, X5, A5, A27)."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings as house
from django.db import connection
from tests import postgresql
from tests.factories import NOW, everything, make_branch, make_customer, make_rm, make_user

from yuandian.operations.export import ask_export, delete_export, forget_exports, path_of, write_export
from yuandian.operations.jobs import LEASE, run_next
from yuandian.operations.people import set_active
from yuandian.operations.writing import RefusedError
from yuandian.records.customers import Ownership
from yuandian.records.exports import MAY_TAKE, Export, rows_taken
from yuandian.records.jobs import Job
from yuandian.records.org import Role
from yuandian.records.runs import AuditEntry, PersonalRead
from yuandian.web.exports import SHEETS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("X5")]


def ask(user, what: str = "list", form: str = "csv", **conditions) -> Export:
    job, _rows = ask_export(
        by=user, what=what, conditions=conditions, form=form, language="zh-hans", at=NOW, sheets=SHEETS
    )
    return Export.objects.get(pk=job.subject_id)


def work(at=NOW) -> bool:
    return run_next({"export": partial(write_export, sheets=SHEETS)}, clock=lambda: at)


def text(export: Export) -> str:
    return path_of(Export.objects.get(pk=export.pk)).read_text(encoding="utf-8-sig")


@pytest.fixture
def rm_user():
    branch = make_branch()
    return make_user(branch, rm=make_rm(branch))


@pytest.fixture(autouse=True)
def _no_files():
    folder = Path(house.HOME) / "exports"
    yield
    for path in folder.iterdir() if folder.is_dir() else ():
        path.unlink()


@pytest.mark.req("X2")
def test_an_export_holds_the_users_scope_as_it_is_when_it_is_written(rm_user):
    mine, gone = (make_customer(rm_user.branch, rm_user.rm, name=name) for name in ("周小云", "已移交"))
    make_customer(rm_user.branch, make_rm(rm_user.branch), name="李秘密")
    make_customer(make_branch(), name="李他行")
    export = ask(rm_user)
    Ownership.objects.filter(customer=gone).update(rm=make_rm(rm_user.branch))
    assert work()
    assert "周小云" in text(export)
    assert [name for name in ("已移交", "李秘密", "李他行") if name in text(export)] == []
    export.refresh_from_db()
    assert (export.rows, export.bytes, export.fault) == (1, len(path_of(export).read_bytes()), "")
    assert export.expires_at == NOW + timedelta(days=7)
    assert path_of(export).stat().st_mode & 0o777 == 0o600
    entry = AuditEntry.objects.get(operation="export")
    assert (entry.by, entry.subject_id, entry.values.after["rows"], entry.values.after["outside_own_book"]) == (
        rm_user,
        export.pk,
        1,
        0,
    )
    assert not PersonalRead.objects.exists()
    assert mine.personal_reads.count() == 0


@pytest.mark.req("X2")
def test_whom_one_does_not_own_is_a_read_on_the_record_once_for_each(rm_user):
    manager = make_user(rm_user.branch, Role.BRANCH_MANAGER)
    customers = {make_customer(rm_user.branch, rm_user.rm).pk for _ in range(3)}
    ask(manager)
    assert work()
    reads = PersonalRead.objects.filter(by=manager, page="export:list")
    assert (set(reads.values_list("customer_id", flat=True)), reads.count()) == (customers, 3)


@pytest.mark.req("X2")
def test_reads_are_noted_in_turns_before_the_file_is_there_and_once_however_often_it_is_begun(
    rm_user, monkeypatch
):
    monkeypatch.setattr("yuandian.operations.export.file.AT_ONCE", 2)
    manager = make_user(rm_user.branch, Role.BRANCH_MANAGER)
    customers = [make_customer(rm_user.branch, rm_user.rm).pk for _ in range(5)]
    export = ask(manager)
    asked = iter([False, False, True])  # the page of the file, two reads, and then it is to stop
    handlers = {"export": partial(write_export, sheets=SHEETS)}
    assert run_next(handlers, clock=lambda: NOW, is_stopping=lambda: next(asked))
    assert (PersonalRead.objects.count(), path_of(export).exists()) == (2, False)
    assert work(at=NOW + timedelta(hours=1))
    assert path_of(export).exists()
    reads = PersonalRead.objects.filter(by=manager, page="export:list", at=NOW)
    assert sorted(reads.values_list("customer_id", flat=True)) == customers
    assert AuditEntry.objects.get(operation="export").values.after["outside_own_book"] == 5


@pytest.mark.req("A27")
def test_what_the_budget_refuses_was_read_by_nobody(rm_user, settings):
    make_customer(rm_user.branch, rm_user.rm)
    export = ask(make_user(rm_user.branch, Role.BRANCH_MANAGER))
    settings.EXPORT_ROWS_A_DAY = {"branch_manager": 0}
    assert work()
    export.refresh_from_db()
    assert (export.fault, PersonalRead.objects.count()) == ("export_budget", 0)


@pytest.mark.req("X2")
def test_a_whole_kind_does_not_say_whose_customers_it_holds(rm_user):
    make_customer(rm_user.branch)
    operator = make_user(rm_user.branch, Role.OPERATOR)
    ask(operator, "customers")
    ask(operator, "rejects", batch=1)
    ask(operator, "list")
    said = {"conditions": {}, "format": "csv", "rows": 1}
    assert [work(), work(), work()] == [True] * 3
    entries = AuditEntry.objects.filter(operation="export").order_by("pk")
    assert [entry.values.after for entry in entries] == [
        {"what": "customers", **said},
        {"what": "rejects", **said, "conditions": {"batch": 1}, "rows": 0},
        {"what": "list", **said, "outside_own_book": 1},
    ]


@pytest.mark.req("X2")
@pytest.mark.parametrize("role", list(Role))
def test_who_may_not_take_a_table_is_refused_and_nothing_changes(role):
    user = make_user(make_branch(), role)
    denied = [what for what, roles in MAY_TAKE.items() if role not in roles]
    before = everything()
    for what in [*denied, "nights", "", "users"]:
        with pytest.raises(RefusedError, match="not_permitted"):
            ask(user, what)
    with pytest.raises(RefusedError, match="unknown_format"):
        ask(user, "list", "pdf")
    assert everything() == before


@pytest.mark.req("X2")
@pytest.mark.parametrize("change", ["locked", "role", "branch"])
def test_who_lost_the_right_meanwhile_gets_nothing(change):
    branch = make_branch()
    user = make_user(branch, Role.OPERATOR)
    make_customer(branch, name="李秘密")
    export = ask(user, "customers")
    if change == "locked":
        set_active(user=user, is_active=False, at=NOW)
    else:
        type(user).objects.filter(pk=user.pk).update(
            **{"role": Role.RM} if change == "role" else {"branch": make_branch()}
        )
    assert work()
    export.refresh_from_db()
    assert (export.fault, export.rows, path_of(export).exists()) == ("not_permitted", None, False)
    assert not AuditEntry.objects.filter(operation="export").exists()


@pytest.mark.req("A27")
def test_the_day_has_a_budget_that_deleting_does_not_give_back(rm_user, settings):
    settings.EXPORT_ROWS_A_DAY = {"rm": 5}
    for _ in range(3):
        make_customer(rm_user.branch, rm_user.rm)
    export = ask(rm_user)
    late = ask(rm_user, form="xlsx")
    assert work()
    delete_export(export=export, by=rm_user, at=NOW)
    assert rows_taken(rm_user, NOW) == 3
    before = everything()
    with pytest.raises(RefusedError) as refused:
        ask(rm_user)
    assert (refused.value.code, refused.value.inputs) == ("export_budget", {"rows": 3, "left": 2})
    assert everything() == before
    assert work()
    late.refresh_from_db()
    assert (late.fault, late.rows, path_of(late).exists()) == ("export_budget", None, False)
    assert rows_taken(rm_user, NOW + timedelta(days=1)) == 0


def test_asked_for_twice_while_it_waits_it_is_one_export(rm_user):
    assert ask(rm_user) == ask(rm_user)
    assert ask(rm_user, tier="gold") != ask(rm_user)
    assert Job.objects.count() == 2


def test_deleted_before_it_is_written_it_never_is(rm_user):
    export = ask(rm_user, text="周小云")
    delete_export(export=export, by=rm_user, at=NOW)
    assert work()
    export.refresh_from_db()
    assert (export.fault, export.conditions, path_of(export).exists()) == ("withdrawn", {}, False)
    assert list(path_of(export).parent.iterdir()) == []


def test_after_a_week_file_and_conditions_are_gone_and_the_account_stays(rm_user):
    make_customer(rm_user.branch, rm_user.rm)
    export, young = ask(rm_user, text="周小云"), ask(rm_user)
    assert work()
    assert work()
    left = path_of(export).with_name("left-behind.part")
    left.touch()
    old = (NOW - timedelta(days=2)).timestamp()
    for path in (path_of(export), path_of(young), left):
        os.utime(path, (old, old))
    Export.objects.filter(pk=young.pk).update(expires_at=NOW + timedelta(days=30))
    forget_exports(at=NOW + timedelta(days=6))
    assert (path_of(export).exists(), path_of(young).exists(), left.exists()) == (True, True, False)
    forget_exports(at=NOW + timedelta(days=7))
    export.refresh_from_db()
    assert (path_of(export).exists(), path_of(young).exists(), export.conditions, export.rows) == (
        False,
        True,
        {},
        1,
    )


def test_an_export_that_was_given_up_keeps_its_conditions_for_a_week(rm_user):
    lost, waits = ask(rm_user, text="周小云"), ask(rm_user, text="陈大海")
    Job.objects.filter(subject_id=lost.pk).update(finished_at=NOW, fault="the worker died each time")
    forget_exports(at=NOW + timedelta(days=7) - timedelta(seconds=1))
    lost.refresh_from_db()
    assert (lost.conditions, lost.finished_at) == ({"text": "周小云"}, None)
    over = NOW + timedelta(days=7)
    forget_exports(at=over)
    for export in (lost, waits):
        export.refresh_from_db()
    assert (lost.conditions, lost.fault, lost.finished_at, lost.expires_at) == ({}, "given_up", over, over)
    assert (waits.conditions, waits.finished_at) == ({"text": "陈大海"}, None)


KILLED = """
import django; django.setup()
from functools import partial
from django.utils import timezone
from yuandian.operations.export import write_export
from yuandian.operations.jobs import run_next
from yuandian.web.exports import SHEETS
run_next({"export": partial(write_export, sheets=SHEETS)}, clock=timezone.now)
"""


def here() -> str:
    """The database under test, for another process."""
    known = connection.settings_dict
    return postgresql._url(postgresql.APP, known["NAME"]) if postgresql.is_used() else f"sqlite:///{known['NAME']}"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_killed_writer_leaves_no_file_to_see_and_the_next_makes_it_whole(rm_user, form):
    manager = make_user(rm_user.branch, Role.BRANCH_MANAGER)
    first = make_customer(rm_user.branch, number="K0")
    many = (
        type(first)(
            branch=rm_user.branch,
            number=f"K{n}",
            name="周",
            name_key="周",
            initials="z",
            opened_on=first.opened_on,
        )
        for n in range(1, 12_001)
    )
    type(first).objects.bulk_create(many)
    export = ask(manager, form=form)
    folder = path_of(export).parent
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "yuandian.config.settings",
        "YUANDIAN_DATABASE_URL": here(),
    }
    kills = 0
    for wait in (0.0, 0.05, 0.2):
        before = set(folder.iterdir())
        child = subprocess.Popen([sys.executable, "-c", KILLED], env=environment)
        while child.poll() is None and set(folder.iterdir()) == before:
            time.sleep(0.005)
        time.sleep(wait)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            kills += 1
        child.wait()
        export.refresh_from_db()
        assert path_of(export).exists() == (export.finished_at is not None)
        Job.objects.filter(finished_at=None).update(leased_until=NOW)
    assert kills >= 1
    work(at=NOW + LEASE)
    export.refresh_from_db()
    assert (export.rows, export.fault, path_of(export).stat().st_size) == (12_001, "", export.bytes)
    assert AuditEntry.objects.filter(operation="export").count() == 1
    assert PersonalRead.objects.filter(by=manager).count() == 12_001
