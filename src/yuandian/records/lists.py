"""The customer list: find one, or build a set (K1, X2). A page of fifty, at once, whatever the branch's size.

A narrow set (a book, a small branch, the owners of a phone number) is read whole: counted and sorted freely.
A wide one is never counted: its page is read along an index that has the page's order, and the reading stops.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from django.db.models import Exists, F, OrderBy, OuterRef, Q, QuerySet

from yuandian.records.access import WHOLE_BRANCH, customers_for, latest_night, orphans_for, rms_for
from yuandian.records.customers import ContactPoint, Customer, Ownership
from yuandian.records.names import search_key
from yuandian.records.org import Role, User

PAGE = 50
NARROW = 5_000
"""A branch of up to so many customers is read whole."""
LEVELS = ("tier", "stage", "segment")
SILENCES = (30, 90)
LAST = "\U0010ffff"
"""Sorts after every character: `key` to `key + LAST` is all that begins with `key`."""

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
    def key(self) -> str:
        key = search_key(self.text)
        return re.sub(r"[^a-z0-9]", "", key) if key.isascii() else key

    @property
    def shape(self) -> Shape:
        """How the text is searched: four digits are the end of a phone number, Latin letters are initials."""
        if not self.key.isascii():
            return "name"
        if self.key.isdigit():
            return "tail" if len(self.key) == 4 else "phone"
        return "initials" if self.key else ""

    @property
    def needs_state(self) -> bool:
        """Whether only customers whom a night has looked at can match."""
        return bool(self.tier or self.stage or self.segment or self.silent)


class Sort(NamedTuple):
    """An order by `path`, then by id: downwards where an index that runs the other way is read backwards."""

    path: str
    descends: bool
    ids_descend: bool

    @property
    def order(self) -> tuple[OrderBy, OrderBy]:
        by, pk = F(self.path), F("state__pk" if self.path.startswith("state__") else "pk")
        return (by.desc() if self.descends else by.asc(), pk.desc() if self.ids_descend else pk.asc())

    def beyond(self, value: Any, pk: int) -> Q:
        """What comes after the row of that value and id. The first half lets the database start there."""
        start, past = ("lte", "lt") if self.descends else ("gte", "gt")
        next_id = Q(pk__lt=pk) if self.ids_descend else Q(pk__gt=pk)
        return Q((f"{self.path}__{start}", value)) & (Q((f"{self.path}__{past}", value)) | next_id)


SORTS = {
    "-assets": Sort("state__assets_fen", True, False),
    "assets": Sort("state__assets_fen", False, True),
    "name": Sort("name_key", False, False),
    "-name": Sort("name_key", True, True),
    "-silence": Sort("state__days_since_contact", True, False),
    "silence": Sort("state__days_since_contact", False, True),
}
BY_INITIALS = Sort("initials", False, False)


@dataclass(frozen=True)
class Listing:
    """A page. `count` is exact, of the last night (`is_of_night`), or None where counting would cost too much.

    `facets` has customers by level (`{"tier": {"gold": 12}}`) and by silence, in a narrow set only.
    `owners` are names by customer; `sorts` the orders offered here, `sort` the one used ("" is by match).
    """

    customers: list[Customer]
    owners: dict[int, str]
    has_more: bool
    count: int | None
    facets: dict[str, Counter[str]] | None
    sorts: tuple[str, ...]
    sort: str
    is_of_night: bool = False


def customer_list(user: User, wanted: Wanted) -> Listing:
    """One page of the customers in the user's scope that match."""
    narrow = _narrow(user, wanted)
    return _read_whole(narrow, wanted) if narrow is not None else _read_along(user, wanted)


def owners(customers: Sequence[Customer]) -> dict[int, str]:
    """Names of the accountable RMs by customer."""
    open_ones = Ownership.objects.filter(customer__in=customers, active_to__isnull=True)
    return dict(open_ones.values_list("customer_id", "rm__name"))


def _held() -> QuerySet[Ownership]:
    return Ownership.objects.filter(active_to__isnull=True)


def _narrow(user: User, wanted: Wanted) -> QuerySet[Customer] | None:
    """The user's matching customers where they are few; None where they may be many.

    All of it goes through `customers_for`; beside that stands the bound from which the database should start.
    """
    customers, rms = _searched(customers_for(user), wanted), rms_for(user)
    if wanted.rm_id is not None:
        return customers.filter(pk__in=_held().filter(rm__in=rms.filter(pk=wanted.rm_id)).values("customer"))
    if user.role not in {Role.LEADER, *WHOLE_BRANCH}:
        return customers.filter(pk__in=_held().filter(rm__in=rms).values("customer"))
    if wanted.shape in {"tail", "phone"}:
        return customers
    many = Customer.objects.filter(branch=user.branch_id)[NARROW : NARROW + 1].exists()
    return None if many else customers


