"""Tests that were sent to PostgreSQL never pass on SQLite unnoticed: not alone, and not in workers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from scripts.postgres import PROMISE

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_promised():
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ("sqlite_version()" if connection.vendor == "sqlite" else "version()"))
        told = cursor.fetchone()[0]
    assert told.startswith("PostgreSQL") == (os.environ.get(PROMISE) == "postgresql")


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_another_database_than_promised_fails_loudly(workers):
    environment = {name: value for name, value in os.environ.items() if name != "YUANDIAN_DATABASE_URL"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *workers, "tests/docs"]
    done = subprocess.run(
        command, cwd=ROOT, env={**environment, PROMISE: "postgresql"}, capture_output=True, text=True, check=False
    )
    assert done.returncode not in {0, 5}
    assert "asked for postgresql, and the tests are on sqlite" in done.stdout + done.stderr
