"""Hostile files (A16–A19, F14): each has its error in its place, within the caps, and leaves nothing behind."""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings
from tests.factories import NOW, everything, make_branch
from tests.hostile import Case, cases, sheets

from yuandian.operations.files import FileError, Limits, read_apart
from yuandian.operations.know import import_file
from yuandian.packs.fields import load_fields

pytestmark = pytest.mark.xdist_group("hostile")

ALL = list(cases())
MOST = 512 << 20


@pytest.fixture(scope="module")
def reading() -> Iterator[Callable[..., dict]]:
    """Asks the small process of tests/hostile/reader.py."""
    command = [sys.executable, "-m", "tests.hostile.reader"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as reader:

        def ask(path: Path, folder: Path, limits: dict[str, int]) -> dict:
            reader.stdin.write(json.dumps({"path": str(path), "folder": str(folder), "limits": limits}) + "\n")
            reader.stdin.flush()
            return json.loads(reader.stdout.readline())

        yield ask
        reader.stdin.close()


@pytest.fixture(scope="module")
def trap(tmp_path_factory) -> Iterator[socket.socket]:
    """A socket and a file that no reader may open."""
    secret = tmp_path_factory.mktemp("trap") / "secret.txt"
    secret.write_text("canary-of-the-trap")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        sheets.TRAP.update(port=listening.getsockname()[1], file=str(secret))
        yield listening


def write(case: Case, folder: Path) -> Path:
    path = folder / case.file
    case.write(path)
    return path


@pytest.mark.req("X5")
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_every_hostile_file_has_its_answer(tmp_path, reading, trap, case):
    """The code and place of its refusal, or its rows; within the memory, no link followed, nothing left behind."""
    (tmp_path / "staging").mkdir()
    got = reading(write(case, tmp_path), tmp_path / "staging", case.limits)
    assert got.pop("left") == []
    assert got.pop("peak") <= MOST
    assert got == expected(case)
    with pytest.raises(BlockingIOError):
        trap.accept()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([case.file, "staging"])


def expected(case: Case) -> dict:
    if case.code:
        return {"code": case.code, "where": case.where}
    header, *rows = case.rows
    return {"header": list(header), "rows": [list(row) for row in rows], "count": len(rows)}


ONE_OF_EACH = {(case.file, case.code): case for case in ALL if case.code and not case.limits}


@pytest.mark.req("X5")
@pytest.mark.django_db
def test_what_is_refused_changes_nothing(tmp_path, trap):
    """The same files through the door that people use: the database and the staging are as before."""
    branch, fields = make_branch(), load_fields("bank")
    before = everything()
    for nth, case in enumerate(ONE_OF_EACH.values()):
        folder = tmp_path / str(nth)
        folder.mkdir()
        path = write(case, folder)
        with pytest.raises(FileError) as caught:
            import_file(branch=branch, kind="customers", path=path, fields=fields, by=None, at=NOW)
        assert (caught.value.code, caught.value.where) == (case.code, case.where), case.id
        path.unlink()
    assert everything() == before
    assert list((Path(settings.HOME) / "staging").iterdir()) == []


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"seconds": 1, "batch_rows": 1}], ids=["clock", "processor"])
def test_a_reader_that_takes_too_long_is_stopped(tmp_path, limits):
    path, staging = tmp_path / "a.csv", tmp_path / "staging"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 250_000)
    with pytest.raises(FileError) as caught, read_apart(path, staging, Limits(**limits)):
        pass
    assert (caught.value.code, caught.value.where) == ("too_heavy", "a.csv")
    assert list(staging.iterdir()) == []


FULL = """
import resource, sys
from pathlib import Path
from yuandian.operations.files import read_apart
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with read_apart(Path(sys.argv[1]), Path(sys.argv[2])): pass
except OSError as error:
    print(type(error).__name__, error.strerror.rpartition(" Detail: ")[2])
"""


def test_rows_that_cannot_be_kept_are_not_the_files_fault(tmp_path):
    """A full disk, here a limit on the size of files, is an error of the machine and no refusal."""
    path, staging = tmp_path / "a.csv", tmp_path / "staging"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 1000)
    told = subprocess.run([sys.executable, "-c", FULL, path, staging], capture_output=True, text=True, check=True)
    assert told.stdout == "OSError [errno 27] File too large\n"
    assert list(staging.iterdir()) == []


def test_a_pipe_is_not_waited_for(tmp_path):
    path = tmp_path / "a.csv"
    os.mkfifo(path)
    with (
        pytest.raises(FileError, match="not a file"),
        read_apart(path, tmp_path / "staging"),
    ):
        pass


@pytest.mark.req("X5")
def test_the_server_answers_while_bombs_are_read(tmp_path):
    """A server beside two readers that burst: in the middle of it a page is there within a second."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = {**os.environ, "YUANDIAN_HOME": str(tmp_path / "home")}
    (tmp_path / "home").mkdir()
    house = Path(sys.executable).with_name("yuandian")
    subprocess.run([house, "init", "--pack", "bank"], env=place, check=True, capture_output=True)
    command = [house, "serve", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(command, env=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            assert answer_after(port, patience=60) is not None
            bomb = next(case for case in ALL if case.name == "a_bomb_that_keeps_to_the_measure")
            with ThreadPoolExecutor(2) as readers:
                path = write(bomb, tmp_path)
                limits = Limits(seconds=4, seconds_per_mb=0)
                done = [readers.submit(fault_of, path, tmp_path / "staging", limits) for _ in range(2)]
                took = []
                while not all(one.done() for one in done):
                    took.append(answer_after(port, patience=10))
            assert [one.result() for one in done] == ["too_heavy", "too_heavy"]
            assert len(took) >= 3
            assert None not in took
            assert statistics.median(took) < 1
        finally:
            server.terminate()


def fault_of(path: Path, staging: Path, limits: Limits) -> str:
    with pytest.raises(FileError) as caught, read_apart(path, staging, limits):
        pass
    return caught.value.code


def answer_after(port: int, patience: float) -> float | None:
    """Seconds until /healthz answered; None when it did not within the patience."""
    begun = time.monotonic()
    while time.monotonic() < begun + patience:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=patience) as reply:
                assert reply.read() == b"ok"
                return time.monotonic() - begun
        except OSError:
            time.sleep(0.1)
    return None
