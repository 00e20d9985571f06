"""What people took out: asked for, written in the background where it is long, kept for a week."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from yuandian.engine.tables import KINDS
from yuandian.records.access import customers_for
from yuandian.records.customers import ContactPoint, Customer
from yuandian.records.jobs import Job
from yuandian.records.org import Branch, Role, User
from yuandian.records.runs import ImportBatch, ImportReject

_KEEPERS = frozenset({Role.BRANCH_MANAGER, Role.OPERATOR, Role.AUDITOR})
MAY_TAKE: dict[str, frozenset[Role]] = {
    "list": frozenset(Role),
    "orphans": frozenset({Role.LEADER, *_KEEPERS}),
    "day": frozenset({Role.RM, Role.LEADER}),
    "done": frozenset({Role.RM, Role.LEADER}),
    "rejects": _KEEPERS,
    **dict.fromkeys(KINDS, _KEEPERS),
}
"""Who may take which table out: the pages' own tables as the pages say, whole facts those who keep them (X2)."""

PAGE = 2_000


class Export(models.Model):
    """One table as one file, for whoever asked. `what` is a kind of fact or one of the pages' tables.

    Unfinished while it waits or is written; finished with `fault` when refused. The row outlives its file.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="exports")
    by = models.ForeignKey(User, models.PROTECT, related_name="exports")
    asked_at = models.DateTimeField()
    what = models.CharField(max_length=40)
    conditions = models.JSONField(default=dict)
    """What narrows it, as asked for. May name a customer, so it goes with the file."""
    format = models.CharField(max_length=8)
    language = models.CharField(max_length=8)
    """Of its headings and words."""
    reason = models.CharField(max_length=200, blank=True, default="")
    token = models.CharField(max_length=64, unique=True)
    """The file's name, which nobody can guess."""
    rows = models.BigIntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    fault = models.CharField(max_length=40, blank=True, default="")
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    """From then on the file is gone."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["by", "-asked_at"], name="export_by"),
            models.Index(fields=["expires_at"], name="export_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.what}.{self.format}"

    @property
    def file_name(self) -> str:
        return f"{self.token}.{self.format}"


def exports_of(user: User, at: datetime) -> QuerySet[Export]:
    """What the user asked for in the present branch and what is not gone yet, latest first."""
    mine = Export.objects.filter(by=user, branch=user.branch_id)
    return mine.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at)).order_by("-asked_at", "-pk")


def ready_exports(user: User, at: datetime) -> QuerySet[Export]:
    """Those whose file can be fetched."""
    return exports_of(user, at).filter(finished_at__isnull=False, fault="", expires_at__isnull=False)


def rows_taken(user: User, at: datetime) -> int:
    """Rows that the user took out on that day, files deleted since included."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    taken = Export.objects.filter(by=user, finished_at__gte=midnight, fault="")
    return int(taken.aggregate(rows=Sum("rows"))["rows"] or 0)


def given_up(exports: list[Export]) -> set[int]:
    """Ids of those that no worker could bring to an end."""
    waiting = [export.pk for export in exports if export.finished_at is None]
    jobs = Job.objects.filter(kind="export", subject_id__in=waiting)
    running = set(jobs.filter(finished_at__isnull=True).values_list("subject_id", flat=True))
    return set(waiting) - running


def batches_with_rejects(user: User) -> list[ImportBatch]:
    """The latest imports of the branch that refused rows."""
    return list(ImportBatch.objects.filter(branch=user.branch_id, rejected__gt=0).order_by("-pk")[:20])


REJECT = ("batch__kind", "row", "column", "value", "reason", "fix", "batch__file_name")


def rejects_of(user: User, batch_id: int) -> tuple[int, Callable[[], Iterator[list[tuple[Any, ...]]]]]:
    """How many cells an import of the user's branch refused, and their rows in pages; none for any other."""
    rejects = ImportReject.objects.filter(batch=batch_id, batch__branch=user.branch_id).order_by("row", "pk")

    def pages() -> Iterator[list[tuple[Any, ...]]]:
        rows, last = rejects.values_list("row", "pk", *REJECT), (0, 0)
        while page := list(rows.filter(Q(row__gt=last[0]) | Q(row=last[0], pk__gt=last[1]))[:PAGE]):
            last = page[-1][:2]
            yield [row[2:] for row in page]

    return rejects.count(), pages


def customers_in_order(user: User, ids: Sequence[int]) -> list[Customer]:
    """Those of the ids that are in scope now, in that order, with their states."""
    known = customers_for(user).select_related("state").in_bulk(ids)
    return [known[pk] for pk in ids if pk in known]


def main_phones(customers: Sequence[Customer]) -> dict[int, str]:
    points = ContactPoint.objects.filter(customer__in=customers, kind="phone", is_main=True)
    return dict(points.values_list("customer_id", "value"))
