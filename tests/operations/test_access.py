"""The operation is the last door (A2, A3): called directly with what is not theirs, it refuses and changes nothing.

A new public operation with a `by` needs a call in CALLS, or a line in TRUSTED that says why not.
"""

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from uuid import uuid4

import pytest
from django.utils import timezone
from tests.factories import everything
from tests.web.access import House, Thing, make_house

import yuandian.operations
from yuandian.operations.act import log_result, note_contact, undo_result
from yuandian.operations.export import ask_export, delete_export
from yuandian.operations.know import import_file, import_folder, uploads
from yuandian.operations.know.faulty import faulty_workbook
from yuandian.operations.know.mending import mend_row
from yuandian.operations.know.undo import undo_import
from yuandian.operations.org import assign_owner, hand_over_book
from yuandian.operations.reading import reveal_phone
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.records.customers import Ownership
from yuandian.records.exports import MAY_TAKE
from yuandian.records.org import Branch, RelationshipManager, Role, User
from yuandian.records.runs import ImportBatch
from yuandian.web.exports import SHEETS
from yuandian.web.industry import pack_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("X2")]

TRUSTED = {
    "act.is_owner": "reads and answers yes or no; no page calls it with a number from outside",
    "reading.note_read": "writes down a reading; pages find the customer through customers_for first",
    "people.save_preferences": "the user is the reader themselves",
    "people.set_password": "command line",
    "people.set_active": "command line",
    "decide.run_loop": "command line; `by` names who started it",
    "writing.record": "part of an operation",
    "jobs.enqueue": "part of an operation",
    "audit.erase_values": "no page and no command yet; what grants an erasure on request will ask",
    "know.taking.take_in": "part of an import, which asks first",
    "know.checking.foresee": "part of a job, asked for by choose_columns",
    "know.uploads.held": "part of an operation; it is what asks",
    "export.asking.ask_export": "asks for a table, not for a thing: each table is tried with each role below",
    "export.file.check_right": "part of an export; it is what asks",
    "export.file.check_budget": "part of an export, which asks first",
}


def with_a_person() -> set[str]:
    """Every public function of the operations that is told who asks."""
    found = set()
    for module in walk_packages(yuandian.operations.__path__, "yuandian.operations."):
        for name, value in inspect.getmembers(import_module(module.name), inspect.isfunction):
            if value.__module__ != module.name or name.startswith("_"):
                continue
            if {"by", "user", "taking"} & set(inspect.signature(value).parameters):
                found.add(f"{module.name.removeprefix('yuandian.operations.')}.{name}")
    return found


@pytest.fixture
def house() -> House:
    made = make_house()
    for branch in Branch.objects.all():
        ImportBatch.objects.create(
            branch=branch,
            kind="customers",
            file_name="c.csv",
            started_at=timezone.now(),
            finished_at=timezone.now(),
        )
    return made


def rm_of(thing: Thing) -> RelationshipManager | None:
    owned = Ownership.objects.filter(customer=thing.customer).select_related("rm").first()
    return owned and owned.rm


def log(house: House, thing: Thing, by: User) -> None:
    pack = pack_of(house.branch, timezone.localdate())
    log_result(
        customer=thing.customer, item=None, result="interested", by=by, key=uuid4(), at=timezone.now(), pack=pack
    )


def hand_over(house: House, thing: Thing, by: User) -> None:
    pack, today = pack_of(house.branch, timezone.localdate()), timezone.localdate()
    rm = rm_of(thing)
    if rm is None:
        raise RefusedError("not_permitted")
    hand_over_book(rm=rm, cause="promoted", effective_on=today, by=by, at=timezone.now(), pack=pack)


def take_file(house: House, thing: Thing, by: User) -> None:
    path = Path("never opened.csv")
    given = {"branch": thing.customer.branch, "fields": load_fields("bank"), "by": by, "at": timezone.now()}
    with pytest.raises(RefusedError, match="not_permitted"):
        import_folder(folder=path, **given)
    import_file(kind="customers", path=path, **given)


def undo(_house: House, thing: Thing, by: User) -> None:
    batches = list(ImportBatch.objects.filter(branch=thing.customer.branch))
    undo_import(batches=batches, by=by, at=timezone.now())


def now(by: User) -> dict[str, object]:
    return {"by": by, "at": timezone.now()}


