"""What the children do: a day of a tiny branch, step by step, and what must be true of it afterwards.

A step that was not acknowledged is done again, as a person who got no answer does it again: with the same key,
from the same file, by the same command. `state` tells all that a day leaves behind without the numbers of its rows,
so that days of different branches can be compared.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction

from tests.factories import NOW, TODAY, make_branch, make_customer, make_item, make_night, make_rm, make_user
from yuandian.engine.simulate import simulate_branch
from yuandian.operations import files
from yuandian.operations.act import log_result, undo_result
from yuandian.operations.audit import seal_audit
from yuandian.operations.decide import as_json, run_loop
from yuandian.operations.demo import load_demo
from yuandian.operations.files.opening import open_rows
from yuandian.operations.jobs import LEASE, Hold, enqueue, run_next
from yuandian.operations.know import file as know_file
from yuandian.operations.know import import_file
from yuandian.operations.know.undo import undo_import
from yuandian.operations.org import add_branch, hand_over_book
from yuandian.operations.writing import RefusedError, write_gate
from yuandian.packs.fields import load_fields
from yuandian.packs.loader import load
from yuandian.records.audit_files import anchors_path
from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Interaction
from yuandian.records.invariants import verify
from yuandian.records.jobs import Job
from yuandian.records.org import Branch, RelationshipManager, Role, User
from yuandian.records.runs import AuditEntry, BranchRun, ImportBatch, ImportReject, LoopRun, OperationKey
from yuandian.records.work import ContactResult, CustomerState, Handover, WorklistItem

PACK = load("bank", as_of=TODAY)
FIELDS = load_fields("bank")
NAMES = UUID(int=20261125)
HEADER = "客户号,客户姓名,开户日期\n"
BATCH, ROWS, BAD = 3, 8, 5
Step = Callable[[str], Any]


def make_day(tag: str) -> None:
    """A branch with two RMs, a manager, four customers on today's list, and a file to take in."""
    branch = make_branch(number=tag)
    rms = [make_rm(branch, number=f"{tag}-{place}", name=f"经理{place}") for place in range(2)]
    make_user(branch, username=f"{tag}-rm", rm=rms[0])
    make_user(branch, Role.BRANCH_MANAGER, username=f"{tag}-manager")
    night = make_night(branch)
    for place in range(4):
        customer = make_customer(branch, rms[0], number=f"{tag}-{place}")
        make_item(customer, rms[0], run=night, position=place + 1)
    BranchRun.objects.filter(pk=night.pk).update(customers=0)
    rows = (f"N{place},周小云,{'昨天' if place == BAD else '2026-01-02'}\n" for place in range(ROWS))
    _file(tag).write_text(HEADER + "".join(rows))


def make_branches_of_nights() -> None:
    """A made-up branch and one of two customers, so that a night can die between branches."""
    branch = add_branch(number="NIGHTS", name="夜", pack=PACK, at=NOW, is_made_up=True)
    load_demo(branch=branch, tables=simulate_branch("bank", as_of=TODAY, scale=0.2), at=NOW)
    small = make_branch(number="NIGHTS-2")
    for _ in range(2):
        make_customer(small, make_rm(small))


def _file(tag: str) -> Path:
    return Path(settings.HOME) / f"{tag}.csv"


def _key(tag: str, place: int) -> UUID:
    return uuid5(NAMES, f"{tag} {place}")


def _by(tag: str, role: str) -> User:
    return User.objects.get(username=f"{tag}-{role}")


def _log(place: int) -> Step:
    def log(tag: str) -> Any:
        item = WorklistItem.objects.get(branch__number=tag, position=place + 1)
        return log_result(
            customer=item.customer, item=item, result="interested", by=_by(tag, "rm"), at=NOW,
            key=_key(tag, place), pack=PACK,
        )  # fmt: skip

    return log


def _undo(tag: str) -> Any:
    logged = ContactResult.objects.get(interaction__number=str(_key(tag, 0)))
    undo_result(logged=logged, by=logged.by, at=NOW)
    return logged.pk


