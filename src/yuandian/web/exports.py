"""What the pages show, as tables to take out: the same people, the same words, all pages at once (X5, X2)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yuandian.engine.tables import KINDS
from yuandian.operations.export import Sheets, fact_sheet
from yuandian.operations.files.write import Cell, Heading, Row, Sheet
from yuandian.operations.know.rejects import HEADER
from yuandian.operations.writing import RefusedError
from yuandian.records.access import latest_night, own_items, own_results
from yuandian.records.customers import Customer
from yuandian.records.exports import MAY_TAKE, customers_in_order, main_phones, rejects_of
from yuandian.records.lists import LEVELS, Wanted, owners, whole_list, whole_orphan_list
from yuandian.records.org import Role, User
from yuandian.web import fmt, listing
from yuandian.web.cards import row
from yuandian.web.columns import kind_name
from yuandian.web.industry import pack_of
from yuandian.web.listing import FILTERS
from yuandian.web.wording import Voice, language

PAGE = 500
Conditions = Mapping[str, Any]
Column = tuple[Heading, Callable[[Customer], Cell]]


def conditions_of(wanted: Wanted) -> dict[str, Any]:
    """What an export keeps of the list's address: not the page, and nothing that is no condition."""
    given = asdict(replace(wanted, after=None))
    return {name: value for name, value in given.items() if value not in ("", 0, None)}


def _voice(user: User, day: date) -> Voice:
    if user.branch is None:
        raise RefusedError("not_permitted")
    return Voice(pack_of(user.branch, day), language(), user.branch.currency, timezone.localdate())


def yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)


def in_currency(label: str, voice: Voice) -> str:
    """资产（元）; Assets (USD)."""
    unit = _("元") if voice.currency == "CNY" else voice.currency
    return _("%(assets)s（%(unit)s）") % {"assets": label, "unit": unit}


def _list(user: User, conditions: Conditions) -> Sheet:
    """The customer list under its conditions. Phone numbers stay covered, as on the page."""
    return _customers(user, whole_list(user, Wanted(**conditions)))


def _orphans(user: User, _conditions: Conditions) -> Sheet:
    return _customers(user, whole_orphan_list(user, timezone.localdate()))


def _customers(user: User, ids: Sequence[int]) -> Sheet:
    voice = _voice(user, timezone.localdate())
    has_owner = user.role != Role.RM
    headings = (
        *_who(),
        *(Heading(voice.terms[level]) for level in LEVELS),
        Heading(in_currency(voice.terms["assets"], voice), "amount"),
        Heading(_("没联系（天）"), "integer"),
        *([Heading(_("负责人"))] if has_owner else []),
    )

    def pages() -> Iterator[list[Row]]:
        for start in range(0, len(ids), PAGE):
            customers = customers_in_order(user, ids[start : start + PAGE])
            phones, names = main_phones(customers), owners(customers) if has_owner else {}
            yield [
                (*_named(one, phones), *_standing(one, voice), *([names.get(one.pk)] if has_owner else []))
                for one in customers
            ]

    return Sheet(headings, len(ids), pages, ids)


def _who() -> tuple[Heading, ...]:
    return Heading(_("编号")), Heading(_("姓名")), Heading(_("手机"))


def _named(customer: Customer, phones: Mapping[int, str]) -> tuple[Cell, ...]:
    phone = phones.get(customer.pk)
    return customer.number, customer.name, fmt.masked_phone(phone) if phone else None


def _standing(customer: Customer, voice: Voice) -> tuple[Cell, ...]:
    """Without a night yet nothing is known of the customer's standing."""
    state = getattr(customer, "state", None)
    if state is None:
        return (None,) * (len(LEVELS) + 2)
    levels = (voice.level(level, getattr(state, level)) or None for level in LEVELS)
    return (*levels, yuan(state.assets_fen), state.days_since_contact)


