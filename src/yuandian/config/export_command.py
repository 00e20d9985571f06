"""The `export` command: one kind of one branch into a file, for whoever keeps the machine."""

from pathlib import Path
from typing import Any

from django.utils import timezone

from yuandian.config.cli import refuse
from yuandian.config.import_command import named_branch, worded
from yuandian.operations.export import write_facts
from yuandian.operations.files.write import TooMuchError
from yuandian.operations.writing import RefusedError


def run_export(kind: str, path: Path, branch: str | None) -> tuple[dict[str, Any], list[str]]:
    """Write the file; returns the JSON answer and its words."""
    chosen = named_branch(branch, None)
    try:
        rows = write_facts(branch=chosen, kind=kind, path=path, at=timezone.now())
    except RefusedError as refused:
        refuse(worded(refused))
    except TooMuchError as fault:
        refuse(worded(RefusedError(fault.code)))
    except OSError as error:
        refuse(f"{path}: {error.strerror}")
    size = path.stat().st_size
    answer = {"kind": kind, "rows": rows, "bytes": size, "file": str(path)}
    return answer, [f"{kind}: {rows:,} rows, {size:,} bytes in {path}"]
