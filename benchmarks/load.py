"""A load client: signed-in users who ask as fast as they are answered. Not itself a benchmark."""

import http.client
import os
import re
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlencode

PORT = 8917
PASSWORD = "benchmark-password"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figure:
    """Requests per second and milliseconds at the percentiles, as the users saw it."""

    rate: float
    p50: float
    p95: float
    p99: float


class Client:
    """A browser of sorts: one kept connection a thread, cookies, the form's token."""

    def __init__(self, cookies: str = "") -> None:
        self.cookies, self.items, self.local = cookies, [], threading.local()

    def request(
        self, method: str, path: str, body: str | None = None, **more: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        headers = {"Cookie": self.cookies, "Accept-Language": "zh-CN", **more}
        if body is not None:
            token = re.search(r"csrftoken=(\w+)", self.cookies)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-CSRFToken": token[1] if token else "",
            }
        self.local.connection.request(method, path, body, headers)
        answer = self.local.connection.getresponse()
        return answer.status, answer.read(), answer.headers

    def get(self, path: str) -> bytes:
        status, page, _ = self.request("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return page

    def log(self, random: Random, **headers: str) -> None:
        fields = {
            "key": f"{random.getrandbits(128):032x}",
            "result": random.choice(["interested", "no_answer", "not_now"]),
        }
        path = f"/today/{random.choice(self.items)}/log"
        status, _, _ = self.request("POST", path, urlencode(fields), **headers)
        if status not in {200, 302}:
            raise RuntimeError(f"logging answered {status}")


def sign_in(username: str) -> Client:
    client = Client()
    _, page, headers = client.request("GET", "/signin/")
    client.cookies = cookies(headers)
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page)[1].decode()
    form = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    status, _, headers = client.request("POST", "/signin/", urlencode(form))
    if status != 302:
        raise RuntimeError(f"sign-in answered {status}")
    client.cookies = cookies(headers)
    if username != "manager":
        client.items = sorted({int(item) for item in re.findall(rb"/today/(\d+)/", client.get("/today/"))})
    return client


def cookies(headers: http.client.HTTPMessage) -> str:
    return "; ".join(cookie.split(";")[0] for cookie in headers.get_all("Set-Cookie") or [])


def load(
    ask: Callable[[Client, Random], object], clients: list[Client], *, users: int, seconds: float, seed: int
) -> Figure:
    """So many users at once for so many seconds, each with chance of their own."""
    took: list[float] = []
    failed: list[Exception] = []
    until = time.perf_counter() + seconds

    def user(number: int) -> None:
        random, client = Random(f"{time.time_ns()} {seed} {number}"), clients[number % len(clients)]
        while (began := time.perf_counter()) < until and not failed:
            try:
                ask(client, random)
            except (OSError, RuntimeError) as error:
                failed.append(error)
            took.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=user, args=(number,)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return Figure(len(took) / seconds, *percentiles(took))


def percentiles(took: list[float]) -> tuple[float, float, float]:
    cuts = statistics.quantiles(took, n=100)
    return cuts[49], cuts[94], cuts[98]


def processor_seconds(root: int, *, database: bool) -> float:
    """Processor time of a process and its children so far, with that of PostgreSQL's processes where it is asked."""
    parents, spent, names = {}, {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, rest = stat.read_text().rsplit(")", 1)
        except OSError:
            continue  # it ended meanwhile
        pid, name = head.split(" (", 1)
        fields = rest.split()
        parents[int(pid)], names[int(pid)] = int(fields[1]), name
        spent[int(pid)] = sum(int(field) for field in fields[11:15]) / TICKS
    ours, grown = {root}, True
    while grown:
        children = {pid for pid, parent in parents.items() if parent in ours}
        grown, ours = not children <= ours, ours | children
    return sum(seconds for pid, seconds in spent.items() if pid in ours or (database and names[pid] == "postgres"))
