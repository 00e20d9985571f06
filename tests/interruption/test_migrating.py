"""An older house becomes a newer one with all its rows, also where the process dies in the middle (F1)."""

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests import postgresql
from tests.interruption.migrating import ENTRIES

ROOT = Path(__file__).resolve().parents[2]
SIGN, GUARD = 'UPDATE "records_auditentry" SET "mac"', "CREATE TRIGGER"


@pytest.mark.req("F1")
@pytest.mark.parametrize("dies_at", [SIGN, GUARD], ids=["signing", "guarding"])
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_dies_is_done_by_the_next(tmp_path, dies_at):
    with postgresql.another_database() if postgresql.is_used() else nullcontext({}) as database:
        environment = {**os.environ, "YUANDIAN_HOME": str(tmp_path), **database}

        def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
            )

        def migrate(*how: str) -> int:
            return run(sys.executable, "-m", "tests.interruption.migrating", *how).returncode

        assert (migrate("old"), migrate("new", dies_at), migrate("new")) == (0, -9, 0)
        told = run(Path(sys.executable).with_name("yuandian"), "verify").stdout
    assert f"ok   audit_entries_bear_their_mac: {ENTRIES} checked" in told
    assert "FAIL" not in told
