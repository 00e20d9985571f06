"""Who may sign in, and with what."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from tests.factories import NOW, PASSWORD, TODAY, everything, make_branch, make_rm, make_user

from yuandian.config.worker import CHORES
from yuandian.operations.org import hand_over_book
from yuandian.operations.people import set_active, set_password
from yuandian.packs.loader import load
from yuandian.records.org import Role
from yuandian.records.runs import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="yuandian.records.sessions.Backend")
    assert client.get("/me/").status_code == 200
    return client


@pytest.mark.req("X2")
def test_a_locked_user_is_out_at_once_and_can_come_back():
    user = make_user(make_branch())
    client = signed_in(user)
    set_active(user=user, is_active=False, at=NOW)
    assert client.get("/me/").status_code == 302
    before = everything()
    set_active(user=user, is_active=False, at=NOW)
    assert everything() == before
    set_active(user=user, is_active=True, at=NOW)
    assert client.get("/me/").status_code == 302
    assert signed_in(user)
    assert list(AuditEntry.objects.order_by("pk").values_list("operation", flat=True)) == [
        "lock_user",
        "unlock_user",
    ]


@pytest.mark.req("X2")
def test_no_session_comes_back_with_its_user_and_others_stay():
    branch = make_branch()
    rm = make_rm(branch)
    leaving, boss = make_user(branch, rm=rm), make_user(branch, Role.BRANCH_MANAGER)
    gone, there = [signed_in(leaving), signed_in(leaving)], signed_in(boss)
    hand_over_book(rm=rm, cause="leaves", effective_on=TODAY, by=boss, at=NOW, pack=load("bank", as_of=TODAY))
    assert Session.objects.count() == 1
    leaving.refresh_from_db()
    set_active(user=leaving, is_active=True, at=NOW)
    assert [client.get("/me/").status_code for client in (*gone, there)] == [302, 302, 200]


def test_sessions_that_are_over_are_forgotten_by_a_chore():
    over, live = (signed_in(make_user(make_branch())).session.session_key for _ in range(2))
    now = timezone.now()
    Session.objects.filter(pk=over).update(expire_date=now)
    Session.objects.filter(pk=live).update(expire_date=now + timedelta(seconds=1))
    for chore in CHORES:
        chore.do(now)
    assert list(Session.objects.values_list("pk", flat=True)) == [live]


@pytest.mark.req("X2")
def test_a_new_password_ends_the_sessions_of_the_old_one():
    user = make_user(make_branch())
    client = signed_in(user)
    set_password(user=user, password="another long password", at=NOW)
    assert client.get("/me/").status_code == 302
    user.refresh_from_db()
    assert (user.check_password(PASSWORD), user.check_password("another long password")) == (False, True)
