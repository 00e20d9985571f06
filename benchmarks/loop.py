"""The whole `loop` with its database beside it: facts out, one night, every result written, 100,000 and 1,000,000.

Per customer: 1.5 accounts, up to 9 balances, 5 customer-days, 5 interactions, 3 consents, 0.8 contracts, 1 event;
500 customers an RM; the bank pack. The baselines are Odoo 18.0's rule engine (170 customers/s, record by record)
and one set-based write of its (5,186 customers/s), measured on a machine of this kind on 2026-11-23.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.databases import CACHE, Environment, fresh, keep, kinds
from benchmarks.engine_facts import AS_OF, facts

RULES, AT_ONCE = 170, 5_186
"""Customers/s of Odoo: rule by record, and one write for all."""
SOURCES = [Path(__file__).with_name(name) for name in ("loop_branch.py", "engine_facts.py")]


def main(*, quick: bool = False) -> None:
    print(f"baselines: {RULES} customers/s (rules, record by record), {AT_ONCE:,} (one set-based write)")
    heads = ("customers", "seconds", "customers/s", "x rules", "x at once", "peak GB", "engine s", "again s")
    print(f"{'':11}" + "".join(f"{head:>12}" for head in heads))
    for customers in (20_000,) if quick else (100_000, 1_000_000):
        source = facts(CACHE, customers=customers)
        for kind in kinds():
            kept = keep(kind, f"loop_{customers}", lambda environment, at=source: write(at, environment), *SOURCES)
            with fresh(kind, kept) as environment:
                first, again = night(environment), night(environment)
            rate = customers / first[0]
            cells = (customers, first[0], rate, rate / RULES, rate / AT_ONCE, first[1], first[2], again[0])
            print(f"{kind:11}" + "".join(f"{cell:12,.1f}" for cell in cells), flush=True)


def write(source: Path, environment: Environment) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.loop_branch", str(source)], env=environment, check=True)


def night(environment: Environment) -> tuple[float, float, float]:
    """Seconds of the whole command, its peak in GB, and the engine's own seconds."""
    program = Path(sys.executable).with_name("yuandian")
    began = time.perf_counter()
    command = [program, "loop", "--as-of", AS_OF, "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the loop ended with {process.returncode}")
    answer = json.loads(text)
    return time.perf_counter() - began, usage.ru_maxrss / 1e6, sum(answer.get("seconds", {}).values())


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
