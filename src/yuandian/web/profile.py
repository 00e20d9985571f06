"""What a customer has, is and allows, in words: assets as a drawing, facts, consents, relations, contracts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yuandian.packs.fields import load_fields
from yuandian.packs.schema import ExtraField
from yuandian.records.customers import Customer, Ownership
from yuandian.records.org import User
from yuandian.records.profile import Assets, Holding, Point, assets, contracts, owner, related
from yuandian.records.reach import consents
from yuandian.web import fmt
from yuandian.web.listing import unit
from yuandian.web.preferences import House
from yuandian.web.story import code_words
from yuandian.web.wording import Voice, decision, inputs_of

WIDTH, HEIGHT, FLOOR, EDGE = 286, 88, 70, 6
COLOURS = 6
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Drawing:
    """The line of the last months as points of an SVG, with its finding in words."""

    line: str
    area: str
    end_x: float
    end_y: float
    first: date
    last: date
    words: str


@dataclass(frozen=True)
class Share:
    """A product's part of the assets: bar from `x`, `width`, both in percent of the whole."""

    label: str
    amount: str
    share: str
    x: float
    width: float
    colour: int


@dataclass(frozen=True)
class Pair:
    """A fact: what it is called, how it stands. `href` leads to the customer it names."""

    label: str
    text: str
    href: int | None = None
    warns: bool = False


@dataclass(frozen=True)
class Profile:
    """What the page says of a customer beside the next step."""

    customer: Customer
    levels: list[str]
    owner: Ownership | None
    is_own: bool
    age: int | None
    assets_fen: int | None
    change_ppm: int | None
    drawing: Drawing | None
    shares: list[Share]
    unit: str
    facts: list[Pair]
    consents: list[Pair]
    relations: list[Pair]
    products: list[Pair]
    days_since_contact: int | None
    decision: str


def profile(user: User, customer: Customer, house: House) -> Profile:
    """Everything about the customer that the reader may see; a few indexed reads."""
    voice, state = house.voice(house.today), getattr(customer, "state", None)
    held, of_whom = assets(customer, house.today), owner(customer)
    return Profile(
        customer=customer,
        levels=[voice.level("tier", state.tier)] if state and state.tier else [],
        owner=of_whom,
        is_own=of_whom is not None and of_whom.rm_id == user.rm_id,
        age=_age(customer, house.today),
        assets_fen=state.assets_fen if state else None,
        change_ppm=fmt.change_ppm(state.assets_fen, state.assets_30d_fen) if state else None,
        drawing=draw(held.points, voice),
        shares=shares(held, voice),
        unit=unit(voice),
        facts=_facts(customer, voice),
        consents=_consents(customer, voice),
        relations=_relations(user, customer, voice),
        products=_products(customer, house.today, voice),
        days_since_contact=state.days_since_contact if state else None,
        decision=decision(voice, state.decision, inputs_of(state.decision_inputs)) if state else "",
    )


def _age(customer: Customer, today: date) -> int | None:
    """Full years; a lunar birthday has no solar one to count from."""
    born = customer.birth_date
    if born is None or customer.birth_calendar != "solar":
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def draw(points: list[Point], voice: Voice) -> Drawing | None:
    """The line between the lowest and the highest point, with air around; None below two points."""
    if len(points) < 2:
        return None
    amounts = [point.assets_fen for point in points]
    low, high = min(amounts), max(amounts)
    span = (high - low) or max(abs(high), 1)
    step = (WIDTH - 2 * EDGE) / (len(points) - 1)
    places = [
        (round(EDGE + index * step, 1), round(FLOOR - 8 - (amount - low) / span * (FLOOR - 20), 1))
        for index, amount in enumerate(amounts)
    ]
    line = " ".join(f"{x},{y}" for x, y in places)
    values = {"first": voice.money(amounts[0]), "last": voice.money(amounts[-1]), "months": len(points)}
    sentence = _("近 %(months)s 个月资产，从 %(first)s 到 %(last)s")
    return Drawing(
        line=line,
        area=f"{EDGE},{FLOOR} {line} {places[-1][0]},{FLOOR}",
        end_x=places[-1][0],
        end_y=places[-1][1],
        first=points[0].day,
        last=points[-1].day,
        words=sentence % values,
    )


