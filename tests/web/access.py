"""A house in which everybody's access can be tried, and an example of every route.

A new route needs a line in EXAMPLES: the methods it answers, with the statuses of a request that is allowed, and a
valid body for POST.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.factories import (
    consent,
    make_branch,
    make_customer,
    make_export,
    make_item,
    make_night,
    make_phone,
    make_rm,
    make_state,
    make_team,
    make_user,
)
from yuandian.operations.act import log_result
from yuandian.records.customers import Customer
from yuandian.records.exports import Export
from yuandian.records.org import Branch, RelationshipManager, Role, User
from yuandian.records.runs import BranchRun
from yuandian.records.uploads import Upload
from yuandian.records.work import ContactResult, WorklistItem
from yuandian.web.industry import pack_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ABSENT = 999_999_999
ANEW = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|name=\"csrfmiddlewaretoken\" value=\"\w+\"")
"""What a page draws anew each time."""
WHOSE = ("own", "team", "branch", "nobody", "other", "absent")
"""Whose a thing is, seen from the reader: theirs, their team's, another team's, nobody's, another branch's."""
INPUTS = (
    '{"ending_fen":30000000,"next_end_on":"2026-11-26","days_to_end":2,"assets_fen":68400000,'
    '"days_since_contact":41,"contacts_30d":1}'
)


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


@dataclass
class Thing:
    """A customer with a line on the list and a result logged, and a canary in every text."""

    customer: Customer
    item: WorklistItem | None = None
    result: ContactResult | None = None
    upload: Upload | None = None
    export: Export | None = None

    def id_of(self, argument: str) -> int | None:
        """The id that an argument of that name takes, or None where there is no such thing."""
        found = {
            "customer_id": self.customer,
            "item_id": self.item,
            "result_id": self.result,
            "upload_id": self.upload,
            "export_id": self.export,
        }[argument]
        return found and found.pk


def make_thing(night: BranchRun, rm: RelationshipManager | None, by: User | None, canary: str) -> Thing:
    customer = make_customer(night.branch, rm, name=f"周{canary}", number=f"N{canary}")
    make_phone(customer, f"1390000{len(canary) * 1000 + sum(map(ord, canary)) % 1000:04d}")
    make_state(customer, night)
    consent(customer)
    upload = make_upload(night.branch, canary)
    if rm is None or by is None:
        return Thing(customer, upload=upload)
    item = make_item(customer, rm, run=night, playbook="deposit_ends", inputs=INPUTS)
    answer = log_result(
        customer=customer, item=None, result="interested", by=by, key=uuid4(), at=timezone.now(),
        pack=pack_of(night.branch, night.as_of), note=f"note{canary}",
    )  # fmt: skip
    result = ContactResult.objects.get(pk=answer["result"])
    return Thing(customer, item, result, upload, take_out(by, canary))


def take_out(by: User, canary: str) -> Export:
    """A file that lies ready, with a canary in what was asked for and one in what it holds."""
    return make_export(by, f"held{canary}", conditions={"text": f"asked{canary}"})


def make_upload(branch: Branch, canary: str) -> Upload:
    """A file whose columns wait to be named."""
    return Upload.objects.create(
        branch=branch, by=make_user(branch, Role.OPERATOR), kind="customers", file_name=f"周{canary}.csv", size=9,
        rows=1, at=timezone.now() - timedelta(days=2), state="read", header=["客户号", "开户日期"],
        samples={"客户号": [f"N{canary}"]},
    )  # fmt: skip


@dataclass
class House:
    """Two branches. `rm` and `leader` sit in one team and have books; the others have none."""

    branch: Branch
    users: dict[Role, User]
    things: dict[str, Thing]
    """Whose → the thing: of the `rm`, of the `leader`, of a colleague, of another team, of nobody, elsewhere."""
    colleague: RelationshipManager
    elsewhere: RelationshipManager
    exports: dict[str, Export]
    """Of every role its own."""
    clients: dict[str, Client] = field(default_factory=dict)

    def thing(self, role: str, whose: str) -> Thing | None:
        """None where a role has nothing of the kind, and for what is absent."""
        if whose == "own":
            return self.things.get(f"own:{role}")
        return self.things.get(whose)

    def number(self, role: str, whose: str, argument: str) -> int | None:
        """The id of theirs that an argument of that name takes; None where they have none."""
        if (whose, argument) == ("own", "export_id"):
            return self.exports[role].pk if role in self.exports else None
        thing = self.thing(role, whose)
        return thing and thing.id_of(argument)

    def sees(self, role: str, whose: str) -> bool:
        """X2, said anew: own book; team and ownerless for a leader; the branch for the rest."""
        if whose in {"other", "absent"}:
            return False
        return whose == "own" or role not in {"rm", "leader"} or (role == "leader" and whose in {"team", "nobody"})


def make_house() -> House:
    branch, far = make_branch(is_made_up=True), make_branch(is_made_up=True)
    night, far_night = (make_night(one, timezone.localdate()) for one in (branch, far))
    team = make_team(branch)
    users, things = {}, {}
    for role in Role:
        rm = make_rm(branch, team=team) if role in {Role.RM, Role.LEADER} else None
        users[role] = make_user(branch, role, team=team if role == Role.LEADER else None, rm=rm)
        if rm is not None:
            things[f"own:{role}"] = make_thing(night, rm, users[role], f"own{role}")
    rms = {"team": make_rm(branch, team=team), "branch": make_rm(branch, team=make_team(branch))}
    rms["other"] = make_rm(far)
    for whose, rm in rms.items():
        there = far_night if whose == "other" else night
        things[whose] = make_thing(there, rm, make_user(rm.branch, rm=rm), f"secret{whose}")
    things["nobody"] = make_thing(night, None, None, "secretnobody")
    exports = {
        role: own.export if (own := things.get(f"own:{role}")) else take_out(user, f"own{role}")
        for role, user in users.items()
    }
    house = House(branch, users, things, rms["team"], rms["other"], exports)
    for role, user in users.items():
        house.clients[role] = Client()
        house.clients[role].force_login(user)
    house.clients["anonymous"] = Client()
    return house


@dataclass(frozen=True)
class Example:
    """What a route answers when all is allowed, and a body that it takes."""

    methods: dict[str, set[int]]
    body: Callable[[House], dict[str, object]] = lambda _house: {}


PAGE = {"GET": {200}, "HEAD": {200}}
ONWARD = {"GET": {302}, "HEAD": {302}}
FORM = {"POST": {302}}
REFUSED = {"POST": {422}}
"""An upload whose columns are not named yet cannot be taken so far."""


def logged(_house: House) -> dict[str, object]:
    return {"key": str(uuid4()), "result": "no_answer", "note": "said", "channel": "phone"}


def named(_house: House) -> dict[str, object]:
    return {"column-customer_id": "客户号", "column-opened_on": "开户日期"}


def chosen(_house: House) -> dict[str, object]:
    return {"language": "en", "theme": "dark", "rise": "red", "has_shortcuts": "off"}


def asked(_house: House) -> dict[str, object]:
    return {"what": "list", "format": "csv", "reason": "said"}


EXAMPLES: dict[str, Example] = {
    "start": Example(ONWARD),
    "signin": Example({method: {200, 302, 405} for method in METHODS}),
    "signout": Example({"POST": {302}, "OPTIONS": {200}}),
    "language": Example({method: {204, 302} for method in METHODS}, lambda _house: {"language": "en"}),
    "healthz": Example({"GET": {200}}),
    "me": Example({**PAGE, **FORM}, chosen),
    "today:list": Example(PAGE),
    "today:card": Example(PAGE),
    "today:log": Example(FORM, logged),
    "today:undo": Example(FORM),
    "today:note": Example(FORM, lambda _house: {"note": "said"}),
    "today:done": Example(PAGE),
    "customers:list": Example(PAGE),
    "customers:detail": Example(PAGE),
    "customers:timeline": Example(PAGE),
    "customers:phone": Example({**PAGE, "POST": {200}}),
    "customers:log": Example(FORM, logged),
    "customers:undo": Example(FORM),
    "team:board": Example(ONWARD),
    "team:orphans": Example(PAGE),
    "team:assign": Example(FORM, lambda house: {"rm": house.colleague.pk}),
    "exports:list": Example(PAGE),
    "exports:new": Example(PAGE),
    "exports:ask": Example(FORM, asked),
    "exports:file": Example(PAGE),
    "exports:delete": Example(FORM),
    "setup:home": Example(PAGE),
    "setup:imports": Example(PAGE),
    "setup:import_new": Example({**PAGE, "POST": {422}}, lambda _house: {"kind": "customers"}),
    "setup:import_template": Example({"GET": {404}, "HEAD": {404}}),
    "setup:import_detail": Example(ONWARD),
    "setup:import_state": Example(PAGE),
    "setup:import_columns": Example({**PAGE, **FORM}, named),
    "setup:import_samples": Example(PAGE),
    "setup:import_start": Example(REFUSED),
    "setup:import_leave": Example(FORM),
    "setup:import_again": Example(REFUSED),
    "setup:import_undo": Example(REFUSED),
    "setup:import_faulty": Example({"GET": {422}, "HEAD": {422}}),
    "setup:import_repairs": Example(REFUSED),
    "setup:import_row": Example({"GET": {404}, "HEAD": {404}, **REFUSED}, lambda _house: {"c0": "C1"}),
}


def address(name: str, number: int) -> str:
    return reverse(name, args=[number] * len(ROUTES[name]))
