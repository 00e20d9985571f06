"""The two files that prove the audit from outside the database: the keys and the anchors.

`audit-key` holds a line `version secret` for each key; a line added makes a new one the current.
`audit-anchors.jsonl` holds a line for each sealing. Both lie in YUANDIAN_HOME, readable by the service alone.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.conf import settings

from yuandian.records.audit_chain import Keys


def key_path() -> Path:
    return Path(settings.HOME) / "audit-key"


def anchors_path() -> Path:
    return Path(settings.HOME) / "audit-anchors.jsonl"


def audit_keys() -> Keys:
    """The keys to write with; the first is made when it is first needed."""
    return _keys_to_write(key_path())


@cache
def _keys_to_write(path: Path) -> Keys:
    if not path.exists():
        _make_key(path)
    return keys_of(path)


def keys_of(path: Path) -> Keys:
    """The keys to check with. None where there is no file: a key made now would prove nothing."""
    if not path.exists():
        return {}
    lines = (line.split() for line in path.read_text().splitlines() if line.strip())
    return {int(version): bytes.fromhex(secret) for version, secret in lines}


def _make_key(path: Path) -> None:
    """Whole or not at all, and the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    write_synced(draft, f"1 {secrets.token_hex(32)}\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync_folder(path.parent)


@contextmanager
def locked(anchors: Path, *, shared: bool) -> Iterator[None]:
    """Keep sealings, and readings of database and anchors together, out of each other's way."""
    with os.fdopen(os.open(anchors.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def anchor_lines(anchors: Path) -> Iterator[str]:
    """The whole lines that stand in the file now, read as they are asked for; a torn last line is none."""
    size = anchors.stat().st_size if anchors.exists() else 0

    def lines() -> Iterator[str]:
        with anchors.open("rb") as file:
            while file.tell() < size and (line := file.readline()).endswith(b"\n"):
                yield line.decode(errors="replace")

    return lines() if size else iter(())


def last_anchor_line(anchors: Path) -> str:
    """The last whole line, or nothing."""
    lines = _tail(anchors).rpartition(b"\n")[0].splitlines()
    return lines[-1].decode(errors="replace") if lines else ""


def append_anchor(anchors: Path, line: str) -> None:
    """Add a line for good. What a power cut left of an unfinished one goes: it was never told to anyone."""
    is_new = not anchors.exists()
    if torn := _tail(anchors).rpartition(b"\n")[2]:
        os.truncate(anchors, anchors.stat().st_size - len(torn))
    write_synced(anchors, line + "\n")
    if is_new:
        _sync_folder(anchors.parent)


def _tail(path: Path) -> bytes:
    """The last bytes of a file, more than any line is long."""
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4096, 0))
        return file.read()


def write_synced(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
