"""The database restarted between requests and in the middle of one: the next works, and nothing counts twice (F16)."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARIES = next((str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), "")


def as_owner(*command: str) -> None:
    prefix = [] if os.geteuid() else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    subprocess.run([*prefix, *command], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def cluster():
    """A PostgreSQL of the test's own: folder and port."""
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    if not BINARIES:
        pytest.skip("no PostgreSQL server on this machine to restart")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="yuandian-cluster-")
    if not os.geteuid():
        shutil.chown(folder, "postgres", "postgres")
    as_owner(f"{BINARIES}/initdb", "-D", folder, "-U", "postgres", "-A", "trust", "--locale=C", "--encoding=UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    as_owner(f"{BINARIES}/pg_ctl", "-D", folder, "-w", "-l", f"{folder}/log", "-o", options, "start")
    yield folder, str(port)
    as_owner(f"{BINARIES}/pg_ctl", "-D", folder, "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


@pytest.mark.req("F16")
def test_a_restart_loses_and_doubles_nothing(cluster, tmp_path):
    command = [sys.executable, "-m", "tests.interruption.restart", *cluster, BINARIES, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["results"], told["broken"]) == (4, [])
    first, *rest = told["answers"]
    assert 503 in rest
    assert set(rest[0::2]) <= {first, 503}  # the request in which it happened
    assert set(rest[1::2]) == {first}  # the same again