Call = Callable[[House, Thing, User], object]
EVERYBODY = frozenset(Role)
IMPORTERS = frozenset({Role.BRANCH_MANAGER, Role.OPERATOR})
UPLOAD_STEPS: dict[str, Call] = {
    "uploads.receive": lambda _house, thing, by: uploads.receive(
        kind="customers", file_name="a.csv", path=Path("never opened.csv"), repairs=thing.upload, **now(by)
    ),
    "uploads.choose_columns": lambda _house, thing, by: uploads.choose_columns(
        upload=thing.upload, columns={}, in_yuan=frozenset(), fields=load_fields("bank"), **now(by)
    ),
    "uploads.start_import": lambda _house, thing, by: uploads.start_import(upload=thing.upload, **now(by)),
    "uploads.ask_undo": lambda _house, thing, by: uploads.ask_undo(upload=thing.upload, **now(by)),
    "uploads.ask_again": lambda _house, thing, by: uploads.ask_again(upload=thing.upload, **now(by)),
    "uploads.leave": lambda _house, thing, by: uploads.leave(upload=thing.upload, **now(by)),
    "mending.mend_row": lambda _house, thing, by: mend_row(upload=thing.upload, row=1, cells={}, **now(by)),
    "faulty.faulty_workbook": lambda _house, thing, by: faulty_workbook(upload=thing.upload, lang="zh", **now(by)),
}
PLACES = frozenset({Role.LEADER, Role.BRANCH_MANAGER, Role.OPERATOR})
CALLS: dict[str, tuple[Call, frozenset[Role]]] = {
    "act.log_result": (log, EVERYBODY - {Role.OPERATOR, Role.AUDITOR}),
    "reading.reveal_phone": (
        lambda _house, thing, by: reveal_phone(customer=thing.customer, by=by, at=timezone.now()), EVERYBODY,
    ),
    "org.assign_owner": (
        lambda house, thing, by: assign_owner(
            customer=thing.customer, rm=house.colleague, by=by, at=timezone.now()
        ), PLACES,
    ),
    "org.hand_over_book": (hand_over, PLACES),
    "know.undo.undo_import": (undo, frozenset({Role.BRANCH_MANAGER, Role.OPERATOR})),
    "know.file.import_file": (take_file, IMPORTERS),
    **{f"know.{name}": (call, IMPORTERS) for name, call in UPLOAD_STEPS.items()},
}  # fmt: skip
OWN_ONLY: dict[str, Call] = {
    "act.undo_result": lambda _house, thing, by: undo_result(logged=thing.result, by=by, at=timezone.now()),
    "act.note_contact": lambda _house, thing, by: note_contact(
        logged=thing.result, note="hostile", by=by, at=timezone.now()
    ),
    "export.asking.delete_export": lambda _house, thing, by: delete_export(export=thing.export, **now(by)),
}
"""What is logged or taken out belongs to who did it, whatever the role."""


def test_every_operation_with_a_person_is_tried_or_says_why_not():
    known = {*CALLS, *OWN_ONLY, *TRUSTED, "know.folder.import_folder"}
    told = with_a_person() | {name for name in TRUSTED if name.startswith(("people.set", "decide"))}
    parts = {"know.file.file_stream", "know.file.take_all", "know.foreign.source_streams"}
    assert told - parts == known, "add a call to CALLS, or a reason to TRUSTED"


@pytest.mark.parametrize("name", [*CALLS, *OWN_ONLY])
def test_what_is_out_of_scope_is_refused_and_nothing_changes(house, name):
    call, roles = CALLS.get(name) or (OWN_ONLY[name], EVERYBODY)
    before = everything()
    tried = 0
    for role, user in house.users.items():
        for whose in ("own", "team", "branch", "nobody", "other"):
            thing = house.thing(role, whose)
            if thing is None or (name in OWN_ONLY and thing.result is None):
                continue
            may = whose == "own" if name in OWN_ONLY else role in roles and house.sees(role, whose)
            if may:
                continue
            with pytest.raises(RefusedError) as caught:
                call(house, thing, user)
            assert caught.value.code in {"not_permitted", "not_yours"}, (role, whose)
            tried += 1
    assert tried >= 6
    assert everything() == before


def test_a_table_that_is_not_the_roles_is_refused_and_nothing_changes(house):
    """And one that there is not, and any for who is locked out or sits in no branch."""
    before, refused = everything(), 0
    locked = User(role=Role.OPERATOR, branch=house.branch, is_active=False)
    nowhere = User(role=Role.OPERATOR)
    for by in (*house.users.values(), locked, nowhere):
        is_somebody = by.is_active and by.branch is not None
        for what in (*SHEETS, "users", "", "__class__"):
            if is_somebody and by.role in MAY_TAKE.get(what, ()):
                continue
            with pytest.raises(RefusedError, match="not_permitted"):
                ask_export(
                    what=what, conditions={}, form="csv", language="en", sheets=SHEETS, **now(by)
                )  # fmt: skip
            refused += 1
    assert refused > 2 * len(SHEETS)
    assert everything() == before


def test_a_line_of_another_customer_is_not_closed(house):
    """A6: the line smuggled in beside a customer of one's own book stays open; the contact is kept without it."""
    own, foreign = house.things["own:rm"], house.things["other"]
    user, pack = house.users[Role.RM], pack_of(house.branch, timezone.localdate())
    answer = log_result(
        customer=own.customer, item=foreign.item, result="interested", by=user, key=uuid4(), at=timezone.now(),
        pack=pack,
    )  # fmt: skip
    assert answer["item"] is None
    foreign.item.refresh_from_db()
    assert foreign.item.result is None
