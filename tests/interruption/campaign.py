"""Kill after kill: `python -m tests.interruption.campaign --kills 300`. Prints one JSON document.

A process dies once at every point of a day, an import, an import taken back, a job and a night; the rest of the
kills come at random moments, several to a day. After each, a fresh process looks whether what was acknowledged is
there, and goes on. In the end each day must have left what an undisturbed day leaves, and `verify` must find
nothing. SQLite in a home of its own, or, when YUANDIAN_DATABASE_URL names PostgreSQL, a database of its own beside
the one named. How far it is stands on the error stream, now and then.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from math import ceil
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter
from typing import Any

from tests.interruption.database import own_database
from tests.interruption.zygote import Ended, child

DAYS_AT_ONCE = 40
DAYS = {"day": 0.85, "import": 0.05, "undo": 0.05, "job": 0.05}
"""The kinds of days, and what part of the random kills each has."""
APART = {"missing", "passed", "state"}
"""What a child tells besides the steps that it did."""


@dataclass
class Account:
    """What a campaign did and found. `lost`, `different` and `broken` must stay empty."""

    kills: int = 0
    points: dict[str, int] = field(default_factory=dict)
    outages: int = 0
    days: int = 0
    nights: int = 0
    lost: list[str] = field(default_factory=list)
    different: list[Any] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0


class Campaign:
    """One database, and the days and nights that happen on it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.account = Account()
        self.reference: dict[str, Any] = {}
        self.pace: dict[str, float] = {}
        self.waiting: list[str] = []
        self.began = perf_counter()

    def undisturbed(self, kind: str) -> None:
        """How a day or a night ends, and how long it takes, when nothing happens."""
        tag = self._begin(kind)
        began = perf_counter()
        self.reference[kind] = self._end(kind, tag, {})
        self.pace[kind] = perf_counter() - began

    def each_point(self, kind: str, fault: str = "die", every: int = 1) -> None:
        """Each point in turn, until an attempt comes to its end without reaching it."""
        number = self.chance.randrange(every) + 1
        while True:
            tag = self._begin(kind)
            told = self._attempt(kind, tag, {}, point=number, fault=fault)
            reached = told.was_killed or told.told[-1][1] >= number
            if fault != "die":
                self.account.outages += reached
            elif reached:
                self.account.points[kind] = self.account.points.get(kind, 0) + 1
            self._finish(kind, tag, self._acknowledged(told))
            if not reached:
                return
            number += every

    def at_random(self, kind: str, kills: int) -> None:
        """A day dies again and again before it comes to its end."""
        aim = self.account.kills + kills
        while self.account.kills < aim:
            tag, done = self._begin(kind), {}
            for _ in range(self.chance.randint(1, 6)):
                after = self.chance.random() * self.pace[kind]
                told = self._attempt(kind, tag, done, kill_after=after)
                done |= self._acknowledged(told)
                if not told.was_killed:
                    break
            self._finish(kind, tag, done)

    def close(self) -> Account:
        self.account.broken += child(_look).told[0]
        return self.account

    def _begin(self, kind: str) -> str:
        if kind == "night":
            self.account.nights += 1
            return ""
        if not self.waiting:
            first = self.account.days + 1
            self.waiting = [f"D{number:06d}" for number in range(first, first + DAYS_AT_ONCE)]
            child(lambda _tell: _make(self.waiting))
            self._say()
        self.account.days += 1
        return self.waiting.pop(0)

    def _say(self) -> None:
        seconds = perf_counter() - self.began
        wrong = len(self.account.lost) + len(self.account.different)
        sys.stderr.write(f"{seconds:6.0f} s, {self.account.kills} kills, {wrong} wrong\n")

    def _attempt(self, kind: str, tag: str, done: dict[str, Any], **how: Any) -> Ended:
        kill_after = how.pop("kill_after", None)
        ended = child(lambda tell: _work(tell, kind, tag, done, **how), kill_after=kill_after)
        self.account.kills += ended.was_killed
        self.account.lost += [f"{kind} {tag}: {one}" for one in dict(ended.told).get("missing", [])]
        return ended

    def _acknowledged(self, ended: Ended) -> dict[str, Any]:
        return {step: answer for step, answer in ended.told if step not in APART}

    def _finish(self, kind: str, tag: str, done: dict[str, Any]) -> None:
        """Go on without a kill, and compare."""
        found = self._end(kind, tag, done)
        if found != self.reference[kind]:
            self.account.different.append(
                {"kind": kind, "tag": tag, "found": found, "expected": self.reference[kind]}
            )

    def _end(self, kind: str, tag: str, done: dict[str, Any]) -> Any:
        told = dict(child(lambda tell: _complete(tell, kind, tag, done)).told)
        self.account.lost += [f"{kind} {tag}: {one}" for one in told["missing"]]
        return told["state"]


