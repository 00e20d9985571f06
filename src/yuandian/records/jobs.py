"""Work for the background. The row is the queue: it commits with what asks for it, so neither is lost alone."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from yuandian.records.org import Branch, User


class Job(models.Model):
    """One piece of work on one row (`subject_id`, of the table that `kind` means).

    `token` counts how often it was taken: the holder of an older one may not write any more (fencing, F7).
    """

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="jobs")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="jobs")
    asked_at = models.DateTimeField()
    token = models.BigIntegerField(default=0)
    attempts = models.IntegerField(default=0)
    """How often it was taken and not brought to an end, stops on purpose left out."""
    leased_until = models.DateTimeField(null=True)
    """Until then it is somebody's; after that moment anybody's. Empty while it waits."""
    finished_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True, default="")
    """Why the last attempt failed; on a finished job, why it was given up."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"], condition=Q(finished_at__isnull=True), name="one_unfinished_job"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at", "id"], condition=Q(finished_at__isnull=True), name="jobs_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
