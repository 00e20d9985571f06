"""Seal the audit, and erase what is personal in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.db.models import Max

from yuandian.operations.writing import RefusedError, operation, record, write_gate
from yuandian.records.audit_chain import Anchor, anchor_line, link_digest, read_anchor
from yuandian.records.audit_faults import ERASURE
from yuandian.records.audit_files import append_anchor, audit_keys, last_anchor_line, locked
from yuandian.records.org import User
from yuandian.records.runs import AuditEntry, AuditLink, AuditValue

SLICE = 10_000
"""Entries of one sealing: one short transaction and one anchor."""
LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Sealed:
    """`entries` were linked by this call; the chain now holds `count` and ends at entry `last` (0: none yet)."""

    entries: int
    count: int
    last: int


def seal_audit(*, at: datetime, anchors: Path) -> Sealed:
    """Link every entry that is not yet sealed, and anchor the chain outside the database (A42).

    Interrupted anywhere, the next call goes on; two at once take turns. Refuses `audit_behind_anchors` when the
    database lacks what was sealed: it was cut, or an older copy was restored.
    """
    with locked(anchors, shared=False):
        told = _told(anchors)
        before = told.entries if told else 0
        while (made := _seal_some(told, at)) is not None:
            append_anchor(anchors, anchor_line(audit_keys(), made))
            told = made
    count, last = (told.entries, told.entry) if told else (0, 0)
    return Sealed(count - before, count, last)


def _told(anchors: Path) -> Anchor | None:
    """The last anchor, if the chain still passes through it."""
    line = last_anchor_line(anchors)
    if not line:
        return None
    anchor = read_anchor(audit_keys(), line)
    if anchor is None or not AuditLink.objects.filter(pk=anchor.entry, digest=anchor.digest).exists():
        raise RefusedError("audit_behind_anchors", entry=anchor and anchor.entry, file=anchors.name)
    return anchor


def _seal_some(told: Anchor | None, at: datetime) -> Anchor | None:
    """The next sealing: one whose anchor a kill prevented, else new links. None when nothing is left."""
    head = AuditLink.objects.order_by("-pk").first()
    if head is None or (told is not None and head.seal == told.seal):
        head = _link(head, _horizon())
    if head is None:
        return None
    count = (told.entries if told else 0) + AuditLink.objects.filter(pk__gt=told.entry if told else 0).count()
    return Anchor(head.seal, head.pk, count, head.digest, at.astimezone(UTC).isoformat())


def _horizon() -> int:
    """An entry up to which none can be added any more.

    A number is drawn before its transaction commits, and on PostgreSQL a later one may commit first. Waiting
    for those that hold the table's write lock, a moment long, leaves no number below open. Who waits behind a
    long writer gives up, so that the others behind need not wait either; the next sealing tries again.
    """
    if connection.vendor == "sqlite":  # one writer at a time: numbers are in the order of commits
        return _last_entry()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            cursor.execute("LOCK TABLE records_auditentry IN SHARE ROW EXCLUSIVE MODE")
            return _last_entry()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            return 0
        raise


def _last_entry() -> int:
    return AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0


def _link(head: AuditLink | None, horizon: int) -> AuditLink | None:
    """Link the next entries in one transaction; gives the new head, or None when there were none."""
    after, digest, seal = (head.pk, head.digest, head.seal + 1) if head else (0, "", 1)
    keys = audit_keys()
    with write_gate(), transaction.atomic():
        links = []
        waiting = AuditEntry.objects.filter(pk__gt=after, pk__lte=horizon).order_by("pk")
        for entry, mac in waiting.values_list("pk", "mac")[:SLICE]:
            digest = link_digest(keys, digest, seal, mac)
            links.append(AuditLink(entry_id=entry, seal=seal, digest=digest))
        AuditLink.objects.bulk_create(links, batch_size=1000)
    return links[-1] if links else None


@operation
def erase_values(*, entries: Collection[int], by: User | None, at: datetime, reason: str) -> int:
    """Erase the values of entries; the entries, their digests and the chain stay, and an entry says what went.

    Gives how many were erased: those already gone, and accounts of erasures, are passed over.
    """
    found = AuditValue.objects.filter(entry_id__in=entries).exclude(entry__operation=ERASURE)
    gone = sorted(found.values_list("entry_id", flat=True))
    if gone:
        AuditValue.objects.filter(entry_id__in=gone).delete()
        subject = AuditEntry(pk=gone[0])
        record(operation=ERASURE, subject=subject, by=by, at=at, reason=reason, after={"entries": gone})
    return len(gone)
