"""I9: the same files and the same night give the same rows on SQLite and on PostgreSQL."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import csv
from tests import postgresql
from tests.factories import TODAY

from yuandian.engine.simulate import simulate_branch
from yuandian.engine.tables import KINDS

pytestmark = pytest.mark.django_db(transaction=True)
YUANDIAN = Path(sys.executable).with_name("yuandian")


def files(folder: Path) -> Path:
    """A made-up bank as csv, each kind's rows with an unlucky one among them."""
    folder.mkdir()
    tables = simulate_branch("bank", as_of=TODAY, scale=0.2)
    for kind in KINDS:
        csv.write_csv(tables[kind], folder / f"{kind}.csv")
    with (folder / "transactions.csv").open("a") as file:
        file.write("x," * (tables["transactions"].num_columns - 1) + "x\n")
    return folder


def said(home: Path, environment: dict[str, str], *arguments: str) -> dict:
    home.mkdir(exist_ok=True)
    everywhere = {**os.environ, "YUANDIAN_HOME": str(home), **environment}
    done = subprocess.run(
        [YUANDIAN, *arguments, "--json"], env=everywhere, cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def life(home: Path, folder: Path, environment: dict[str, str]) -> tuple[dict, dict]:
    """What an import and a night say, without where and how long."""
    brought = said(home, environment, "import", "all", str(folder), "--pack", "bank")
    night = said(home, environment, "loop", "--as-of", TODAY.isoformat())
    assert said(home, environment, "verify")["ok"]
    del brought["rejects_file"], night["seconds"]
    return brought, night


@pytest.mark.req("I9")
def test_the_same_files_give_the_same_nights_on_both_databases(tmp_path):
    if not postgresql.is_used():
        pytest.skip("compares with PostgreSQL; runs there by scripts/postgres.py")
    folder = files(tmp_path / "files")
    with postgresql.another_database() as environment:
        there = life(tmp_path / "there", folder, environment)
    here = life(tmp_path / "here", folder, {})
    assert there == here
    assert here[0]["rejected"]["transactions"] == 1
    assert here[1]["items"] > 0
