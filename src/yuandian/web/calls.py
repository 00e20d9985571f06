"""May the customer be called now, and when could the next talk be (limits of the pack, consent, clock)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from yuandian.engine.pack import Limits
from yuandian.records.reach import Reach


@dataclass(frozen=True)
class Call:
    """Either an address to dial or the reason why there is none."""

    href: str = ""
    why_not: str = ""


def call(reach: Reach, limits: Limits, now: datetime) -> Call:
    """The call button of this moment. `now` is local."""
    if not reach.may("phone"):
        return Call(why_not=_("没有同意电话联系，不能拨"))
    if not reach.phone:
        return Call(why_not=_("没有留电话号码"))
    begins, ends = time.fromisoformat(limits.day_begins), time.fromisoformat(limits.day_ends)
    if now.time() < begins:
        return Call(why_not=_("%(time)s 后可拨") % {"time": limits.day_begins})
    if now.time() >= ends:
        return Call(why_not=_("明天 %(time)s 后可拨") % {"time": limits.day_begins})
    return Call(href=f"tel:{''.join(sign for sign in reach.phone if sign.isdigit() or sign == '+')}")


@dataclass(frozen=True)
class Slot:
    """A time at which to talk again, as offered."""

    at: datetime
    label: str

    @property
    def value(self) -> str:
        return self.at.isoformat(timespec="minutes")


def slots(limits: Limits, now: datetime) -> list[Slot]:
    """Four times to offer, soonest first: later today if there is room, tomorrow, the day after, Monday."""
    later = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
    ends = time.fromisoformat(limits.day_ends)
    found = []
    if later.date() == now.date() and time.fromisoformat(limits.day_begins) <= later.time() < ends:
        found.append(Slot(later, _("今天 %(time)s") % {"time": f"{later:%H:%M}"}))
    for days, at, label in _days_ahead(now):
        moment = now.replace(hour=at, minute=0, second=0, microsecond=0) + timedelta(days=days)
        found.append(Slot(moment, label % {"time": f"{moment:%H:%M}"}))
    return found[:4]


def _days_ahead(now: datetime) -> list[tuple[int, int, str]]:
    monday = 7 - now.weekday()
    ahead = [(1, 10, _("明天 %(time)s")), (1, 15, _("明天 %(time)s")), (2, 10, _("后天 %(time)s"))]
    later = (monday, 10, _("下周一 %(time)s"))
    return sorted([*ahead, later] if monday > 2 else [*ahead, (2, 15, _("后天 %(time)s"))])
