"""Typed rows into the facts (records.frames.merge), on a real database file."""

from datetime import date, datetime

import pyarrow as pa
import pytest
from django.db import transaction
from tests.factories import TODAY, everything, make_branch, make_customer, make_rm

from yuandian.engine.tables import TABLES, Table
from yuandian.operations.writing import write_gate
from yuandian.records.customers import ContactPoint, Customer, Ownership
from yuandian.records.facts import CustomerDay, Transaction
from yuandian.records.frames import Merged, facts_of, merge
from yuandian.records.org import Branch, Outlet

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = {"date": pa.date32(), "timestamp": pa.timestamp("us"), "flag": pa.bool_()}
NUMBERS = ("integer", "fen", "ppm")


def typed(kind: str, *rows: dict) -> pa.Table:
    table: Table = TABLES[kind]
    arrays = {
        column.name: pa.array(
            [row.get(column.name) for row in rows],
            pa.int64() if column.type in NUMBERS else TYPES.get(column.type, pa.string()),
        )
        for column in table
    }
    if any("extra" in row for row in rows):
        arrays["extra"] = pa.array([row.get("extra") for row in rows], pa.string())
    return pa.table({**arrays, "_row": pa.array(range(1, len(rows) + 1), pa.int64())})


def write(branch: Branch, kind: str, *rows: dict) -> Merged:
    with write_gate(), transaction.atomic():
        return merge(branch=branch, kind=kind, rows=typed(kind, *rows))


def customer(number: str, **fields) -> dict:
    return {"customer_id": number, "name": "周小云", "opened_on": date(2025, 1, 2), **fields}


def test_customers_come_in_with_search_keys_phone_and_outlet():
    branch = make_branch()
    merged = write(branch, "customers", customer("C1", phone="13900001402", outlet_id="城东", risk_level=2))
    assert (merged.accepted, merged.unchanged, merged.rejects.num_rows) == (1, 0, 0)
    kept = Customer.objects.get()
    assert (kept.number, kept.name_key, kept.initials, kept.kind, kept.risk_level) == (
        "C1",
        "周小云",
        "zxy",
        "person",
        2,
    )
    assert ContactPoint.objects.values_list("value", "tail").get() == ("13900001402", "1402")
    assert Outlet.objects.get().number == "城东"


def test_the_same_rows_again_change_nothing():
    branch = make_branch()
    rows = [customer("C1", phone="13900001402"), customer("C2", referrer_id="C1")]
    write(branch, "customers", *rows)
    before = everything()
    merged = write(branch, "customers", *rows)
    assert (merged.accepted, merged.unchanged, merged.rejects.num_rows) == (0, 2, 0)
    assert everything() == before


def test_a_known_customers_new_referrer_may_come_in_with_the_same_rows():
    branch = make_branch()
    write(branch, "customers", customer("C1"))
    rows = [customer("C1", referrer_id="C2"), customer("C2")]
    assert write(branch, "customers", *rows).accepted == 2
    assert Customer.objects.get(number="C1").referrer.number == "C2"
    assert write(branch, "customers", *rows).unchanged == 2


def test_a_changed_cell_updates_and_an_empty_cell_erases_nothing():
    branch = make_branch()
    write(branch, "customers", customer("C1", risk_level=2, phone="13900001402"))
    merged = write(branch, "customers", customer("C1", spending_power=4))
    assert (merged.accepted, merged.unchanged) == (1, 0)
    kept = Customer.objects.get()
    assert (kept.risk_level, kept.spending_power) == (2, 4)
    assert ContactPoint.objects.get().value == "13900001402"
    assert write(branch, "customers", customer("C1", phone="13900009999")).accepted == 1
    assert ContactPoint.objects.get().tail == "9999"


def extra_of(number: str) -> dict:
    return Customer.objects.get(number=number).extra


def test_fields_of_a_pack_are_kept_as_said():
    branch = make_branch()
    said = '{"employer":"育才中学","has_mobile_bank":true,"visits":3}'
    merged = write(branch, "customers", customer("C1", extra=said), customer("C2", extra=None))
    assert merged.accepted == 2
    assert extra_of("C1") == {"employer": "育才中学", "has_mobile_bank": True, "visits": 3}
    assert write(branch, "customers", customer("C3")).accepted == 1
    assert (extra_of("C2"), extra_of("C3")) == ({}, {})


