"""The night beside the day: atomic by branch, identical again, resumable, and kind to what is open (D1)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError
from tests.factories import NOW, TODAY, everything, make_branch, make_customer, make_rm, make_user
from tests.refusing import refusing

from yuandian.engine.simulate import simulate_branch
from yuandian.operations.act import log_result, undo_result
from yuandian.operations.decide import as_json, run_loop
from yuandian.operations.demo import load_demo
from yuandian.operations.org import add_branch, hand_over_book
from yuandian.packs.loader import load
from yuandian.records.access import latest_night, own_items
from yuandian.records.invariants import verify
from yuandian.records.org import Branch, RelationshipManager, Role
from yuandian.records.runs import BranchRun, LoopRun
from yuandian.records.work import Candidate, ContactResult, CustomerState, WorklistItem

pytestmark = pytest.mark.django_db(transaction=True)
PACK = load("bank", as_of=TODAY)


def demo() -> Branch:
    branch = add_branch(number="BK", name="演示", pack=PACK, at=NOW, is_made_up=True)
    load_demo(branch=branch, tables=simulate_branch("bank", as_of=TODAY, scale=0.2), at=NOW)
    return branch


def night(*branches: Branch, as_of=TODAY):
    return run_loop(as_of=as_of, branches=list(branches), packs=lambda _branch: PACK, at=NOW)


def log(item: WorklistItem, by, result: str = "interested") -> ContactResult:
    answer = log_result(customer=item.customer, item=item, result=result, by=by, at=NOW, key=uuid4(), pack=PACK)
    return ContactResult.objects.get(pk=answer["result"])


@pytest.mark.req("D1")
def test_a_night_again_gives_the_same_rows_and_the_same_hash():
    branch = demo()
    first = night(branch)
    lines = set(WorklistItem.objects.values_list("pk", "customer", "rm", "position", "playbook"))
    answer = as_json(first)
    assert answer["items"] == len(lines) > 0
    assert sum(answer["by_playbook"].values()) == answer["items"]
    assert sum(answer["left_out"].values()) + answer["items"] == answer["customers"] == 300
    assert as_json(night(branch))["hash"] == answer["hash"]
    assert set(WorklistItem.objects.values_list("pk", "customer", "rm", "position", "playbook")) == lines
    used = {rm.pk: sum(item.minutes for item in rm.items.all()) for rm in RelationshipManager.objects.all()}
    assert max(used.values()) <= 240
    assert CustomerState.objects.filter(decision="listed").count() == answer["items"]
    assert all(finding.ok for finding in verify())


@pytest.mark.req("D1")
def test_a_night_run_during_the_day_keeps_open_cards_and_what_was_done():
    branch = demo()
    night(branch)
    items = list(WorklistItem.objects.filter(rm__number="RM01").order_by("position"))
    user = make_user(branch, rm=items[0].rm)
    logged = log(items[0], user)
    taken_back = log(items[1], user)
    undo_result(logged=taken_back, by=user, at=NOW)
    night(branch)
    items[0].refresh_from_db()
    assert items[0].result == logged
    kept = set(WorklistItem.objects.filter(rm__number="RM01").values_list("pk", flat=True))
    assert {item.pk for item in items[2:]} & kept == {item.pk for item in items[2:] if item.pk in kept} != set()
    assert all(finding.ok for finding in verify())


def test_a_tap_on_a_line_that_the_night_dropped_is_kept_as_a_contact():
    branch = demo()
    night(branch)
    item = WorklistItem.objects.filter(rm__number="RM01").select_related("customer", "rm").first()
    user = make_user(branch, rm=item.rm)
    WorklistItem.objects.filter(pk=item.pk).delete()
    logged = log(item, user)
    assert (logged.item, logged.customer) == (None, item.customer)


def test_an_interrupted_loop_goes_on_and_one_branch_alone_does_not_end_it():
    here, there = make_branch(), make_branch()
    for branch in (here, there):
        make_customer(branch, make_rm(branch))
    loop = LoopRun.objects.create(as_of=TODAY, started_at=NOW)
    make = {"pack_version": "1", "customers": 1, "candidates": 0, "items": 0, "finished_at": NOW, "hash": "known"}
    done = BranchRun.objects.create(loop=loop, branch=here, as_of=TODAY, **make)
    alone = night(here)
    assert (alone.loop.pk != loop.pk, alone.branches[0].pk != done.pk) == (True, True)
    loop.refresh_from_db()
    assert loop.finished_at is None
    whole = night(here, there)
    assert (whole.loop.pk, whole.branches[0].pk, whole.branches[1].branch) == (loop.pk, done.pk, there)
    loop.refresh_from_db()
    assert loop.finished_at == NOW


def test_a_night_for_an_earlier_day_leaves_todays_word_alone():
    branch = demo()
    night(branch)
    states = sorted(CustomerState.objects.values_list())
    candidates = Candidate.objects.count()
    earlier = night(branch, as_of=TODAY - timedelta(days=30))
    assert sorted(CustomerState.objects.values_list()) == states
    assert Candidate.objects.count() == candidates
    assert WorklistItem.objects.filter(run=earlier.branches[0]).exists()
    assert latest_night(make_user(branch)).as_of == TODAY
    assert all(finding.ok for finding in verify())


def test_when_two_colleagues_logged_the_second_stands_after_the_first_is_taken_back():
    branch = demo()
    night(branch)
    item = WorklistItem.objects.filter(rm__number="RM01").select_related("customer", "rm").first()
    first = log(item, make_user(branch, rm=item.rm))
    second = log(item, make_user(branch, Role.BRANCH_MANAGER), "unhappy")
    undo_result(logged=first, by=first.by, at=NOW)
    item.refresh_from_db()
    assert item.result == second
    assert all(finding.ok for finding in verify())


@pytest.mark.req("X2")
@pytest.mark.req("K3")
def test_who_has_left_sees_no_card_and_cannot_sign_in():
    branch = demo()
    night(branch)
    item = WorklistItem.objects.filter(rm__number="RM01").select_related("customer", "rm").first()
    user = make_user(branch, rm=item.rm)
    log(item, user)
    assert own_items(user).filter(pk=item.pk).exists()
    boss = make_user(branch, Role.BRANCH_MANAGER)
    hand_over_book(rm=item.rm, cause="leaves", effective_on=TODAY, by=boss, at=NOW, pack=PACK)
    assert not own_items(user).exists()
    user.refresh_from_db()
    assert user.is_active is False


def test_a_night_that_fails_in_the_middle_leaves_nothing_behind():
    branch = demo()
    before = everything()
    with refusing("records_worklistitem", "disk full"), pytest.raises(DatabaseError, match="disk full"):
        night(branch)
    after = everything()
    assert after.pop("records_looprun") != before.pop("records_looprun")
    assert after == before
    assert night(branch).branches[0].items > 0
    assert LoopRun.objects.count() == 1
