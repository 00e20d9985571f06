"""The queue: nothing asked for is lost, nobody works on what somebody else holds (F7, I10)."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from tests.factories import NOW, make_branch

from yuandian.operations.jobs import LEASE, MOST_ATTEMPTS, Hold, LeaseLostError, claim, enqueue, run_next
from yuandian.records.jobs import Job

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


def asked(subject_id: int = 1, kind: str = "count") -> Job:
    with transaction.atomic():
        return enqueue(kind=kind, subject_id=subject_id, branch_id=make_branch().pk, by=None, at=NOW)


def handlers(done: list[int]):
    return {"count": lambda subject_id, hold: (hold(), done.append(subject_id))}


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for():
    done: list[int] = []
    for subject_id in (7, 8, 9):
        asked(subject_id)
    while run_next(handlers(done), clock=Clock()):
        pass
    assert done == [7, 8, 9]
    assert set(Job.objects.values_list("finished_at", "leased_until", "fault")) == {(NOW, None, "")}


def test_asked_for_again_while_it_waits_it_is_the_same_job_and_later_a_new_one():
    first = asked()
    assert asked().pk == first.pk
    assert run_next(handlers([]), clock=Clock())
    assert asked().pk != first.pk


def test_a_job_belongs_in_the_transaction_of_its_subject():
    with pytest.raises(RuntimeError, match="transaction"):
        enqueue(kind="count", subject_id=1, branch_id=None, by=None, at=NOW)


def test_ten_workers_at_once_and_one_gets_the_job():
    asked()
    start, got = Barrier(10), []

    def take() -> None:
        start.wait()
        if claim(kinds=handlers([]), at=NOW):
            got.append(1)
        connection.close()

    threads = [Thread(target=take) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [1]


def test_a_dead_workers_job_goes_to_the_next_when_the_lease_is_over():
    asked()
    clock = Clock()
    assert claim(kinds=handlers([]), at=clock())
    done: list[int] = []
    clock.forward(LEASE - timedelta(seconds=1))
    assert not run_next(handlers(done), clock=clock)
    clock.forward(timedelta(seconds=1))
    assert run_next(handlers(done), clock=clock)
    assert done == [1]


def test_a_worker_that_wakes_after_its_lease_writes_nothing_more():
    asked()
    clock = Clock()
    late = Hold(claim(kinds=handlers([]), at=clock()), clock, lambda: False)
    late()
    clock.forward(LEASE * 2)
    assert run_next(handlers([]), clock=clock)
    before = list(Job.objects.values())
    with pytest.raises(LeaseLostError):
        late()
    assert list(Job.objects.values()) == before


def test_work_that_shows_life_keeps_its_job():
    asked()
    clock = Clock()
    hold = Hold(claim(kinds=handlers([]), at=clock()), clock, lambda: False)
    for _ in range(5):
        clock.forward(LEASE - timedelta(seconds=1))
        hold()
        assert claim(kinds=handlers([]), at=clock()) is None


def test_an_error_is_kept_tried_again_after_a_pause_and_given_up_in_the_end():
    asked(1)
    asked(2)
    clock, done = Clock(), []

    def wrong(subject_id: int, _hold: Hold) -> None:
        if subject_id == 1:
            raise ValueError("no such shelf")
        done.append(subject_id)

    assert run_next({"count": wrong}, clock=clock)
    assert run_next({"count": wrong}, clock=clock)
    assert done == [2]
    assert not run_next({"count": wrong}, clock=clock)
    tries = 1
    while tries < 50:
        clock.forward(timedelta(hours=1))
        if not run_next({"count": wrong}, clock=clock):
            break
        tries += 1
    assert tries == MOST_ATTEMPTS
    job = Job.objects.get(subject_id=1)
    assert (job.fault, job.finished_at, job.leased_until) == (
        "ValueError: no such shelf",
        clock() - timedelta(hours=1),
        None,
    )


def test_a_job_that_kills_every_worker_is_given_up():
    asked()
    clock = Clock()
    for _ in range(MOST_ATTEMPTS):
        assert claim(kinds=handlers([]), at=clock()) is not None
        clock.forward(LEASE)
    assert claim(kinds=handlers([]), at=clock()) is None
    assert Job.objects.get().fault == "the worker died each time"


def test_a_stop_on_purpose_gives_the_job_back_at_once_and_is_no_failed_attempt():
    asked()
    assert run_next(handlers([]), clock=Clock(), is_stopping=lambda: True)
    assert Job.objects.values_list("attempts", "leased_until", "finished_at").get() == (0, None, None)
    done: list[int] = []
    assert run_next(handlers(done), clock=Clock())
    assert done == [1]