def _take_in(tag: str, hold: Callable[[], None] = lambda: None) -> Any:
    done = import_file(
        branch=Branch.objects.get(number=tag), kind="customers", path=_file(tag), fields=FIELDS, by=None, at=NOW,
        progress=lambda *_: hold(),
    )  # fmt: skip
    return done.counts["customers"]


def _take_back(tag: str) -> Any:
    batches = list(ImportBatch.objects.filter(branch__number=tag))
    with _done_already("undone_already"):
        undo_import(batches=batches, by=_by(tag, "manager"), at=NOW)
    return [batch.pk for batch in batches]


def _hand_over(tag: str) -> Any:
    rm = RelationshipManager.objects.get(number=f"{tag}-0")
    with _done_already("empty_book"):
        hand_over_book(rm=rm, cause="leaves", effective_on=TODAY, by=_by(tag, "manager"), at=NOW, pack=PACK)
    return Handover.objects.get(from_rm=rm).pk


@contextmanager
def _done_already(code: str) -> Iterator[None]:
    """Whoever got no answer does it again, and is told that it is done."""
    try:
        yield
    except RefusedError as refused:
        if refused.code != code:
            raise


def _ask(tag: str) -> Any:
    branch = Branch.objects.get(number=tag)
    with write_gate(), transaction.atomic():
        return enqueue(kind="take in", subject_id=branch.pk, branch_id=branch.pk, by=None, at=NOW).pk


def _do_job(tag: str) -> Any:
    """Each worker comes when the lease of the one before is over."""

    def handler(_branch: int, hold: Hold) -> None:
        hold()
        _take_in(tag, hold)

    mine = Job.objects.filter(branch__number=tag)
    while (job := mine.get()).finished_at is None:
        at = NOW + 2 * LEASE * job.attempts
        if not run_next({"take in": handler}, clock=lambda at=at: at):
            raise RuntimeError(f"nobody can take {job}: {vars(job)}")
    return job.pk


def _seal(_tag: str) -> Any:
    return seal_audit(at=NOW, anchors=anchors_path()).last


def _night(_tag: str) -> Any:
    night = run_loop(
        as_of=TODAY, branches=list(Branch.objects.order_by("number")), packs=lambda _branch: PACK, at=NOW
    )
    return as_json(night)["hash"]


STEPS: dict[str, dict[str, Step]] = {
    "day": {
        "log 0": _log(0), "log 1": _log(1), "undo": _undo, "seal": _seal, "log 2": _log(2), "hand over": _hand_over,
        "seal again": _seal,
    },
    "import": {"take in": _take_in},
    "undo": {"take in": _take_in, "take back": _take_back},
    "job": {"ask": _ask, "do": _do_job},
    "night": {"night": _night},
}  # fmt: skip
SAFE = {("undo", "take in"), ("job", "ask")}
"""Steps without points of their own: another kind has the same."""


def small_batches() -> None:
    """A file of eight rows comes in three batches, read here: the reader's own process is not what dies."""
    know_file.read_apart = _read_here


@contextmanager
def _read_here(path: Path, _folder: Path) -> Iterator[files.RowSource]:
    yield open_rows(path, files.Limits(batch_rows=BATCH))


