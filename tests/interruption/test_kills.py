"""Killed at every point and at random: nothing acknowledged is lost, nothing is doubled, and it goes on (F1, F3)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgresql

ROOT = Path(__file__).resolve().parents[2]
POINTS = {"night": 10, "day": 20, "import": 20, "undo": 2, "job": 20}
"""Fewer would mean that the points are no longer watched."""


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
    assert all(account["points"][kind] >= least for kind, least in POINTS.items()), account["points"]
    assert bool(account["outages"]) == postgresql.is_used()