def _searched(customers: QuerySet[Customer], wanted: Wanted) -> QuerySet[Customer]:
    """Each search is one range or one equality of an index."""
    key = wanted.key
    match wanted.shape:
        case "tail":
            return customers.filter(pk__in=ContactPoint.objects.filter(tail=key).values("customer"))
        case "phone":
            points = ContactPoint.objects.filter(tail=key[-4:], value=key)
            return customers.filter(pk__in=points.values("customer"))
        case "initials":
            return customers.filter(initials__gte=key, initials__lt=key + LAST)
        case "name":
            return customers.filter(name_key__gte=key, name_key__lt=key + LAST)
    return customers


class _Line(NamedTuple):
    """What counting and sorting need of a customer. `days` is as in the state; `run` None means no night yet."""

    tier: str | None
    stage: str | None
    segment: str | None
    days: int | None
    run: int | None
    assets_fen: int | None
    name_key: str
    pk: int

    @property
    def kind(self) -> "_Kind":
        return _Kind(*self[:3], () if self.run is None else _silences(self.days))


@cache
def _silences(days: int | None) -> tuple[int, ...]:
    return tuple(least for least in SILENCES if days is None or days >= least)


class _Kind(NamedTuple):
    """Customers who count alike: their levels, and the silences that they have reached."""

    tier: str | None
    stage: str | None
    segment: str | None
    silent: tuple[int, ...]

    def fails(self, wanted: Wanted) -> set[str]:
        """The facets by which these customers are out."""
        wrong = {name for name in LEVELS if getattr(wanted, name) not in {"", getattr(self, name)}}
        return wrong | ({"silent"} if wanted.silent and wanted.silent not in self.silent else set())


def _read_whole(customers: QuerySet[Customer], wanted: Wanted) -> Listing:
    paths = [f"state__{name}" for name in (*LEVELS, "days_since_contact", "run", "assets_fen")]
    lines = [_Line(*row) for row in customers.order_by().values_list(*paths, "name_key", "pk")]
    kinds = [line.kind for line in lines]
    counted = Counter(kinds)
    wrong = {kind: kind.fails(wanted) for kind in counted}
    name = wanted.sort if wanted.sort in SORTS else "-assets"
    matching = _in_order([line for line, kind in zip(lines, kinds, strict=True) if not wrong[kind]], name)
    ids = [line.pk for line in matching]
    start = ids.index(wanted.after) + 1 if wanted.after in ids else 0
    shown = ids[start : start + PAGE]
    by_id = customers.select_related("state").in_bulk(shown)
    rows = [by_id[pk] for pk in shown if pk in by_id]
    facets = _facets(counted, wrong)
    return Listing(rows, owners(rows), len(ids) > start + PAGE, len(ids), facets, tuple(SORTS), name)


def _in_order(lines: list[_Line], name: str) -> list[_Line]:
    """Sorted as the database would: those without a value last, equal values by id."""
    sort = SORTS[name]
    field = {"assets": "assets_fen", "name": "name_key", "silence": "days"}[name.lstrip("-")]
    valued = [line for line in lines if getattr(line, field) is not None]
    valued.sort(key=attrgetter("pk"), reverse=sort.ids_descend)
    valued.sort(key=attrgetter(field), reverse=sort.descends)
    return valued + sorted((line for line in lines if getattr(line, field) is None), key=attrgetter("pk"))


