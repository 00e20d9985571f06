"""What happened with one customer: every contact of every department, events, lists, owners on one line (K1)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone

from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Event, Interaction
from yuandian.records.prepared import Given, Prepared
from yuandian.records.reach import ownerships
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
    def place(self) -> tuple[int, int, int]:
        """Sorts newest first."""
        return (-self.microseconds, self.rank, -self.pk)

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.microseconds // 1_000_000, tz=timezone.get_current_timezone()).replace(
            microsecond=self.microseconds % 1_000_000
        )


END = Mark(LAST - 1, 0, 0)
"""Before everything: the line begins here."""
ALL_IDS = 2**63 - 1


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
        return self.mark.place


@dataclass(frozen=True)
class Timeline:
    """A page of the line; `older` is where the next begins, None at the end."""

    entries: list[Entry]
    older: Mark | None


def _older(field: str) -> Q:
    """What came before a moment, and what happened at it by a lesser id. The first half starts the reading."""
    return Q((f"{field}__lte", Given("at"))) & (Q((f"{field}__lt", Given("at"))) | Q(pk__lt=Given("pk")))


_talks = Prepared(
    lambda: (
        Interaction.objects.filter(_older("occurred_at"), customer=Given("customer"), voided_at=None)
        .select_related("rm")
        .order_by("-occurred_at", "-pk")[: PAGE + 1]
    )
)
_events = Prepared(
    lambda: Event.objects.filter(_older("occurred_at"), customer=Given("customer")).order_by(
        "-occurred_at", "-pk"
    )[: PAGE + 1]
)
_listed = Prepared(
    lambda: (
        WorklistItem.objects.filter(_older("run__finished_at"), customer=Given("customer"))
        .select_related("run", "rm")
        .order_by("-run__finished_at", "-pk")[: PAGE + 1]
    )
)


def timeline(customer: Customer, before: Mark | None = None) -> Timeline:
    """The newest entries, or those after `before`. What was taken back is not among them."""
    edge = before or END
    rows: list[Entry] = [
        *(Entry(row.occurred_at, "talk", row) for row in _talks(**_from(edge, "talk"), customer=customer.pk)),
        *(Entry(row.occurred_at, "event", row) for row in _events(**_from(edge, "event"), customer=customer.pk)),
        *(
            Entry(row.run.finished_at, "listed", row)
            for row in _listed(**_from(edge, "listed"), customer=customer.pk)
        ),
        *_owners(customer),
    ]
    found = sorted((entry for entry in rows if entry.place > edge.place), key=lambda entry: entry.place)
    page = found[:PAGE]
    return Timeline(page, page[-1].mark if len(found) > PAGE else None)


def _from(edge: Mark, kind: Kind) -> dict[str, Any]:
    """Where one source goes on, exactly: nothing is shown twice or skipped where moments are equal."""
    rank = KINDS.index(kind)
    return {"at": edge.at, "pk": edge.pk if rank == edge.rank else ALL_IDS if rank > edge.rank else 0}


def _owners(customer: Customer) -> list[Entry]:
    """The beginning of every period, and every end after which nobody followed at once. They are few."""
    periods = ownerships(customer)
    begins = {period.active_from for period in periods}
    return [Entry(_midnight(period.active_from), "owner", period) for period in periods] + [
        Entry(_midnight(period.active_to), "ownerless", period)
        for period in periods
        if period.active_to is not None and period.active_to not in begins
    ]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
