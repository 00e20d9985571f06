"""The customer list: find one, or build a set (K1, X2). One page of fifty from an index, whatever the branch's size.

SQLite walks one index and stops after a page, so every order offered is the order of an index, except in a
narrow scope (a book, a small branch), where everything may be counted and sorted.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import Case, Count, Exists, F, IntegerField, OrderBy, OuterRef, Q, QuerySet, Value, When

from yuandian.records.access import WHOLE_BRANCH, customers_for, rms_for
from yuandian.records.customers import ContactPoint, Customer, Ownership
from yuandian.records.names import search_key
from yuandian.records.org import Role, User
from yuandian.records.runs import BranchRun

PAGE = 50
COUNTED = 10_000
"""A branch of up to so many customers is counted and sorted freely."""
LEVELS = ("tier", "stage", "segment")
SILENCES = (30, 90)
LAST = "\U0010ffff"
"""Sorts after every character, so that `key` to `key + LAST` is all that begins with `key`."""

Shape = Literal["", "tail", "phone", "initials", "name"]


@dataclass(frozen=True)
class Wanted:
    """What is asked for. Empty is no condition; `rm_id` is an owner, `silent` days without contact.

    `after` is the last customer of the page before.
    """

    text: str = ""
    tier: str = ""
    stage: str = ""
    segment: str = ""
    rm_id: int | None = None
    silent: int = 0
    sort: str = ""
    after: int | None = None

    @property
    def shape(self) -> Shape:
        """How the text is searched: four digits are the end of a phone number, Latin letters initials."""
        key = search_key(self.text)
        if key.isascii() and key.isdigit():
            return "tail" if len(key) == 4 else "phone"
        if key.isascii():
            return "initials" if re.sub(r"[^a-z0-9]", "", key) else ""
        return "name"

    @property
    def needs_state(self) -> bool:
        """Whether only customers that a night has looked at can match."""
        return bool(self.tier or self.stage or self.segment)


@dataclass(frozen=True)
class Sort:
    """An order: by `path`, then by id. `flips` says that ids run downwards, as when an index is read backwards."""

    path: str
    descends: bool = False
    flips: bool = False

    @property
    def order(self) -> tuple[OrderBy, OrderBy]:
        by = F(self.path)
        return (by.desc() if self.descends else by.asc(), F("pk").desc() if self.flips else F("pk").asc())

    def beyond(self, value: Any, pk: int) -> Q:
        """What comes after the row of that value and id. The first half lets the database start there."""
        start, past = ("lte", "lt") if self.descends else ("gte", "gt")
        next_id = Q(pk__lt=pk) if self.flips else Q(pk__gt=pk)
        return Q((f"{self.path}__{start}", value)) & (Q((f"{self.path}__{past}", value)) | next_id)


SORTS = {
    "-assets": Sort("state__assets_fen", descends=True),
    "assets": Sort("state__assets_fen", flips=True),
    "name": Sort("name_key"),
    "-name": Sort("name_key", descends=True, flips=True),
    "-silence": Sort("state__days_since_contact", descends=True),
    "silence": Sort("state__days_since_contact", flips=True),
}
BY_INITIALS = Sort("initials")


@dataclass(frozen=True)
class Listing:
    """A page. `count` is exact, or None where counting would cost more than it tells.

    `facets` has customers by level (`{"tier": {"gold": 12}}`) and by silence, in a narrow scope only.
    `owners` are names by customer; `sorts` the orders offered here, `sort` the one used ("" is by match).
    """

    customers: list[Customer]
    owners: dict[int, str]
    has_more: bool
    count: int | None
    facets: dict[str, Counter[str]] | None
    sorts: tuple[str, ...]
    sort: str


@dataclass(frozen=True)
class _Scope:
    customers: QuerySet[Customer]
    is_narrow: bool
    branch_id: int | None = field(default=None)


def customer_list(user: User, wanted: Wanted) -> Listing:
    """One page of the customers in the user's scope that match."""
    scope = _scope(user, wanted)
    matching = _matching(scope.customers, wanted)
    sorts = _sorts(scope, wanted)
    name = wanted.sort if wanted.sort in sorts else next(iter(sorts), "")
    rows = _page(_filtered(matching, wanted), scope, wanted, _sort(name, wanted))
    facets = _facets(matching, wanted) if scope.is_narrow else None
    return Listing(
        customers=rows[:PAGE],
        owners=owners(rows[:PAGE]),
        has_more=len(rows) > PAGE,
        count=_count(user, wanted, rows, facets),
        facets=facets,
        sorts=sorts,
        sort=name,
    )


def owners(customers: list[Customer]) -> dict[int, str]:
    """Names of the accountable RMs by customer."""
    open_ones = Ownership.objects.filter(customer__in=customers, active_to__isnull=True)
    return dict(open_ones.values_list("customer_id", "rm__name"))


