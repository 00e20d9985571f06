"""What a form may say: no id of others is taken (A6), no field but the listed ones is written (A7)."""

from datetime import date, datetime

import pytest
from django.apps import apps
from django.db import models

from tests.factories import everything
from tests.web.access import ABSENT, EXAMPLES, ROUTES, House, address, make_house
from yuandian.records.org import Role
from yuandian.web.policy import POLICIES

pytestmark = [pytest.mark.django_db, pytest.mark.req("X2")]

WRITES = sorted(name for name, example in EXAMPLES.items() if "POST" in example.methods)
CHANGES: dict[str, set[str]] = {
    "me": {"user.language", "user.theme", "user.rise", "user.has_shortcuts"},
    "today:log": {"worklistitem.result_id"},
    "today:undo": {"contactresult.voided_at", "interaction.voided_at"},
    "today:note": {"interaction.note"},
    "customers:undo": {"contactresult.voided_at", "interaction.voided_at"},
    "customers:log": set(),
    "customers:phone": set(),
    "team:assign": {"ownership.active_to"},
    "exports:ask": set(),
    "exports:delete": {"export.conditions", "export.expires_at"},
    "setup:import_new": set(),
    "setup:import_columns": {"upload.columns", "upload.state"},
    "setup:import_start": set(),
    "setup:import_leave": {"upload.samples", "upload.state"},
    "setup:import_again": set(),
    "setup:import_undo": set(),
    "setup:import_repairs": set(),
    "setup:import_row": set(),
    "signin": set(),
    "signout": set(),
    "language": set(),
}
"""Of rows that were there before, what the example of each write changes. A new write needs a line."""
TAKEN = {
    "today:log": {"callback_at", "cause"},
    "customers:log": {"callback_at", "cause"},
    "exports:ask": {"tier", "stage", "segment"},
    "signin": {"username", "password"},
}
"""Fields that a form has beyond those of its example."""
ID_FIELDS = {"team:assign": {"rm"}}
"""Fields that hold an id. A new form with one needs a line, or nothing is smuggled into it here.

What narrows an export is no id taken: test_access_exports.py tries it.
"""


@pytest.fixture
def house() -> House:
    return make_house()


def writer(name: str) -> Role:
    """A leader where a leader may, else an operator."""
    return Role.OPERATOR if Role.LEADER not in (POLICIES[name] or {Role.LEADER}) else Role.LEADER


def target(house: House, name: str) -> int:
    return house.number(Role.LEADER, "own", ROUTES[name][0]) if ROUTES[name] else ABSENT


def rows() -> dict[str, dict[int, dict[str, object]]]:
    found = apps.get_app_config("records").get_models()
    return {
        model._meta.model_name: {row["pk"]: row for row in model.objects.values("pk", *columns(model))}
        for model in found
    }


def columns(model: type[models.Model]) -> list[str]:
    return [one.attname for one in model._meta.concrete_fields]


def hostile(one: models.Field) -> str:
    if isinstance(one, models.BooleanField):
        return "true"
    if isinstance(one, models.DateTimeField):
        return "1999-09-09T09:09:09"
    if isinstance(one, models.DateField):
        return "1999-09-09"
    return "987654321"


def is_hostile(value: object) -> bool:
    moment = value.date() if isinstance(value, datetime) else value
    return moment == date(1999, 9, 9) or "987654321" in str(value)


def test_every_write_says_what_it_changes(house):
    assert set(CHANGES) == set(WRITES), "add the new write to CHANGES"
    known = {field for name in WRITES for field in EXAMPLES[name].body(house)}
    ids = {field for fields in ID_FIELDS.values() for field in fields}
    known = {field for field in known if not field.startswith("column-")}  # names of columns, not ids
    assert {field for field in known if field.endswith(("_id", "rm", "customer", "item", "owner"))} == ids


@pytest.mark.parametrize("name", WRITES)
def test_only_the_listed_fields_change(house, name):
    """Every field of every model is put beside the form, with a value that would show."""
    body = EXAMPLES[name].body(house)
    own = {*body, *TAKEN.get(name, ())}
    extra = {
        key: hostile(one)
        for model in apps.get_app_config("records").get_models()
        for one in model._meta.concrete_fields
        for key in (one.name, one.attname, f"{model._meta.model_name}.{one.name}")
        if key not in own
    }
    before = rows()
    reply = house.clients[writer(name)].post(address(name, target(house, name)), {**extra, **body})
    assert reply.status_code in EXAMPLES[name].methods["POST"]
    after = rows()
    changed = {
        f"{table}.{column}"
        for table, kept in before.items()
        for pk, row in kept.items()
        for column, value in row.items()
        if after[table][pk][column] != value
    }
    assert changed == CHANGES[name]
    new = [row for table, kept in after.items() for pk, row in kept.items() if pk not in before[table]]
    assert [row for row in new if any(map(is_hostile, row.values()))] == []


@pytest.mark.parametrize("role", [Role.LEADER, Role.BRANCH_MANAGER, Role.OPERATOR])
@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in ID_FIELDS.items() for field in fields]
)
def test_no_id_of_others_is_taken(house, name, field, role):
    thing = house.things["nobody"]
    foreign = [house.elsewhere.pk, ABSENT, -1, 0, 10**30, "", "x", "1 OR 1=1", "1.0", "１"]
    if role == Role.LEADER:
        foreign.append(house.things["branch"].item.rm_id)
    before = everything()
    for value in foreign:
        body = EXAMPLES[name].body(house) | {field: value}
        reply = house.clients[role].post(address(name, thing.customer.pk), body)
        assert reply.status_code in {404, 422}, value
    assert everything() == before


@pytest.mark.parametrize("name", ["today:log", "customers:log"])
@pytest.mark.parametrize(
    "wrong",
    [{"key": "x"}, {"key": ""}, {"result": "paid"}, {"result": ""}, {"callback_at": "soon"}, {"callback_at": "9999-01-01T00:00"}],
    ids=str,
)  # fmt: skip
def test_a_form_that_cannot_be_read_changes_nothing(house, name, wrong):
    before = {table: kept for table, kept in everything().items() if table != "records_personalread"}
    body = EXAMPLES[name].body(house) | wrong
    assert house.clients[Role.LEADER].post(address(name, target(house, name)), body).status_code == 422
    assert {table: kept for table, kept in everything().items() if table != "records_personalread"} == before
