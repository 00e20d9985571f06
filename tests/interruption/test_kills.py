"""Killed at every point and at random: nothing acknowledged is lost, nothing is doubled, and it goes on (F1, F3)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests import postgresql

ROOT = Path(__file__).resolve().parents[2]
POINTS = {
    "sqlite": {"night": 15, "day": 20, "import": 20, "undo": 2, "job": 25},
    "postgresql": {"night": 6, "day": 25, "import": 14, "undo": 2, "job": 20},
}
"""Fewer would mean that the points are no longer watched. PostgreSQL has no staging files to rename and remove."""


@pytest.mark.database
@pytest.mark.req("F1")
@pytest.mark.req("F3")
def test_three_hundred_kills_lose_and_double_nothing():
    command = [sys.executable, "-m", "tests.interruption.campaign", "--kills", "300", "--nights", "2"]
    server = {"YUANDIAN_DATABASE_URL": postgresql.url_of_server()} if postgresql.is_used() else {}
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **server}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    account = json.loads(done.stdout.splitlines()[-1])
    assert (account["lost"], account["different"], account["broken"]) == ([], [], [])
    assert account["kills"] >= 300
    too_few = {kind: n for kind, n in account["points"].items() if n < POINTS[connection.vendor][kind]}
    assert (too_few, set(account["points"])) == ({}, set(POINTS[connection.vendor]))
    assert bool(account["outages"]) == postgresql.is_used()
