"""An import taken back leaves the facts as they were, or everything as it is (X5)."""

import csv
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, TODAY, everything, make_branch, make_customer, make_rm, make_user

from yuandian.operations.act import log_result
from yuandian.operations.decide import run_loop
from yuandian.operations.know import import_file
from yuandian.operations.know.undo import forget_former_values, undo_import
from yuandian.operations.org import assign_owner, hand_over_book
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.packs.loader import load
from yuandian.records.customers import ContactPoint, Customer
from yuandian.records.facts import CustomerDay
from yuandian.records.invariants import verify
from yuandian.records.org import Branch, Role
from yuandian.records.runs import AuditEntry, ImportBatch, ImportChange, PersonalRead

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = load_fields("bank")
PACK = load("bank", as_of=TODAY)
ACCOUNTS = {"import", "undo_import"}
HEADERS = {
    "rms": ("rm_id", "name", "team_id", "outlet_id", "hired_on"),
    "customers": ("customer_id", "name", "opened_on", "phone", "referrer_id", "risk_level", "outlet_id"),
    "ownerships": ("customer_id", "rm_id", "active_from", "active_to"),
    "consents": ("customer_id", "channel", "granted", "changed_at"),
    "accounts": ("account_id", "customer_id", "product_id", "opened_on"),
    "balances": ("customer_id", "account_id", "date", "amount_fen"),
    "transactions": ("transaction_id", "customer_id", "occurred_at", "kind", "amount_fen"),
    "interactions": ("interaction_id", "customer_id", "occurred_at", "channel", "purpose"),
}
BRANCH = {
    "rms": [("R1", "王经理", "T1", "O1", "2024-01-02"), ("R2", "李经理", "T1", "O1", "2024-01-02")],
    "customers": [
        ("C1", "周小云", "2025-03-01", "13900001402", "", "3", "O1"),
        ("C2", "吴远", "2025-03-01", "", "C1", "", "O2"),
    ],
    "ownerships": [("C1", "R1", "2025-03-01", ""), ("C2", "R2", "2025-03-01", "")],
    "consents": [("C1", "phone", "yes", "2025-03-01 09:00")],
    "accounts": [("A1", "C1", "current", "2025-03-01")],
    "balances": [("C1", "A1", "2026-11-01", "6840000")],
    "transactions": [("X1", "C1", "2026-11-01 23:59", "deposit", "500"), ("X2", "C1", "2026-11-02 00:00", "deposit", "-200")],
    "interactions": [("I1", "C1", "2026-11-01 10:00", "phone", "care")],
}  # fmt: skip


@pytest.fixture
def operator():
    return make_user(make_branch(), Role.OPERATOR)


@pytest.fixture
def take(tmp_path, operator):
    def taken(kind: str, rows, branch: Branch | None = None, at=NOW) -> ImportBatch:
        path: Path = tmp_path / f"{uuid4()}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([HEADERS[kind], *rows])
        done = import_file(branch=branch or operator.branch, kind=kind, path=path, fields=FIELDS, by=None, at=at)
        assert done.counts[kind]["rejected"] == 0, done.sample
        return ImportBatch.objects.get(pk=done.batches[0])

    return taken


def facts() -> dict[str, list[tuple]]:
    """Every row but the account of imports and undoings."""
    own = {"importbatch", "importreject", "auditentry", "auditvalue", "auditlink", "importchange"}
    return {table: rows for table, rows in everything().items() if table.removeprefix("records_") not in own}


def values(model, *names: str) -> list[tuple]:
    return sorted(model.objects.values_list(*names))


def refused(code: str, **call) -> dict[str, object]:
    before = everything()
    with pytest.raises(RefusedError) as error:
        undo_import(at=NOW, **call)
    assert everything() == before
    assert error.value.code == code
    return error.value.inputs


@pytest.mark.req("X5")
def test_all_kinds_taken_in_and_taken_back_leave_nothing(take, operator):
    before = facts()
    batches = [take(kind, rows) for kind, rows in BRANCH.items()]
    done = undo_import(batches=batches, by=operator, at=NOW + timedelta(days=6))
    assert done.gone == {**{kind: len(rows) for kind, rows in BRANCH.items()}, "teams": 1, "outlets": 2}
    assert facts() == before
    assert all(finding.ok for finding in verify())
    assert AuditEntry.objects.filter(operation="undo_import", by=operator).count() == len(batches)
    assert [take(kind, rows).accepted for kind, rows in BRANCH.items()] == [len(rows) for rows in BRANCH.values()]


