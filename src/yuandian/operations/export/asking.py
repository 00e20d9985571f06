"""Ask for an export, take it back, and forget what is over."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from yuandian.operations.export.file import KEPT, Sheets, check_budget, check_right, folder, path_of
from yuandian.operations.files.write import MOST_ROWS, WRITERS
from yuandian.operations.jobs import enqueue
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.records.exports import Export, given_up
from yuandian.records.jobs import Job
from yuandian.records.org import User

SMALL = 2_000
"""So many rows are written while the user waits."""
LEFT_BEHIND = timedelta(days=1)


def ask_export(
    *,
    by: User,
    what: str,
    conditions: Mapping[str, Any],
    form: str,
    language: str,
    at: datetime,
    sheets: Sheets,
    reason: str = "",
) -> tuple[Job, int]:
    """Ask for a table (`what`) as `form`, csv or xlsx; gives the job and the rows expected.

    Asked for twice while it waits, it is the same export. Refuses: `not_permitted`, `unknown_format`,
    `export_budget`, `too_many_rows`; and what the table itself refuses.
    """
    check_right(by=by, what=what)
    if form not in WRITERS:
        raise RefusedError("unknown_format", known=list(WRITERS))
    rows = sheets[what](by, conditions).total
    if form == "xlsx" and rows > MOST_ROWS:
        raise RefusedError("too_many_rows")
    check_budget(by=by, rows=rows, at=at)
    job = _keep(by=by, what=what, conditions=dict(conditions), form=form, language=language, at=at, reason=reason)
    return job, rows


@operation
def _keep(
    *, by: User, what: str, conditions: dict[str, Any], form: str, language: str, at: datetime, reason: str
) -> Job:
    export, _ = Export.objects.get_or_create(
        by=by,
        branch=by.branch,
        what=what,
        conditions=conditions,
        format=form,
        language=language,
        finished_at=None,
        defaults={"asked_at": at, "token": secrets.token_hex(20), "reason": reason[:200]},
    )
    return enqueue(kind="export", subject_id=export.pk, branch_id=by.branch_id, by=by, at=at)


@operation
def delete_export(*, export: Export, by: User, at: datetime) -> None:
    """The file goes at once; one that is being written is given up. The row stays: it was taken out.

    Refuses `not_yours`.
    """
    if export.by_id != by.pk:
        raise RefusedError("not_yours")
    here = Export.objects.select_for_update().get(pk=export.pk)
    if here.finished_at is None:
        here.finished_at, here.fault = at, "withdrawn"
    here.expires_at, here.conditions = at, {}
    here.save(update_fields=["finished_at", "fault", "expires_at", "conditions"])
    record(operation="delete_export", subject=here, by=by, at=at, branch_id=here.branch_id)
    path_of(here).unlink(missing_ok=True)


def forget_exports(*, at: datetime) -> None:
    """Files that are over go, with what their conditions said, and what killed workers left."""
    _forget_conditions(at=at)
    live = set(Export.objects.filter(expires_at__gt=at).values_list("token", flat=True))
    for path in folder().iterdir():
        with suppress(FileNotFoundError):  # another worker may do the same
            if path.stem not in live and path.stat().st_mtime < (at - LEFT_BEHIND).timestamp():
                path.unlink()


@operation
def _forget_conditions(*, at: datetime) -> None:
    """Those that no worker could bring to an end are over too, a week after they were asked for.

    They end here: without its conditions none of them may be written, it would hold more than was asked.
    """
    Export.objects.filter(expires_at__lte=at).exclude(conditions={}).update(conditions={})
    lost = given_up(list(Export.objects.filter(finished_at__isnull=True, asked_at__lte=at - KEPT)))
    ending = Export.objects.filter(pk__in=lost, finished_at__isnull=True)
    ending.update(finished_at=at, expires_at=at, fault="given_up", conditions={})