def test_said_fields_overwrite_and_unsaid_ones_stay():
    branch = make_branch()
    write(branch, "customers", customer("C1", extra='{"employer":"育才中学","has_mobile_bank":true}'))
    merged = write(branch, "customers", customer("C1", extra='{"has_mobile_bank":false,"occupation":"教师"}'))
    assert (merged.accepted, merged.unchanged) == (1, 0)
    after = {"employer": "育才中学", "has_mobile_bank": False, "occupation": "教师"}
    assert extra_of("C1") == after
    merged = write(branch, "customers", customer("C1", extra='{"occupation":"教师"}'))
    assert (merged.accepted, merged.unchanged) == (0, 1)
    assert write(branch, "customers", customer("C1", extra=None)).unchanged == 1
    assert write(branch, "customers", customer("C1", risk_level=2)).accepted == 1
    assert extra_of("C1") == after


@pytest.mark.parametrize("said", ['{"visits":1}', '{"visits":"true"}', '{"visits":false}'])
def test_a_field_differs_by_value_and_by_type(said):
    branch = make_branch()
    make_customer(branch, number="C1", extra={"visits": True, "employer": "育才中学"})
    assert (
        write(branch, "customers", customer("C1", opened_on=None, extra='{"employer":"育才中学"}')).unchanged == 1
    )
    assert write(branch, "customers", customer("C1", opened_on=None, extra=said)).accepted == 1


def test_rows_of_one_key_that_differ_in_a_field_alone_are_duplicates():
    branch = make_branch()
    first, other = customer("C1", extra='{"visits":1}'), customer("C1", extra='{"visits":2}')
    merged = write(branch, "customers", first, first, other)
    assert (merged.accepted, merged.unchanged) == (1, 1)
    assert [(one["row"], one["reason"]) for one in merged.rejects.to_pylist()] == [(3, "duplicate_key")]
    assert extra_of("C1") == {"visits": 1}


def test_a_referrer_may_stand_further_down_in_the_same_rows():
    branch = make_branch()
    merged = write(branch, "customers", customer("C2", referrer_id="C1"), customer("C1"))
    assert merged.accepted == 2
    assert Customer.objects.get(number="C2").referrer.number == "C1"


def test_an_unknown_reference_is_refused_with_row_column_value_and_reason():
    branch = make_branch()
    merged = write(
        branch,
        "accounts",
        {"account_id": "A1", "customer_id": "nobody", "product_id": "current", "opened_on": TODAY},
    )
    assert merged.rejects.to_pylist() == [
        {"row": 1, "column": "customer_id", "value": "nobody", "reason": "unknown_customer_id", "fix": ""}
    ]
    assert merged.accepted == 0


def test_another_branchs_customer_is_unknown_here():
    here, there = make_branch(), make_branch()
    make_customer(there, number="C1")
    merged = write(here, "transactions", payment("T1"))
    assert merged.rejects["reason"].to_pylist() == ["unknown_customer_id"]


def payment(number: str, fen: int = 500, at: datetime = datetime(2026, 11, 1, 3, 0), **fields) -> dict:
    return {
        "transaction_id": number,
        "customer_id": "C1",
        "occurred_at": at,
        "kind": "deposit",
        "amount_fen": fen,
        **fields,
    }


def test_transactions_keep_the_sums_of_the_day_in_local_days():
    branch = make_branch()
    make_customer(branch, number="C1")
    late = datetime(2026, 11, 1, 17, 0)  # already the 2nd in Shanghai
    write(branch, "transactions", payment("T1", 500, income_fen=3), payment("T2", -200), payment("T3", 70, late))
    write(branch, "transactions", payment("T4", 1))
    days = CustomerDay.objects.order_by("date").values_list(
        "date", "transactions", "inflow_fen", "outflow_fen", "income_fen"
    )
    assert list(days) == [(date(2026, 11, 1), 3, 501, 200, 3), (date(2026, 11, 2), 1, 70, 0, 0)]


def test_a_fact_under_a_known_key_with_other_values_is_refused():
    branch = make_branch()
    make_customer(branch, number="C1")
    write(branch, "transactions", payment("T1", 500))
    merged = write(branch, "transactions", payment("T1", 501))
    assert merged.rejects.to_pylist()[0]["reason"] == "recorded_otherwise"
    assert Transaction.objects.get().amount_fen == 500
    assert CustomerDay.objects.get().inflow_fen == 500


