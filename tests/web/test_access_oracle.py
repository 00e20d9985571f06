"""Counts, searches, pagers and errors tell nothing of what is hidden (A1, A4, A8)."""

from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_branch, make_night, make_rm, make_team, make_user
from tests.web.access import ABSENT, ANEW, EXAMPLES, ROUTES, House, Thing, address, make_house, make_thing
from yuandian.operations.export import path_of
from yuandian.records.exports import Export
from yuandian.records.org import Role
from yuandian.records.runs import BranchRun
from yuandian.web.policy import POLICIES

pytestmark = [pytest.mark.django_db, pytest.mark.req("X2")]

QUERIES = ("", "?sort=assets", "?list=today")


@pytest.fixture
def house() -> House:
    return make_house()


def pages(house: House, role: str) -> Iterator[str]:
    """Every page that the role may read, with what may stand in its address."""
    for name, example in EXAMPLES.items():
        if "GET" not in example.methods or role not in POLICIES[name]:
            continue
        seen = [whose for whose in ("own", "team", "branch", "nobody") if house.sees(role, whose)]
        found = [house.number(role, whose, ROUTES[name][0]) for whose in seen] if ROUTES[name] else [ABSENT]
        for number in dict.fromkeys(found):
            yield from (address(name, number or ABSENT) + query for query in QUERIES)


def bodies(house: House, role: str) -> dict[str, bytes]:
    got = {url: house.clients[role].get(url) for url in pages(house, role)}
    return {url: ANEW.sub(b"", reply.getvalue()) for url, reply in got.items()}


def canaries(thing: Thing) -> list[bytes]:
    secret = thing.customer.number.removeprefix("N")
    phone = thing.customer.contact_points.get().value
    return [one.encode() for one in (f"周{secret}", f"N{secret}", f"note{secret}", phone)]


def taken(export: Export) -> list[bytes]:
    """What was asked for, and what the file holds: nobody's but their owner's."""
    return [export.conditions["text"].encode(), path_of(export).read_bytes()]


@pytest.mark.parametrize("role", Role.values)
def test_no_page_shows_a_canary_of_what_is_hidden(house, role):
    hidden = [
        thing for whose, thing in house.things.items()
        if not house.sees(role, "own" if whose == f"own:{role}" else "team" if whose.startswith("own:") else whose)
    ]  # fmt: skip
    others = [thing.export for thing in house.things.values() if thing.export != house.exports[role]]
    planted = [canary for thing in hidden for canary in canaries(thing)]
    planted += [canary for export in filter(None, others) for canary in taken(export)]
    assert planted
    shown = bodies(house, role)
    assert all(any(canary in body for body in shown.values()) for canary in taken(house.exports[role]))
    visible = house.thing(role, "own") or house.things["team"]
    assert all(any(canary in body for body in shown.values()) for canary in canaries(visible)[:3])
    for url, body in shown.items():
        assert [canary for canary in planted if canary in body] == [], url


@pytest.mark.parametrize("role", Role.values)
def test_pages_are_the_same_with_and_without_hidden_rows(house, role):
    before = bodies(house, role)
    assert len(before) > 7
    far = make_branch()
    add(make_night(far, timezone.localdate()), make_rm(far), "more")
    if role == Role.RM:
        night = BranchRun.objects.get(branch=house.branch)
        add(night, make_rm(house.branch, team=make_team(house.branch)), "morehere")
    assert bodies(house, role) == before


def add(night: BranchRun, rm, canary: str) -> None:
    make_thing(night, rm, make_user(night.branch, rm=rm), canary)


@pytest.mark.parametrize("role", Role.values)
def test_a_search_for_what_is_hidden_finds_what_a_search_for_nothing_finds(house, role):
    """By name, number, initials, last digits and whole number: the same words but for what was typed."""
    other = house.things["other"].customer
    phone = other.contact_points.get().value
    pairs = [
        (other.name, "周absentother"), (other.number, "Nabsentother"), (other.initials, "zyxwvutsrq"),
        (phone[-4:], "0001"), (phone, "18999990001"),
    ]  # fmt: skip

    for hidden, absent in pairs:
        bodies = []
        for text in (hidden, absent):
            body = house.clients[role].get(reverse("customers:list"), {"q": text}).content
            for form in (text, quote(text), quote_plus(text)):
                body = body.replace(form.encode(), b"Q")
            bodies.append(ANEW.sub(b"", body))
        assert bodies[0] == bodies[1], (role, hidden)


NAMES: dict[str, Callable[[House], int]] = {
    "said": lambda house: house.things["other"].result.pk,
    "after": lambda house: house.things["other"].customer.pk,
    "given": lambda house: house.elsewhere.pk,
    "before": lambda house: house.things["other"].item.pk,
    "owner": lambda house: house.elsewhere.pk,
}
"""What stands in a query → one of another branch."""


@pytest.mark.parametrize("parameter", NAMES)
@pytest.mark.parametrize("role", [Role.RM, Role.LEADER, Role.BRANCH_MANAGER])
def test_an_id_in_the_address_tells_nothing(house, role, parameter):
    """A foreign id in a query answers as an absent one."""
    number = NAMES[parameter](house)
    for name in ("today:list", "customers:list", "customers:detail", "team:orphans"):
        if role not in POLICIES[name]:
            continue
        own = house.thing(role, "own") or house.things["team"]
        url = address(name, own.customer.pk)
        known = ANEW.sub(b"", house.clients[role].get(url, {parameter: ABSENT}).content)
        got = ANEW.sub(b"", house.clients[role].get(url, {parameter: number}).content)
        assert got.replace(b"=%d" % number, b"=ID") == known.replace(b"=%d" % ABSENT, b"=ID"), name
