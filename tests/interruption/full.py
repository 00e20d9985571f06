"""Log contacts until the disk is full, then go on: `python -m tests.interruption.full limit|FOLDER`. Prints JSON.

`limit` caps the size of every file of this process; a folder is a small filesystem in which a ballast file lies.
"""

import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

TAG = "FULL"


def capped() -> tuple[str, Callable[[], None], Callable[[], None]]:
    """A home, and how its room becomes little and enough again. Python ignores the signal; writes fail instead."""
    home = tempfile.mkdtemp(prefix="yuandian-full-")
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

    def little() -> None:
        largest = max(path.stat().st_size for path in Path(home).glob("yuandian.sqlite3*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 900_000, hard))

    return home, little, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def small(folder: Path) -> tuple[str, Callable[[], None], Callable[[], None]]:
    ballast = folder / "ballast"

    def little() -> None:
        room = os.statvfs(folder)
        with ballast.open("wb") as file:
            file.write(bytes(max(room.f_bavail * room.f_frsize - 1_500_000, 0)))

    return str(folder / "home"), little, ballast.unlink


def main(where: str) -> dict[str, object]:
    from tests.interruption.campaign import start

    home, little, enough = capped() if where == "limit" else small(Path(where))
    os.environ.pop("YUANDIAN_DATABASE_URL", None)
    start(home)
    from django.core.management import call_command
    from django.db import DatabaseError, connection

    from tests.factories import NOW
    from tests.interruption import work
    from yuandian.operations.act import log_result
    from yuandian.records.customers import Customer
    from yuandian.records.work import ContactResult

    Path(home).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    work.make_day(TAG)
    customer, by = Customer.objects.filter(branch__number=TAG).first(), work._by(TAG, "rm")

    def log(number: int) -> None:
        log_result(
            customer=customer, item=None, result="interested", by=by, at=NOW, key=UUID(int=number), pack=work.PACK,
            note="一句话" * 300,
        )  # fmt: skip

    little()
    acknowledged, errors = 0, list[str]()
    while len(errors) < 3:
        try:
            log(acknowledged + 1)
            acknowledged += 1
        except (DatabaseError, OSError) as error:
            errors.append(f"{type(error).__name__}: {error}")
    kept = ContactResult.objects.count()
    in_transaction = connection.in_atomic_block
    enough()
    log(acknowledged + 1)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        integrity = cursor.fetchone()[0]
    return {
        "acknowledged": acknowledged, "kept": kept, "errors": errors, "in_transaction": in_transaction,
        "afterwards": ContactResult.objects.count(), "integrity": integrity, "broken": work.broken(),
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
