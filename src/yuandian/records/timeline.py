"""What happened with one customer: every contact of every department, events, lists, owners on one line (K1)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain
from typing import Literal

from django.db.models import Q
from django.utils import timezone

from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Event, Interaction
from yuandian.records.work import WorklistItem

PAGE = 30
LAST = 9_000_000_000 * 1_000_000
"""Microseconds of the epoch in the year 2255."""

Kind = Literal["talk", "event", "listed", "owner", "ownerless"]
KINDS: tuple[Kind, ...] = ("talk", "event", "listed", "owner", "ownerless")
"""In this order where moments are equal."""


@dataclass(frozen=True, order=True)
class Mark:
    """A place on the line, newest first: moment, kind, id. The text form stands in addresses."""

    microseconds: int
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.microseconds}-{self.rank}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> "Mark | None":
        """None for what is no mark."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            return None
        mark = cls(*map(int, parts))
        return mark if mark.microseconds < LAST else None

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.microseconds // 1_000_000, tz=timezone.get_current_timezone()).replace(
            microsecond=self.microseconds % 1_000_000
        )


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `what` is the row behind it."""

    at: datetime
    kind: Kind
    what: Interaction | Event | WorklistItem | Ownership

    @property
    def mark(self) -> Mark:
        whole = int(self.at.replace(microsecond=0).timestamp())
        return Mark(whole * 1_000_000 + self.at.microsecond, KINDS.index(self.kind), self.what.pk)

    @property
    def place(self) -> tuple[int, int, int]:
        """Sorts newest first."""
        mark = self.mark
        return (-mark.microseconds, mark.rank, -mark.pk)


@dataclass(frozen=True)
class Timeline:
    """A page of the line; `older` is where the next begins, None at the end."""

    entries: list[Entry]
    older: Mark | None


def timeline(customer: Customer, before: Mark | None = None) -> Timeline:
    """The newest entries, or those after `before`. What was taken back is not among them."""
    found = sorted(
        chain(_talks(customer, before), _events(customer, before), _listed(customer, before), _owners(customer)),
        key=lambda entry: entry.place,
    )
    if before is not None:
        edge = (-before.microseconds, before.rank, -before.pk)
        found = [entry for entry in found if entry.place > edge]
    page = found[:PAGE]
    return Timeline(page, page[-1].mark if len(found) > PAGE else None)


def _older(field: str, kind: Kind, before: Mark | None) -> Q:
    """Rows of one source from the mark on, exactly: nothing is shown twice or skipped where moments are equal."""
    if before is None:
        return Q()
    rank = KINDS.index(kind)
    if rank > before.rank:
        return Q((f"{field}__lte", before.at))
    earlier = Q((f"{field}__lt", before.at))
    return earlier | Q((field, before.at), pk__lt=before.pk) if rank == before.rank else earlier


def _talks(customer: Customer, before: Mark | None) -> list[Entry]:
    rows = Interaction.objects.filter(_older("occurred_at", "talk", before), customer=customer, voided_at=None)
    talks = rows.select_related("rm").order_by("-occurred_at", "-pk")[: PAGE + 1]
    return [Entry(talk.occurred_at, "talk", talk) for talk in talks]


def _events(customer: Customer, before: Mark | None) -> list[Entry]:
    rows = Event.objects.filter(_older("occurred_at", "event", before), customer=customer)
    return [Entry(row.occurred_at, "event", row) for row in rows.order_by("-occurred_at", "-pk")[: PAGE + 1]]


def _listed(customer: Customer, before: Mark | None) -> list[Entry]:
    rows = WorklistItem.objects.filter(_older("run__finished_at", "listed", before), customer=customer)
    lines = rows.select_related("run", "rm").order_by("-run__finished_at", "-pk")[: PAGE + 1]
    return [Entry(line.run.finished_at, "listed", line) for line in lines]


def _owners(customer: Customer) -> list[Entry]:
    """The beginning of every period, and every end after which nobody followed at once. They are few."""
    periods = list(Ownership.objects.filter(customer=customer).select_related("rm"))
    begins = {period.active_from for period in periods}
    return [Entry(_midnight(period.active_from), "owner", period) for period in periods] + [
        Entry(_midnight(period.active_to), "ownerless", period)
        for period in periods
        if period.active_to is not None and period.active_to not in begins
    ]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
