"""An RM's day: the list, how far it is, the open card, and what has just been said about it."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from yuandian.records.access import (
    latest_night,
    latest_talks,
    left_out_of_own_book,
    own_day,
    own_results,
)
from yuandian.records.org import User
from yuandian.records.work import ContactResult, WorklistItem
from yuandian.web.cards import Card, Row, card, row
from yuandian.web.preferences import House
from yuandian.web.wording import Voice, left_out


@dataclass(frozen=True)
class Said:
    """What a tap just did: a result was logged, or one was taken back."""

    logged: ContactResult | None = None
    undone: bool = False


@dataclass(frozen=True)
class Day:
    """What the page shows. `card` is None when nothing is open, `as_of` when there never was a night."""

    as_of: date | None
    is_today: bool
    rows: list[Row]
    open_rows: list[Row]
    card: Card | None
    before: WorklistItem | None
    after: WorklistItem | None
    position: int
    positives: int
    left_out: list[tuple[str, int]]
    said: str
    said_id: int | None
    undone: bool

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def done(self) -> int:
        return self.total - len(self.open_rows)

    @property
    def minutes_left(self) -> int:
        return sum(row.minutes for row in self.open_rows)


def open_day(
    user: User, house: House, *, item: WorklistItem | None, after: WorklistItem | None, said: Said
) -> Day:
    """The day of `item` where one is named, else of the branch's latest night."""
    night = None if item else latest_night(user)
    as_of = item.as_of if item else night.as_of if night else None
    if as_of is None:
        return Day(None, False, [], [], None, None, None, 0, 0, [], "", None, said.undone)
    voice = house.voice(as_of)
    lines = own_day(user, as_of)
    shown = next((line for line in lines if line == item), None) or _next_open(lines, after)
    place = lines.index(shown) if shown else 0
    positive = {result.id for result in voice.pack.results if result.positive}
    rows = [row(line, voice) for line in lines]
    return Day(
        as_of=as_of,
        is_today=as_of == house.today,
        rows=rows,
        open_rows=[one for one in rows if one.item.result is None],
        card=_card(shown, voice) if shown else None,
        before=lines[place - 1] if shown and place else None,
        after=lines[place + 1] if shown and place + 1 < len(lines) else None,
        position=place + 1,
        positives=sum(1 for line in lines if line.result and line.result.result in positive),
        left_out=[(left_out(code), count) for code, count in left_out_of_own_book(user).items()],
        said=voice.result(said.logged.result) if said.logged else "",
        said_id=said.logged.pk if said.logged else None,
        undone=said.undone,
    )


def _next_open(lines: list[WorklistItem], after: WorklistItem | None) -> WorklistItem | None:
    """The next open line below `after`, else the first open one."""
    still = [line for line in lines if line.result is None]
    below = [line for line in still if after and line.position > after.position]
    return next(iter(below or still), None)


def _card(line: WorklistItem, voice: Voice) -> Card:
    return card(line, latest_talks(line.customer), voice, timezone.localtime())


@dataclass(frozen=True)
class Logged:
    """A result of today as the done page lists it."""

    result: ContactResult
    words: str


def results_of_today(user: User, house: House) -> list[Logged]:
    """What the user logged today and did not take back, latest first."""
    if house.branch is None:
        return []
    voice = house.voice(house.today)
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    results = own_results(user).filter(recorded_at__gte=begins, voided_at=None).order_by("-recorded_at", "-pk")
    return [
        Logged(result, voice.result(result.result)) for result in results.select_related("customer", "interaction")
    ]
