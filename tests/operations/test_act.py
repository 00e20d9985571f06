"""One tap logs a result; one tap takes it back (A1)."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from tests.factories import NOW, TODAY, everything, make_branch, make_customer, make_item, make_rm, make_user

from yuandian.operations.act import log_result, note_contact, undo_result
from yuandian.operations.writing import RefusedError
from yuandian.packs.loader import load
from yuandian.records.facts import Interaction
from yuandian.records.frames import facts_of
from yuandian.records.invariants import verify
from yuandian.records.org import Role
from yuandian.records.runs import AuditEntry
from yuandian.records.work import ContactResult, WorklistItem

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def day():
    """An RM, a customer, and the customer's line on today's list."""
    branch = make_branch()
    rm = make_rm(branch)
    customer = make_customer(branch, rm)
    return make_user(branch, rm=rm), make_item(customer, rm)


@pytest.fixture(scope="module")
def pack():
    return load("bank", as_of=TODAY)


def log(item: WorklistItem, by, pack, **fields):
    given = {
        "customer": item.customer,
        "item": item,
        "result": "interested",
        "by": by,
        "at": NOW,
        "key": uuid4(),
        "pack": pack,
    }
    return log_result(**{**given, **fields})


@pytest.mark.req("A1")
def test_a_result_closes_the_line_and_stands_on_the_timeline(day, pack):
    user, item = day
    answer = log(item, user, pack, result="no_answer", note="周三再打")
    item.refresh_from_db()
    logged = ContactResult.objects.get()
    assert answer == {"result": logged.pk, "item": item.pk}
    assert (item.result, logged.result, logged.by) == (logged, "no_answer", user)
    talk = Interaction.objects.get()
    assert talk.playbook == item.playbook != ""
    assert (talk.result, talk.note, talk.channel, talk.purpose, talk.rm, talk.direction) == (
        "no_answer",
        "周三再打",
        item.channel,
        item.purpose,
        item.rm,
        "out",
    )
    assert AuditEntry.objects.filter(operation="log_result", subject_id=logged.pk).count() == 1
    assert all(finding.ok for finding in verify())


@pytest.mark.req("A1")
def test_the_same_key_again_is_the_same_answer_and_nothing_new(day, pack):
    user, item = day
    key = uuid4()
    first = log(item, user, pack, key=key)
    before = everything()
    assert log(item, user, pack, key=key, at=NOW + timedelta(seconds=3)) == first
    assert everything() == before
    with pytest.raises(RefusedError, match="key_reused"):
        log(item, user, pack, key=key, result="not_now")
    assert everything() == before


@pytest.mark.req("A1")
def test_undo_opens_the_line_again_and_voids_the_contact(day, pack):
    user, item = day
    logged = ContactResult.objects.get(pk=log(item, user, pack)["result"])
    undo_result(logged=logged, by=user, at=NOW)
    before = everything()
    undo_result(logged=logged, by=user, at=NOW)
    assert everything() == before
    item.refresh_from_db()
    logged.refresh_from_db()
    assert (item.result, logged.voided_at, Interaction.objects.get().voided_at) == (None, NOW, NOW)
    again = log(item, user, pack, result="not_now")
    item.refresh_from_db()
    assert item.result_id == again["result"]
    assert all(finding.ok for finding in verify())


@pytest.mark.req("A1", "D1")
def test_the_night_sees_which_playbook_asked_unless_it_was_taken_back(day, pack):
    user, item = day
    first = ContactResult.objects.get(pk=log(item, user, pack)["result"])
    log_result(customer=item.customer, item=None, result="not_now", by=user, at=NOW, key=uuid4(), pack=pack)
    seen = facts_of(item.branch, TODAY)["interactions"]
    assert sorted(seen["playbook"].to_pylist(), key=str) == [None, item.playbook]
    undo_result(logged=first, by=user, at=NOW)
    assert facts_of(item.branch, TODAY)["interactions"]["playbook"].to_pylist() == [None]


def test_nobody_undoes_anothers_result_nor_yesterdays(day, pack):
    user, item = day
    logged = ContactResult.objects.get(pk=log(item, user, pack)["result"])
    stranger = make_user(item.branch)
    before = everything()
    with pytest.raises(RefusedError, match="not_yours"):
        undo_result(logged=logged, by=stranger, at=NOW)
    with pytest.raises(RefusedError, match="day_over"):
        undo_result(logged=logged, by=user, at=NOW + timedelta(days=1))
    with pytest.raises(RefusedError, match="not_yours"):
        note_contact(logged=logged, note="x", by=stranger, at=NOW)
    assert everything() == before


def test_a_promise_to_call_again_needs_a_time_and_keeps_the_local_day(day, pack):
    user, item = day
    before = everything()
    with pytest.raises(RefusedError, match="callback_needs_time"):
        log(item, user, pack, result="callback")
    with pytest.raises(RefusedError, match="unknown_result"):
        log(item, user, pack, result="splendid")
    assert everything() == before
    late = datetime.fromisoformat("2026-11-26T17:30:00+00:00")  # the 27th, half past one, in Shanghai
    log(item, user, pack, result="callback", callback_at=late)
    assert Interaction.objects.get().callback_on.isoformat() == "2026-11-27"


def test_two_colleagues_both_contacts_are_kept_the_line_keeps_the_first(day, pack):
    user, item = day
    first = log(item, user, pack)
    log(item, make_user(item.branch, Role.BRANCH_MANAGER), pack, result="unhappy")
    item.refresh_from_db()
    assert item.result_id == first["result"]
    assert Interaction.objects.count() == 2


def test_a_note_can_be_written_after_the_tap(day, pack):
    user, item = day
    logged = ContactResult.objects.get(pk=log(item, user, pack)["result"])
    note_contact(logged=logged, note="想要保本", by=user, at=NOW)
    assert Interaction.objects.get().note == "想要保本"
    assert AuditEntry.objects.get(operation="note_contact").values.before == {"note": ""}
