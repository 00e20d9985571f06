"""Pages and logging at 100,000 and 1,000,000 customers on both databases, and the weight of a first visit.

A branch with five interactions a customer and 500 customers an RM is written straight into the database; the
server runs as `yuandian serve` does, with its database and the load client on the same cores; eight users at
once, then one, ask for random records for some seconds. `client` is what the users saw, `server` what the
server's own access log says, `CPU` the processor time of server and database per request at one user.
The baselines are Odoo 18.0 and Creme 2.8.6, measured on a machine of this kind on 2026-11-23 with 100,000
customers and the same concurrency; they are figures of another day, so the yardstick of both days is printed.
"""

import http.client
import os
import platform
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

import brotli

from benchmarks.databases import POSTGRES, Environment, fresh, keep, kinds
from benchmarks.load import PORT, Client, Figure, load, percentiles, processor_seconds, sign_in

USERS = 8
BASELINES = {  # requests/s at concurrency 8: Odoo 18.0, Creme 2.8.6
    "list, name": (28.9, 12.8),
    "detail": (43.0, 8.9),
    "log": (105.6, 34.9),
}
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "文明英华国建平安春秋山河云海林"
BUDGETS = {"html": 28, "css": 34, "js": 36, "all": 100}
"""KB in brotli on a first visit to Today."""
HEADS = ("requests/s", "p50", "p95", "p99", "server p95", "p99", "CPU ms", "1 user p50", "p95")


class Server(NamedTuple):
    pid: int
    kind: str
    log: Path

    def took(self, since: int) -> list[float]:
        """Milliseconds of each request, by the server's own log from a place on."""
        return [float(line) for line in self.log.read_text()[since:].split() if re.fullmatch(r"[\d.]+", line)]


def main(*, quick: bool = False) -> None:
    sizes, seconds, runs = ((5_000,), 2, 1) if quick else ((100_000, 1_000_000), 8, 3)
    versions = " ".join(f"{name} {version(name)}" for name in ("django", "jinja2", "granian"))
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}"
    )
    print(f"yardstick: 20 million additions {additions():.2f} s, 1,000,000 rows into SQLite {inserts():.2f} s "
          "(baselines' day: 0.56 s, 0.98 s)")  # fmt: skip
    for customers in sizes:
        for kind in kinds():
            kept = keep(kind, f"pages_{customers}", lambda environment, n=customers: write(n, environment), BRANCH)
            with fresh(kind, kept) as environment, served(environment, kind) as server:
                measure(server, customers, seconds, runs)


BRANCH = Path(__file__).with_name("pages_branch.py")


def write(customers: int, environment: Environment) -> None:
    print(f"writing a branch of {customers:,} customers …", flush=True)
    subprocess.run([sys.executable, "-m", "benchmarks.pages_branch", str(customers)], env=environment, check=True)


def measure(server: Server, customers: int, seconds: float, runs: int) -> None:
    manager, rms = [sign_in("manager")], [sign_in(f"rm{n}") for n in range(USERS)]
    asked: dict[str, tuple[Callable[[Client, Random], object], list[Client]]] = {
        "list, name": (
            lambda client, random: client.get(f"/customers/?{urlencode({'q': name(random)})}"),
            manager,
        ),
        "list": (lambda client, _: client.get("/customers/"), manager),
        "own list": (lambda client, _: client.get("/customers/"), rms),
        "detail": (lambda client, random: client.get(f"/customers/{random.randint(1, customers)}/"), manager),
        "today": (lambda client, _: client.get("/today/"), rms),
        "log": (lambda client, random: client.log(random), rms),
        "log, card": (lambda client, random: client.log(random, **{"HX-Request": "true"}), rms),
    }
    print(f"\n{customers:,} customers, {customers * 5:,} interactions, {server.kind}, {USERS} users at once; "
          f"{runs} runs of {seconds} s, median; times in ms")  # fmt: skip
    if server.kind != POSTGRES:
        weights(rms[-1])
    print(f"{'':12}" + "".join(f"{head:>11}" for head in HEADS))
    for what, (ask, clients) in asked.items():
        row(what, ask, clients, server, seconds, runs)


