"""Ten thousand kills of days, imports, jobs and nights: lost, doubled, gone on with. SQLite, and PostgreSQL where named.

`python -m benchmarks --only kills`; YUANDIAN_DATABASE_URL names the PostgreSQL server, where a database of its own is
made. How far it is stands on the error stream. No baseline: the figure that counts is nought. `resumed` is how many days, imports and nights came to the end that
an undisturbed one has.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def campaign(database: str, kills: int) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "YUANDIAN_DATABASE_URL"}
    if database != "SQLite":
        environment["YUANDIAN_DATABASE_URL"] = os.environ["YUANDIAN_DATABASE_URL"]
    command = [
        sys.executable,
        "-m",
        "tests.interruption.campaign",
        "--kills",
        str(kills),
        "--nights",
        str(kills // 200),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    ended = told["days"] + told["nights"]
    cells = (
        database, told["kills"], told["outages"], len(told["lost"]), len(told["different"]),
        f"{ended - len(told['different'])}/{ended}", "clean" if not told["broken"] else told["broken"],
        f"{told['seconds']:.0f}", f"{told['kills'] / told['seconds']:.1f}",
    )  # fmt: skip
    print(" ".join(f"{cell!s:>10}" for cell in cells), flush=True)


def main(*, quick: bool) -> None:
    heads = ("database", "kills", "outages", "lost", "different", "resumed", "verify", "seconds", "kills/s")
    print(" ".join(f"{head:>10}" for head in heads))
    names = ["SQLite", *(["PostgreSQL"] if "postgres" in os.environ.get("YUANDIAN_DATABASE_URL", "") else [])]
    for name in names:
        campaign(name, 300 if quick else 10_000)
