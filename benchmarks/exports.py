"""Exports at 100,000 customers: rows a second and peak memory, against the bare writers over the same rows.

Baselines of the same run: Python's `csv.writer` and openpyxl's write-only workbook, given the same rows ready in
memory. Ours reads them from SQLite in pages, types every cell and makes formulas harmless on the way. Each runs in
a process of its own, so that its peak is its own.
"""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3


def main(*, quick: bool = False) -> None:
    customers, rounds = (5_000, 1) if quick else (100_000, ROUNDS)
    print(
        f"exports: {customers:,} customers of the kind `customers`, CPU seconds of the process, best of {rounds}"
    )
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"YUANDIAN_HOME": home, "DJANGO_SETTINGS_MODULE": "yuandian.config.settings"}
        os.environ.pop("YUANDIAN_DATABASE_URL", None)
        subprocess.run([sys.executable, "-m", "benchmarks.pages_branch", str(customers)], check=True)
        for form in ("csv", "xlsx"):
            bare, ours = (min(run(who, form) for _ in range(rounds)) for who in ("bare", "ours"))
            (cpu, peak), (bare_cpu, bare_peak) = ours, bare
            print(
                f"{form:5} {customers / cpu:10,.0f} rows/s, peak {peak:,.0f} MB; bare writer {customers / bare_cpu:,.0f} "
                f"rows/s, peak {bare_peak:,.0f} MB: {bare_cpu / cpu:.2f} x",
                flush=True,
            )


def run(who: str, form: str) -> tuple[float, float]:
    """CPU seconds of the writing and peak megabytes of the whole process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.exports", who, form], check=True, capture_output=True, text=True
    )
    cpu, peak = done.stdout.split()
    return float(cpu), float(peak)


def ours(path: Path) -> float:
    from django.utils import timezone

    from yuandian.operations.export import write_facts

    begun = time.process_time()
    write_facts(branch=branch(), kind="customers", path=path, at=timezone.now())
    return time.process_time() - begun


def bare(path: Path) -> float:
    """The same rows, read before the clock starts."""
    import openpyxl

    from yuandian.operations.export import fact_sheet

    rows = [row for page in fact_sheet(branch(), "customers").pages() for row in page]
    begun = time.process_time()
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
        book.save(path)
    return time.process_time() - begun


def branch() -> object:
    from yuandian.records.org import Branch

    return Branch.objects.get()


if __name__ == "__main__":
    import django

    django.setup()
    with tempfile.TemporaryDirectory() as place:
        cpu = {"ours": ours, "bare": bare}[sys.argv[1]](Path(place) / f"customers.{sys.argv[2]}")
        print(cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