def _prepare(_tell: Any) -> None:
    from django.core.management import call_command

    from tests.interruption.work import make_branches_of_nights

    call_command("migrate", verbosity=0)
    make_branches_of_nights()


def _make(tags: list[str]) -> None:
    from django.db import transaction

    from tests.interruption.work import make_day

    with transaction.atomic():
        for tag in tags:
            make_day(tag)


def _work(tell: Any, kind: str, tag: str, done: dict[str, Any], *, point: int = 0, fault: str = "die") -> None:
    from django.db import InterfaceError, OperationalError, connection

    from tests.interruption import failpoints, work

    tell(["missing", work.missing(tag, done)])
    work.small_batches()
    passed = failpoints.none
    for step, action in work.STEPS[kind].items():
        if point and passed is failpoints.none and (kind, step) not in work.SAFE:
            passed = failpoints.at_point(point, getattr(failpoints, fault))
        if step not in done:
            try:
                answer = action(tag)
            except (OperationalError, InterfaceError):
                if fault == "die":
                    raise
                connection.close()
                answer = action(tag)  # a person without an answer does it again
            tell([step, answer])
    tell(["passed", passed()])


def _complete(tell: Any, kind: str, tag: str, done: dict[str, Any]) -> None:
    """Go on to the end, and tell what there is and what of the acknowledged is not."""
    from tests.interruption import work

    told: list[Any] = []
    _work(told.append, kind, tag, done)
    steps = done | {step: answer for step, answer in told if step not in APART}
    early = dict(told)["missing"]
    tell(["missing", sorted({*early, *work.missing(tag, steps)})])
    tell(["state", work.state_of_night() if kind == "night" else work.state(tag)])


def _look(tell: Any) -> None:
    from tests.interruption.work import broken

    tell(broken())


def start(home: str) -> None:
    """Load everything and open nothing."""
    os.environ |= {"YUANDIAN_HOME": home, "DJANGO_SETTINGS_MODULE": "yuandian.config.settings"}
    os.environ.setdefault("YUANDIAN_SECRET_KEY", "only for tests")
    import django

    django.setup()
    from django.conf import settings

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # the slow one is slow on purpose
    from tests.interruption import failpoints, work  # noqa: F401  loaded once, here, not by each child
    from yuandian.engine.decide.knapsack import warm

    warm()
    import yuandian.records.frames.postgresql
    import yuandian.records.frames.sqlite  # noqa: F401  children need not load it each


def run(*, kills: int, seed: int, nights: int) -> Account:
    """At least so many kills; `nights` of them at random in a night. Each point of the day and the night first."""
    from django.db import connection

    campaign = Campaign(seed)
    began = perf_counter()
    child(_prepare)
    campaign.undisturbed("night")  # first: a night over all branches goes on where it stopped
    campaign.each_point("night")
    campaign.at_random("night", nights)
    for kind in DAYS:
        campaign.undisturbed(kind)
        campaign.each_point(kind)
        if connection.vendor == "postgresql":
            campaign.each_point(kind, fault="lose_the_database", every=3)
    rest = max(kills - campaign.account.kills, 0)
    for kind, part in DAYS.items():
        campaign.at_random(kind, ceil(rest * part))
    account = campaign.close()
    account.seconds = round(perf_counter() - began, 1)
    used = getrusage(RUSAGE_CHILDREN)
    account.cpu_seconds = round(used.ru_utime + used.ru_stime, 1)
    return account


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.interruption.campaign", description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--nights", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    home = tempfile.mkdtemp(prefix="yuandian-kills-")
    try:
        with own_database():
            start(home)
            account = asdict(run(**vars(wanted)))
            sys.stdout.write(json.dumps(account, ensure_ascii=False, default=str) + "\n")
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
