"""Ten thousand ways of tampering with the audit: each is found, and the first bad row is named (A42)."""

from functools import cache, partial
from random import Random

import pytest
from tests.records.audit_table import KEYS, Audit, Memory, make_audit, named
from tests.records.tampers import TAMPERS

from yuandian.records import audit_faults

ENTRIES = 1000
EACH = 10_000 // len(TAMPERS) + 1


def _with_keys(function):
    kept = cache(partial(function, KEYS))
    return lambda _keys, *rest: kept(*rest)


KEPT = {
    "content_mac": _with_keys(audit_faults.content_mac),
    "link_digest": _with_keys(audit_faults.link_digest),
    "stored_digest": cache(audit_faults.stored_digest),
}


@pytest.fixture(scope="module")
def untouched() -> Audit:
    return make_audit(ENTRIES, Random(1))


@pytest.fixture(scope="module")
def memory(untouched) -> Memory:
    return Memory(untouched)


@pytest.fixture(autouse=True)
def _each_sum_once(monkeypatch):
    """The same content has the same mac; working it out once lets ten thousand runs take seconds, not minutes."""
    for name, kept in KEPT.items():
        monkeypatch.setattr(audit_faults, name, kept)


def copied(audit: Audit) -> Audit:
    return Audit(dict(audit.rows), list(audit.anchors))


def _after_a_gap(entry: int) -> int:
    """A cut is named by the number after the last that stands, which may be one that never was."""
    return entry - 1 if entry % 10 == 1 else entry


def test_an_untouched_audit_has_no_fault(untouched, memory):
    checks = memory.judged(copied(untouched), 0)
    assert [check.fault for check in checks] == [None] * 4
    assert [check.checked for check in checks] == [
        1000,
        sum(r.valued is not None for r in untouched.rows.values()),
        951,
        10,
    ]


@pytest.mark.req("A42")
@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_every_tamper_is_found_and_its_first_bad_row_named(untouched, memory, tamper):
    chance, wrong = Random(tamper.__name__), []
    for number in range(EACH):
        audit = copied(untouched)
        expected, first = tamper(audit, chance)
        found = named(memory.judged(audit, first))
        if found not in {expected, _after_a_gap(expected)}:
            wrong.append((number, expected, found))
    assert wrong == []
