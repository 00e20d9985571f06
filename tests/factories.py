"""Rows for tests: small, real, unsurprising. Every maker takes what the test cares about and fills the rest."""

from datetime import UTC, date, datetime
from itertools import count

from yuandian.operations.export import path_of
from yuandian.records.customers import Consent, ContactPoint, Customer, Ownership
from yuandian.records.exports import Export
from yuandian.records.facts import Product
from yuandian.records.names import initials, search_key
from yuandian.records.org import Branch, Outlet, RelationshipManager, Role, Team, User
from yuandian.records.runs import BranchRun, LoopRun
from yuandian.records.work import CustomerState, WorklistItem

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # ten in the morning in Shanghai
TODAY = date(2026, 11, 24)
PASSWORD = "a long enough password"

_numbers = count(1)


def make_branch(**fields) -> Branch:
    number = fields.pop("number", f"B{next(_numbers)}")
    branch = Branch.objects.create(**{"number": number, "name": "城东支行", "pack": "bank", **fields})
    for product, category in (("current", "deposit"), ("time_deposit", "deposit"), ("loan", "loan")):
        Product.objects.create(branch=branch, number=product, category=category)
    return branch


def make_team(branch: Branch, **fields) -> Team:
    number = fields.pop("number", f"T{next(_numbers)}")
    return Team.objects.create(**{"branch": branch, "number": number, "name": number, **fields})


def make_outlet(branch: Branch, **fields) -> Outlet:
    number = fields.pop("number", f"O{next(_numbers)}")
    return Outlet.objects.create(**{"branch": branch, "number": number, "name": number, **fields})


def make_rm(branch: Branch, **fields) -> RelationshipManager:
    number = fields.pop("number", f"RM{next(_numbers)}")
    given = {"branch": branch, "number": number, "name": f"经理{number}", "hired_on": date(2024, 1, 2)}
    return RelationshipManager.objects.create(**{**given, **fields})


def make_user(branch: Branch, role: Role = Role.RM, **fields) -> User:
    username = fields.pop("username", f"user{next(_numbers)}")
    user = User(**{"username": username, "name": username, "role": role, "branch": branch, **fields})
    user.set_password(PASSWORD)
    user.save()
    return user


def make_customer(branch: Branch, rm: RelationshipManager | None = None, **fields) -> Customer:
    number = fields.pop("number", f"C{next(_numbers)}")
    name = fields.pop("name", "周小云")
    keys = {"name_key": search_key(name), "initials": initials(name)}
    given = {"branch": branch, "number": number, "name": name, "opened_on": date(2025, 3, 1), **keys}
    customer = Customer.objects.create(**{**given, **fields})
    if rm is not None:
        Ownership.objects.create(customer=customer, rm=rm, active_from=customer.opened_on)
    return customer


def consent(customer: Customer, channel: str = "phone", *, granted: bool = True, at: datetime = NOW) -> Consent:
    return Consent.objects.create(customer=customer, channel=channel, granted=granted, changed_at=at)


def make_phone(customer: Customer, value: str = "18600001402") -> ContactPoint:
    return ContactPoint.objects.create(customer=customer, value=value, tail=value[-4:])


def make_state(customer: Customer, run: BranchRun, **fields) -> CustomerState:
    given = {"tier": "gold", "stage": "stable", "segment": "saver", "assets_fen": 68_400_000, "decision": "listed"}
    return CustomerState.objects.create(
        **{**given, "customer": customer, "branch": customer.branch, "run": run, "as_of": run.as_of, **fields}
    )


def everything() -> dict[str, list[tuple]]:
    """Every row of every table of ours, to show that a denied request changed nothing."""
    from django.apps import apps

    models = apps.get_app_config("records").get_models()
    return {model._meta.db_table: sorted(model.objects.values_list(), key=repr) for model in models}


def make_export(user: User, text: str = "李秘密", **fields) -> Export:
    """A file that the user took out and that lies there."""
    given = {"branch": user.branch, "by": user, "asked_at": NOW, "what": "list", "format": "csv", "language": "zh-hans",
             "rows": 1, "bytes": len(text), "finished_at": NOW, "expires_at": datetime(2200, 1, 1, tzinfo=UTC),
             "token": f"token{next(_numbers)}"}  # fmt: skip
    export = Export.objects.create(**{**given, **fields})
    path_of(export).write_text(text)
    return export


def make_night(branch: Branch, as_of: date = TODAY, **fields) -> BranchRun:
    given = {"pack_version": "1", "customers": 0, "candidates": 0, "items": 0, "finished_at": NOW}
    loop = LoopRun.objects.create(as_of=as_of, started_at=NOW, finished_at=NOW)
    return BranchRun.objects.create(**{**given, "loop": loop, "branch": branch, "as_of": as_of, **fields})


def make_item(customer: Customer, rm: RelationshipManager, **fields) -> WorklistItem:
    night = fields.pop("run", None) or make_night(customer.branch, fields.get("as_of", TODAY))
    given = {
        "branch": customer.branch, "run": night, "as_of": night.as_of, "customer": customer, "rm": rm,
        "position": 1, "playbook": "maturity", "channel": "phone", "purpose": "ask", "minutes": 15,
        "mandatory": False, "worth_fen": 360_000, "effect_ppm": 30_000, "benefit_fen": 10_800, "inputs": "{}",
        "pack_version": night.pack_version,
    }  # fmt: skip
    return WorklistItem.objects.create(**{**given, **fields})
