"""我的: what a person chooses for their own pages is kept, audited and obeyed."""

import pytest

from tests.factories import everything
from yuandian.records.runs import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)
CHOICES = {"language": "", "theme": "auto", "rise": "auto", "has_shortcuts": "on"}


def test_choices_are_kept_and_obeyed(desk):
    chosen = {"language": "en", "theme": "dark", "rise": "red", "has_shortcuts": "off"}
    assert desk.client.post("/me/", chosen)["Location"] == "/me/"
    page = desk.client.get("/today/").content.decode()
    assert '<html lang="en" data-bs-theme="dark" data-rise="red" data-keys="off">' in page
    assert "aria-keyshortcuts" not in page
    assert 'id="keys"' not in page
    assert "Expected benefit" in page
    assert AuditEntry.objects.get(operation="save_preferences").values.after["theme"] == "dark"


def test_a_rise_is_red_in_chinese_and_green_in_english_unless_chosen(desk):
    assert 'data-rise="red"' in desk.client.get("/me/").content.decode()
    desk.client.post("/me/", CHOICES | {"language": "en"})
    assert 'data-rise="green"' in desk.client.get("/me/").content.decode()


def test_saving_the_same_changes_nothing(desk):
    before = everything()
    desk.client.post("/me/", CHOICES)
    assert everything() == before


@pytest.mark.parametrize("field", sorted(CHOICES))
def test_an_unknown_choice_is_refused(desk, field):
    before = everything()
    reply = desk.client.post("/me/", CHOICES | {field: "purple"})
    assert (reply.status_code, "没有这个选项" in reply.content.decode()) == (422, True)
    assert everything() == before


def test_no_field_beyond_ones_own_choices_can_be_set(desk):
    extra = {"role": "branch_manager", "is_active": "", "username": "boss", "branch": "2"}
    desk.client.post("/me/", CHOICES | {"theme": "dark"} | extra)
    role, name = desk.user.role, desk.user.username
    desk.user.refresh_from_db()
    assert (desk.user.role, desk.user.username, desk.user.theme) == (role, name, "dark")
