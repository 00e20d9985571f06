"""Where uploaded files lie: under names of our own, readable by the owner of the installation alone."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from yuandian.operations.files import RowSource, read_apart
from yuandian.records.uploads import Upload


def folder() -> Path:
    """Of the uploads. It is made when it is not there."""
    path = Path(settings.HOME) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def store(path: Path, ending: str) -> str:
    """Move a file here; the answer is its name. Nothing of the sender's name is in it but the known ending."""
    name = f"{secrets.token_hex(16)}{ending}"
    target = folder() / name
    shutil.move(path, target)
    target.chmod(0o600)
    return name


def drop(name: str) -> None:
    if name:
        (folder() / name).unlink(missing_ok=True)


def path_of(upload: Upload) -> Path:
    return folder() / upload.stored_as


@contextmanager
def rows_of(upload: Upload) -> Iterator[RowSource]:
    """The file, read to its end. Raises FileError."""
    with read_apart(path_of(upload), Path(settings.HOME) / "staging") as rows:
        yield rows


def sweep_unknown(before: float) -> None:
    """Delete files that no upload knows, last touched before a moment (seconds of the epoch)."""
    known = set(Upload.objects.exclude(stored_as="").values_list("stored_as", flat=True))
    for path in folder().iterdir():
        if path.name not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