def _scope(user: User, wanted: Wanted) -> _Scope:
    """Everything goes through `customers_for`; beside it stand the same bounds in a form that starts from the book."""
    customers = customers_for(user).select_related("state")
    held = Ownership.objects.filter(active_to__isnull=True)
    rms = rms_for(user)
    if wanted.rm_id is not None:
        return _Scope(customers.filter(pk__in=held.filter(rm__in=rms.filter(pk=wanted.rm_id)).values("customer")), True)
    if user.role not in {Role.LEADER, *WHOLE_BRANCH}:
        return _Scope(customers.filter(pk__in=held.filter(rm__in=rms).values("customer")), True)
    is_small = not Customer.objects.filter(branch=user.branch_id)[COUNTED : COUNTED + 1].exists()
    if user.role == Role.LEADER:
        mine = Q(pk__in=held.filter(rm__in=rms).values("customer"))
        ownerless = ~Exists(held.filter(customer=OuterRef("pk")))
        customers = Customer.objects.filter(mine | ownerless).select_related("state") & customers
    return _Scope(customers, is_small, user.branch_id)


def _matching(customers: QuerySet[Customer], wanted: Wanted) -> QuerySet[Customer]:
    """Each search is one range or one equality of an index."""
    key = search_key(wanted.text)
    letters = re.sub(r"[^a-z0-9]", "", key)
    match wanted.shape:
        case "tail":
            return customers.filter(pk__in=ContactPoint.objects.filter(tail=key).values("customer"))
        case "phone":
            points = ContactPoint.objects.filter(tail=key[-4:], value=key)
            return customers.filter(pk__in=points.values("customer"))
        case "initials":
            return customers.filter(initials__gte=letters, initials__lt=letters + LAST)
        case "name":
            return customers.filter(name_key__gte=key, name_key__lt=key + LAST)
    return customers


def _filtered(customers: QuerySet[Customer], wanted: Wanted, *, apart_from: str = "") -> QuerySet[Customer]:
    for level in LEVELS:
        if (value := getattr(wanted, level)) and level != apart_from:
            customers = customers.filter(Q((f"state__{level}", value)))
    if wanted.silent and apart_from != "silent":
        silent = Q(state__days_since_contact__gte=wanted.silent) | Q(state__days_since_contact__isnull=True)
        customers = customers.filter(silent)
    return customers


def _sorts(scope: _Scope, wanted: Wanted) -> tuple[str, ...]:
    """A narrow scope can be sorted in any way; in a wide one an order must be an index, and a search brings its own."""
    if scope.is_narrow:
        return tuple(SORTS)
    if wanted.shape in {"name", "initials"}:
        return ()
    return ("-assets", "assets") if wanted.needs_state or wanted.silent else ("-assets", "assets", "name", "-name")


def _sort(name: str, wanted: Wanted) -> Sort:
    if name:
        return SORTS[name]
    return BY_INITIALS if wanted.shape == "initials" else SORTS["name"]


def _page(customers: QuerySet[Customer], scope: _Scope, wanted: Wanted, sort: Sort) -> list[Customer]:
    """A page and one more. Those without a value in the order (new since the night, never contacted) come last."""
    last = customers.filter(pk=wanted.after).values_list(sort.path, "pk").first() if wanted.after else None
    rows: list[Customer] = []
    if last is None or last[0] is not None:
        valued = customers.filter(Q((f"{sort.path}__isnull", False))).order_by(*sort.order)
        if not scope.is_narrow and sort.path.startswith("state__"):
            valued = valued.filter(state__branch=scope.branch_id)  # begins the walk at the index of states
        rows = list(valued.filter(sort.beyond(*last))[: PAGE + 1] if last else valued[: PAGE + 1])
        last = None
    if len(rows) <= PAGE and sort.path.startswith("state__"):
        rest = customers.filter(Q((f"{sort.path}__isnull", True))).order_by("pk")
        rows += rest.filter(pk__gt=last[1] if last else 0)[: PAGE + 1 - len(rows)]
    return rows


def _facets(customers: QuerySet[Customer], wanted: Wanted) -> dict[str, Counter[str]]:
    """Customers by level and silence in one statement; each facet counts with the others' choices, not its own."""
    days = "state__days_since_contact"
    bucket = Case(
        *(When(Q((f"{days}__gte", bound)), then=Value(bound)) for bound in sorted(SILENCES, reverse=True)),
        When(Q((f"{days}__isnull", True)), then=Value(max(SILENCES))),
        default=Value(0),
        output_field=IntegerField(),
    )
    paths = [f"state__{level}" for level in LEVELS]
    groups = list(customers.order_by().annotate(bucket=bucket).values_list(*paths, "bucket").annotate(n=Count("pk")))
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*LEVELS, "silent", "all")}
    for *levels, silence, number in groups:
        wrong = {name for name, value in zip(LEVELS, levels, strict=True) if getattr(wanted, name) not in {"", value}}
        wrong |= {"silent"} if silence < wanted.silent else set()
        for name, value in zip(LEVELS, levels, strict=True):
            counts[name][value or ""] += number if wrong <= {name} else 0
        for bound in SILENCES:
            counts["silent"][str(bound)] += number if wrong <= {"silent"} and silence >= bound else 0
        counts["all"][""] += number if not wrong else 0
    return counts


def _count(user: User, wanted: Wanted, rows: list[Customer], facets: dict[str, Counter[str]] | None) -> int | None:
    if facets is not None:
        return facets["all"][""]
    if len(rows) <= PAGE and wanted.after is None:
        return len(rows)
    if user.role in WHOLE_BRANCH and not (wanted.text or wanted.needs_state or wanted.silent):
        night = BranchRun.objects.filter(branch=user.branch_id).order_by("-as_of", "-pk").first()
        return night.customers if night else None
    return None
