"""The customer list as an address: every choice is in the query string, so a view can be sent to a colleague."""

from dataclasses import dataclass
from operator import itemgetter

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yuandian.records.access import rms_for
from yuandian.records.customers import Customer
from yuandian.records.lists import LEVELS, SILENCES, SORTS, Listing, Wanted
from yuandian.records.org import Role, User
from yuandian.web import fmt
from yuandian.web.addresses import number
from yuandian.web.preferences import House
from yuandian.web.wording import Voice

FILTERS = ("q", *LEVELS, "owner", "silent")
LONGEST = 40
MOST_OWNERS = 100


@dataclass(frozen=True)
class Choice:
    """One value of a facet. `count` is None where it is not counted."""

    label: str
    href: str
    is_on: bool
    count: int | None


@dataclass(frozen=True)
class Facet:
    label: str
    choices: list[Choice]


@dataclass(frozen=True)
class Column:
    """A head of the table. `aria_sort` is empty where the table is not sorted by it, `href` where it cannot be."""

    label: str
    is_number: bool = False
    href: str = ""
    aria_sort: str = ""


@dataclass(frozen=True)
class Row:
    customer: Customer
    tier: str
    stage: str
    segment: str
    assets: str
    exact: str
    days: str
    silence: str
    owner: str


@dataclass(frozen=True)
class View:
    """What the page shows. `drop` takes the last choice back, `conditions` are the address as an export asks."""

    wanted: Wanted
    rows: list[Row]
    columns: list[Column]
    facets: list[Facet]
    owners: list[tuple[int, str]]
    conditions: list[tuple[str, str]]
    hidden: list[tuple[str, str]]
    has_owner: bool
    unit: str
    count: str
    drop: Choice | None
    chosen: list[Choice]
    first: str
    next: str


def wanted_of(query: QueryDict) -> Wanted:
    """The conditions of an address; what makes no sense there is no condition."""
    silent = number(query.get("silent", "")) or 0
    return Wanted(
        text=query.get("q", "").strip()[:LONGEST],
        tier=query.get("tier", "")[:LONGEST],
        stage=query.get("stage", "")[:LONGEST],
        segment=query.get("segment", "")[:LONGEST],
        rm_id=number(query.get("owner", "")),
        silent=silent if silent in SILENCES else 0,
        sort=query.get("sort", "") if query.get("sort") in SORTS else "",
        after=number(query.get("after", "")),
    )


def view_of(query: QueryDict, wanted: Wanted, listing: Listing, user: User, house: House) -> View:
    """The page for an address and what was found."""
    address = _Address(query, wanted)
    voice = house.voice(house.today)
    chosen = _chosen(query, address, voice, user)
    last = listing.customers[-1].pk if listing.has_more else None
    return View(
        wanted=wanted,
        rows=[_row(customer, listing, voice) for customer in listing.customers],
        columns=_columns(listing, address, voice, has_owner=user.role != Role.RM),
        facets=_facets(listing, address, voice),
        owners=_owners(user),
        conditions=list(address.kept.items()),
        hidden=[(name, value) for name, value in address.kept.items() if name not in {"q", "owner"}],
        has_owner=user.role != Role.RM,
        unit=unit(voice),
        count=_count(listing, wanted, voice),
        drop=chosen[-1] if chosen else None,
        chosen=chosen,
        first=address.href() if wanted.after else "",
        next=address.href(after=last) if last else "",
    )


def _owners(user: User) -> list[tuple[int, str]]:
    """The RMs to choose from; a choice of hundreds is none."""
    if user.role == Role.RM:
        return []
    owners = list(rms_for(user).values_list("pk", "name")[: MOST_OWNERS + 1])
    return sorted(owners, key=itemgetter(1, 0)) if len(owners) <= MOST_OWNERS else []


class _Address:
    """The list's address with something changed. A change of conditions goes back to the first page."""

    def __init__(self, query: QueryDict, wanted: Wanted) -> None:
        values = {
            "q": wanted.text,
            **{level: getattr(wanted, level) for level in LEVELS},
            "owner": "" if wanted.rm_id is None else str(wanted.rm_id),
            "silent": str(wanted.silent or ""),
            "sort": wanted.sort,
        }
        self.path = reverse("customers:list")
        self.kept = {name: values[name] for name in query if values.get(name)}

    def href(self, **changes: object) -> str:
        given = self.kept | {name: str(value or "") for name, value in changes.items()}
        query = urlencode({name: value for name, value in given.items() if value})
        return self.path + (f"?{query}" if query else "")

    def choice(self, name: str, value: str, label: str, count: int | None) -> Choice:
        """Choosing again what is chosen takes it back."""
        is_on = self.kept.get(name) == value
        return Choice(label, self.href(**{name: "" if is_on else value}), is_on, count)