def shares(held: Assets, voice: Voice) -> list[Share]:
    """The composition, largest first; what comes after the fifth is one. Only what is positive has a part."""
    labels = {product.id: voice.label(product.label) for product in voice.pack.products}
    parts = [(labels.get(one.product, one.product), one.amount_fen) for one in _positive(held.holdings)]
    if len(parts) > COLOURS:
        parts = [*parts[: COLOURS - 1], (_("其他"), sum(amount for _label, amount in parts[COLOURS - 1 :]))]
    whole = sum(amount for _label, amount in parts)
    found, x = [], 0.0
    for colour, (label, amount) in enumerate(parts, 1):
        ppm = (amount * 2_000_000 + whole) // (2 * whole)
        found.append(
            Share(label, fmt.in_unit(amount), fmt.percent(ppm), round(x, 2), round(ppm / 10_000, 2), colour)
        )
        x += ppm / 10_000
    return found


def _positive(holdings: Iterable[Holding]) -> list[Holding]:
    return [holding for holding in holdings if holding.amount_fen > 0]


def _facts(customer: Customer, voice: Voice) -> list[Pair]:
    terms, state = voice.terms, getattr(customer, "state", None)
    pairs = [
        Pair(_("客户号"), customer.number),
        *(
            Pair(terms[name], voice.level(name, getattr(state, name)))
            for name in ("stage", "segment")
            if state and getattr(state, name)
        ),
        Pair(_("开户"), fmt.day(customer.opened_on, voice.lang, voice.today)),
        Pair(_("生日"), _birthday(customer, voice)),
        Pair(terms["outlet"], customer.outlet.name if customer.outlet else ""),
        Pair(voice.feature("risk_level"), _level(customer.risk_level)),
        Pair(voice.feature("spending_power"), _level(customer.spending_power)),
        Pair(voice.feature("channel"), _origin(customer, voice)),
        *_extra(customer, voice),
    ]
    return [pair for pair in pairs if pair.text]


@lru_cache(maxsize=16)
def _extra_fields(pack_id: str) -> tuple[ExtraField, ...]:
    return load_fields(pack_id).extra


def _extra(customer: Customer, voice: Voice) -> Iterator[Pair]:
    """What is known of the pack's own fields, in the pack's order."""
    for field in _extra_fields(voice.pack.id):
        if field.id in customer.extra:
            yield Pair(voice.terms[f"field_{field.id}"], _said(field, customer.extra[field.id], voice))


def _said(field: ExtraField, value: Any, voice: Voice) -> str:
    """By the field's type; a value from before the pack changed the type stays as it was written."""
    match field.type, value:
        case "flag", bool():
            return _("是") if value else _("否")
        case "date", str() if _ISO_DAY.fullmatch(value):
            return fmt.day(date.fromisoformat(value), voice.lang, voice.today)
        case "integer", int():
            return fmt.count(value)
        case "fen", int():
            return voice.money(value)
    return str(value)


def _origin(customer: Customer, voice: Voice) -> str:
    """How the customer was won, where the pack has a word for it."""
    words = code_words(voice, "origin", customer.channel)
    return "" if words == customer.channel else words


def _level(value: int | None) -> str:
    return "" if value is None else f"{value} / 5"


def _birthday(customer: Customer, voice: Voice) -> str:
    if customer.birth_date is None:
        return ""
    if customer.birth_calendar == "solar":
        return fmt.day(customer.birth_date, voice.lang, voice.today)
    return _("农历 %(month)s 月 %(day)s 日") % {
        "month": customer.birth_date.month,
        "day": customer.birth_date.day,
    }


def _consents(customer: Customer, voice: Voice) -> list[Pair]:
    """The latest word on every channel for which there is one."""
    return [
        Pair(
            voice.channel(channel),
            f"{_('同意') if consent.granted else _('不同意')} · {timezone.localdate(consent.changed_at):%Y-%m-%d}",
            warns=not consent.granted,
        )
        for channel, consent in sorted(consents(customer).items())
    ]


def _relations(user: User, customer: Customer, voice: Voice) -> list[Pair]:
    return [
        Pair(
            code_words(voice, "relation", one.kind),
            one.name if one.pk else fmt.masked_name(one.name),
            one.pk,
        )
        for one in related(user, customer)
    ]


def _products(customer: Customer, on: date, voice: Voice) -> list[Pair]:
    """Running contracts: the amount and, with the date, how soon each ends."""
    labels = {product.id: voice.label(product.label) for product in voice.pack.products}
    found = []
    for contract in contracts(customer, on):
        parts = [voice.money(contract.amount_fen)] if contract.amount_fen is not None else []
        if contract.ends_on:
            parts.append(_("%(date)s 到期") % {"date": fmt.near(contract.ends_on, voice.lang, voice.today)})
        found.append(Pair(labels.get(contract.product.number, contract.product.number), " · ".join(parts)))
    return found
