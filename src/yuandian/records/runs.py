"""What ran, what came in, what was refused, who did what."""

from hashlib import sha256
from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from yuandian.records.org import Branch, User

_canonical = DjangoJSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON."""
    return sha256(_canonical.encode(value).encode()).hexdigest()


class ImportBatch(models.Model):
    """One file's way in. The cursor (`rows_done`) commits with the rows, so a killed import goes on."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of the file's bytes and of the mapping."""
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows_done = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="batches")
    undone_at = models.DateTimeField(null=True)
    upload = models.ForeignKey("records.Upload", models.PROTECT, null=True, related_name="batches")
    """The import of which it is a part: the file itself, or one of its repairs."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["branch", "kind", "fingerprint"],
                condition=Q(finished_at__isnull=True),
                name="one_unfinished_import",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class ImportReject(models.Model):
    """A refused row: where, what stood there, why not, and how to mend it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rejects")
    row = models.BigIntegerField()
    column = models.CharField(max_length=80)
    value = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=40)
    fix = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch", "row"], name="reject_row")]

    def __str__(self) -> str:
        return f"{self.row} {self.column} {self.reason}"


class ImportChange(models.Model):
    """What a known row said before an import changed it, so that the import can be undone."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=40)
    row_id = models.BigIntegerField()
    before = models.JSONField()
    """The columns that a file may bring, as the database kept them; for a customer also `phone`."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "row_id"], name="change_of_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class LoopRun(models.Model):
    """One night over all its branches. Unfinished, it is taken up again."""

    as_of = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.as_of}"


class BranchRun(models.Model):
    """One branch's night: present with all its rows, or absent."""

    loop = models.ForeignKey(LoopRun, models.PROTECT, related_name="branches")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="runs")
    as_of = models.DateField()
    finished_at = models.DateTimeField()
    pack_version = models.CharField(max_length=40)
    customers = models.BigIntegerField()
    withdrawn = models.BigIntegerField(default=0)
    """How many of these customers went away again with an import that was undone."""
    candidates = models.BigIntegerField()
    items = models.BigIntegerField()
    by_playbook = models.JSONField(default=dict)
    left_out = models.JSONField(default=dict)
    seconds = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["loop", "branch"], name="branch_once_a_run")]
        indexes: ClassVar = [models.Index(fields=["branch", "-as_of", "-id"], name="latest_run")]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.as_of}"


class OperationKey(models.Model):
    """A key that came with a request, the request's body, and the answer. Commits with the effect."""

    key = models.CharField(max_length=80, unique=True)
    operation = models.CharField(max_length=60)
    body = models.CharField(max_length=64)
    """SHA-256 of the arguments: the same key with another body is refused."""
    answer = models.JSONField(encoder=DjangoJSONEncoder)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class AuditEntry(models.Model):
    """One change: who, what, why, and a digest of the values, which stand apart and can be erased.

    Append-only: the database refuses to change or delete one (migration 0004).
    """

    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="audit_entries")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="audit_entries")
    operation = models.CharField(max_length=60)
    subject = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    digest = models.CharField(max_length=64)
    mac = models.CharField(max_length=80)
    """HMAC over all the above with a key kept outside the database (`records/audit_chain.py`)."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "subject_id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.at} {self.operation}"


class AuditValue(models.Model):
    """Values before and after. Erasable: the entry's digest stays."""

    entry = models.OneToOneField(AuditEntry, models.CASCADE, primary_key=True, related_name="values")
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    def __str__(self) -> str:
        return f"{self.entry_id}"


class AuditLink(models.Model):
    """An entry's place in the chain, given to it by a sealing. Append-only too."""

    entry = models.OneToOneField(AuditEntry, models.PROTECT, primary_key=True, related_name="link")
    seal = models.BigIntegerField()
    """The sealing's running number; each has one anchor outside the database."""
    digest = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.entry_id}"


class PersonalRead(models.Model):
    """Personal data read outside one's own book (X2)."""

    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="personal_reads")
    customer = models.ForeignKey("records.Customer", models.CASCADE, related_name="personal_reads")
    page = models.CharField(max_length=60)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "at"], name="read_of_whom")]

    def __str__(self) -> str:
        return f"{self.by_id} {self.customer_id}"
