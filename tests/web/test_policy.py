"""No route without a policy; what is denied changes nothing; foreign answers exactly as absent (X2, A1-A6)."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import everything, make_branch, make_user
from tests.web.catalogue import WEB
from tests.web.conftest import Desk, make_desk
from yuandian.operations.act import log_result
from yuandian.records.org import Role
from yuandian.records.uploads import Upload
from yuandian.records.work import ContactResult
from yuandian.web.industry import pack_of
from yuandian.web.policy import POLICIES, PUBLIC

pytestmark = pytest.mark.django_db(transaction=True)

ABSENT = 999_999_999


def routes(resolver: URLResolver | None = None, namespace: str = "") -> dict[str, list[str]]:
    """Every named route with the names of its arguments."""
    found: dict[str, list[str]] = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            found[namespace + (entry.name or str(entry.pattern))] = list(entry.pattern.converters)
        else:
            found |= routes(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
    return found


ROUTES = routes()
WITH_ID = sorted(name for name, arguments in ROUTES.items() if arguments)


def answers(client: Client, name: str, number: int, **headers) -> list[tuple[int, bytes]]:
    url = reverse(name, args=[number] * len(ROUTES[name]))
    replies = [client.get(url, **headers), client.post(url, {"key": str(uuid4())}, **headers)]
    return [(reply.status_code, reply.content) for reply in replies]


def test_every_route_has_a_policy_and_every_policy_a_route():
    assert set(POLICIES) == set(ROUTES)


def test_every_route_stands_in_the_reference():
    table = (WEB.parents[2] / "docs/reference/pages.md").read_text()
    assert set(re.findall(r"^\| `([\w:]+)` \| `/", table, re.MULTILINE)) == set(ROUTES)


@pytest.mark.req("X2")
@pytest.mark.parametrize("name", sorted(name for name, policy in POLICIES.items() if policy != PUBLIC))
def test_who_may_not_is_refused_and_nothing_changes(name):
    branch = make_branch()
    client = Client()
    before = everything()
    assert {status for status, _ in answers(client, name, 1)} == {302}
    assert [status for status, _ in answers(client, name, 1, headers={"HX-Request": "true"})] == [401, 401]
    assert everything() == before
    for role in Role:
        client.force_login(make_user(branch, role))
        before = everything()
        allowed = role in POLICIES[name]
        statuses = {status for status, _ in answers(client, name, ABSENT)} if not allowed else set()
        assert statuses == (set() if allowed else {403})
        assert everything() == before


def foreign_id(argument: str, stranger: Desk) -> int:
    """An id of that kind which exists, with somebody else."""
    item = stranger.items[0]
    if argument == "result_id":
        answer = log_result(
            customer=item.customer, item=item, result="interested", by=stranger.user, key=uuid4(),
            at=item.run.finished_at, pack=pack_of(stranger.branch, item.as_of),
        )  # fmt: skip
        return ContactResult.objects.get(pk=answer["result"]).pk
    if argument == "upload_id":
        operator = make_user(stranger.branch, Role.OPERATOR, name="李秘密")
        return Upload.objects.create(
            branch=stranger.branch, by=operator, kind="customers", file_name="李秘密.csv", size=1,
            at=item.run.finished_at, state="read", header=["客户号"], samples={"客户号": ["李秘密"]},
        ).pk  # fmt: skip
    return {"item_id": item.pk, "customer_id": item.customer_id, "rm_id": item.rm_id}[argument]


@pytest.mark.req("X2")
@pytest.mark.parametrize("name", WITH_ID)
@pytest.mark.parametrize("role", [Role.RM, Role.LEADER, Role.BRANCH_MANAGER, Role.OPERATOR])
def test_what_is_not_yours_answers_exactly_as_what_is_not_there(name, role):
    if role not in POLICIES[name]:
        return
    mine, stranger = make_desk(role=role), make_desk(("李秘密",))
    foreign = foreign_id(ROUTES[name][0], stranger)
    before = everything()
    theirs = answers(mine.client, name, foreign)
    assert theirs == answers(mine.client, name, ABSENT)
    assert {status for status, _ in theirs} <= {404, 405}
    assert all("李秘密".encode() not in body for _, body in theirs)
    assert everything() == before


def test_a_customer_who_went_to_a_colleague_is_gone_from_the_list(desk):
    item = desk.items[0]
    item.customer.ownerships.update(rm=make_desk().items[0].rm)
    assert desk.client.get(reverse("today:card", args=[item.pk])).status_code == 404
    assert "周小云" not in desk.client.get("/today/").content.decode()
