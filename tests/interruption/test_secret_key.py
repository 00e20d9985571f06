"""The key that is made at the first start: one for all processes, and none rather than an empty one."""

import os
import subprocess
import sys
from pathlib import Path

START = "from yuandian.config import settings; print(settings.SECRET_KEY)"
ON_A_FULL_DISK = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, -1)); {START}"
RACE = f"""
import sys
from pathlib import Path
exists = Path.exists
def wait(path):
    there = exists(path)
    if path.name == "secret-key":
        print(flush=True)
        sys.stdin.readline()
    return there
Path.exists = wait
{START}
"""


def started(home: Path, code: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "YUANDIAN_SECRET_KEY"}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-B", "-c", code], env={**environment, "YUANDIAN_HOME": str(home)},
        stdin=pipe, stdout=pipe, stderr=pipe, text=True,
    )  # fmt: skip


def test_of_processes_that_all_found_no_key_the_first_ones_counts(tmp_path):
    home = tmp_path / "home"
    starts = [started(home, RACE) for _ in range(3)]
    assert [start.stdout.readline() for start in starts] == ["\n"] * 3
    keys = {start.communicate("\n")[0].strip() for start in starts}
    assert keys == {(home / "secret-key").read_text()}
    assert {len(key) for key in keys} == {64}
    assert [path.name for path in home.iterdir()] == ["secret-key"]
    assert (home / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_no_key_and_the_next_start_makes_one(tmp_path):
    full = started(tmp_path, ON_A_FULL_DISK)
    assert "File too large" in full.communicate()[1]
    assert (full.returncode, list(tmp_path.iterdir())) == (1, [])
    said, _ = started(tmp_path, START).communicate()
    assert said.strip() == (tmp_path / "secret-key").read_text()
