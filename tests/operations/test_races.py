"""Two at once: what a queue in front of SQLite holds apart, row locks and constraints hold apart on PostgreSQL."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories import NOW, TODAY, make_branch, make_customer, make_item, make_rm, make_team, make_user
from tests.operations.test_nights import PACK, demo, night

from yuandian.operations.act import log_result, undo_result
from yuandian.operations.know import import_file
from yuandian.operations.org import assign_owner, hand_over_book
from yuandian.operations.people import save_preferences
from yuandian.operations.writing import RefusedError, operation, write_gate
from yuandian.packs.fields import load_fields
from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Interaction
from yuandian.records.invariants import verify
from yuandian.records.org import Outlet, Role, User
from yuandian.records.runs import AuditEntry, BranchRun, ImportReject, LoopRun
from yuandian.records.work import Candidate, ContactResult

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = load_fields("bank")


def at_once(*acts: Callable[[], object]) -> list[object]:
    """The answers, each act begun at the same moment on a connection of its own."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def overlapping(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """The answers, the second act begun when the first is done but not committed for another half second."""
    begun = Event()

    def slow():
        with write_gate(), transaction.atomic():
            answer = first()
            begun.set()
            time.sleep(0.5)
        return answer

    def late():
        begun.wait()
        return second()

    return at_once(slow, late)


@pytest.fixture
def day():
    branch = make_branch()
    rm = make_rm(branch)
    customer = make_customer(branch, rm)
    return make_user(branch, rm=rm), make_item(customer, rm)


def logging(item, by, key):
    return lambda: log_result(
        customer=item.customer, item=item, result="interested", by=by, at=NOW, key=key, pack=PACK
    )


@pytest.mark.req("A1")
def test_the_same_key_at_once_is_one_result_and_one_answer(day):
    """The second finds no answer yet, loses the race for the key, and run again finds it."""
    user, item = day
    again = logging(item, user, uuid4())
    answers = overlapping(again, again)
    logged = ContactResult.objects.get()
    assert answers == [{"result": logged.pk, "item": item.pk}] * 2
    assert Interaction.objects.count() == AuditEntry.objects.filter(operation="log_result").count() == 1


@pytest.mark.req("A1")
def test_four_keys_at_once_keep_four_results_and_the_line_keeps_one(day):
    user, item = day
    at_once(*[logging(item, user, uuid4()) for _ in range(4)])
    item.refresh_from_db()
    assert ContactResult.objects.filter(item=item).count() == 4
    assert item.result is not None
    assert all(finding.ok for finding in verify())


@pytest.mark.req("A1")
def test_two_results_of_a_line_undone_at_once_leave_it_open(day):
    """Undoing the first puts the second in its place; who undoes that must see it there."""
    user, item = day
    for key in (uuid4(), uuid4()):
        logging(item, user, key)()
    first, second = ContactResult.objects.order_by("pk")
    overlapping(
        lambda: undo_result(logged=first, by=user, at=NOW), lambda: undo_result(logged=second, by=user, at=NOW)
    )
    item.refresh_from_db()
    assert item.result is None
    assert all(finding.ok for finding in verify())


@pytest.mark.req("K2")
def test_who_got_an_owner_meanwhile_is_no_longer_anothers_to_give():
    branch = make_branch()
    teams = [make_team(branch) for _ in range(2)]
    leaders = [make_user(branch, Role.LEADER, team=team) for team in teams]
    rms = [make_rm(branch, team=team) for team in teams]
    customer = make_customer(branch)

    def assigning(nth):
        return lambda: assign_owner(customer=customer, rm=rms[nth], by=leaders[nth], at=NOW)

    with pytest.raises(RefusedError, match="not_permitted"):
        overlapping(assigning(0), assigning(1))
    assert Ownership.objects.get().rm == rms[0]


@pytest.mark.req("K3")
def test_who_leaves_leaves_nobody_who_was_given_meanwhile():
    """The book is read when the assignment stands: the proposals cover who came last, too."""
    branch = make_branch()
    team = make_team(branch)
    boss = make_user(branch, Role.BRANCH_MANAGER)
    leaving, staying = make_rm(branch, team=team), make_rm(branch, team=team)
    make_customer(branch, leaving)
    late = make_customer(branch)
    overlapping(
        lambda: assign_owner(customer=late, rm=leaving, by=boss, at=NOW),
        lambda: hand_over_book(rm=leaving, cause="leaves", effective_on=TODAY, by=boss, at=NOW, pack=PACK),
    )
    assert set(Ownership.objects.filter(active_to=None).values_list("rm", flat=True)) == {staying.pk}
    assert all(finding.ok for finding in verify())


@pytest.mark.req("D1")
def test_two_loops_at_once_are_one_night():
    branch = demo()
    first, second = overlapping(lambda: night(branch), lambda: night(branch))
    assert first.branches[0].hash == second.branches[0].hash
    latest = BranchRun.objects.order_by("-pk").first()
    assert set(Candidate.objects.values_list("run", flat=True)) == {latest.pk}
    assert LoopRun.objects.filter(finished_at=None).count() == 0
    assert all(finding.ok for finding in verify())


def test_a_lost_race_is_run_again_with_its_rows_as_they_were_given():
    """The first try has set the new language on the user; the second must still see that it is new."""
    user = make_user(make_branch())
    tries = []

    @operation
    def prefer(*, user: User) -> None:
        save_preferences(user=user, language="en", theme="dark", rise="auto", has_shortcuts="on", at=NOW)
        tries.append(user.theme)
        if len(tries) < 3:
            raise DatabaseError from Lost()

    prefer(user=user)
    assert tries == ["dark"] * 3
    assert User.objects.get(pk=user.pk).theme == "dark"
    assert AuditEntry.objects.filter(operation="save_preferences").count() == 1


def test_a_race_that_is_lost_again_and_again_is_told():
    tries = []

    @operation
    def lose() -> None:
        tries.append(1)
        raise DatabaseError from Lost()

    with pytest.raises(DatabaseError):
        lose()
    assert len(tries) == 4


class Lost(Exception):  # noqa: N818  named for what it stands for
    sqlstate = "40001"


@pytest.mark.req("X5")
def test_one_file_imported_twice_at_once_is_taken_in_once(tmp_path):
    """One of the two may be told that the other is at it; whoever is not finds everything there."""
    branch = make_branch()
    path = tmp_path / "customers.csv"
    lines = [f"C{n},客户{n},2026-01-02,城{n % 7}" for n in range(500)]
    path.write_text("客户号,客户姓名,开户日期,网点\n" + "\n".join(lines) + "\n")
    answers = at_once(*[taking(branch, path) for _ in range(3)])
    assert {answer for answer in answers if isinstance(answer, str)} <= {"import_running"}
    assert sum(answer[0] for answer in answers if not isinstance(answer, str)) <= 500
    assert (Customer.objects.count(), Outlet.objects.count()) == (500, 7)
    assert ImportReject.objects.count() == 0
    assert all(finding.ok for finding in verify())


@pytest.mark.req("X5")
def test_files_of_the_same_customers_at_once_make_each_of_them_once(tmp_path):
    branch = make_branch()
    paths = [tmp_path / f"{name}.csv" for name in "ab"]
    for nth, path in enumerate(paths):
        lines = [f"C{n},客户{n},2026-01-02" for n in range(nth * 100, nth * 100 + 300)]
        path.write_text("客户号,客户姓名,开户日期\n" + "\n".join(lines) + "\n")
    assert overlapping(taking(branch, paths[0]), taking(branch, paths[1])) == [(300, 0, 0), (100, 200, 0)]
    assert Customer.objects.count() == 400


def taking(branch, path):
    """Accepted, unchanged, rejected; or the code of the refusal."""

    def take():
        try:
            done = import_file(branch=branch, kind="customers", path=path, fields=FIELDS, by=None, at=NOW)
        except RefusedError as refused:
            return refused.code
        return tuple(done.counts["customers"][name] for name in ("accepted", "unchanged", "rejected"))

    return take