def _facets(counted: Counter[_Kind], wrong: dict[_Kind, set[str]]) -> dict[str, Counter[str]]:
    """Each facet counts with the choices of the others, not with its own."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*LEVELS, "silent")}
    for kind, number in counted.items():
        for name in LEVELS:
            if wrong[kind] <= {name}:
                counts[name][getattr(kind, name) or ""] += number
        if wrong[kind] <= {"silent"}:
            counts["silent"].update({str(days): number for days in kind.silent})
    return counts


def _read_along(user: User, wanted: Wanted) -> Listing:
    """A page of a wide set. A search brings its own order; whoever matches rarely is looked for by assets only."""
    sorts, name, sort = _order_along(user, wanted)
    rows = _page(_filtered(_searched(_wide(user), wanted), wanted), user, wanted, sort)
    is_all = len(rows) <= PAGE and wanted.after is None
    return Listing(
        customers=rows[:PAGE],
        owners=owners(rows[:PAGE]),
        has_more=len(rows) > PAGE,
        count=len(rows) if is_all else _count_of_night(user, wanted),
        facets=None,
        sorts=sorts,
        sort=name,
        is_of_night=not is_all,
    )


def _order_along(user: User, wanted: Wanted) -> tuple[tuple[str, ...], str, Sort]:
    """The orders that a wide set offers, the one taken ("" is by match), and what it means."""
    by_name = ("name", "-name") if user.role != Role.LEADER and not wanted.needs_state else ()
    sorts = () if wanted.shape else ("-assets", "assets", *by_name)
    name = wanted.sort if wanted.sort in sorts else next(iter(sorts), "")
    sort = SORTS[name] if name else BY_INITIALS if wanted.shape == "initials" else SORTS["name"]
    return sorts, name, sort


def _wide(user: User) -> QuerySet[Customer]:
    customers = customers_for(user).select_related("state")
    if user.role != Role.LEADER:
        return customers
    # The same bounds, cheaper to check row by row: they stand first and spare the others.
    mine = Q(pk__in=_held().filter(rm__in=rms_for(user)).values("customer"))
    ownerless = ~Exists(_held().filter(customer=OuterRef("pk")))
    return Customer.objects.filter(mine | ownerless).select_related("state") & customers


def _filtered(customers: QuerySet[Customer], wanted: Wanted) -> QuerySet[Customer]:
    for level in LEVELS:
        if value := getattr(wanted, level):
            customers = customers.filter(Q((f"state__{level}", value)))
    if wanted.silent:
        days = Q(state__days_since_contact__gte=wanted.silent) | Q(state__days_since_contact__isnull=True)
        customers = customers.filter(days, state__as_of__isnull=False)
    return customers


def _page(customers: QuerySet[Customer], user: User, wanted: Wanted, sort: Sort) -> list[Customer]:
    """A page and one more. Customers without a value in the order, new since the night, come last."""
    last = customers.filter(pk=wanted.after).values_list(sort.path, "pk").first() if wanted.after else None
    rows: list[Customer] = []
    by_state = sort.path.startswith("state__")
    if last is None or last[0] is not None:
        valued = customers.filter(Q((f"{sort.path}__isnull", False))).order_by(*sort.order)
        if by_state:
            valued = valued.filter(state__branch=user.branch_id)  # lets the walk begin at the index of states
        rows = list(valued.filter(sort.beyond(*last))[: PAGE + 1] if last else valued[: PAGE + 1])
        last = None
    if by_state and len(rows) <= PAGE and not wanted.needs_state:
        rest = customers.filter(Q((f"{sort.path}__isnull", True)), pk__gt=last[1] if last else 0)
        rows += rest.order_by("pk")[: PAGE + 1 - len(rows)]
    return rows


def _count_of_night(user: User, wanted: Wanted) -> int | None:
    """How many customers a whole branch had last night; None for any smaller set."""
    if user.role not in WHOLE_BRANCH or wanted.shape or wanted.needs_state:
        return None
    night = latest_night(user)
    return night.customers if night else None


def orphan_list(user: User, today: date, after: int | None = None) -> Listing:
    """A page of the customers in scope for whom nobody present is accountable, most assets first (K2)."""
    customers = (orphans_for(user, today) & customers_for(user)).select_related("state", "outlet")
    rows = _page(customers, user, Wanted(after=after), SORTS["-assets"])
    is_all = len(rows) <= PAGE and after is None
    return Listing(rows[:PAGE], {}, len(rows) > PAGE, len(rows) if is_all else None, None, (), "-assets")


def whole_list(user: User, wanted: Wanted) -> list[int]:
    """The ids of all customers that the list shows from its first page to its last, in its order."""
    narrow = _narrow(user, wanted)
    if narrow is not None:
        sort = SORTS[wanted.sort if wanted.sort in SORTS else "-assets"]
        return _in_sequence(_filtered(narrow, wanted), sort)
    return _in_sequence(_filtered(_searched(_wide(user), wanted), wanted), _order_along(user, wanted)[2])


def whole_orphan_list(user: User, today: date) -> list[int]:
    """The ids of all that `orphan_list` shows."""
    return _in_sequence(orphans_for(user, today) & customers_for(user), SORTS["-assets"])


def _in_sequence(customers: QuerySet[Customer], sort: Sort) -> list[int]:
    """As the pages have them: those without a value last, by id."""
    valued = customers.filter(Q((f"{sort.path}__isnull", False))).order_by(*sort.order)
    rest = customers.filter(Q((f"{sort.path}__isnull", True))).order_by("pk")
    return [*valued.values_list("pk", flat=True), *rest.values_list("pk", flat=True)]
