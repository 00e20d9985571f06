"""The audit in its database: sealed, anchored, append-only, erasable, and found out when tampered with (A42)."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from threading import Event
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests import postgresql
from tests.factories import NOW, make_branch, make_user
from tests.guards import unguarded

from yuandian.operations import audit
from yuandian.operations.audit import Sealed, erase_values, seal_audit
from yuandian.operations.writing import RefusedError, operation, record, write_gate
from yuandian.records.audit_chain import read_anchor, stored_digest, values_digest
from yuandian.records.audit_files import audit_keys, keys_of
from yuandian.records.audit_rows import audit_checks
from yuandian.records.runs import AuditEntry, AuditLink, AuditValue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("A42")]


@pytest.fixture
def anchors(tmp_path):
    return tmp_path / "anchors.jsonl"


@operation
def write(*, count: int, by=None) -> None:
    for number in range(count):
        at = NOW + timedelta(microseconds=number * 999)
        after = {"note": f"第{number}次", "n": number} if number % 4 else None
        record(operation="log_result", subject=by.branch, by=by, at=at, branch_id=by.branch_id, after=after)


@pytest.fixture
def user():
    return make_user(make_branch())


def faults(anchors) -> dict[str, str]:
    return {check.id: str(check.fault) for check in audit_checks(anchors) if check.fault}


def named(anchors) -> int | None:
    """The first bad row; the anchors know it only to the sealing, so they are asked last."""
    checks = audit_checks(anchors)
    exact = [check.fault.entry for check in checks[:3] if check.fault]
    return min(exact) if exact else checks[3].fault and checks[3].fault.entry


def ids() -> list[int]:
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def test_a_sealing_links_all_that_waits_and_anchors_it(user, anchors):
    assert seal_audit(at=NOW, anchors=anchors) == Sealed(0, 0, 0)
    assert not anchors.exists()
    write(count=5, by=user)
    last = ids()[-1]
    assert seal_audit(at=NOW, anchors=anchors) == Sealed(5, 5, last)
    assert seal_audit(at=NOW, anchors=anchors) == Sealed(0, 5, last)
    write(count=2, by=user)
    assert seal_audit(at=NOW, anchors=anchors) == Sealed(2, 7, ids()[-1])
    told = [read_anchor(audit_keys(), line) for line in anchors.read_text().splitlines()]
    assert [(a.seal, a.entry, a.entries, a.at) for a in told] == [
        (1, last, 5, NOW.isoformat()),
        (2, ids()[-1], 7, NOW.isoformat()),
    ]
    assert anchors.stat().st_mode & 0o777 == 0o600
    assert faults(anchors) == {}


def test_a_long_wait_is_sealed_in_slices_each_with_its_anchor(user, anchors, monkeypatch):
    monkeypatch.setattr(audit, "SLICE", 3)
    write(count=8, by=user)
    assert seal_audit(at=NOW, anchors=anchors).entries == 8
    assert len(anchors.read_text().splitlines()) == 3
    assert faults(anchors) == {}


def test_a_sealing_killed_before_its_anchor_is_completed_by_the_next(user, anchors, monkeypatch):
    write(count=3, by=user)
    seal_audit(at=NOW, anchors=anchors)
    write(count=3, by=user)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(audit, "append_anchor", killed)
        with pytest.raises(KeyboardInterrupt):
            seal_audit(at=NOW, anchors=anchors)
    assert AuditLink.objects.count() == 6
    assert "has no anchor" in faults(anchors)["audit_anchors_stand"]
    write(count=1, by=user)
    assert seal_audit(at=NOW, anchors=anchors) == Sealed(4, 7, ids()[-1])
    assert faults(anchors) == {}


def test_a_torn_anchor_is_no_anchor_and_goes_with_the_next(user, anchors):
    write(count=2, by=user)
    seal_audit(at=NOW, anchors=anchors)
    whole = anchors.read_text()
    with anchors.open("a") as file:
        file.write('{"seal": 2, "ent')
    assert faults(anchors) == {}
    write(count=1, by=user)
    seal_audit(at=NOW, anchors=anchors)
    assert anchors.read_text().startswith(whole + '{"seal": 2, "entry": ')
    assert faults(anchors) == {}


def test_a_database_behind_its_anchors_is_not_sealed(user, anchors):
    write(count=4, by=user)
    seal_audit(at=NOW, anchors=anchors)
    with unguarded():
        AuditLink.objects.filter(pk=ids()[-1]).delete()
    before = anchors.read_text()
    with pytest.raises(RefusedError, match="audit_behind_anchors"):
        seal_audit(at=NOW, anchors=anchors)
    assert (anchors.read_text(), AuditLink.objects.count()) == (before, 3)


@pytest.mark.parametrize("statement", [
    "UPDATE records_auditentry SET reason = 'x'",
    "DELETE FROM records_auditentry",
    "UPDATE records_auditlink SET seal = 2",
    "DELETE FROM records_auditlink",
    "UPDATE records_auditvalue SET before = NULL",
])  # fmt: skip
def test_the_database_itself_refuses_to_alter_the_audit(user, anchors, statement):
    write(count=3, by=user)
    seal_audit(at=NOW, anchors=anchors)
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert faults(anchors) == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's; PostgreSQL has TRUNCATE")
def test_sqlite_does_not_replace_a_row(user, anchors):
    write(count=1, by=user)
    columns = ", ".join(field.column for field in AuditEntry._meta.concrete_fields)
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT OR REPLACE INTO records_auditentry ({columns}) SELECT {columns} FROM records_auditentry"
        )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="TRUNCATE is PostgreSQL's; SQLite has REPLACE")
def test_postgresql_does_not_truncate_even_for_the_owner(user):
    write(count=1, by=user)
    with postgresql.signed_in_as(postgresql.OWNER):
        for table in ("records_auditentry", "records_auditlink", "records_auditvalue"):
            with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {table} CASCADE")
    assert AuditEntry.objects.count() == 1


def entry_in_hand(by, begun: Event, wait: float) -> None:
    """An entry has its number, and is committed only after a while."""
    try:
        with write_gate(), transaction.atomic():
            write(count=1, by=by)
            begun.set()
            time.sleep(wait)
    finally:
        connection.close()


@pytest.mark.parametrize("wait", [0.3, 1.5], ids=["soon", "later than a sealing waits"])
def test_no_entry_slips_in_below_a_sealed_one(user, anchors, wait):
    """A higher number may be committed first, on PostgreSQL; a sealing never passes by the lower one."""
    write(count=1, by=user)
    begun = Event()
    with ThreadPoolExecutor(1) as other:
        slow = other.submit(entry_in_hand, user, begun, wait)
        begun.wait()
        write(count=1, by=user)
        early = seal_audit(at=NOW, anchors=anchors)
        slow.result()
    assert early.entries == (3 if wait < 1 or connection.vendor == "sqlite" else 0)
    assert faults(anchors) == {}
    assert seal_audit(at=NOW, anchors=anchors).count == 3
    assert faults(anchors) == {}
    assert AuditLink.objects.count() == 3


def test_values_are_erased_and_the_chain_stands(user, anchors):
    write(count=8, by=user)
    seal_audit(at=NOW, anchors=anchors)
    chosen = ids()[:6]
    assert erase_values(entries=chosen, by=user, at=NOW, reason="客户要求") == 4
    assert AuditValue.objects.filter(entry_id__in=chosen).count() == 0
    entry = AuditEntry.objects.latest("pk")
    assert (entry.operation, entry.reason, entry.values.after) == (
        "erase_values", "客户要求", {"entries": [chosen[1], chosen[2], chosen[3], chosen[5]]},
    )  # fmt: skip
    assert faults(anchors) == {}
    assert erase_values(entries=[*chosen, entry.pk], by=user, at=NOW, reason="again") == 0
    assert AuditEntry.objects.latest("pk") == entry
    seal_audit(at=NOW, anchors=anchors)
    assert faults(anchors) == {}


def test_values_that_no_erasure_accounts_for_are_missed(user, anchors):
    write(count=8, by=user)
    entry = ids()[2]
    AuditValue.objects.filter(pk=entry).delete()
    assert faults(anchors) == {
        "audit_values_match_their_digest": f"entry {entry}: its values are gone, and no erasure accounts for it"
    }


def test_without_the_key_nothing_is_believed_and_none_is_made(user, anchors, settings, tmp_path):
    write(count=1, by=user)
    settings.HOME = tmp_path
    assert "no key 1" in faults(anchors)["audit_entries_bear_their_mac"]
    assert list(tmp_path.glob("audit-key")) == []


def test_a_new_key_leaves_old_entries_provable(user, anchors, settings, tmp_path):
    settings.HOME = tmp_path
    write(count=2, by=user)
    key = tmp_path / "audit-key"
    assert key.stat().st_mode & 0o777 == 0o600
    seal_audit(at=NOW, anchors=anchors)
    key.write_text(key.read_text() + f"2 {'ab' * 32}\n")
    audit_files_forget()
    write(count=2, by=user)
    seal_audit(at=NOW, anchors=anchors)
    assert [mac[:2] for mac in AuditEntry.objects.order_by("pk").values_list("mac", flat=True)] == [
        "1:",
        "1:",
        "2:",
        "2:",
    ]
    assert sorted(keys_of(key)) == [1, 2]
    assert faults(anchors) == {}


def audit_files_forget() -> None:
    from yuandian.records import audit_files

    audit_files._keys_to_write.cache_clear()


def test_what_the_checks_cannot_see(user, anchors):
    """Entries cut off before a sealing saw them leave no trace: docs/explanation/audit.md says so."""
    write(count=6, by=user)
    seal_audit(at=NOW, anchors=anchors)
    write(count=3, by=user)
    with unguarded():
        AuditValue.objects.filter(pk__in=ids()[6:]).delete()
        AuditEntry.objects.filter(pk__in=ids()[6:]).delete()
    assert faults(anchors) == {}


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXT | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def test_an_entry_comes_back_from_the_database_as_it_went_in(user, anchors):
    @given(
        at=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=ZONES),
        before=st.none() | st.dictionaries(TEXT, PLAIN, max_size=3),
        after=st.none() | st.dictionaries(TEXT, PLAIN, max_size=3),
        reason=TEXT,
    )
    def back_again(at, before, after, reason):
        with transaction.atomic():
            record(operation="x", subject=user, by=user, at=at, reason=reason, before=before, after=after)
            assert faults(anchors) == {}
            transaction.set_rollback(True)

    back_again()


@pytest.mark.parametrize("value", [{"rate": 0.5}, {"a": [{"b": 1.0}]}, {3: "three"}])
def test_values_that_a_database_would_give_back_otherwise_are_refused(value):
    with pytest.raises(TypeError):
        values_digest(None, value)


def test_what_json_writes_as_text_has_the_digest_of_that_text():
    told = {"at": NOW, "on": NOW.date(), "key": UUID(int=7), "amount": Decimal("1.50"), "tuple": (1, 2)}
    text = json.dumps({"amount": "1.50", "at": "2026-11-24T02:00:00Z", "key": str(UUID(int=7)),
                       "on": "2026-11-24", "tuple": [1, 2]})  # fmt: skip
    assert values_digest(None, told) == stored_digest(None, text)


STATEMENTS = [
    ("records_auditentry", "at", datetime(2020, 1, 1, tzinfo=UTC)),
    ("records_auditentry", "by_id", None),
    ("records_auditentry", "branch_id", None),
    ("records_auditentry", "operation", "undo_result"),
    ("records_auditentry", "subject", "customer"),
    ("records_auditentry", "subject_id", 12345),
    ("records_auditentry", "reason", "made up"),
    ("records_auditentry", "digest", "0" * 64),
    ("records_auditentry", "mac", "1:" + "0" * 64),
    ("records_auditvalue", "after", '{"note": "made up"}'),
    ("records_auditvalue", "before", "{}"),
    ("records_auditlink", "seal", 77),
    ("records_auditlink", "digest", "1:" + "0" * 64),
    ("records_auditvalue", None, None),
    ("records_auditlink", None, None),
    ("records_auditentry", None, None),
]


@pytest.mark.parametrize("tamper", STATEMENTS, ids=str)
def test_tampering_in_the_database_itself_is_found(user, anchors, monkeypatch, tamper):
    """Each in twenty places, with the triggers out of the way, and undone again."""
    table, column, value = tamper
    monkeypatch.setattr(audit, "SLICE", 40)
    write(count=200, by=user)
    seal_audit(at=NOW, anchors=anchors)
    key = "id" if table == "records_auditentry" else "entry_id"
    chance = Random(f"{table} {column}")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {table} ORDER BY {key}")
        rows = [row for (row,) in cursor.fetchall()][:-1]
    statement = f"UPDATE {table} SET {column} = %s" if column else f"DELETE FROM {table}"
    with unguarded():
        for row in chance.sample(rows, 20):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"{statement} WHERE {key} = %s", [value, row] if column else [row])
                assert cursor.rowcount == 1
                assert named(anchors) == row
                transaction.set_rollback(True)
    assert faults(anchors) == {}
