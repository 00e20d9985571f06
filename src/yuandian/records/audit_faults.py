"""The audit read from its first row to its last: each check names the first row that breaks it.

Rows are judged one at a time as they come, so a table of any size takes the same memory. Pure, as `audit_chain`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from yuandian.records.audit_chain import (
    NO_VALUES,
    Anchor,
    Content,
    Keys,
    content_mac,
    link_digest,
    read_anchor,
    stored_digest,
    version_of,
)

ERASURE = "erase_values"
"""The operation whose entry says, under `entries`, whose values it erased."""


class Row(NamedTuple):
    """An entry with its link and values, in the order of the table's columns. Values are JSON text."""

    id: int
    at: str
    by_id: int | None
    branch_id: int | None
    operation: str
    subject: str
    subject_id: int | None
    reason: str
    digest: str
    mac: str
    seal: int | None
    link: str | None
    valued: int | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Fault:
    """`entry` is the first bad row; of a cut, the first that is missing; of anchors, the sealing's first."""

    entry: int
    words: str

    def __str__(self) -> str:
        return f"entry {self.entry}: {self.words}"


class Check:
    """Sees every row in the order of ids and keeps the fault of the lowest."""

    id = ""

    def __init__(self) -> None:
        self.checked = 0
        self.fault: Fault | None = None

    def blame(self, entry: int, words: str) -> None:
        if self.fault is None or entry < self.fault.entry:
            self.fault = Fault(entry, words)

    def see(self, row: Row) -> None: ...

    def end(self) -> None: ...


class Macs(Check):
    """What an entry says is what was written, and by this installation."""

    id = "audit_entries_bear_their_mac"

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self.keys = keys

    def see(self, row: Row) -> None:
        self.checked += 1
        try:
            version = version_of(row.mac)
            if version not in self.keys:
                self.blame(row.id, f"no key {version} to check it with")
            elif content_mac(self.keys, Content._make(row[:9]), version) != row.mac:
                self.blame(row.id, "altered, or not written by this installation")
        except (ValueError, TypeError, AttributeError):
            self.blame(row.id, "not readable any more")


class Values(Check):
    """Values that stand are those of the entry; those that do not were erased by an entry that says so."""

    id = "audit_values_match_their_digest"

    def __init__(self) -> None:
        super().__init__()
        self.erased = set[int]()

    def see(self, row: Row) -> None:
        if row.valued is None:
            if row.digest != NO_VALUES:
                self.erased.add(row.id)
            return
        self.checked += 1
        try:
            if stored_digest(row.before, row.after) != row.digest:
                self.blame(row.id, "its values were altered")
            elif row.operation == ERASURE:
                self.erased.difference_update(json.loads(row.after or "{}")["entries"])
        except (ValueError, TypeError, KeyError):
            self.blame(row.id, "its values are not readable any more")

    def end(self) -> None:
        if self.erased:
            self.blame(min(self.erased), "its values are gone, and no erasure accounts for it")


class Chain(Check):
    """Each sealed entry follows from the one before it, and none came in between afterwards."""

    id = "audit_chain_is_whole"

    def __init__(self, keys: Keys, anchored: int) -> None:
        """`anchored` is the entry of the last anchor: behind it, entries may still wait for their link."""
        super().__init__()
        self.keys = keys
        self.anchored = anchored
        self.previous = ""
        self.loose: int | None = None

    def see(self, row: Row) -> None:
        if row.link is None or row.seal is None:
            if self.loose is None and row.id <= self.anchored:
                self.loose = row.id
            return
        self.checked += 1
        if self.loose is not None:
            self.blame(self.loose, "among sealed entries without a link: put in later, or its link was taken away")
        try:
            expected = link_digest(self.keys, self.previous, row.seal, row.mac, version_of(row.link))
        except (ValueError, KeyError):
            expected = ""
        if row.link != expected:
            self.blame(row.id, "does not follow from the entry before it: altered, or what stood between is gone")
        self.previous = row.link


class Anchors(Check):
    """The chain still passes through every point that was told outside the database."""

    id = "audit_anchors_stand"

    def __init__(self, keys: Keys, lines: Iterable[str]) -> None:
        super().__init__()
        self.keys = keys
        self.lines: Iterator[str] = iter(lines)
        self.head: Row | None = None
        self.first = self.count = 0

    def see(self, row: Row) -> None:
        if row.link is None:
            return
        if self.head is None or row.seal != self.head.seal:
            self._compare()
            self.first = row.id
        self.head = row
        self.count += 1

    def end(self) -> None:
        self._compare()
        if (line := next(self.lines, None)) is not None:
            anchor, last = read_anchor(self.keys, line), self.head.id if self.head else 0
            upto = f" up to entry {anchor.entry}" if anchor else ""
            self.blame(last + 1, f"the end is cut off: sealed entries{upto} are gone")

    def _compare(self) -> None:
        """The sealing that ends at the present head, with its anchor."""
        if self.head is None:
            return
        self.checked += 1
        head, seal = self.head, self.head.seal
        line = next(self.lines, None)
        if line is None:
            self.blame(head.id, f"sealing {seal} has no anchor: never written (seal again), or taken away")
        elif (anchor := read_anchor(self.keys, line)) is None:
            self.blame(head.id, f"the anchor of sealing {seal} is not as it was written")
        elif anchor.seal != seal:
            self.blame(head.id, f"the anchor of sealing {seal} is gone, that of {anchor.seal} stands there")
        else:
            self._hold(anchor, head)

    def _hold(self, anchor: Anchor, head: Row) -> None:
        if head.id < anchor.entry:
            self.blame(head.id + 1, f"the end is cut off: sealed entries up to entry {anchor.entry} are gone")
        elif (head.id, head.link) != (anchor.entry, anchor.digest):
            self.blame(self.first, f"this or a later entry up to {head.id} is not what sealing {anchor.seal} saw")
        elif self.count != anchor.entries:
            self.blame(head.id, f"{self.count} sealed entries up to here, {anchor.entries} when it was sealed")


def checks_of(keys: Keys, anchors: Iterable[str], last: str) -> list[Check]:
    """All checks. `anchors` are the lines of all sealings, `last` is the last of them."""
    anchor = read_anchor(keys, last)
    return [Macs(keys), Values(), Chain(keys, anchor.entry if anchor else 0), Anchors(keys, anchors)]


def judge(checks: list[Check], rows: Iterable[tuple[Any, ...]]) -> list[Check]:
    """Let the checks see the rows, which come in the order of their ids, to the end."""
    for plain in rows:
        row = Row._make(plain)
        for check in checks:
            check.see(row)
    for check in checks:
        check.end()
    return checks