def _facets(listing: Listing, address: _Address, voice: Voice) -> list[Facet]:
    counted = listing.facets
    pack = voice.pack
    facets = []
    for name, levels in zip(LEVELS, (pack.tiers, pack.stages, pack.segments), strict=True):
        numbers = counted[name] if counted else None
        shown = [(level.id, voice.label(level.label), numbers[level.id] if numbers else None) for level in levels]
        facets.append(_facet(voice.terms[name], name, shown, address))
    silences = counted["silent"] if counted else None
    shown = [(str(days), silent_words(days), silences[str(days)] if silences else None) for days in SILENCES]
    facets.append(_facet(_("没联系"), "silent", shown, address))
    return [facet for facet in facets if facet.choices]


def _facet(label: str, name: str, values: list[tuple[str, str, int | None]], address: _Address) -> Facet:
    """Values that nobody has are left out, unless chosen."""
    choices = [address.choice(name, value, words, count) for value, words, count in values]
    return Facet(label, [choice for choice in choices if choice.is_on or choice.count != 0])


def silent_words(days: int) -> str:
    return _("近 %(days)s 天未联系") % {"days": days}


def _chosen(query: QueryDict, address: _Address, voice: Voice, user: User) -> list[Choice]:
    """The choices made, the latest last, each as a way to take it back."""
    kept = [(name, address.kept[name]) for name in query if name in FILTERS and name in address.kept]
    return [
        Choice(in_words(name, value, voice, user), address.href(**{name: ""}), True, None) for name, value in kept
    ]


def in_words(name: str, value: str, voice: Voice, user: User) -> str:
    """A condition as people say it. An owner who is not in the user's scope has no name, nor who is not there."""
    if name in LEVELS:
        return voice.level(name, value)
    if name == "silent":
        return silent_words(int(value))
    if name == "owner":
        return rms_for(user).filter(pk=int(value)).values_list("name", flat=True).first() or "--"
    return value


def unit(voice: Voice) -> str:
    """The unit of amounts in tables: ten thousand."""
    return _("万元") if voice.currency == "CNY" else f"{voice.currency} 10k"


def _columns(listing: Listing, address: _Address, voice: Voice, *, has_owner: bool) -> list[Column]:
    terms = voice.terms
    columns = [
        _column(_("姓名"), "name", "name", listing, address),
        Column(terms["tier"]),
        Column(terms["stage"]),
        Column(terms["segment"]),
        _column(
            _("%(assets)s（%(unit)s）") % {"assets": terms["assets"], "unit": unit(voice)},
            "assets",
            "-assets",
            listing,
            address,
        ),
        _column(_("没联系（天）"), "silence", "-silence", listing, address),
    ]
    return [*columns, Column(_("负责人"))] if has_owner else columns


def _column(label: str, name: str, first: str, listing: Listing, address: _Address) -> Column:
    """`first` is the order of the first click; a second one turns it round."""
    is_number = name != "name"
    if first not in listing.sorts:
        return Column(label, is_number)
    turned = f"-{name}" if first == name else name
    on = listing.sort in {first, turned}
    href = address.href(sort=turned if listing.sort == first else first)
    direction = "descending" if listing.sort.startswith("-") else "ascending"
    return Column(label, is_number, href, direction if on else "")


def _row(customer: Customer, listing: Listing, voice: Voice) -> Row:
    state = getattr(customer, "state", None)
    days = state.days_since_contact if state else None
    return Row(
        customer=customer,
        **{level: voice.level(level, getattr(state, level)) if state else "" for level in LEVELS},
        assets=fmt.in_unit(state.assets_fen if state else None),
        exact=fmt.money(state.assets_fen if state else None, voice.currency),
        days=fmt.count(days),
        silence=_("%(days)s 天没联系") % {"days": fmt.count(days)} if days is not None else _("没联系过"),
        owner=listing.owners.get(customer.pk, ""),
    )


def _count(listing: Listing, wanted: Wanted, voice: Voice) -> str:
    """A wide set says on its first page alone how many there are at least; no other knows what came before."""
    if listing.count is None and wanted.after:
        return voice.terms["customers"]
    if listing.count is None:
        return _("%(count)s 位以上") % {"count": fmt.count(len(listing.customers))}
    words = {"count": fmt.count(listing.count)}
    return _("共 %(count)s 位（按最近一晚）") % words if listing.is_of_night else _("共 %(count)s 位") % words
