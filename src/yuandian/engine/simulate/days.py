"""Working days and moments of a day. No clock: the last day is always an argument."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from numpy.random import Generator

from yuandian.engine.simulate.chance import below

Hours = tuple[tuple[int, int], ...]
"""Spans of a day in minutes after midnight, half-open."""

OFFICE: Hours = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60 + 30))
MARKET: Hours = ((9 * 60 + 30, 11 * 60 + 30), (13 * 60, 15 * 60))
BEFORE_MARKET: Hours = ((9 * 60, 9 * 60 + 25),)
AFTER_MARKET: Hours = ((15 * 60 + 10, 16 * 60 + 50),)
WAKING: Hours = ((8 * 60, 22 * 60),)

_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (5, 3), *((10, day) for day in range(1, 8))})
"""Month and day of the holidays with a fixed date. A made-up branch needs no moved working days."""


def is_working(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in _HOLIDAYS


def moment(rng: Generator, day: date, hours: Hours) -> datetime:
    """A second within the hours, each equally likely."""
    left = below(rng, 0, 60 * sum(stop - start for start, stop in hours))
    for start, stop in hours:
        if left < 60 * (stop - start):
            break
        left -= 60 * (stop - start)
    return datetime.combine(day, time()) + timedelta(minutes=start, seconds=left)


@dataclass(frozen=True)
class WorkingDays:
    """The working days of a span, in order."""

    days: tuple[date, ...]

    @classmethod
    def until(cls, as_of: date, *, since: date) -> "WorkingDays":
        """Those from `since` to `as_of`, both included."""
        span = (since + timedelta(days=n) for n in range((as_of - since).days + 1))
        return cls(tuple(day for day in span if is_working(day)))

    @property
    def last(self) -> date:
        return self.days[-1]

    def index(self, day: date) -> int:
        """Position of the first working day on or after `day`; the number of days where there is none."""
        return bisect_left(self.days, day)

    def between(self, start: date, stop: date) -> tuple[date, ...]:
        """Those in [start, stop)."""
        return self.days[self.index(start) : self.index(stop)]

    def draw(self, rng: Generator, start: date, stop: date) -> date:
        """One of those in [start, stop); the last before `stop` where there is none."""
        low, high = self.index(start), self.index(stop)
        return self.days[below(rng, low, high) if low < high else max(0, high - 1)]

    def month_ends(self) -> tuple[int, ...]:
        """Positions of the last working day of each month that ended within the span."""
        pairs = enumerate(zip(self.days, self.days[1:], strict=False))
        return tuple(i for i, (day, after) in pairs if day.month != after.month)