@pytest.mark.req("X5")
def test_what_an_import_changed_says_again_what_it_said(take, operator):
    for kind in ("rms", "customers", "ownerships"):
        take(kind, BRANCH[kind])
    before = facts()
    changed = take(
        "customers",
        [("C1", "周小芸", "2025-03-02", "13900009999", "C2", "4", "O1"), ("C2", "吴远", "2025-03-01", "13800001111", "C1", "5", "O1"), ("C3", "新人", "2026-11-01", "", "", "", "")],
    )  # fmt: skip
    ended = take("ownerships", [("C1", "R1", "2025-03-01", "2026-11-01"), ("C1", "R2", "2026-11-01", "")])
    mended = take("customers", [("C3", "新人改名", "2026-11-01", "13800002222", "", "", "")])
    assert values(Customer, "number", "name_key", "risk_level") == [
        ("C1", "周小芸", 4),
        ("C2", "吴远", 5),
        ("C3", "新人改名", None),
    ]
    done = undo_import(batches=[changed, ended, mended], by=operator, at=NOW)
    assert (done.gone, done.restored) == ({"customers": 1, "ownerships": 1}, {"customers": 2, "ownerships": 1})
    # A number that was put back stands in a new row of the same content.
    assert values(ContactPoint, "customer__number", "value", "tail", "is_main") == [
        ("C1", "13900001402", "1402", True)
    ]
    after = facts()
    assert {name for name in before if before[name] != after[name]} <= {"records_contactpoint"}
    assert not ImportChange.objects.exists()


def test_a_days_sums_lose_exactly_what_the_import_added(take, operator):
    for kind in ("rms", "customers"):
        take(kind, BRANCH[kind])
    take(
        "transactions",
        [("X0", "C1", "2026-11-01 12:00", "deposit", "70"), ("X9", "C2", "2026-11-01 12:00", "fee", "-5")],
    )
    before = facts()
    batch = take("transactions", BRANCH["transactions"])
    assert values(CustomerDay, "date", "transactions", "inflow_fen", "outflow_fen")[-1][1:] == (1, 0, 200)
    undo_import(batches=[batch], by=operator, at=NOW)
    assert facts() == before


def test_a_night_and_a_look_go_with_the_customers_and_verify_stays_clean(take, operator):
    batches = [take(kind, rows) for kind, rows in BRANCH.items()]
    kept = make_customer(operator.branch)
    run_loop(as_of=TODAY, branches=[operator.branch], packs=lambda _branch: PACK, at=NOW)
    PersonalRead.objects.create(at=NOW, by=operator, customer=Customer.objects.get(number="C1"), page="x")
    undo_import(batches=batches, by=operator, at=NOW)
    assert list(Customer.objects.all()) == [kept]
    assert [finding.id for finding in verify() if not finding.ok] == []


def test_later_work_keeps_the_import_and_is_named(take, operator):
    customers = [take(kind, BRANCH[kind]) for kind in ("rms", "customers", "ownerships")]
    later = take("accounts", BRANCH["accounts"])
    assert refused("in_use", batches=customers, by=operator) == {
        "kind": "customers",
        "number": "C1",
        "why": "account",
        "count": 1,
    }
    undo_import(batches=[later], by=operator, at=NOW)
    user = make_user(operator.branch, rm=operator.branch.rms.get(number="R1"))
    assert refused("in_use", batches=customers, by=operator)["why"] == "user"
    type(user).objects.filter(pk=user.pk).update(rm=None)
    log_result(
        customer=Customer.objects.get(number="C1"),
        item=None,
        result="interested",
        by=make_user(operator.branch, Role.BRANCH_MANAGER),
        at=NOW,
        key=uuid4(),
        pack=PACK,
    )
    assert refused("in_use", batches=customers, by=operator)["why"] in {"interaction", "contactresult"}


def test_a_row_that_was_imported_again_with_other_values_is_later_work(take, operator):
    first = take("customers", BRANCH["customers"])
    again = take("customers", [("C1", "周小芸", "2025-03-01", "", "", "", "")])
    assert refused("in_use", batches=[first], by=operator) == {
        "kind": "customers",
        "number": "C1",
        "why": "importbatch",
        "count": 1,
    }
    assert undo_import(batches=[again], by=operator, at=NOW).restored == {"customers": 1}
    assert undo_import(batches=[first], by=operator, at=NOW).gone == {"customers": 2, "outlets": 2}


def test_an_owner_given_since_is_later_work(take, operator):
    batches = [take(kind, BRANCH[kind]) for kind in ("rms", "customers", "ownerships")]
    customer, rm = Customer.objects.get(number="C1"), make_rm(operator.branch)
    assign_owner(customer=customer, rm=rm, by=operator, at=NOW)
    assert refused("in_use", batches=batches[2:], by=operator) == {
        "kind": "ownerships",
        "number": "C1",
        "why": "ownership",
        "count": 1,
    }


