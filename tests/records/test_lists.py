"""The customer list: found by name, initials or phone, within scope, in order, page by page (K1, X2)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories import (
    TODAY,
    make_branch,
    make_customer,
    make_night,
    make_phone,
    make_rm,
    make_state,
    make_team,
    make_user,
)

from yuandian.records import lists
from yuandian.records.customers import Ownership
from yuandian.records.lists import SORTS, Wanted, customer_list, orphan_list
from yuandian.records.org import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return make_branch()


@pytest.fixture
def night(branch):
    return make_night(branch, customers=7)


@pytest.fixture
def book(branch, night):
    """An RM with four customers: three with assets, one new since the night."""
    rm = make_rm(branch, name="王经理")
    for name, assets, days, tier in (
        ("周小云", 300, 41, "gold"),
        ("张国强", 900, None, "gold"),
        ("𠮷川工作室", 100, 12, "basic"),
    ):
        customer = make_customer(branch, rm, name=name)
        make_state(customer, night, assets_fen=assets, days_since_contact=days, tier=tier)
    make_phone(make_customer(branch, rm, name="Ann Lee"), "13800000042")
    return rm


def names(user, **wanted) -> list[str]:
    return [customer.name for customer in customer_list(user, Wanted(**wanted)).customers]


@pytest.mark.parametrize(
    ("text", "shape", "found"),
    [
        ("周", "name", ["周小云"]),
        (" 周 小", "name", ["周小云"]),
        ("小云", "name", []),
        ("𠮷", "name", ["𠮷川工作室"]),
        ("zxy", "initials", ["周小云"]),
        ("Z", "initials", ["张国强", "周小云"]),
        ("ann l", "initials", ["Ann Lee"]),
        ("0042", "tail", ["Ann Lee"]),
        ("13800000042", "phone", ["Ann Lee"]),
        ("23800000042", "phone", []),
        ("042", "phone", []),
        ("%", "", ["张国强", "周小云", "𠮷川工作室", "Ann Lee"]),
    ],
)
def test_a_search_is_by_its_shape_and_only_from_the_beginning(branch, book, text, shape, found):
    assert Wanted(text=text).shape == shape
    assert names(make_user(branch, rm=book), text=text) == found


def test_filters_and_orders_of_a_book(branch, book):
    user = make_user(branch, rm=book)
    assert names(user) == ["张国强", "周小云", "𠮷川工作室", "Ann Lee"]
    assert names(user, sort="assets") == ["𠮷川工作室", "周小云", "张国强", "Ann Lee"]
    assert names(user, sort="-silence") == ["周小云", "𠮷川工作室", "张国强", "Ann Lee"]
    assert names(user, sort="name")[0] == "Ann Lee"
    assert names(user, tier="gold", silent=30) == ["张国强", "周小云"]
    assert names(user, silent=90) == ["张国强"]
    listing = customer_list(user, Wanted(tier="gold"))
    assert (listing.count, listing.has_more) == (2, False)
    assert listing.facets["tier"] == {"gold": 2, "basic": 1, "": 1}
    assert listing.facets["silent"] == {"30": 2, "90": 1}
    assert set(listing.owners.values()) == {"王经理"}


@pytest.mark.req("X2")
def test_each_role_finds_its_own_scope_and_counts_nothing_else(branch, book):
    team = make_team(branch)
    book.team = team
    book.save()
    other = make_rm(branch, name="李经理")
    make_customer(branch, other, name="李秘密")
    make_customer(branch, name="没人管")
    stranger = make_customer(make_branch(), name="外行客户")
    make_phone(stranger, "13900000042")
    own, leader = make_user(branch, rm=book), make_user(branch, Role.LEADER, team=team)
    manager, teamless = make_user(branch, Role.BRANCH_MANAGER), make_user(branch, Role.LEADER)
    counts = [customer_list(user, Wanted()).count for user in (own, leader, manager, teamless)]
    assert counts == [4, 5, 6, 1]
    for user in (own, leader):
        assert names(user, text="李") == names(user, text="lmm") == names(user, rm_id=other.pk) == []
        assert sum(customer_list(user, Wanted(text="李")).facets["tier"].values()) == 0
    assert names(manager, rm_id=other.pk) == ["李秘密"]
    assert names(manager, text="0042") == ["Ann Lee"]
    unlinked = make_user(branch)
    assert customer_list(unlinked, Wanted()).count == 0


@pytest.fixture
def many(branch, night):
    """120 customers, every third without assets known, many of them equal."""
    rm = make_rm(branch)
    for number in range(120):
        customer = make_customer(branch, rm, name=f"客户{number:03}")
        if number % 10:
            assets = None if number % 3 == 0 else number % 7
            make_state(customer, night, assets_fen=assets, days_since_contact=number % 5)
    return rm


@pytest.mark.parametrize("is_wide", [False, True])
@pytest.mark.parametrize("sort", sorted(SORTS))
def test_pages_join_without_gap_or_double_and_both_ways_give_the_same(branch, many, monkeypatch, is_wide, sort):
    user = make_user(branch, Role.BRANCH_MANAGER)
    whole = [one.pk for one in _walk(user, sort)]
    assert sorted(whole) == sorted(branch.customers.values_list("pk", flat=True))
    if is_wide:
        monkeypatch.setattr(lists, "NARROW", 10)
        listing = customer_list(user, Wanted(sort=sort))
        assert (listing.facets, listing.has_more) == (None, True)
        if sort in listing.sorts:
            assert [one.pk for one in _walk(user, sort)] == whole


def _walk(user, sort):
    after, found = None, []
    while True:
        listing = customer_list(user, Wanted(sort=sort, after=after))
        found += listing.customers
        if not listing.has_more:
            return found
        after = listing.customers[-1].pk


def test_a_wide_scope_is_not_counted(branch, many, night, monkeypatch):
    monkeypatch.setattr(lists, "NARROW", 10)
    manager, leader = (
        make_user(branch, Role.BRANCH_MANAGER),
        make_user(branch, Role.LEADER, team=make_team(branch)),
    )
    listing = customer_list(manager, Wanted())
    assert (listing.count, listing.is_of_night, listing.sorts) == (7, True, ("-assets", "assets", "name", "-name"))
    assert customer_list(manager, Wanted(silent=30)).count == 0
    assert customer_list(manager, Wanted(text="客户")).count is None
    assert customer_list(manager, Wanted(text="客户00")).count == 10
    assert customer_list(manager, Wanted(rm_id=many.pk)).count == 120
    many.team = leader.team
    many.save()
    listing = customer_list(leader, Wanted())
    assert (listing.count, listing.sorts, len(listing.customers)) == (None, ("-assets", "assets"), 50)


def test_a_wide_page_is_read_along_an_index_and_never_sorted(branch, many, monkeypatch):
    if connection.vendor != "sqlite":
        return
    monkeypatch.setattr(lists, "NARROW", 10)
    user = make_user(branch, Role.BRANCH_MANAGER)
    for wanted in (Wanted(), Wanted(tier="gold"), Wanted(text="客"), Wanted(text="kh"), Wanted(sort="name")):
        with CaptureQueriesContext(connection) as queries:
            customer_list(user, wanted)
        [page] = [query["sql"] for query in queries if "LIMIT 51" in query["sql"]]
        with connection.cursor() as cursor:
            plan = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {page}")]
        assert "USING INDEX" in plan[0]
        assert [step for step in plan if "TEMP B-TREE FOR ORDER BY" in step] == []


@pytest.mark.req("K2")
def test_orphans_are_those_of_nobody_or_of_someone_gone(branch, night, book):
    team = make_team(branch)
    gone = make_rm(branch, team=team, left_on=TODAY)
    leaving = make_rm(branch, team=team, left_on=TODAY.replace(day=30))
    left = make_customer(branch, gone, name="旧人客户")
    make_customer(branch, leaving, name="还在")
    nobody = make_customer(branch, name="没人管")
    for customer, assets in ((left, 5), (nobody, 9)):
        make_state(customer, night, assets_fen=assets)
    ended = make_customer(branch, book, name="期满")
    Ownership.objects.filter(customer=ended).update(active_to=TODAY)
    manager, leader = make_user(branch, Role.BRANCH_MANAGER), make_user(branch, Role.LEADER, team=team)
    elsewhere = make_user(branch, Role.LEADER, team=make_team(branch))
    found = {
        user: [one.name for one in orphan_list(user, TODAY).customers] for user in (manager, leader, elsewhere)
    }
    assert found[manager] == found[leader] == ["没人管", "旧人客户", "期满"]
    assert found[elsewhere] == ["没人管", "期满"]
    assert orphan_list(make_user(branch, rm=book), TODAY).count == 0
    assert orphan_list(manager, TODAY, after=nobody.pk).customers[0] == left
