"""The audit's rows out of the database: the next entry's number, and all of them in order to be judged."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection

from yuandian.records.audit_chain import Keys
from yuandian.records.audit_faults import Chain, Check, Values, checks_of, judge
from yuandian.records.audit_files import anchor_lines, anchors_path, key_path, keys_of, last_anchor_line, locked

CHUNK = 2000
ROWS = """SELECT e.id, {at}, e.by_id, e.branch_id, e.operation, e.subject, e.subject_id, e.reason, e.digest, e.mac,
    l.seal, l.digest, v.entry_id, v.before, v.after
FROM records_auditentry e
LEFT JOIN records_auditlink l ON l.entry_id = e.id
LEFT JOIN records_auditvalue v ON v.entry_id = e.id
ORDER BY e.id"""
LEFT_ALONE = """SELECT min(entry_id) FROM {table}
WHERE NOT EXISTS (SELECT 1 FROM records_auditentry e WHERE e.id = entry_id)"""
BESIDE = {
    Chain.id: ("records_auditlink", "is gone; its link still stands"),
    Values.id: ("records_auditvalue", "is gone; its values still stand"),
}
NEXT = {
    "sqlite": "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'records_auditentry'), 0) + 1",
    "postgresql": "SELECT nextval(pg_get_serial_sequence('records_auditentry', 'id'))",
}


def next_audit_id() -> int:
    """The number of the entry about to be written, so that its mac can cover it.

    On PostgreSQL the lock that writing takes anyway is taken before the number is drawn: a sealing waits for it,
    so no lower number is committed below a sealed one. On SQLite there is one writer.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE records_auditentry IN ROW EXCLUSIVE MODE")
        cursor.execute(NEXT[connection.vendor])
        number: int = cursor.fetchone()[0]
    return number


def audit_checks(anchors: Path | None = None, keys: Keys | None = None) -> list[Check]:
    """Judge the whole audit at one moment of the database, in the memory of a few thousand rows."""
    anchors = anchors or anchors_path()
    with locked(anchors, shared=True):  # no sealing between the rows and the anchors
        checks = checks_of(
            keys_of(key_path()) if keys is None else keys, anchor_lines(anchors), last_anchor_line(anchors)
        )
        rows = audit_rows()
        first = next(rows, None)
    judge(checks, _again(first, rows))
    for check in checks:
        if check.id in BESIDE:
            _blame_lone(check, *BESIDE[check.id])
    return checks


def audit_rows() -> Iterator[tuple[Any, ...]]:
    """Every entry with its link and values, as one statement sees them, some thousand at a time."""
    at = "CAST(e.at AS TEXT)" if connection.vendor == "sqlite" else "e.at"
    with closing(connection.chunked_cursor()) as cursor:
        cursor.execute(ROWS.format(at=at))
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _again(first: tuple[Any, ...] | None, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    if first is not None:
        yield first
        yield from rows


def _blame_lone(check: Check, table: str, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LEFT_ALONE.format(table=table))
        if (entry := cursor.fetchone()[0]) is not None:
            check.blame(entry, words)
