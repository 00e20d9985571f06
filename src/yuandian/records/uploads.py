"""Files that somebody gave us, their way in, and the rows that were refused, kept until they are mended."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import QuerySet

from yuandian.records.jobs import Job
from yuandian.records.org import Branch, User
from yuandian.records.runs import ImportBatch, ImportReject

KEPT = timedelta(days=30)
"""How long a file and the cells of its refused rows stay, when nobody finishes with them earlier."""


class State(models.TextChoices):
    """Where an upload is. In those of `AT_WORK` a worker is waited for, in the others a person or nobody."""

    READING = "reading"
    UNREADABLE = "unreadable"
    READ = "read"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"
    UNDOING = "undoing"
    UNDONE = "undone"
    LEFT = "left"
    """Given up by a person, or by time."""


AT_WORK = frozenset({State.READING, State.CHECKING, State.IMPORTING, State.UNDOING})
WITH_RESULT = frozenset({State.IMPORTED, State.UNDOING, State.UNDONE})


class Upload(models.Model):
    """One file on its way: read, its columns named, checked, imported, undone.

    `repairs` is the import whose refused rows this file brings again; such a file has no columns to name.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="uploads")
    by = models.ForeignKey(User, models.PROTECT, related_name="uploads")
    repairs = models.ForeignKey("self", models.PROTECT, null=True, related_name="repaired_by")
    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    """As its sender called it: text to show, never a path."""
    stored_as = models.CharField(max_length=80, blank=True)
    """The name of our own under which it lies; empty once it is gone."""
    size = models.BigIntegerField()
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices)
    rows = models.BigIntegerField(null=True)
    """Rows of the file, once it was read."""
    done = models.BigIntegerField(default=0)
    """Rows that the work in hand has behind it."""
    header = models.JSONField(default=list)
    samples = models.JSONField(default=dict)
    """Header → its first values. Erased with the file."""
    columns = models.JSONField(default=dict)
    """Column of the kind → header, as chosen."""
    in_yuan = models.JSONField(default=list)
    check_result = models.JSONField(default=dict)
    """What the pre-check found: counts, and the first refusals. The refusals are erased with the file."""
    fault = models.JSONField(default=dict)
    """Why the last step could not be taken: a fault of the file, or a refusal with its inputs."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["branch", "-id"], name="uploads_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def has_result(self) -> bool:
        return self.state in WITH_RESULT


class ColumnMapping(models.Model):
    """Which header meant which column when this branch last took in such a file."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="column_mappings")
    kind = models.CharField(max_length=40)
    header = models.CharField(max_length=64)
    """SHA-256 of the headers as a set: a file of the same source has the same."""
    columns = models.JSONField()
    in_yuan = models.JSONField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["branch", "kind", "header"], name="one_mapping_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.header[:8]}"


class RefusedRow(models.Model):
    """A refused row with its cells, so that it can be mended here. The reasons are its `ImportReject`s."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="refused_rows")
    row = models.BigIntegerField()
    cells = models.JSONField(default=dict)
    """Header → text, empty cells left out. Personal data: erased when mended, or after `KEPT`."""
    mended_in = models.ForeignKey(ImportBatch, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "row"], name="refused_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.row}"


def uploads_for(user: User) -> QuerySet[Upload]:
    """The imports of the user's branch; a file of repairs belongs to the import that it repairs."""
    return Upload.objects.filter(branch=user.branch_id, repairs=None).select_related("by", "branch")


def main_batch(upload: Upload) -> ImportBatch | None:
    """The batch of the file itself; those of its repairs come after it."""
    return upload.batches.order_by("pk").first()


def main_batches(uploads: Sequence[Upload]) -> dict[int, ImportBatch]:
    """The main batch of each upload that has one, in one query."""
    found: dict[int, ImportBatch] = {}
    for batch in ImportBatch.objects.filter(upload__in=uploads).order_by("pk"):
        found.setdefault(batch.upload_id or 0, batch)
    return found


def open_rows_of(batches: Sequence[ImportBatch]) -> dict[int, int]:
    """How many refused rows of each batch still wait."""
    waiting = RefusedRow.objects.filter(batch__in=batches, mended_in=None)
    return dict(waiting.values_list("batch").annotate(n=models.Count("pk")))


def refused_rows(batch: ImportBatch, *, after: int = 0) -> QuerySet[RefusedRow]:
    """Those that wait, in the order of the file, beginning after a row."""
    return RefusedRow.objects.filter(batch=batch, mended_in=None, row__gt=after).order_by("row")


def rejects_of(batch: ImportBatch, rows: Sequence[int]) -> dict[int, list[ImportReject]]:
    """The reasons by row, in the order of the columns."""
    found: dict[int, list[ImportReject]] = {}
    for reject in ImportReject.objects.filter(batch=batch, row__in=rows).order_by("row", "pk"):
        found.setdefault(reject.row, []).append(reject)
    return found


def latest_repair(upload: Upload) -> Upload | None:
    """The file of repairs that came last."""
    return upload.repaired_by.order_by("-pk").first()


def waits_for_worker(upload: Upload) -> bool:
    """Whether somebody is to do what the upload waits for; else it was given up, and may be asked for again."""
    return Job.objects.filter(kind__endswith="_upload", subject_id=upload.pk, finished_at=None).exists()


def faulty_rows(batch: ImportBatch, chunk: int = 1000) -> Iterator[tuple[RefusedRow, list[ImportReject]]]:
    """Every waiting row with its reasons, in bounded memory."""
    after = 0
    while rows := list(refused_rows(batch, after=after)[:chunk]):
        reasons = rejects_of(batch, [row.row for row in rows])
        yield from ((row, reasons.get(row.row, [])) for row in rows)
        after = rows[-1].row


def overdue(at: datetime) -> QuerySet[Upload]:
    """Uploads whose file or cells have been kept long enough."""
    return Upload.objects.filter(at__lte=at - KEPT)


def known_mapping(*, branch: Branch, kind: str, header: str) -> dict[str, Any] | None:
    """What was chosen last time for a file with these headers."""
    known = ColumnMapping.objects.filter(branch=branch, kind=kind, header=header).first()
    return {"columns": known.columns, "in_yuan": known.in_yuan} if known else None
