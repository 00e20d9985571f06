"""What runs in the background: asked for in a transaction, taken by lease, done at least once, in effect once.

A worker that dies leaves its lease to run out; another then goes on. One that was only paused finds at its next
`Hold` that the job is no longer its own and writes nothing more (F7). So every transaction of a handler begins
with `hold()`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from yuandian.operations.writing import operation
from yuandian.records.jobs import Job
from yuandian.records.org import User

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 10
Clock = Callable[[], datetime]


class LeaseLostError(Exception):
    """Somebody else has the job by now. What this worker still has in hand must not be written."""


class StoppedError(Exception):
    """The worker was asked to stop. The job waits for the next one, who goes on where this one was."""


@dataclass(frozen=True)
class Hold:
    """The right to work on a job. Call it in every transaction, before writing; it also says "still alive"."""

    job: Job
    clock: Clock
    is_stopping: Callable[[], bool]

    def __call__(self) -> None:
        """Raises LeaseLostError, or StoppedError when the worker is to stop."""
        if self.is_stopping():
            raise StoppedError
        _update(job=self.job, leased_until=self.clock() + LEASE)


Handler = Callable[[int, Hold], None]
"""Does the work on the row of that id. Faults that a person can mend are written on the row, not raised."""


def enqueue(*, kind: str, subject_id: int, branch_id: int | None, by: User | None, at: datetime) -> Job:
    """Ask for work, in the transaction of what it works on. Asked for again while it waits, it is the same job."""
    if not connection.in_atomic_block:
        raise RuntimeError("a job is asked for in the transaction of what it works on")
    job, _ = Job.objects.get_or_create(
        kind=kind,
        subject_id=subject_id,
        finished_at=None,
        defaults={"branch_id": branch_id, "by": by, "asked_at": at},
    )
    return job


def run_next(
    handlers: Mapping[str, Handler], *, clock: Clock, is_stopping: Callable[[], bool] = lambda: False
) -> bool:
    """Take the oldest job that nobody holds and work on it. False when there is none.

    An error of the program is kept on the job and tried again, at most `MOST_ATTEMPTS` times in all.
    """
    job = claim(kinds=handlers, at=clock())
    if job is None:
        return False
    _work(handlers[job.kind], Hold(job, clock, is_stopping))
    return True


def run_now(job: Job, handler: Handler, *, clock: Clock) -> None:
    """Do a short job at once instead of leaving it to a worker; unless one has it already."""
    taken = claim(kinds={job.kind: handler}, at=clock(), subject_id=job.subject_id)
    if taken is not None:
        _work(handler, Hold(taken, clock, lambda: False))


def _work(handler: Handler, hold: Hold) -> None:
    """To the end, or as far as it goes; what went wrong is kept on the job, if it still is ours."""
    with suppress(LeaseLostError):
        try:
            handler(hold.job.subject_id, hold)
        except LeaseLostError:
            raise
        except StoppedError:
            _give_back(hold.job)
        except Exception as error:  # noqa: BLE001  whatever it was, the next job must not wait for it
            _fail(hold.job, error, hold.clock())
        else:
            _update(job=hold.job, finished_at=hold.clock(), leased_until=None, fault="")


@operation
def claim(*, kinds: Mapping[str, Handler], at: datetime, subject_id: int | None = None) -> Job | None:
    """The oldest job that nobody holds, now held by the caller; one that was tried too often is given up.

    With `subject_id` only the job on that row.
    """
    free = Job.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lte=at), finished_at__isnull=True, kind__in=list(kinds)
    ).order_by("asked_at", "pk")
    if subject_id is not None:
        free = free.filter(subject_id=subject_id)
    for job in free.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked):
        if job.attempts < MOST_ATTEMPTS:
            job.token, job.attempts, job.leased_until = job.token + 1, job.attempts + 1, at + LEASE
            job.save(update_fields=["token", "attempts", "leased_until"])
            return job
        job.finished_at, job.leased_until = at, None
        job.fault = job.fault or "the worker died each time"
        job.save(update_fields=["finished_at", "leased_until", "fault"])
    return None


def _give_back(job: Job) -> None:
    """A stop on purpose is no failed attempt."""
    _update(job=job, leased_until=None, attempts=job.attempts - 1)


def _fail(job: Job, error: Exception, at: datetime) -> None:
    """Tried again after a pause that grows, or given up."""
    is_last = job.attempts >= MOST_ATTEMPTS
    _update(
        job=job,
        fault=f"{type(error).__name__}: {error}"[:500],
        finished_at=at if is_last else None,
        leased_until=None if is_last else at + timedelta(seconds=2**job.attempts),
    )


@operation
def _update(*, job: Job, **values: object) -> None:
    """Change the job if it still is this worker's. Raises LeaseLostError."""
    mine = Job.objects.filter(pk=job.pk, token=job.token, finished_at__isnull=True)
    if not mine.update(**values):
        raise LeaseLostError(str(job))
