"""What makes the audit provable. Pure: keys, rows and anchors in, faults out; no database, no file.

Each entry bears a mac over its own content, so an altered or inserted one is found at once. A sealing links
entries: a link's digest covers the link before it and the entry's mac, so a missing one is found. The last link
of each sealing is told to an anchor outside the database, so that the end cannot be cut off, nor the whole be
made anew. Values are covered by the entry's digest alone: erased, they leave everything standing (A42).
"""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from yuandian.records.runs import digest

Keys = Mapping[int, bytes]
"""Secrets by version. New macs are made with the highest; old ones name theirs."""


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Content(NamedTuple):
    """What an entry says, all of it under its mac. `at` is aware, or text as SQLite keeps it, then in UTC."""

    id: int
    at: datetime | str
    by_id: int | None
    branch_id: int | None
    operation: str
    subject: str
    subject_id: int | None
    reason: str
    digest: str


class Anchor(NamedTuple):
    """How the chain stood at the end of a sealing: its last entry, the entries so far, the last link's digest."""

    seal: int
    entry: int
    entries: int
    digest: str
    at: str


def content_mac(keys: Keys, content: Content, version: int | None = None) -> str:
    """`version:hex`. The same whichever database the content has been through."""
    return _mac(keys, version, _json.encode(["entry", content[0], instant(content[1]), *content[2:]]))


def link_digest(keys: Keys, previous: str, seal: int, mac: str, version: int | None = None) -> str:
    """The digest of the link after `previous` (empty for the first)."""
    return _mac(keys, version, f"link {seal} {previous} {mac}")


def anchor_line(keys: Keys, anchor: Anchor) -> str:
    """The anchor as a line of JSON with a mac of its own."""
    return json.dumps({**anchor._asdict(), "mac": _anchor_mac(keys, anchor)})


def read_anchor(keys: Keys, line: str) -> Anchor | None:
    """The anchor of a line, or None where the line is not as it was written."""
    try:
        told = json.loads(line)
        mac = told.pop("mac")
        anchor = Anchor(**told)
        return anchor if _same(mac, _anchor_mac(keys, anchor, version_of(mac))) else None
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def version_of(mac: str) -> int:
    """The key's version. Raises ValueError where there is none."""
    return int(mac.partition(":")[0])


def instant(at: datetime | str) -> str:
    """A moment in UTC to the microsecond, always written alike. Raises ValueError for what is none."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds")


def values_digest(before: object, after: object) -> str:
    """The digest of an entry's values. Raises TypeError for what a database would give back otherwise."""
    _check_plain(before)
    _check_plain(after)
    return digest({"before": before, "after": after})


def stored_digest(before: str | None, after: str | None) -> str:
    """The same of the JSON texts that a database gives back. Raises ValueError for what is no JSON."""
    told = {"before": before and json.loads(before), "after": after and json.loads(after)}
    return digest(told)


NO_VALUES = digest({"before": None, "after": None})


def _check_plain(value: object) -> None:
    """A float may come back as a whole number, a key that is no text in another order."""
    if isinstance(value, float):
        raise TypeError(f"audit values hold whole numbers (fen, ppm), not {value}")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"keys of audit values are text, not {list(value)}")
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            _check_plain(inner)


def _anchor_mac(keys: Keys, anchor: Anchor, version: int | None = None) -> str:
    return _mac(keys, version, _json.encode(["anchor", *anchor]))


def _mac(keys: Keys, version: int | None, text: str) -> str:
    version = max(keys) if version is None else version
    return f"{version}:{hmac.digest(keys[version], text.encode(), 'sha256').hex()}"


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
