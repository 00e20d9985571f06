"""Route × method × role × whose: who may not is refused and nothing changes; foreign is absent (X2, A1–A3)."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from tests.factories import everything
from tests.web.access import ABSENT, EXAMPLES, METHODS, ROUTES, WHOSE, House, address, make_house
from tests.web.catalogue import WEB
from tests.web.conftest import make_desk
from yuandian.records.org import Role
from yuandian.records.runs import PersonalRead
from yuandian.web.policy import POLICIES, PUBLIC

pytestmark = [pytest.mark.django_db, pytest.mark.req("X2")]

READERS = (*Role.values, "anonymous")
SHOWS_NOTHING = {"customers:log", "team:assign"}
"""They answer with a redirection."""
SCOPED = {"customer_id", "upload_id"}
"""Ids of what belongs to a scope, not to one person."""
SHOWS_A_CUSTOMER = sorted(
    name for name, arguments in ROUTES.items() if arguments == ["customer_id"] and name not in SHOWS_NOTHING
)


@pytest.fixture
def house() -> House:
    return make_house()


def test_every_route_has_a_policy_an_example_and_a_line_in_the_reference():
    table = (WEB.parents[2] / "docs/reference/pages.md").read_text()
    assert set(POLICIES) == set(ROUTES), "give every route a policy in web/policy.py"
    assert set(EXAMPLES) == set(ROUTES), "give every route an example in EXAMPLES of tests/web/access.py"
    assert set(re.findall(r"^\| `([\w:]+)` \| `/", table, re.MULTILINE)) == set(ROUTES)


def ask(house: House, reader: str, method: str, name: str, number: int, **headers: str) -> HttpResponse:
    client, body = house.clients[reader], EXAMPLES[name].body(house) if method == "POST" else {}
    return client.generic(method, address(name, number), headers=headers) if not body else client.post(
        address(name, number), body, headers=headers
    )  # fmt: skip


def numbers(house: House, name: str, reader: str) -> Iterator[tuple[str, int]]:
    """Whose things, and their ids, that the route can be asked for; `absent` alone for one without an id."""
    for whose in WHOSE if ROUTES[name] else ("absent",):
        found = house.number(reader, whose, ROUTES[name][0]) if ROUTES[name] else None
        if found is not None or whose == "absent":
            yield whose, found or ABSENT


def denial(house: House, name: str, reader: str, method: str, whose: str) -> int | None:
    """The status with which the policy refuses; None when it allows."""
    if POLICIES[name] != PUBLIC:
        if reader == "anonymous":
            return 302
        if reader not in POLICIES[name]:
            return 403
    if method not in EXAMPLES[name].methods:
        return 405
    if not ROUTES[name]:
        return None
    is_there = house.sees(reader, whose) if ROUTES[name][0] in SCOPED else whose == "own"
    return None if is_there else 404


def cells(house: House, name: str) -> Iterator[tuple[str, str, int, str, int | None]]:
    """Reader, whose, id, method, and the status of a refusal."""
    for reader in READERS:
        for whose, number in numbers(house, name, reader):
            for method in METHODS:
                yield reader, whose, number, method, denial(house, name, reader, method, whose)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_each_cell_answers_as_the_policy_says_and_denied_changes_nothing(house, name):
    before, tried = everything(), list(cells(house, name))
    for reader, whose, number, method, refused in tried:
        if refused is not None:
            got = ask(house, reader, method, name, number)
            assert got.status_code == refused, (reader, method, whose)
            assert refused != 302 or got["Location"].startswith("/signin/")
    assert everything() == before, "what was refused changed something"
    for reader, whose, number, method, refused in tried:
        if refused is None:
            with transaction.atomic():
                got = ask(house, reader, method, name, number)
                assert got.status_code in EXAMPLES[name].methods[method], (reader, method, whose)
                got.getvalue()  # a file is closed by whoever reads it
                transaction.set_rollback(True)
            if name == "signout" and method == "POST":
                house.clients[reader].force_login(house.users[Role(reader)])


def told(response: HttpResponse, number: int) -> tuple[int, dict[str, str], bytes]:
    """What an answer says, but for the address that was asked for."""
    headers = {key: unquote(value).replace(f"/{number}", "/ID") for key, value in response.headers.items()}
    headers.pop("Content-Security-Policy", None)  # holds a number drawn anew each time
    return response.status_code, headers, response.content


@pytest.mark.parametrize("name", sorted(name for name, arguments in ROUTES.items() if arguments))
def test_what_is_not_yours_answers_exactly_as_what_is_not_there(house, name):
    """Status, headers and body, as a page and as a part of one."""
    for reader in READERS:
        foreign = [(whose, number) for whose, number in numbers(house, name, reader) if whose != "absent"]
        for method in ("GET", "HEAD", "POST"):
            refused = [(whose, one) for whose, one in foreign if denial(house, name, reader, method, whose)]
            for headers in ({}, {"HX-Request": "true"}) if refused else ():
                absent = told(ask(house, reader, method, name, ABSENT, **headers), ABSENT)
                for whose, number in refused:
                    theirs = told(ask(house, reader, method, name, number, **headers), number)
                    assert theirs == absent, (reader, method, whose)


@pytest.mark.parametrize("name", SHOWS_A_CUSTOMER)
def test_a_read_outside_ones_own_book_leaves_a_trace(house, name):
    """And inside it none; of what could not be read there is nothing to trace."""
    method = "GET" if "GET" in EXAMPLES[name].methods and name != "customers:phone" else "POST"
    for role in Role.values:
        for whose, number in numbers(house, name, role):
            PersonalRead.objects.all().delete()
            may = denial(house, name, role, method, whose) is None
            ask(house, role, method, name, number)
            reads = set(PersonalRead.objects.values_list("by", "customer"))
            wanted = {(house.users[Role(role)].pk, number)} if may and whose != "own" else set()
            assert reads == wanted, (role, whose)


def test_a_customer_who_went_to_a_colleague_is_gone_from_the_list(desk):
    item = desk.items[0]
    item.customer.ownerships.update(rm=make_desk().items[0].rm)
    assert desk.client.get(reverse("today:card", args=[item.pk])).status_code == 404
    assert "周小云" not in desk.client.get("/today/").content.decode()
