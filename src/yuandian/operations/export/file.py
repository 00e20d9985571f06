"""The file of an export: written by whoever has its job, seen by nobody before it is whole."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation

from yuandian.operations.files.write import WRITERS, Sheet, TooMuchError
from yuandian.operations.jobs import Hold
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.records.customers import Ownership
from yuandian.records.exports import MAY_TAKE, Export, rows_taken
from yuandian.records.org import User
from yuandian.records.runs import PersonalRead

KEPT = timedelta(days=7)
AT_ONCE = 1_000
"""Reads noted in one transaction."""
Sheets = Mapping[str, Callable[[User, Mapping[str, Any]], Sheet]]
"""What each table holds for a user under conditions, at the moment of asking."""


def folder() -> Path:
    path = Path(settings.HOME) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(export: Export) -> Path:
    return folder() / export.file_name


def check_right(*, by: User, what: str) -> None:
    """Refuses `not_permitted`: the role may not, or the user is locked out by now."""
    if not by.is_active or by.branch_id is None or by.role not in MAY_TAKE.get(what, ()):
        raise RefusedError("not_permitted")


def check_budget(*, by: User, rows: int, at: datetime) -> None:
    """Refuses `export_budget` with what the day still allows (A27)."""
    left = settings.EXPORT_ROWS_A_DAY[by.role] - rows_taken(by, at)
    if rows > left:
        raise RefusedError("export_budget", rows=rows, left=max(left, 0))


def write_export(export_id: int, hold: Hold, *, sheets: Sheets) -> None:
    """Write the file with the rights that its owner has now. Deleted or finished meanwhile, nothing is done.

    What a person can mend (rights, budget, too much for Excel) ends the export with that as its fault.
    """
    export = Export.objects.select_related("by", "branch").filter(pk=export_id, finished_at=None).first()
    if export is None:
        return
    part = folder() / f"{export.token}-{secrets.token_hex(4)}.part"
    try:
        part.touch(mode=0o600)
        with translation.override(export.language):
            written = _write(export, part, hold, sheets)
        check_budget(by=export.by, rows=written.rows, at=hold.clock())
        _note_reads(export, written.foreign or [], hold)
        _finish(export=export, written=written, hold=hold)
    except (RefusedError, TooMuchError) as refused:
        _refuse(export=export, code=refused.code, hold=hold)
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True)
class Written:
    """`foreign`: customers outside the user's own book; None where the table does not list whom it names."""

    path: Path
    rows: int
    foreign: list[int] | None


def _write(export: Export, part: Path, hold: Hold, sheets: Sheets) -> Written:
    user = export.by
    if user.branch_id != export.branch_id:
        raise RefusedError("not_permitted")
    check_right(by=user, what=export.what)
    sheet = sheets[export.what](user, export.conditions)
    rows = WRITERS[export.format](sheet, part, ZoneInfo(settings.TIME_ZONE), hold)
    foreign = None if sheet.customers is None else _outside_own_book(user, sheet.customers)
    return Written(part, rows, foreign)


@operation
def _finish(*, export: Export, written: Written, hold: Hold) -> None:
    """The row and its account; the file gets its name last, before the commit."""
    hold()
    now = hold.clock()
    here = Export.objects.select_for_update().get(pk=export.pk)
    if here.finished_at is not None:
        return
    check_budget(by=export.by, rows=written.rows, at=now)
    here.rows, here.bytes = written.rows, written.path.stat().st_size
    here.finished_at, here.expires_at = now, now + KEPT
    here.save(update_fields=["rows", "bytes", "finished_at", "expires_at"])
    # Of a whole kind of facts nobody counts whose they are: then nothing is said of it.
    listed = {} if written.foreign is None else {"outside_own_book": len(written.foreign)}
    record(
        operation="export",
        subject=here,
        by=export.by,
        at=now,
        branch_id=here.branch_id,
        reason=here.reason,
        after={
            "what": here.what,
            "conditions": here.conditions,
            "format": here.format,
            "rows": here.rows,
            **listed,
        },
    )
    written.path.replace(path_of(here))


def _note_reads(export: Export, customers: list[int], hold: Hold) -> None:
    """Before anybody can see the file, and in turns: a whole branch of them must not keep others from writing."""
    for start in range(0, len(customers), AT_ONCE):
        _note_some(export=export, customers=customers[start : start + AT_ONCE], hold=hold)


@operation
def _note_some(*, export: Export, customers: list[int], hold: Hold) -> None:
    """Once, however often the file is begun anew: the moment of asking is the mark of its reads."""
    hold()
    by, page, at = export.by, f"export:{export.what}", export.asked_at
    noted = PersonalRead.objects.filter(by=by, page=page, at=at, customer__in=customers)
    known = set(noted.values_list("customer_id", flat=True))
    PersonalRead.objects.bulk_create(
        PersonalRead(by=by, page=page, at=at, customer_id=pk) for pk in customers if pk not in known
    )


def _outside_own_book(user: User, customers: Sequence[int]) -> list[int]:
    own = Ownership.objects.filter(rm=user.rm_id, rm__isnull=False, active_to__isnull=True)
    mine = set(own.values_list("customer_id", flat=True))
    return [pk for pk in dict.fromkeys(customers) if pk not in mine]


@operation
def _refuse(*, export: Export, code: str, hold: Hold) -> None:
    hold()
    now = hold.clock()
    open_one = Export.objects.filter(pk=export.pk, finished_at__isnull=True)
    open_one.update(fault=code, finished_at=now, expires_at=now + KEPT)
