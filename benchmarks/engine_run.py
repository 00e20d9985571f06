"""The nightly engine from Parquet to Parquet, against a hand-written DuckDB program for the same tables.

The program is engine_run.sql. Each side runs in a process of its own, by turns; imports are not counted. `ratio`
compares what both do: features, levels, candidates and the reasons for being left out, written as Parquet. What
the engine does beyond that, the fill of the days and the digests, is shown apart and in `all`. `us each` is the
engine's time a customer: it must not grow with their number. Goal: ratio up to 1.5, peak up to 4 GB.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from operator import itemgetter
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter
from typing import Any

import duckdb

from benchmarks.databases import CACHE
from benchmarks.engine_facts import AS_OF, facts

MEMORY = {3_000_000: "8GB"}
"""For tables, on both sides; 3 GB where nothing else is said."""
BEYOND = ("fill", "hash")
TABLES = ("features", "candidates", "states")
DAYS_FILL = "decision IN ('listed', 'no_minutes', 'rm_away')"
Figures = dict[str, float]


def memory(source: Path) -> str:
    return MEMORY.get(int(source.name.rpartition("-")[2]), "3GB")


def engine(source: Path, out: Path) -> dict[str, float]:
    from benchmarks.engine_pack import PACK
    from yuandian.engine.loop import engine_run

    answer = engine_run(source, PACK, date.fromisoformat(AS_OF), out, memory=memory(source), clock=perf_counter)
    return {stage: answer["seconds"][stage] for stage in BEYOND}


def by_hand(source: Path, out: Path) -> dict[str, float]:
    out.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"preserve_insertion_order": False, "memory_limit": memory(source)})
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    connection.execute(text.replace("$facts", str(source)).replace("$out", str(out)))
    return {}


SIDES: dict[str, Callable[[Path, Path], Figures]] = {"engine": engine, "by_hand": by_hand}


def measure(side: str, source: str, out: str) -> None:
    """In its own process: one run, its figures as JSON on stdout."""
    from numba import njit  # noqa: F401  imports are not counted, on either side

    before, began = getrusage(RUSAGE_SELF), perf_counter()
    figures = SIDES[side](Path(source), Path(out))
    seconds, after = perf_counter() - began, getrusage(RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_gb": after.ru_maxrss / 1e6, **figures}))


def one(side: str, source: Path, out: Path) -> Figures:
    command = [sys.executable, "-m", "benchmarks.engine_run", side, str(source), str(out / side)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def different(out: Path) -> dict[str, int]:
    """Rows of each table that only one side has; what the fill decides counts as open on both."""
    rows = {}
    for table in TABLES:
        ours, theirs = (f"(SELECT * FROM '{out / side / table}.parquet')" for side in SIDES)
        if table == "states":
            ours = f"""(SELECT * REPLACE (
                CASE WHEN {DAYS_FILL} THEN 'open' ELSE decision END AS decision,
                CASE WHEN {DAYS_FILL} THEN '{{}}' ELSE decision_inputs END AS decision_inputs
            ) FROM {ours})"""
        pairs = ((ours, theirs), (theirs, ours))
        counts = (
            duckdb.execute(f"SELECT count(*) FROM (FROM {a} EXCEPT ALL FROM {b})").fetchall() for a, b in pairs
        )
        rows[table] = sum(count[0][0] for count in counts)
    return rows


def compare(customers: int, repetitions: int) -> None:
    source = facts(CACHE, customers=customers)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        one("engine", facts(CACHE, customers=1000), Path(folder))  # compiles the fill, if nobody did yet
        runs: dict[str, list[Figures]] = {side: [] for side in SIDES}
        for _ in range(repetitions):
            for side, figures in runs.items():
                figures.append(one(side, source, Path(folder)))
        print(row(customers, runs), flush=True)
        wrong = {table: rows for table, rows in different(Path(folder)).items() if rows}
    if wrong:
        raise SystemExit(f"the two sides differ, rows by table: {wrong}")


def row(customers: int, runs: dict[str, list[Figures]]) -> str:
    def of(side: str, figure: Callable[[Figures], float]) -> float:
        return median(figure(run) for run in runs[side])

    def same(run: Figures) -> float:
        return run["seconds"] - sum(run.get(stage, 0) for stage in BEYOND)

    cells: list[Any] = [
        f"{customers:>9,}",
        f"{of('engine', same) / customers * 1e6:8.1f}",
        *(f"{of(side, same):8.2f}" for side in SIDES),
        f"{of('engine', same) / of('by_hand', same):8.2f}",
        *(f"{of('engine', itemgetter(stage)):8.2f}" for stage in BEYOND),
        f"{of('engine', itemgetter('seconds')) / of('by_hand', itemgetter('seconds')):8.2f}",
        *(f"{of(side, itemgetter('cpu')):8.1f}" for side in SIDES),
        *(f"{of(side, itemgetter('peak_gb')):8.2f}" for side in SIDES),
    ]
    return " ".join(cells)


def main(*, quick: bool) -> None:
    heads = ("us each", "engine s", "hand s", "ratio", *(f"{stage} s" for stage in BEYOND), "all")
    sizes = ("eng. cpu", "hand cpu", "eng. GB", "hand GB")
    print(f"{'customers':>9} " + " ".join(f"{head:>8}" for head in (*heads, *sizes)))
    for customers in (100_000,) if quick else (100_000, 300_000, 1_000_000, 3_000_000):
        compare(customers, repetitions=1 if quick or customers > 1_000_000 else 3)


if __name__ == "__main__":
    measure(*sys.argv[1:])
