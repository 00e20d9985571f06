"""`verify` of the audit against plainly reading the same rows; memory, and what sealing costs.

Entries with values, links and anchors in a SQLite database of their own. `read` fetches every row that the checks
need and does nothing with it. CPU time, one process.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def fill(entries: int) -> None:
    """Entries as `record` writes them, many at once."""
    from yuandian.records.audit_chain import Content, content_mac, values_digest
    from yuandian.records.audit_files import audit_keys
    from yuandian.records.runs import AuditEntry, AuditValue

    keys = audit_keys()
    for start in range(1, entries + 1, 10_000):
        rows, values = [], []
        for number in range(start, min(start + 10_000, entries + 1)):
            after = {"customer": number % 100_000, "result": "reached", "callback_at": None}
            content = Content(
                number, AT, None, None, "log_result", "contactresult", number, "", values_digest(None, after)
            )
            rows.append(AuditEntry(**content._asdict(), mac=content_mac(keys, content)))
            values.append(AuditValue(entry_id=number, after=after))
        AuditEntry.objects.bulk_create(rows)
        AuditValue.objects.bulk_create(values)


def measured(what: str, entries: int, action: Callable[[], object]) -> float:
    began, cpu = perf_counter(), process_time()
    action()
    seconds, cpu = perf_counter() - began, process_time() - cpu
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:>8} {entries:>10,} {seconds:8.1f} {cpu:8.1f} {entries / cpu:12,.0f} {peak:8.0f}", flush=True)
    return cpu


def measure(entries: int) -> None:
    """In a process and a home of its own."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from yuandian.operations.audit import seal_audit
    from yuandian.records.audit_files import anchors_path
    from yuandian.records.audit_rows import audit_checks, audit_rows

    print(f"{'':>8} {'entries':>10} {'s':>8} {'cpu s':>8} {'rows/cpu s':>12} {'peak MB':>8}")
    fill(entries)
    read = measured("read", entries, lambda: sum(1 for _ in audit_rows()))
    measured("seal", entries, lambda: seal_audit(at=AT, anchors=anchors_path()))
    verify = measured(
        "verify", entries, lambda: print([str(c.fault) for c in audit_checks() if c.fault] or "clean")
    )
    print(f"verify costs {verify / read:.1f} × reading")


def main(*, quick: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="yuandian-audit-") as home:
        environment = {**os.environ, "YUANDIAN_HOME": home, "DJANGO_SETTINGS_MODULE": "yuandian.config.settings"}
        environment.pop("YUANDIAN_DATABASE_URL", None)
        code = f"from benchmarks.audit import measure; measure({100_000 if quick else 1_000_000})"
        subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=Path(__file__).parents[1])