def state(tag: str) -> dict[str, Any]:
    """All that the day of a branch left behind, in words that are the same for every branch."""
    results = ContactResult.objects.filter(customer__branch__number=tag).order_by("interaction__number")
    keys = {str(_key(tag, place)): place for place in range(3)}
    batches = list(ImportBatch.objects.filter(branch__number=tag).order_by("pk"))
    owners = Ownership.objects.filter(customer__branch__number=tag).order_by("customer__number", "active_from")
    audited = AuditEntry.objects.filter(branch__number=tag).exclude(operation__in=["import", "undo_import"])
    undoings = AuditEntry.objects.filter(operation="undo_import", subject_id__in=[batch.pk for batch in batches])
    return {
        "results": sorted(
            [keys[one.interaction.number], one.voided_at is not None, one.interaction.voided_at is not None]
            for one in results.select_related("interaction")
        ),
        "interactions": Interaction.objects.filter(branch__number=tag).count(),
        "keys": OperationKey.objects.filter(key__in=keys).count(),
        "items": list(
            WorklistItem.objects.filter(branch__number=tag).order_by("position").values_list("position", "result__result")
        ),
        "customers": sorted(one.removeprefix(tag) for one in Customer.objects.filter(branch__number=tag).values_list("number", flat=True)),
        "owners": [
            [one.customer.number.removeprefix(tag), one.rm.number.removeprefix(tag), one.active_to is None]
            for one in owners.select_related("customer", "rm")
        ],
        "accepted": sum(batch.accepted for batch in batches),
        "open imports": sum(batch.finished_at is None for batch in batches),
        "wrong imports": [
            batch.pk for batch in batches
            if batch.rows_done != batch.accepted + batch.unchanged + batch.rejected
            or (batch.finished_at and (batch.rows_done, batch.rejected) != (ROWS, 1))
        ],
        "rejects": sorted(set(ImportReject.objects.filter(batch__in=batches).values_list("row", "reason"))),
        "undone": sorted({batch.undone_at is not None for batch in batches}),
        "undoings without an account": sum(batch.undone_at is not None for batch in batches) - undoings.count(),
        "jobs": [[job.kind, job.finished_at is not None] for job in Job.objects.filter(branch__number=tag)],
        "handovers": Handover.objects.filter(branch__number=tag).count(),
        "audit": sorted(audited.values_list("operation", flat=True)),
    }  # fmt: skip


def state_of_night() -> dict[str, Any]:
    latest = {run.branch_id: run for run in BranchRun.objects.order_by("pk")}
    return {
        "open": LoopRun.objects.filter(finished_at__isnull=True).count(),
        "hashes": sorted(run.hash for run in latest.values()),
        "states": CustomerState.objects.count(),
        "items": WorklistItem.objects.count(),
        "runs of a loop": max(
            (LoopRun.objects.get(pk=loop).branches.filter(branch=branch).count()
             for loop, branch in BranchRun.objects.values_list("loop", "branch")), default=0),
    }  # fmt: skip


def missing(tag: str, done: dict[str, Any]) -> list[str]:
    return [step for step, answer in done.items() if not stands(step, tag, answer)]


def stands(step: str, tag: str, answer: Any) -> bool:
    """Whether what was acknowledged is there."""
    match step:
        case "log 0" | "log 1" | "log 2":
            found = ContactResult.objects.filter(
                pk=answer["result"], interaction__number=str(_key(tag, int(step[-1])))
            ).exists()
        case "undo":
            found = ContactResult.objects.filter(pk=answer, voided_at__isnull=False).exists()
        case "take in":
            batch = ImportBatch.objects.filter(branch__number=tag, finished_at__isnull=False).first()
            there = Customer.objects.filter(branch__number=tag, number__startswith="N").count()
            found = (
                batch is not None and there == (0 if batch.undone_at else ROWS - 1) and answer["received"] == ROWS
            )
        case "take back":
            found = ImportBatch.objects.filter(pk__in=answer, undone_at__isnull=False).count() == len(answer)
        case "ask":
            found = Job.objects.filter(pk=answer).exists()
        case "do":
            found = Job.objects.filter(pk=answer, finished_at__isnull=False, fault="").exists()
        case "hand over":
            found = Handover.objects.filter(pk=answer).exists()
        case "night":
            found = True  # its hash is compared by the state
        case _:
            found = not answer or AuditEntry.objects.filter(pk=answer, link__isnull=False).exists()
    return found


def broken() -> list[str]:
    """What `verify` finds; the role on PostgreSQL is whichever the caller named, and its own affair."""
    role = "the_database_role_is_no_more_than_the_applications"
    return [f"{one.id}: {one.first_failure}" for one in verify() if not one.ok and one.id != role]
