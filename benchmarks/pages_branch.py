"""Writes the branch that `benchmarks.pages` asks for: customers, owners, states, interactions, lists.

Straight into the tables, because here only the reading and the logging are measured. Run as a module of its own.
"""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random

from benchmarks.load import PASSWORD
from benchmarks.pages import GIVEN, SURNAMES

BOOK, LIST, USERS = 500, 20, 8
TIERS = ("private", "platinum", "gold", "silver", "basic")
Rows = Iterable[tuple[object, ...]]


def write_branch(customers: int) -> None:
    """Migrate, open a branch, let people in, and fill it."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from yuandian.operations.org import add_branch, add_user
    from yuandian.packs.loader import load
    from yuandian.records.org import RelationshipManager, Role
    from yuandian.records.runs import BranchRun, LoopRun

    settings.HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    now = timezone.now()
    today = timezone.localdate(now)
    pack = load("bank", as_of=today)
    branch = add_branch(number="bench", name="基准", pack=pack, at=now, is_made_up=True)
    people = {"branch": branch, "password": PASSWORD, "at": now}
    made = [
        RelationshipManager.objects.create(branch=branch, number=f"RM{n}", name=f"经理{n}", hired_on=today)
        for n in range(max(customers // BOOK, USERS))
    ]
    add_user(username="manager", name="负责人", role=Role.BRANCH_MANAGER, **people)
    for n, rm in enumerate(made[:USERS]):
        add_user(username=f"rm{n}", name=rm.name, role=Role.RM, rm=rm, **people)
    counts = {"customers": customers, "candidates": customers, "items": len(made) * LIST}
    night = BranchRun.objects.create(
        loop=LoopRun.objects.create(as_of=today, started_at=now, finished_at=now),
        **{"branch": branch, "as_of": today, "finished_at": now, "pack_version": pack.version, **counts},
    )
    rms = [rm.pk for rm in made]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SET session_replication_role = replica"
            )  # what is written here refers to what is there
    write_customers(customers, branch.pk, rms)
    write_states(customers, branch.pk, night.pk, today)
    write_talks(customers, branch.pk, rms)
    playbook = pack.playbooks[0]
    reason = (playbook.id, "phone", playbook.purpose, 12, False, 100_000, 30_000, 3_000)
    inputs = json.dumps(dict.fromkeys(playbook.because, 3))
    put("worklistitem", [
        (branch.pk, night.pk, today.isoformat(), n, rms[n % len(rms)], n // len(rms) + 1, *reason, inputs, pack.version)
        for n in range(1, min(len(rms) * LIST, customers) + 1)
    ], "branch_id run_id as_of customer_id rm_id position playbook channel purpose minutes mandatory worth_fen "
       "effect_ppm benefit_fen inputs pack_version")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('records_customer', 'id'), %s)", [customers])


def write_customers(customers: int, branch: int, rms: list[int]) -> None:
    from yuandian.records.names import initials

    random, ids = Random(1), range(1, customers + 1)
    names = [random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=2)) for _ in ids]
    rest = ("1980-05-06", "solar", "", "2024-01-02", "", "{}")
    put("customer", (
        (n, branch, f"C{n}", "person", name, name, initials(name), *rest) for n, name in zip(ids, names, strict=True)
    ), "id branch_id number kind name name_key initials birth_date birth_calendar document_no opened_on channel extra")  # fmt: skip
    points = ((n, "phone", f"1990000{n % 10000:04d}", f"{n % 10000:04d}", True) for n in ids)
    put("contactpoint", points, "customer_id kind value tail is_main")
    owners = ((n, rms[n % len(rms)], "2024-01-02", "") for n in ids)
    put("ownership", owners, "customer_id rm_id active_from reason")
    consents = ((n, "phone", True, "2024-01-02 00:00:00", "") for n in ids)
    put("consent", consents, "customer_id channel granted changed_at source")


def write_states(customers: int, branch: int, night: int, day: date) -> None:
    random, fixed = Random(2), (branch, night, day.isoformat())
    put("customerstate", (
        (n, *fixed, random.choice(TIERS), "stable", "", random.randrange(10**9), random.randrange(400), "no_trigger", "{}")
        for n in range(1, customers + 1)
    ), "customer_id branch_id run_id as_of tier stage segment assets_fen days_since_contact decision decision_inputs")  # fmt: skip


def write_talks(customers: int, branch: int, rms: list[int]) -> None:
    now, what = (
        datetime.now(UTC).replace(microsecond=0, tzinfo=None),
        ("phone", "care", "out", "interested", 5, "", "", ""),
    )
    put("interaction", (
        (branch, f"I{n}", n % customers + 1, rms[(n % customers + 1) % len(rms)], str(now - timedelta(minutes=n)), *what)
        for n in range(customers * 5)
    ), "branch_id number customer_id rm_id occurred_at channel purpose direction result minutes department note playbook")  # fmt: skip


def put(table: str, rows: Rows, columns: str) -> None:
    from django.db import connection, transaction

    names = ", ".join(columns.split())
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY records_{table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns.split()))
            connection.connection.executemany(f"INSERT INTO records_{table} ({names}) VALUES ({marks})", rows)


if __name__ == "__main__":
    write_branch(int(sys.argv[1]))
