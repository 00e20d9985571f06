"""What narrows an export reveals nothing: the file holds what its owner may see, whatever was asked (X2, A6, A8)."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from tests.factories import everything
from tests.web.access import ABSENT, ANEW, House, make_house
from yuandian.operations.export import path_of
from yuandian.records.exports import MAY_TAKE, Export
from yuandian.records.org import Branch, RelationshipManager, Role
from yuandian.records.runs import ImportBatch, ImportReject
from yuandian.web.exports import SHEETS

pytestmark = [pytest.mark.django_db, pytest.mark.req("X2"), pytest.mark.req("X5")]

ASK = "/me/exports/ask"


@pytest.fixture
def house() -> House:
    made = make_house()
    for branch in Branch.objects.all():
        batch = ImportBatch.objects.create(
            branch=branch, kind="customers", file_name=f"batch{branch.pk}.csv", fingerprint=str(branch.pk),
            started_at=timezone.now(), rejected=1,
        )  # fmt: skip
        ImportReject.objects.create(
            batch=batch, row=3, column="x", value=f"refused{branch.pk}", reason="r", fix="f"
        )
    return made


def taken(house: House, role: Role, what: str, **conditions: object) -> str:
    """What the file holds that the role gets for what it asked."""
    reply = house.clients[role].post(ASK, {"what": what, "format": "csv", **conditions})
    assert reply.status_code == 302, (role, what)
    return path_of(Export.objects.latest("pk")).read_text("utf-8-sig")


def tables() -> Iterator[tuple[Role, str]]:
    for role in Role:
        yield from ((role, what) for what in SHEETS if role in MAY_TAKE[what])


def smuggled(house: House) -> dict[str, object]:
    """Every name under which somebody might ask for another's rows."""
    other = house.things["other"]
    foreign = {
        "rm": house.elsewhere.pk,
        "customer": other.customer.pk,
        "branch": other.customer.branch_id,
        "by": other.export.by_id,
        "export": other.export.pk,
    }
    ids = {f"{name}_id": number for name, number in foreign.items()}
    return {
        **foreign,
        **ids,
        "ids": other.customer.pk,
        "customers": other.customer.pk,
        "conditions": "{}",
        "as_of": "",
    }


def test_a_file_holds_nothing_that_is_hidden_whatever_stands_in_the_form(house):
    elsewhere = house.things["other"].customer
    for role, what in tables():
        plain = taken(house, role, what)
        assert taken(house, role, what, **smuggled(house)) == plain, (role, what)
        hidden = [
            thing.customer.name
            for whose, thing in house.things.items()
            if not house.sees(role, "own" if whose == f"own:{role}" else "team" if ":" in whose else whose)
        ]
        assert elsewhere.name in hidden
        assert [name for name in hidden if name in plain] == [], (role, what)
        assert elsewhere.number not in plain


@pytest.mark.parametrize("role", Role)
def test_the_book_of_a_hidden_rm_is_as_empty_as_nobodys(house, role):
    nobodys = taken(house, role, "list", owner=ABSENT)
    assert nobodys.count("\n") == 1
    hidden = [house.elsewhere.pk]
    if role in {Role.RM, Role.LEADER}:
        hidden.append(house.things["branch"].item.rm_id)
    for number in hidden:
        assert taken(house, role, "list", owner=number) == nobodys
        page = house.clients[role].get("/me/exports/").content.decode()
        assert RelationshipManager.objects.get(pk=number).name not in page
    for text in (house.things["other"].customer.name, house.things["other"].customer.number):
        assert taken(house, role, "list", q=text) == nobodys


@pytest.mark.parametrize("role", sorted(MAY_TAKE["rejects"]))
def test_the_rejects_of_another_branch_are_as_empty_as_none(house, role):
    own, foreign = (ImportBatch.objects.get(branch=one) for one in (house.branch, house.elsewhere.branch))
    assert f"refused{house.branch.pk}" in taken(house, role, "rejects", batch=own.pk)
    none = taken(house, role, "rejects", batch=ABSENT)
    assert none.count("\n") == 1
    for batch in (foreign.pk, 0, -1, "", "x", 10**30, f"{own.pk} OR 1=1", f"{own.pk}.0"):
        assert taken(house, role, "rejects", batch=batch) == none, batch


@pytest.mark.parametrize("role", Role)
def test_a_table_of_another_role_is_refused_as_one_that_there_is_not(house, role):
    before, client = everything(), house.clients[role]
    absent = client.post(ASK, {"what": "salaries", "format": "csv"})
    assert absent.status_code == 422
    for what in SHEETS:
        if role not in MAY_TAKE[what]:
            got = client.post(ASK, {"what": what, "format": "csv"})
            assert (got.status_code, ANEW.sub(b"", got.content)) == (422, ANEW.sub(b"", absent.content)), what
    assert everything() == before
