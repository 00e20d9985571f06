"""Take imports back: what they brought goes, what they changed is as it was (X5)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from yuandian.operations.writing import RefusedError, operation, record
from yuandian.records.frames import Withdrawn, later_use, withdraw
from yuandian.records.org import Branch, Role, User
from yuandian.records.runs import ImportBatch, ImportChange

UNDOABLE = timedelta(days=7)
MAY_UNDO = frozenset({Role.BRANCH_MANAGER, Role.OPERATOR})


@operation
def undo_import(
    *,
    batches: Sequence[ImportBatch],
    by: User,
    at: datetime,
    hold: Callable[[], None] = lambda: None,
) -> Withdrawn:
    """Undo the batches of one import together, in one transaction.

    Refuses, changing nothing: `not_permitted` (role or branch), `unfinished`, `undone_already`, `too_late` (seven
    days after it finished), `in_use` (kind, number, why, count: later work stands on a row).
    """
    hold()
    ids = [batch.pk for batch in batches]
    here = list(ImportBatch.objects.select_for_update().filter(pk__in=ids, branch=by.branch_id).order_by("pk"))
    if by.role not in MAY_UNDO or not ids or len(here) != len(set(ids)):
        raise RefusedError("not_permitted")
    _check(here, at)
    # Until this is over no import and no night of the branch writes: what stands on the rows stays what it is.
    Branch.objects.select_for_update(no_key=True).get(pk=here[0].branch_id)
    if (use := later_use(here)) is not None:
        raise RefusedError("in_use", **vars(use))
    withdrawn = withdraw(here)
    ImportBatch.objects.filter(pk__in=ids).update(undone_at=at)
    for batch in here:
        record(
            operation="undo_import",
            subject=batch,
            by=by,
            at=at,
            branch_id=batch.branch_id,
            after={"gone": withdrawn.gone, "restored": withdrawn.restored, "together_with": sorted(ids)},
        )
    return withdrawn


def _check(batches: Sequence[ImportBatch], at: datetime) -> None:
    for batch in batches:
        if batch.finished_at is None:
            raise RefusedError("unfinished", file=batch.file_name)
        if batch.undone_at is not None:
            raise RefusedError("undone_already", file=batch.file_name)
        if at >= batch.finished_at + UNDOABLE:
            raise RefusedError("too_late", file=batch.file_name, until=batch.finished_at + UNDOABLE)


@operation
def forget_former_values(*, at: datetime) -> int:
    """Former values of imports that can no longer be undone serve nothing; they are personal data and go."""
    gone, _ = ImportChange.objects.filter(batch__finished_at__lte=at - UNDOABLE).delete()
    return gone
