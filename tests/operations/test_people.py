"""Who may sign in, and with what."""

import pytest
from django.test import Client
from tests.factories import NOW, PASSWORD, everything, make_branch, make_user

from yuandian.operations.people import set_active, set_password
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
    assert signed_in(user)
    assert list(AuditEntry.objects.order_by("pk").values_list("operation", flat=True)) == [
        "lock_user",
        "unlock_user",
    ]


@pytest.mark.req("X2")
def test_a_new_password_ends_the_sessions_of_the_old_one():
    user = make_user(make_branch())
    client = signed_in(user)
    set_password(user=user, password="another long password", at=NOW)
    assert client.get("/me/").status_code == 302
    user.refresh_from_db()
    assert (user.check_password(PASSWORD), user.check_password("another long password")) == (False, True)
