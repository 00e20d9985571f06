"""Ten thousand kills of days, imports, jobs and nights: lost, doubled, gone on with. SQLite, and PostgreSQL if named.

`python -m benchmarks --only kills`; YUANDIAN_DATABASE_URL names the PostgreSQL server, where databases of its own
are made. How far it is stands on the error stream. No baseline: the figure that counts is nought. `resumed` is how
many days, imports and nights came to the end that an undisturbed one has.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]


CAMPAIGNS = 2
"""On a database at once, each with a database of its own and other chances: one for each core."""


def campaign(database: str, kills: int) -> None:
    began = perf_counter()
    children = [_begun(database, kills // CAMPAIGNS, seed) for seed in range(1, CAMPAIGNS + 1)]
    told = [json.loads(child.communicate()[0].splitlines()[-1]) for child in children]
    if any(child.returncode for child in children):
        raise SystemExit(f"a campaign on {database} failed")
    seconds = perf_counter() - began
    sums = {name: sum(one[name] for one in told) for name in ("kills", "outages", "days", "nights")}
    lost, different, broken = (
        [each for one in told for each in one[name]] for name in ("lost", "different", "broken")
    )
    ended = sums["days"] + sums["nights"]
    cells = (
        database, sums["kills"], sums["outages"], len(lost), len(different),
        f"{ended - len(different)}/{ended}", broken or "clean",
        f"{seconds:.0f}", f"{sums['kills'] / seconds:.1f}",
    )  # fmt: skip
    print(" ".join(f"{cell!s:>10}" for cell in cells), flush=True)


def _begun(database: str, kills: int, seed: int) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "YUANDIAN_DATABASE_URL"}
    if database != "SQLite":
        environment["YUANDIAN_DATABASE_URL"] = os.environ["YUANDIAN_DATABASE_URL"]
    command = [sys.executable, "-m", "tests.interruption.campaign", "--seed", str(seed)]
    numbers = ["--kills", str(kills), "--nights", str(kills // 200)]
    return subprocess.Popen([*command, *numbers], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def main(*, quick: bool) -> None:
    heads = ("database", "kills", "outages", "lost", "different", "resumed", "verify", "seconds", "kills/s")
    print(" ".join(f"{head:>10}" for head in heads))
    names = ["SQLite", *(["PostgreSQL"] if "postgres" in os.environ.get("YUANDIAN_DATABASE_URL", "") else [])]
    for name in names:
        campaign(name, 300 if quick else 10_000)