def _day(user: User, _conditions: Conditions) -> Sheet:
    """The day's own list, in its order, with what came of each line."""
    night = latest_night(user)
    voice = _voice(user, night.as_of if night else timezone.localdate())
    lines = list(own_items(user).filter(as_of=night.as_of).order_by("position", "pk")) if night else []
    phones = main_phones([line.customer for line in lines])
    headings = (
        Heading(_("日期"), "date"),
        Heading(_("顺序"), "integer"),
        *_who(),
        Heading(_("为什么今天")),
        Heading(_("渠道")),
        Heading(_("分钟"), "integer"),
        Heading(_("结果")),
    )
    rows: list[Row] = [
        (
            line.as_of,
            line.position,
            *_named(line.customer, phones),
            row(line, voice).reason,
            voice.channel(line.channel),
            line.minutes,
            voice.result(line.result.result) if line.result else None,
        )
        for line in lines
    ]
    return _at_once(headings, rows, [line.customer_id for line in lines])


def _done(user: User, _conditions: Conditions) -> Sheet:
    """What the user logged today and did not take back, latest first."""
    voice = _voice(user, timezone.localdate())
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    results = own_results(user).filter(recorded_at__gte=begins, voided_at=None).order_by("-recorded_at", "-pk")
    logged = list(results.select_related("customer", "interaction"))
    phones = main_phones([one.customer for one in logged])
    headings = (
        Heading(_("时间"), "time"),
        *_who(),
        Heading(_("渠道")),
        Heading(_("结果")),
        Heading(_("再联系"), "time"),
        Heading(_("备注")),
    )
    rows: list[Row] = [
        (
            one.recorded_at,
            *_named(one.customer, phones),
            voice.channel(one.interaction.channel),
            voice.result(one.result),
            one.callback_at,
            one.interaction.note or None,
        )
        for one in logged
    ]
    return _at_once(headings, rows, [one.customer_id for one in logged])


def _rejects(user: User, conditions: Conditions) -> Sheet:
    """The refused cells of one import of the branch, as the file of rejects has them."""
    total, pages = rejects_of(user, int(conditions.get("batch", 0)))
    headings = tuple(Heading(label, "integer" if label == "row" else "text") for label in HEADER)
    return Sheet(headings, total, pages)


def _at_once(headings: tuple[Heading, ...], rows: list[Row], customers: list[int]) -> Sheet:
    return Sheet(headings, len(rows), lambda: iter([rows]), customers)


def _facts(kind: str, user: User, _conditions: Conditions) -> Sheet:
    if user.branch is None:
        raise RefusedError("not_permitted")
    return fact_sheet(user.branch, kind)


SHEETS: Sheets = {
    "list": _list,
    "orphans": _orphans,
    "day": _day,
    "done": _done,
    "rejects": _rejects,
    **{kind: partial(_facts, kind) for kind in KINDS},
}


def label(what: str, voice: Voice) -> str:
    """What a table is called."""
    return {
        "list": _("%(customers)s列表") % {"customers": voice.terms["customers"]},
        "orphans": _("无主%(customer)s") % {"customer": voice.terms["customer"]},
        "day": _("今天的名单"),
        "done": _("今天记的"),
        "rejects": _("导入时退回的行"),
    }.get(what) or kind_name(what)


def offered(user: User, voice: Voice) -> list[tuple[str, list[tuple[str, str]]]]:
    """The tables that the user may take out whole: those of pages, and those that an import takes back."""
    may = [what for what, roles in MAY_TAKE.items() if user.role in roles and what != "rejects"]
    groups = (
        (_("页面上的表"), [what for what in may if what not in KINDS]),
        (_("可以再导入的数据"), [what for what in may if what in KINDS]),
    )
    return [(name, [(what, label(what, voice)) for what in whats]) for name, whats in groups if whats]


ADDRESSED = {"text": "q", "rm_id": "owner"}
"""What the address of the list calls otherwise."""


def in_words(conditions: Conditions, user: User, voice: Voice) -> list[str]:
    """The conditions of an export as the list words them."""
    given = {ADDRESSED.get(name, name): str(value) for name, value in conditions.items()}
    return [listing.in_words(name, value, voice, user) for name, value in given.items() if name in FILTERS]
