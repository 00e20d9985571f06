"""Pages and logging at 100,000 customers, measured as docs/reference/benchmarks.md says.

A branch of 100,000 customers, 500,000 interactions and 200 RMs is written straight into SQLite; the server
runs as `yuandian serve` does, with its database and the load client on the same cores; eight users at once
ask for random records for some seconds, three times; the median is shown. The baselines are Odoo 18.0 and
Creme 2.8.6, measured on a machine of this kind on 2026-11-23 with the same sizes and concurrency; they are
figures of another day, so the yardstick of both days is printed beside them.
"""

import http.client
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlencode

PORT = 8917
PASSWORD = "benchmark-password"
CONCURRENCY = 8
BASELINES = {  # requests/s at concurrency 8: Odoo 18.0, Creme 2.8.6
    "list": (28.9, 12.8),
    "detail": (43.0, 8.9),
    "log": (105.6, 34.9),
}
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "文明英华国建平安春秋山河云海林"


@dataclass(frozen=True)
class Figure:
    """Requests per second and milliseconds at the percentiles; the median of the runs."""

    rate: float
    p50: float
    p95: float
    p99: float


def main(*, quick: bool = False) -> None:
    customers, seconds, runs = (5_000, 2, 1) if quick else (100_000, 12, 3)
    print(f"pages: {customers:,} customers, {customers * 5:,} interactions, concurrency {CONCURRENCY}")
    print(f"yardstick: 20 million additions {additions():.2f} s, 1,000,000 rows into SQLite {inserts():.2f} s "
          "(baselines' day: 0.56 s, 0.98 s)")  # fmt: skip
    with tempfile.TemporaryDirectory() as home, served(Path(home), customers):
        manager, rms = sign_in("manager"), [sign_in(f"rm{n}") for n in range(CONCURRENCY)]
        asked = {
            "list": (
                lambda client, random: client.get(f"/customers/?{urlencode({'q': prefix(random)})}"),
                [manager],
            ),
            "detail": (
                lambda client, random: client.get(f"/customers/{random.randint(1, customers)}/"),
                [manager],
            ),
            "today": (lambda client, _: client.get("/today/"), rms),
            "log": (lambda client, random: client.log(random), rms),
        }
        for name, (ask, sessions) in asked.items():
            show(name, median([load(ask, sessions, seconds, seed) for seed in range(runs)]))


def show(name: str, figure: Figure) -> None:
    against = "".join(
        f", {figure.rate / baseline:.1f} x {peer}"
        for peer, baseline in zip(("Odoo", "Creme"), BASELINES.get(name, ()), strict=False)
    )
    print(f"{name:8} {figure.rate:8.1f} requests/s  p50 {figure.p50:.1f}  p95 {figure.p95:.1f}  "
          f"p99 {figure.p99:.1f} ms{against}", flush=True)  # fmt: skip


def prefix(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


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


class Client:
    """A signed-in browser of sorts: one kept connection a thread, cookies, the form's token."""

    def __init__(self, cookies: str = "") -> None:
        self.cookies, self.items, self.local = cookies, [], threading.local()

    def request(self, method: str, path: str, body: str | None = None) -> tuple[int, str, list[str]]:
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        headers = {"Cookie": self.cookies, "Accept-Language": "zh-CN"}
        if body is not None:
            token = re.search(r"csrftoken=(\w+)", self.cookies)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": token[1] if token else "",
            }
        self.local.connection.request(method, path, body, headers)
        answer = self.local.connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get_all("Set-Cookie") or []

    def get(self, path: str) -> None:
        status, _, _ = self.request("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")

    def log(self, random: Random) -> None:
        fields = {
            "key": f"{random.getrandbits(128):032x}",
            "result": random.choice(["interested", "no_answer", "not_now"]),
        }
        status, _, _ = self.request("POST", f"/today/{random.choice(self.items)}/log", urlencode(fields))
        if status not in {200, 302}:
            raise RuntimeError(f"logging answered {status}")


def sign_in(username: str) -> Client:
    client = Client()
    _, page, cookies = client.request("GET", "/signin/")
    client.cookies = "; ".join(cookie.split(";")[0] for cookie in cookies)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    status, _, cookies = client.request("POST", "/signin/", urlencode(form))
    if status != 302:
        raise RuntimeError(f"sign-in answered {status}")
    client.cookies = "; ".join(cookie.split(";")[0] for cookie in cookies)
    if username != "manager":
        _, page, _ = client.request("GET", "/today/")
        client.items = sorted(set(re.findall(r"/today/(\d+)/", page)))
    return client


def load(ask: Callable[[Client, Random], None], sessions: list[Client], seconds: float, seed: int) -> Figure:
    took: list[float] = []
    failed: list[Exception] = []
    until = time.perf_counter() + seconds

    def user(number: int) -> None:
        random, client = Random(f"{seed} {number}"), sessions[number % len(sessions)]
        while (began := time.perf_counter()) < until and not failed:
            try:
                ask(client, random)
            except (OSError, RuntimeError) as error:
                failed.append(error)
            took.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=user, args=(number,)) for number in range(CONCURRENCY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    cuts = statistics.quantiles(took, n=100)
    return Figure(len(took) / seconds, cuts[49], cuts[94], cuts[98])


def median(figures: list[Figure]) -> Figure:
    return Figure(*(statistics.median(getattr(one, field) for one in figures) for field in Figure.__annotations__))


@contextmanager
def served(home: Path, customers: int) -> Iterator[None]:
    environment = {**os.environ, "YUANDIAN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "yuandian.config.settings"}
    subprocess.run([sys.executable, "-m", "benchmarks.pages_branch", str(customers)], env=environment, check=True)
    command = [Path(sys.executable).with_name("yuandian"), "serve", "--port", str(PORT)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                http.client.HTTPConnection("127.0.0.1", PORT, timeout=5).request("GET", "/healthz")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