def row(  # noqa: PLR0913, PLR0917
    what: str,
    ask: Callable[[Client, Random], object],
    clients: list[Client],
    server: Server,
    seconds: float,
    runs: int,
) -> None:
    load(ask, clients, users=USERS, seconds=1, seed=-1)  # warm
    place = len(server.log.read_text())
    many = median([load(ask, clients, users=USERS, seconds=seconds, seed=seed) for seed in range(runs)])
    _, inside_95, inside_99 = percentiles(server.took(place))
    before = processor_seconds(server.pid, database=server.kind == POSTGRES)
    one = load(ask, clients, users=1, seconds=seconds, seed=runs)
    spent = processor_seconds(server.pid, database=server.kind == POSTGRES) - before
    cells = (*vars(many).values(), inside_95, inside_99, spent / (one.rate * seconds) * 1000, one.p50, one.p95)
    against = "".join(
        f"  {many.rate / baseline:.1f} x {peer}"
        for peer, baseline in zip(("Odoo", "Creme"), BASELINES.get(what, ()), strict=False)
    )
    print(f"{what:12}" + "".join(f"{cell:11.1f}" for cell in cells) + against, flush=True)


def weights(client: Client) -> None:
    """Kilobytes of a first visit to Today, in brotli: the page as a proxy sends it, the rest as the server does."""
    page = client.get("/today/")
    paths = re.findall(rb'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page)
    sizes = {"html": len(brotli.compress(page, quality=5)) / 1024, "css": 0.0, "js": 0.0}
    for path in (path.decode() for path in paths):
        _, body, headers = client.request("GET", path, **{"Accept-Encoding": "br"})
        packed = body if headers["Content-Encoding"] == "br" else brotli.compress(body)
        sizes[path.rsplit(".", 1)[1]] += len(packed) / 1024
    sizes["all"] = sum(sizes.values())
    shown = ", ".join(f"{part} {size:.1f} of {BUDGETS[part]}" for part, size in sizes.items())
    print(f"first visit to Today, KB in brotli of the budget: {shown}", flush=True)


def name(random: Random) -> str:
    """How the names of a hundred and fiftieth of the customers begin."""
    return random.choice(SURNAMES) + random.choice(GIVEN)


def median(figures: list[Figure]) -> Figure:
    return Figure(*(statistics.median(getattr(one, field) for one in figures) for field in Figure.__annotations__))


def additions() -> float:
    began, total = time.perf_counter(), 0
    for number in range(20_000_000):
        total += number
    return time.perf_counter() - began


def inserts() -> float:
    with tempfile.TemporaryDirectory() as folder, sqlite3.connect(Path(folder) / "yardstick") as database:
        database.execute("CREATE TABLE t (a INTEGER, b INTEGER, c TEXT)")
        began = time.perf_counter()
        database.executemany("INSERT INTO t VALUES (?, ?, ?)", ((n, n * 2, str(n)) for n in range(1_000_000)))
        database.commit()
        return time.perf_counter() - began


def answers() -> bool:
    try:
        http.client.HTTPConnection("127.0.0.1", PORT, timeout=5).request("GET", "/healthz")
    except OSError:
        return False
    return True


@contextmanager
def served(environment: Environment, kind: str) -> Iterator[Server]:
    """The server, answering. Its access log is one number a request."""
    log = Path(environment["YUANDIAN_HOME"]) / "access.log"
    logging = {"GRANIAN_LOG_ACCESS_ENABLED": "true", "GRANIAN_LOG_ACCESS_FMT": "%(dt_ms).3f"}
    command = [Path(sys.executable).with_name("yuandian"), "serve", "--port", str(PORT)]
    with log.open("w") as out:
        server = subprocess.Popen(command, env=environment | logging, stdout=out)
    try:
        while server.poll() is None and not answers():
            time.sleep(0.2)
        yield Server(server.pid, kind, log)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
