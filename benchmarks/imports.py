"""Import of 1,000,000 customers, then 1,000,000 transactions, one row in a hundred bad, on both databases.

Exactly the bad rows must be rejected, each with its row, column and reason, and a file with those rows repaired
must add exactly them. `rows/s` is the whole command, start to end, from a csv file; beside it, in the same run,
Django's `bulk_create` of the same rows (typed by hand, without checks of faults or repeats) and plain csv
parsing. Odoo 18.0 took 786 rows/s in (2026-11-23, a machine of this kind); the goal is 25 times that, and a
peak of 512 MB.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.databases import Environment, fresh, kinds

ODOO, GOAL, PEAK_MB = 786, 25, 512
Row = list[str]
Fault = tuple[str, str, str]
"""Column, what stands there, the reason for which it is refused."""


class Kind(NamedTuple):
    name: str
    header: Row
    row: Callable[[int], Row]
    faults: tuple[Fault, ...]


def customer(n: int) -> Row:
    day = f"20{n % 25:02d}-{n % 12 + 1:02d}-{n % 28 + 1:02d}"
    return [f"C{n}", "个人", f"客户{n}", "1980-05-06", f"139{n:08d}", day, str(n % 5 + 1)]


def transaction(n: int) -> Row:
    moment = f"2026-{n % 10 + 1:02d}-{n % 28 + 1:02d} {n % 24:02d}:{n % 60:02d}:00"
    return [f"T{n}", f"C{n}", moment, "salary" if n % 2 else "transfer", str(n * 7 % 1_000_000 - 400_000)]


KINDS = (
    Kind(
        "customers",
        ["customer_id", "kind", "name", "birth_date", "phone", "opened_on", "risk_level"],
        customer,
        (
            ("opened_on", "2024-13-40", "not_a_date"),
            ("risk_level", "high", "not_a_number"),
            ("kind", "martian", "not_one_of"),
            ("customer_id", "", "missing"),
        ),
    ),
    Kind(
        "transactions",
        ["transaction_id", "customer_id", "occurred_at", "kind", "amount_fen"],
        transaction,
        (
            ("occurred_at", "yesterday", "not_a_time"),
            ("amount_fen", "much", "not_money"),
            ("customer_id", "nobody", "unknown_customer_id"),
        ),
    ),
)


def main(*, quick: bool = False) -> None:
    rows = 20_000 if quick else 1_000_000
    print(
        f"{rows:,} rows, one in a hundred bad; goal {GOAL} x Odoo's {ODOO} = {GOAL * ODOO:,} rows/s, {PEAK_MB} MB"
    )
    heads = ("rows/s", "x Odoo", "peak MB", "bulk rows/s", "x bulk", "csv rows/s", "csv times")
    print(f"{'':24}" + "".join(f"{head:>12}" for head in heads))
    for database in kinds():
        with (
            tempfile.TemporaryDirectory() as folder,
            fresh(database) as ours,
            fresh(database, beside="bulk") as bulk,
        ):
            for environment in (ours, bulk):
                command("init", "--pack", "bank", environment=environment)
            for kind in KINDS:
                measure(database, kind, rows, Path(folder), ours, bulk)


def measure(  # noqa: PLR0913, PLR0917
    database: str, kind: Kind, rows: int, folder: Path, ours: Environment, bulk: Environment
) -> None:
    whole, repaired = write(kind, rows, folder)
    parsing = parsed(whole)
    seconds, answer, peak = take_in(kind, whole, ours)
    check(kind, rows, answer)
    bulk_seconds = float(run("-m", "benchmarks.imports", kind.name, str(whole), environment=bulk))
    cells = (
        rows / seconds, rows / seconds / ODOO, peak,
        rows * 0.99 / bulk_seconds, rows / seconds / (rows * 0.99 / bulk_seconds),
        rows / parsing, seconds / parsing,
    )  # fmt: skip
    print(f"{database:11}{kind.name:13}" + "".join(f"{cell:12,.2f}" for cell in cells), flush=True)
    if peak > PEAK_MB:
        print(f"  the peak is above {PEAK_MB} MB")
    _, answer, _ = take_in(kind, repaired, ours)
    expect(answer["accepted"][kind.name], rows // 100, "rows of the repaired file")


def write(kind: Kind, rows: int, folder: Path) -> tuple[Path, Path]:
    """The file, and one with the bad rows only, repaired."""
    whole, repaired = folder / f"{kind.name}.csv", folder / f"{kind.name}-repaired.csv"
    with whole.open("w", newline="") as all_, repaired.open("w", newline="") as bad:
        every, mended = csv.writer(all_), csv.writer(bad)
        every.writerow(kind.header)
        mended.writerow(kind.header)
        for n in range(rows):
            row = kind.row(n)
            if (fault := fault_of(kind, n)) is not None:
                mended.writerow(row)
                row = [fault[1] if name == fault[0] else cell for name, cell in zip(kind.header, row, strict=True)]
            every.writerow(row)
    return whole, repaired


def fault_of(kind: Kind, n: int) -> Fault | None:
    return None if n % 100 != 99 else kind.faults[n // 100 % len(kind.faults)]


def parsed(path: Path) -> float:
    began = time.perf_counter()
    with path.open(newline="") as file:
        for _row in csv.reader(file):
            pass
    return time.perf_counter() - began


def take_in(kind: Kind, path: Path, environment: Environment) -> tuple[float, dict[str, Any], float]:
    """Seconds, the answer, and the peak in MB of the command and its children."""
    began = time.perf_counter()
    program = Path(sys.executable).with_name("yuandian")
    process = subprocess.Popen(
        [program, "import", kind.name, path, "--pack", "bank", "--json"], env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"import of {path.name} ended with {process.returncode}")
    return time.perf_counter() - began, json.loads(text), usage.ru_maxrss / 1024


def check(kind: Kind, rows: int, answer: dict[str, Any]) -> None:
    """Exactly the bad rows, each with its row, column and reason."""
    with Path(answer["rejects_file"]).open(newline="", encoding="utf-8-sig") as file:
        found = sorted((int(reject["row"]), reject["column"], reject["reason"]) for reject in csv.DictReader(file))
    faults = ((n + 1, fault_of(kind, n)) for n in range(rows))
    expect(found, [(row, fault[0], fault[2]) for row, fault in faults if fault], "rejects")
    expect(answer["accepted"][kind.name], rows - rows // 100, "accepted rows")


def expect(found: Any, wanted: Any, what: str) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: {str(found)[:300]} instead of {str(wanted)[:300]}")


def command(*words: str, environment: Environment) -> None:
    program = Path(sys.executable).with_name("yuandian")
    subprocess.run([program, *words], env=environment, check=True, stdout=subprocess.DEVNULL)


def run(*words: str, environment: Environment) -> str:
    done = subprocess.run([sys.executable, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def bulk_create(kind: str, path: Path) -> float:
    """The baseline: the good rows as model objects, five thousand at a time, in one transaction."""
    import django

    django.setup()
    from django.db import transaction as one_transaction

    from yuandian.records.customers import ContactPoint, Customer
    from yuandian.records.facts import Transaction
    from yuandian.records.org import Branch

    branch = Branch.objects.get()
    began = time.perf_counter()
    ids = dict(Customer.objects.values_list("number", "pk"))
    with path.open(newline="") as file, one_transaction.atomic():
        rows = good(csv.DictReader(file))
        while batch := list(islice(rows, 5_000)):
            if kind == "customers":
                made = Customer.objects.bulk_create([bulk_customer(branch.pk, row) for row in batch])
                ContactPoint.objects.bulk_create(
                    ContactPoint(customer=one, value=row["phone"], tail=row["phone"][-4:])
                    for one, row in zip(made, batch, strict=True)
                )
            else:
                Transaction.objects.bulk_create(bulk_transaction(branch.pk, ids, row) for row in batch)
    return time.perf_counter() - began


def good(rows: Iterator[dict[str, str]]) -> Iterator[dict[str, str]]:
    return (row for n, row in enumerate(rows) if n % 100 != 99)


def bulk_customer(branch: int, row: dict[str, str]) -> Any:
    from yuandian.records.customers import Customer
    from yuandian.records.names import initials, search_key

    return Customer(
        branch_id=branch, number=row["customer_id"], name=row["name"], name_key=search_key(row["name"]),
        initials=initials(row["name"]), birth_date=row["birth_date"], opened_on=row["opened_on"],
        risk_level=int(row["risk_level"]),
    )  # fmt: skip


def bulk_transaction(branch: int, ids: dict[str, int], row: dict[str, str]) -> Any:
    from datetime import datetime

    from django.utils import timezone

    from yuandian.records.facts import Transaction

    return Transaction(
        branch_id=branch, number=row["transaction_id"], customer_id=ids[row["customer_id"]],
        occurred_at=timezone.make_aware(datetime.fromisoformat(row["occurred_at"])), kind=row["kind"],
        amount_fen=int(row["amount_fen"]),
    )  # fmt: skip


if __name__ == "__main__":
    print(bulk_create(sys.argv[1], Path(sys.argv[2])))
