"""A full disk: said in words, nothing acknowledged lost, reading goes on, and so does work once there is room (F4)."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.urls import reverse

from tests import postgresql
from tests.factories import everything
from yuandian.records.work import ContactResult

pytestmark = pytest.mark.req("F4")
ROOT = Path(__file__).resolve().parents[2]


def fill(where: str) -> dict:
    command = [sys.executable, "-m", "tests.interruption.full", where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def check(told: dict) -> None:
    assert told["acknowledged"] > 5
    assert told["kept"] == told["acknowledged"]
    assert all("disk" in error for error in told["errors"]), told["errors"]
    assert not told["in_transaction"]
    assert (told["afterwards"], told["integrity"], told["broken"]) == (told["acknowledged"] + 1, "ok", [])


def test_files_that_may_not_grow():
    check(fill("limit"))


@pytest.fixture
def small_filesystem(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no right to mount a small filesystem: {mounted.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_small_filesystem(small_filesystem):
    check(fill(str(small_filesystem)))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own limit")
@pytest.mark.django_db(transaction=True)
def test_the_page_says_so_and_the_same_submission_counts_once(desk):
    """The error comes when SQLite has already rolled back; the next request finds a working connection."""
    desk.client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # rows of other tests left free pages, on which hundreds of results would fit
    _pages("page_count + 1")
    answers, key = [], ""
    while not answers or answers[-1] != 507:
        key = str(uuid4())
        answers.append(_log(desk, key).status_code)
        assert len(answers) < 300
    before = everything()
    reply = _log(desk, key)
    assert (reply.status_code, "硬盘满了" in reply.content.decode()) == (507, True)
    assert everything() == before
    assert ContactResult.objects.count() == len(answers) - 1
    assert desk.client.get("/today/").status_code == 200
    _pages("1073741823")
    assert [_log(desk, key).status_code for _ in range(2)] == [answers[0]] * 2
    assert ContactResult.objects.count() == len(answers)


def _log(desk, key: str):
    item = desk.items[0]
    return desk.client.post(
        reverse("customers:log", args=[item.customer_id]), {"key": key, "result": "interested", "note": "字" * 400}
    )


def _pages(most: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        count = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {eval(most, {'page_count': count})}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("error", "status"), [
    (OperationalError("server closed the connection unexpectedly"), 503),
    (InterfaceError("connection already closed"), 503),
    (OSError(28, "No space left on device"), 507),
    (ValueError("a bug"), 500),
])  # fmt: skip
def test_what_failed_is_said_by_its_kind(desk, monkeypatch, error, status):
    def fails(*_args, **_kwargs):
        raise error

    monkeypatch.setattr("yuandian.web.pages.today.open_day", fails)
    desk.client.raise_request_exception = False
    reply = desk.client.get("/today/")
    assert (reply.status_code, reply.get("Retry-After")) == (status, "5" if status == 503 else None)
    assert "default-src 'none'" in reply["Content-Security-Policy"]


def _say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no such limits; its lock waits in a queue"
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_a_lock_waited_for_too_long_is_said_in_words_and_changes_nothing(desk, limit):
    """The request gives up after PostgreSQL's own limit, and the same again is kept once."""
    desk.client.raise_request_exception = False
    key, before = str(uuid4()), everything()
    with postgresql.owner() as holder, holder.transaction():
        holder.execute("LOCK TABLE records_auditentry IN SHARE ROW EXCLUSIVE MODE")
        _say(f"SET {limit} = '200ms'")
        reply = _log(desk, key)
    assert (reply.status_code, reply.get("Retry-After"), "数据库" in reply.content.decode()) == (503, "5", True)
    assert everything() == before
    assert [_log(desk, key).status_code for _ in range(2)] == [302] * 2
    _say(f"RESET {limit}")
    assert ContactResult.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connections to run out of")
@pytest.mark.django_db(transaction=True)
def test_too_many_connections_are_said_in_words(desk):
    desk.client.raise_request_exception = False
    name = connection.settings_dict["NAME"]
    connection.close()
    with postgresql.owner() as owner:
        owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        try:
            reply = desk.client.get("/today/")
        finally:
            owner.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
    assert (reply.status_code, reply["Retry-After"]) == (503, "5")
    assert desk.client.get("/today/").status_code == 200
