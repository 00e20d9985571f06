"""The timeline in words, by months: who did what, through which channel, and what came of it (K1)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.utils import timezone
from django.utils.translation import gettext as _

from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Event, Interaction
from yuandian.records.org import User
from yuandian.records.timeline import Entry, Mark, timeline
from yuandian.records.work import WorklistItem
from yuandian.web import fmt
from yuandian.web.preferences import House
from yuandian.web.wording import Voice, inputs_of, reason

CHANNEL_ICONS = {"phone": "phone", "wecom": "message", "sms": "message", "email": "message", "visit": "visit"}


@dataclass(frozen=True)
class Line:
    """One entry of the timeline in words."""

    at: datetime
    when: str
    icon: str
    author: str
    text: str
    chip: str = ""
    tone: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """A month of entries; without a title where it goes on from the page before."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Story:
    groups: list[Group]
    older: Mark | None
    is_new: bool


def story(user: User, customer: Customer, house: House, before: Mark | None = None) -> Story:
    """A page of the timeline by months. `is_new`: nobody has been in touch yet, nothing happened."""
    page, voice = timeline(customer, before), house.voice(house.today)
    groups: list[Group] = []
    known = _title(timezone.localtime(before.at), house.today, voice.lang) if before else ""
    for entry in page.entries:
        title = _title(timezone.localtime(entry.at), house.today, voice.lang)
        if not groups or title != known:
            groups.append(Group("" if title == known else title, []))
        known = title
        groups[-1].lines.append(_line(entry, user, voice))
    is_new = before is None and all(entry.kind in {"owner", "ownerless"} for entry in page.entries)
    return Story(groups, page.older, is_new)


def _title(at: datetime, today: date, lang: fmt.Lang) -> str:
    """今天, 11月, 2025年8月."""
    if at.date() == today:
        return _("今天")
    if lang == "zh":
        return f"{at.month}月" if at.year == today.year else f"{at.year}年{at.month}月"
    return f"{at:%B}" if at.year == today.year else f"{at:%B %Y}"


def _line(entry: Entry, user: User, voice: Voice) -> Line:
    at = timezone.localtime(entry.at)
    when = f"{at:%m-%d %H:%M}"
    if entry.kind == "talk":
        return _talk(cast("Interaction", entry.what), at, when, user, voice)
    if entry.kind == "event":
        event = cast("Event", entry.what)
        return Line(at, when, "clock", _("系统"), code_words(voice, "event", event.kind))
    if entry.kind == "listed":
        item = cast("WorklistItem", entry.what)
        why = reason(voice, item.playbook, {"rm_name": item.rm.name} | inputs_of(item.inputs))
        place = {"rm": item.rm.name, "position": item.position, "reason": why}
        return Line(at, when, "today", _("系统"), _("列入%(rm)s当天名单第 %(position)s 位：%(reason)s") % place)
    period = cast("Ownership", entry.what)
    sentence = _("由%(rm)s负责") if entry.kind == "owner" else _("%(rm)s不再负责，还没有人接手")
    return Line(at, f"{at:%m-%d}", "customers", _("系统"), sentence % {"rm": period.rm.name})


def _talk(talk: Interaction, at: datetime, when: str, user: User, voice: Voice) -> Line:
    """Who, by which channel, for what, how long; whoever of whichever department it was."""
    parts = [voice.channel(talk.channel), voice.terms[f"purpose_{talk.purpose}"]]
    if talk.direction == "in":
        parts.append(_("客户找来"))
    if talk.minutes:
        parts.append(_("%(minutes)s 分钟") % {"minutes": talk.minutes})
    if talk.callback_on:
        parts.append(_("约好 %(date)s 再联系") % {"date": fmt.day(talk.callback_on, voice.lang, voice.today)})
    known = next((result for result in voice.pack.results if result.id == talk.result), None)
    tone = "" if known is None else "warn" if known.asks == "case" else "brand" if known.positive else ""
    return Line(
        at,
        when,
        CHANNEL_ICONS.get(talk.channel, "note"),
        _author(talk, user, voice),
        " · ".join(parts),
        voice.result(talk.result) if talk.result else "",
        tone,
        talk.note,
    )


def _author(talk: Interaction, user: User, voice: Voice) -> str:
    department = _department(talk.department, voice) if talk.department else ""
    if talk.rm is None:
        return department or _("同事")
    who = _("你") if talk.rm_id == user.rm_id else talk.rm.name
    return f"{who} · {department}" if department else who


def _department(code: str, voice: Voice) -> str:
    """A common one by its name, else by the pack's word. That of the RMs needs no saying."""
    if code == "relationship":
        return ""
    return {
        "sales": _("销售"),
        "service": _("服务"),
        "after_sales": _("售后"),
        "insurance": _("保险"),
        "renewal": _("续保"),
        "counter": _("柜面"),
        "advice": _("投顾"),
        "lending": _("信贷"),
    }.get(code) or code_words(voice, "department", code)


def code_words(voice: Voice, kind: str, code: str) -> str:
    """The pack's word for a code, else the code as it came."""
    key = f"{kind}_{code}"
    return voice.terms[key] if key in voice.pack.terms else code
