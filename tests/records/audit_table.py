"""An audit in memory: its rows, its anchors, and its judgement again and again after small changes."""

import json
from bisect import bisect_left
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from yuandian.records.audit_chain import (
    Anchor,
    Content,
    anchor_line,
    content_mac,
    instant,
    link_digest,
    values_digest,
)
from yuandian.records.audit_faults import Check, Row, checks_of, judge

KEYS = {1: b"k" * 32}
GUESSED = {1: b"g" * 32}
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
A_SEALING = 100
A_STATE = 50


@dataclass
class Audit:
    """`rows` by id, `anchors` by sealing. `lone` is a link or value whose entry is gone."""

    rows: dict[int, Row]
    anchors: list[str]
    lone: int | None = None

    def put(self, entry: int, **changed: object) -> None:
        self.rows[entry] = self.rows[entry]._replace(**changed)

    @property
    def ids(self) -> list[int]:
        return sorted(self.rows)

    @property
    def sealed(self) -> list[int]:
        return [entry for entry in self.ids if self.rows[entry].link is not None]


def written(entry: int, chance: Random, keys: Mapping[int, bytes] = KEYS) -> Row:
    """A row as `record` writes it, with something of its own in its values where it has any."""
    before = {"result": "no_answer", "line": entry} if chance.random() < 0.3 else None
    after = {"customer": entry, "note": chance.choice(["你好", "x", ""])} if chance.random() < 0.8 else None
    at = START + timedelta(microseconds=entry * 987_654_321)
    by, reason = chance.choice([None, 3, 4]), chance.choice(["", "离职"])
    digest = values_digest(before, after)
    content = Content(entry, instant(at), by, 1, "log_result", "contactresult", entry, reason, digest)
    valued = None if before is None and after is None else entry
    texts = [None if value is None else json.dumps(value) for value in (before, after)]
    return Row(*content, content_mac(keys, content), None, None, valued, *texts)


def signed(row: Row, keys: Mapping[int, bytes]) -> Row:
    return row._replace(mac=content_mac(keys, Content._make(row[:9])))


def link(audit: Audit, *, first: int, last: int, keys: Mapping[int, bytes] = KEYS) -> None:
    """Link the rows from `first` to `last` anew, a hundred a sealing."""
    ids = audit.ids
    start = sum(entry < first for entry in ids)
    previous = audit.rows[ids[start - 1]].link if start else ""
    for number, entry in enumerate(ids[start:], start):
        if entry > last:
            return
        seal = number // A_SEALING + 1
        previous = link_digest(keys, previous, seal, audit.rows[entry].mac)
        audit.put(entry, seal=seal, link=previous)


def make_audit(entries: int, chance: Random) -> Audit:
    """Every tenth number is missing, as of a transaction that came to nothing; the last rows are not sealed yet."""
    numbers = [entry for entry in range(1, entries + entries // 9 + 1) if entry % 10]
    audit = Audit({entry: written(entry, chance) for entry in numbers}, [])
    link(audit, first=1, last=numbers[entries * 19 // 20])
    heads = {audit.rows[entry].seal: (number, entry) for number, entry in enumerate(audit.sealed, 1)}
    for seal, (count, entry) in heads.items():
        anchor = Anchor(seal, entry, count, audit.rows[entry].link, START.isoformat())
        audit.anchors.append(anchor_line(KEYS, anchor))
    return audit


class Memory:
    """Judges changed copies of one audit. What comes before the first change is judged once and for all."""

    def __init__(self, audit: Audit) -> None:
        self.ids = audit.ids
        self.states: list[list[Check]] = []
        checks = checks_of(KEYS, audit.anchors, audit.anchors[-1])
        for number, entry in enumerate(self.ids):
            if number % A_STATE == 0:
                self.states.append(self._copied(checks, audit))
            for check in checks:
                check.see(audit.rows[entry])

    def judged(self, changed: Audit, first: int) -> list[Check]:
        """`first` is the lowest id that differs, 0 where the anchors do."""
        state = min(bisect_left(self.ids, first) // A_STATE, len(self.states) - 1)
        checks = self._copied(self.states[state], changed)
        since = min(self.ids[state * A_STATE], first) if state else 0
        ids = changed.ids
        judge(checks, [changed.rows[entry] for entry in ids[bisect_left(ids, since) :]])
        if changed.lone is not None:  # as the queries beside the stream find it
            checks[2].blame(changed.lone, "is gone")
        return checks

    def _copied(self, checks: list[Check], audit: Audit) -> list[Check]:
        copies = [copy(check) for check in checks]
        copies[1].erased = set(checks[1].erased)
        copies[3].lines = iter(audit.anchors[checks[3].checked :])
        return copies


def named(checks: list[Check]) -> int | None:
    """The first bad row: exact where a row itself or its link shows it, else the sealing's that its anchor shows."""
    exact = [check.fault.entry for check in checks[:3] if check.fault]
    return min(exact) if exact else checks[3].fault and checks[3].fault.entry