def test_a_change_counts_by_when_it_was_made_not_by_which_import_began_first(take, operator):
    """A long import that began first and changed the row last is later work; the repair of one's own is none."""
    take("customers", BRANCH["customers"])
    slow, quick = (take("customers", [("C1", name, "2025-03-01", "", "", "", "")]) for name in ("周快", "周慢"))
    # The one that began first reached the row last.
    ids = list(ImportChange.objects.filter(batch__in=[slow, quick]).order_by("pk").values_list("pk", flat=True))
    ImportChange.objects.filter(pk=ids[0]).update(batch=quick)
    ImportChange.objects.filter(pk=ids[1]).update(batch=slow)
    assert refused("in_use", batches=[quick], by=operator)["why"] == "importbatch"
    undo_import(batches=[slow], by=operator, at=NOW)
    undo_import(batches=[quick], by=operator, at=NOW)
    assert values(Customer, "number", "name") == [("C1", "周小云"), ("C2", "吴远")]


def test_an_import_that_moves_a_customer_to_an_outlet_of_its_own_can_be_undone(take, operator):
    for kind in ("rms", "customers"):
        take(kind, BRANCH[kind])
    before = facts()
    moved = take(
        "customers",
        [("C1", "周小云", "2025-03-01", "", "C9", "", "O9"), ("C9", "新人", "2026-11-01", "", "", "", "")],
    )
    assert values(Customer, "number", "outlet__number", "referrer__number")[0] == ("C1", "O9", "C9")
    assert undo_import(batches=[moved], by=operator, at=NOW).restored == {"customers": 1}
    after = facts()
    assert {name for name in before if before[name] != after[name]} <= {"records_contactpoint"}


def test_an_rm_who_left_since_does_not_come_back(take, operator):
    for kind in ("rms", "customers", "ownerships"):
        take(kind, BRANCH[kind])
    moved = take("rms", [("R1", "王经理", "T2", "O1", "2024-01-02")])
    leaver = operator.branch.rms.get(number="R1")
    hand_over_book(rm=leaver, cause="leaves", effective_on=TODAY, by=operator, at=NOW, pack=PACK)
    assert refused("in_use", batches=[moved], by=operator) == {
        "kind": "rms",
        "number": "R1",
        "why": "handover",
        "count": 1,
    }


def test_an_undo_while_a_night_is_computed_makes_it_be_computed_anew(take, operator):
    batches = [take(kind, rows) for kind, rows in BRANCH.items()]
    kept = make_customer(operator.branch)
    undone = []

    def meanwhile(_branch: str, stage: str) -> None:
        if stage == "write" and not undone:
            undone.append(undo_import(batches=batches, by=operator, at=NOW))

    night = run_loop(
        as_of=TODAY, branches=[operator.branch], packs=lambda _branch: PACK, at=NOW, progress=meanwhile
    )
    assert [one.customers for one in night.branches] == [1]
    assert list(Customer.objects.all()) == [kept]
    assert [finding.id for finding in verify() if not finding.ok] == []


def test_who_when_and_only_once(take, operator):
    batch = take("customers", BRANCH["customers"])
    refused("not_permitted", batches=[batch], by=make_user(operator.branch, Role.LEADER))
    refused("not_permitted", batches=[batch], by=make_user(make_branch(), Role.OPERATOR))
    refused("not_permitted", batches=[], by=operator)
    with pytest.raises(RefusedError, match="too_late"):
        undo_import(batches=[batch], by=operator, at=NOW + timedelta(days=7))
    ImportBatch.objects.filter(pk=batch.pk).update(finished_at=None)
    refused("unfinished", batches=[batch], by=operator)
    ImportBatch.objects.filter(pk=batch.pk).update(finished_at=NOW)
    undo_import(batches=[batch], by=operator, at=NOW + timedelta(days=7, microseconds=-1))
    refused("undone_already", batches=[batch], by=operator)


def test_former_values_are_forgotten_when_nobody_can_undo_any_more(take):
    take("customers", BRANCH["customers"])
    take("customers", [("C1", "周小芸", "2025-03-01", "", "", "", "")])
    assert forget_former_values(at=NOW + timedelta(days=6)) == 0
    assert forget_former_values(at=NOW + timedelta(days=7)) == 1
    assert not ImportChange.objects.exists()


LINES = st.lists(
    st.tuples(st.sampled_from(["C1", "C2", "C3"]), st.sampled_from("甲乙丙"), st.sampled_from(["", "13900000001", "13900000002"])),
    min_size=1, max_size=4, unique_by=lambda line: line[0],
)  # fmt: skip


@given(files=st.lists(LINES, min_size=1, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_imports_undone_from_the_last_to_the_first_go_back_step_by_step(take, files):
    """Any sequence of imports of the same customers, undone in reverse, passes through every state again."""
    operator = make_user(make_branch(), Role.OPERATOR)
    seen, batches = [], []

    def state() -> list[tuple]:
        here = Customer.objects.filter(branch=operator.branch)
        return sorted(here.values_list("number", "name", "contact_points__value"))

    for lines in files:
        seen.append(state())
        rows = [(number, name, "2025-03-01", phone, "", "", "") for number, name, phone in lines]
        batches.append(take("customers", rows, branch=operator.branch))
    for batch, before in zip(reversed(batches), reversed(seen), strict=True):
        undo_import(batches=[batch], by=operator, at=NOW)
        assert state() == before
