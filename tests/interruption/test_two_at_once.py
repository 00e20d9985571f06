"""Two nights, two imports of a file at once: one works, the other is told before it does anything (F8)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.factories import NOW, TODAY, make_branch, make_customer, make_rm, make_user
from yuandian.operations.decide import run_loop
from yuandian.operations.know import import_file
from yuandian.operations.people import set_active
from yuandian.operations.turns import alone
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.packs.loader import load
from yuandian.records.customers import Customer
from yuandian.records.runs import BranchRun, ImportBatch, LoopRun

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("F8")]
PACK = load("bank", as_of=TODAY)
FIELDS = load_fields("bank")


def beside(action):
    """In another thread with a connection of its own; gives what it returned, or the error."""

    def work():
        try:
            return action()
        except RefusedError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        return other.submit(work).result(timeout=60)


def night(branches, progress):
    return run_loop(as_of=TODAY, branches=branches, packs=lambda _branch: PACK, at=NOW, progress=progress)


def test_the_second_night_is_told_and_computes_nothing_while_others_write():
    branch = make_branch()
    make_customer(branch, make_rm(branch))
    user = make_user(branch)
    answers, computed = [], []

    def meanwhile(_branch, stage):
        if stage in {"read", "write"}:
            answers.append(beside(lambda: night([branch], lambda *told: computed.append(told))))
            beside(lambda: set_active(user=user, is_active=stage == "write", at=NOW))

    night([branch], meanwhile)
    assert [(answer.code, answer.inputs) for answer in answers] == [("loop_running", {"as_of": TODAY})] * 2
    assert computed == []
    assert (LoopRun.objects.count(), BranchRun.objects.count()) == (1, 1)
    user.refresh_from_db()
    assert user.is_active
    night([branch], lambda *_: None)
    assert BranchRun.objects.count() == 2


def test_nights_of_different_branches_do_not_wait_for_each_other():
    one, other = make_branch(), make_branch()
    answers = []

    def meanwhile(_branch, stage):
        if stage == "read":
            answers.append(beside(lambda: night([other], lambda *_: None)))

    night([one], meanwhile)
    assert [answer.branches[0].branch_id for answer in answers] == [other.pk]


def test_the_second_import_of_a_file_is_told_before_it_begins(tmp_path):
    branch = make_branch()
    path, elsewhere = tmp_path / "c.csv", tmp_path / "d.csv"
    path.write_text("客户号,客户姓名,开户日期\nC1,周小云,2026-01-02\n")
    elsewhere.write_text("客户号,客户姓名,开户日期\nC2,吴远,2026-01-02\n")
    answers = []

    def take(file, progress=lambda *_: None):
        return import_file(
            branch=branch, kind="customers", path=file, fields=FIELDS, by=None, at=NOW, progress=progress
        )

    def meanwhile(*_told):
        answers.extend([beside(lambda: take(path)), beside(lambda: take(elsewhere))])

    take(path, meanwhile)
    assert (answers[0].code, answers[0].inputs) == ("import_running", {"file": "c.csv"})
    assert answers[1].counts["customers"]["accepted"] == 1
    assert sorted(Customer.objects.values_list("number", flat=True)) == ["C1", "C2"]
    assert ImportBatch.objects.count() == 2


def test_of_many_that_begin_together_one_works():
    gate, inside = threading.Barrier(4, timeout=30), []

    def work():
        try:
            with alone("the same", "another", refused="busy"):
                inside.append(1)
                gate.wait()
                gate.wait()
        except RefusedError as error:
            gate.wait()
            gate.wait()
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = [one.result(timeout=60) for one in [pool.submit(work) for _ in range(4)]]
    assert (len(inside), sorted(map(str, answers))) == (1, ["None", "busy", "busy", "busy"])
    with alone("the same", refused="busy"):
        inside.append(2)
    assert inside == [1, 2]
