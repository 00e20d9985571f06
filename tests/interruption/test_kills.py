"""Killed at every point and at random: nothing acknowledged is lost, nothing is doubled, and it goes on (F1, F3)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.req("F1")
@pytest.mark.req("F3")
def test_three_hundred_kills_lose_and_double_nothing():
    command = [sys.executable, "-m", "tests.interruption.campaign", "--kills", "300", "--nights", "4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    account = json.loads(done.stdout.splitlines()[-1])
    assert (account["lost"], account["different"], account["broken"]) == ([], [], [])
    assert account["kills"] >= 300
    assert account["points"] >= 75
