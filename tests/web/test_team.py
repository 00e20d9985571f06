"""团队: who has nobody is seen at once and gets somebody of the leader's scope (K2, X2)."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    TODAY,
    everything,
    make_branch,
    make_customer,
    make_night,
    make_outlet,
    make_rm,
    make_state,
    make_team,
    make_user,
)
from yuandian.packs.loader import load
from yuandian.records.customers import Ownership
from yuandian.records.org import Role, User
from yuandian.records.runs import AuditEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("K2")]
HTMX = {"HX-Request": "true"}


class Team:
    """A leader, two RMs of the team, one RM of another, and an orphan at the outlet of the second."""

    def __init__(self) -> None:
        self.branch = make_branch()
        self.team, outlet = make_team(self.branch), make_outlet(self.branch, name="东门网点")
        self.far = make_rm(self.branch, name="远经理", team=self.team)
        self.near = make_rm(self.branch, name="近经理", team=self.team, outlet=outlet)
        self.other = make_rm(self.branch, name="别队经理", team=make_team(self.branch), outlet=outlet)
        make_customer(self.branch, self.near)
        self.orphan = make_customer(self.branch, name="没人管", outlet=outlet)
        make_state(self.orphan, make_night(self.branch), days_since_contact=41)
        self.client = self.signed_in(Role.LEADER, team=self.team)

    def signed_in(self, role: Role, **fields) -> Client:
        client = Client()
        client.force_login(make_user(self.branch, role, **fields))
        return client

    def assign(self, rm: object, client: Client | None = None, **headers):
        url = reverse("team:assign", args=[self.orphan.pk])
        return (client or self.client).post(url, {"rm": rm}, **headers)


@pytest.fixture
def team() -> Team:
    return Team()


def options(body: str) -> list[str]:
    return re.findall(r"<option[^>]*>([^<]*)<", body)


def test_the_place_opens_with_those_who_have_nobody(team):
    assert team.client.get("/team/")["Location"] == "/team/orphans/"
    body = team.client.get("/team/orphans/").content.decode()
    for words in ("没人管", "金卡", "¥68.4万", "41 天没联系", "东门网点", "共 1 位"):
        assert words in body
    assert options(body) == ["近经理 · 同一网点 · 在管 1 / 500", "远经理 · 在管 0 / 500"]


def test_a_branch_manager_is_offered_the_whole_branch_and_at_most_three(team):
    for number in range(4):
        make_rm(team.branch, name=f"新{number}")
    make_rm(team.branch, name="已离开", left_on=TODAY)
    body = team.signed_in(Role.BRANCH_MANAGER).get("/team/orphans/").content.decode()
    assert options(body) == [
        "别队经理 · 同一网点 · 在管 0 / 500",
        "近经理 · 同一网点 · 在管 1 / 500",
        "远经理 · 在管 0 / 500",
    ]


def test_who_has_room_goes_before_who_is_nearer_and_full(team, monkeypatch):
    pack = load("bank", as_of=TODAY)
    full = pack.model_copy(update={"limits": pack.limits.model_copy(update={"book_size": 1})})
    monkeypatch.setattr("yuandian.web.preferences.pack_of", lambda _branch, _day: full)
    assert options(team.client.get("/team/orphans/").content.decode()) == ["远经理 · 在管 0 / 1"]
    make_customer(team.branch, team.far)
    assert options(team.client.get("/team/orphans/").content.decode()) == [
        "近经理 · 同一网点 · 已满 · 在管 1 / 1",
        "远经理 · 已满 · 在管 1 / 1",
    ]


def test_one_press_gives_the_customer_to_somebody(team):
    reply = team.assign(team.near.pk, headers=HTMX)
    part = reply.content.decode()
    assert (reply.status_code, part.startswith('<div id="work"')) == (200, True)
    assert "没人管 已交给近经理。" in part
    assert "没有无人管的客户。" in part
    assert Ownership.objects.get(customer=team.orphan).rm == team.near
    assert AuditEntry.objects.get().operation == "assign_owner"


def test_without_scripts_the_same_form_comes_back_and_says_so(team):
    reply = team.assign(team.far.pk)
    assert reply["Location"] == f"/team/orphans/?given={team.far.pk}"
    assert "已交给远经理。" in team.client.get(reply["Location"]).content.decode()
    elsewhere = team.client.get(f"/team/orphans/?given={team.other.pk}").content.decode()
    assert "别队经理" not in elsewhere


@pytest.mark.req("X2")
def test_an_rm_of_another_team_is_as_absent_as_none_and_nothing_changes(team):
    before = everything()
    replies = [team.assign(rm) for rm in (team.other.pk, 999_999_999)]
    assert [reply.status_code for reply in replies] == [404, 404]
    assert replies[0].content == replies[1].content
    assert everything() == before


@pytest.mark.parametrize("rm", ["", "x", "٣", "9" * 30])
def test_no_choice_is_said_and_changes_nothing(team, rm):
    before = everything()
    reply = team.assign(rm)
    assert (reply.status_code, "先选一个接手的人。" in reply.content.decode()) == (422, True)
    assert everything() == before


def test_who_has_left_is_refused_in_words(team):
    team.far.left_on = TODAY
    team.far.save()
    before = everything()
    reply = team.assign(team.far.pk)
    assert (reply.status_code, "这位同事已经离开" in reply.content.decode()) == (422, True)
    assert everything() == before


@pytest.mark.req("X2")
def test_an_auditor_looks_and_changes_nothing(team):
    auditor = team.signed_in(Role.AUDITOR)
    body = auditor.get("/team/orphans/").content.decode()
    assert "没人管" in body
    assert "你只能看" in body
    assert "<select" not in body
    before = everything()
    assert team.assign(team.near.pk, auditor).status_code == 403
    assert team.assign(team.near.pk, team.signed_in(Role.RM, rm=team.far)).status_code == 403
    assert everything()["records_ownership"] == before["records_ownership"]


@pytest.mark.req("X4")
def test_it_speaks_english(team):
    User.objects.update(language="en")
    body = team.client.get("/team/orphans/").content.decode()
    for words in (
        "1 in all, most assets first.",
        "41 days without contact",
        "same Outlet · 1 / 500 customers",
        "Assign",
    ):
        assert words in body


def test_the_page_asks_the_database_so_often_however_many_rows(team, django_assert_max_num_queries):
    for _ in range(60):
        make_customer(team.branch)
    with django_assert_max_num_queries(9):
        body = team.client.get("/team/orphans/").content.decode()
    assert body.count("data-focus") == 1
    assert "资产多的在前。" in body
    assert 'rel="next"' in body