def test_a_key_twice_in_one_file_the_first_stands():
    branch = make_branch()
    make_customer(branch, number="C1")
    merged = write(branch, "transactions", payment("T1", 500), payment("T1", 500), payment("T1", 7))
    assert (merged.accepted, merged.unchanged) == (1, 1)
    assert merged.rejects.select(["row", "value", "reason"]).to_pylist() == [
        {"row": 3, "value": "T1", "reason": "duplicate_key"}
    ]


@pytest.mark.req("K2")
def test_overlapping_owners_are_refused_and_a_history_is_taken():
    branch = make_branch()
    make_customer(branch, number="C1")
    for number in ("RM1", "RM2"):
        make_rm(branch, number=number)
    first, second = date(2026, 1, 1), date(2026, 6, 1)
    history = [
        {"customer_id": "C1", "rm_id": "RM1", "active_from": first, "active_to": second},
        {"customer_id": "C1", "rm_id": "RM2", "active_from": second},
    ]
    assert write(branch, "ownerships", *history).accepted == 2
    clash = write(branch, "ownerships", {"customer_id": "C1", "rm_id": "RM1", "active_from": date(2026, 9, 1)})
    assert clash.rejects["reason"].to_pylist() == ["overlapping_owner"]
    assert Ownership.objects.filter(active_to__isnull=True).get().rm.number == "RM2"


@pytest.mark.req("K2")
def test_a_file_can_end_one_ownership_and_begin_the_next():
    branch = make_branch()
    make_customer(branch, make_rm(branch, number="RM1"), number="C1", opened_on=date(2026, 1, 1))
    make_rm(branch, number="RM2")
    change = date(2026, 6, 1)
    merged = write(
        branch,
        "ownerships",
        {"customer_id": "C1", "rm_id": "RM2", "active_from": change},
        {"customer_id": "C1", "rm_id": "RM1", "active_from": date(2026, 1, 1), "active_to": change},
    )
    assert (merged.accepted, merged.rejects.num_rows) == (2, 0)
    assert Ownership.objects.filter(active_to__isnull=True).get().rm.number == "RM2"


def test_facts_leave_as_the_engine_reads_them_and_nothing_personal_leaves():
    branch = make_branch()
    write(branch, "customers", customer("C1", phone="13900001402", birth_date=date(1980, 5, 6)))
    write(
        branch, "accounts", {"account_id": "A1", "customer_id": "C1", "product_id": "current", "opened_on": TODAY}
    )
    write(branch, "transactions", payment("T1"))
    facts = facts_of(branch, TODAY)
    kept = Customer.objects.get()
    assert facts["customers"].select(["customer_id", "birth_date", "opened_on", "risk_level"]).to_pylist() == [
        {"customer_id": kept.pk, "birth_date": date(1980, 5, 6), "opened_on": date(2025, 1, 2), "risk_level": None}
    ]
    assert not {"name", "phone", "document_no", "note"} & {
        name for table in facts.values() for name in table.column_names
    }
    assert facts["accounts"]["product_id"].to_pylist() == ["current"]
    assert facts["customer_days"]["inflow_fen"].to_pylist() == [500]
    assert facts["interactions"].num_rows == 0


@pytest.mark.req("K2")
def test_an_overlap_does_not_slip_through_beside_a_refused_row():
    branch = make_branch()
    make_customer(branch, number="C1")
    for number in ("RM1", "RM2"):
        make_rm(branch, number=number)
    first, middle, last = date(2025, 1, 1), date(2025, 6, 1), date(2026, 1, 1)
    write(branch, "ownerships", {"customer_id": "C1", "rm_id": "RM1", "active_from": first, "active_to": last})
    merged = write(
        branch,
        "ownerships",
        {"customer_id": "C1", "rm_id": "TYPO", "active_from": first, "active_to": middle},
        {"customer_id": "C1", "rm_id": "RM2", "active_from": middle, "active_to": last},
    )
    assert merged.rejects["reason"].to_pylist() == ["unknown_rm_id", "overlapping_owner"]
    assert Ownership.objects.count() == 1


@pytest.mark.req("K2")
def test_ownership_is_recorded_once_it_has_happened():
    branch = make_branch()
    make_customer(branch, number="C1")
    make_rm(branch, number="RM1")
    future = date(2199, 1, 1)
    merged = write(
        branch,
        "ownerships",
        {"customer_id": "C1", "rm_id": "RM1", "active_from": future},
        {"customer_id": "C1", "rm_id": "RM1", "active_from": date(2025, 1, 1), "active_to": future},
    )
    assert merged.rejects["reason"].to_pylist() == ["not_yet", "not_yet"]
    assert Ownership.objects.count() == 0
