"""The process that opens a foreign file: `python -m yuandian.operations.files.child`, JSON in, JSON out."""

import json
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

import pyarrow as pa

from yuandian.operations.files.opening import open_rows
from yuandian.operations.files.rows import FileError, Limits
from yuandian.operations.files.spool import write_spool


def main() -> None:
    asked = json.load(sys.stdin)
    path, limits = Path(asked["path"]), Limits(**asked["limits"])
    _confine(limits, asked["seconds"])
    json.dump(_answer(path, Path(asked["spool"]), limits), sys.stdout, default=str)


def _confine(limits: Limits, seconds: int) -> None:
    """RLIMIT_DATA counts what is allocated, not what libraries merely reserve or map from their files."""
    pa.set_cpu_count(1)
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))


def _answer(path: Path, spool: Path, limits: Limits) -> dict[str, Any]:
    """Empty when all rows lie in `spool`; else what FileError or OSError is to be raised."""
    try:
        write_spool(open_rows(path, limits), spool)
    except FileError as fault:
        return {"code": fault.code, "where": fault.where, "inputs": fault.inputs}
    except (MemoryError, RecursionError):
        return {"code": "too_heavy", "where": path.name, "inputs": {}}
    except OSError as error:
        return {"errno": error.errno, "why": error.strerror or str(error)}
    except Exception as error:  # noqa: BLE001  hostile bytes find errors that nobody foresaw
        trace = "".join(traceback.format_tb(error.__traceback__))
        why = {"why": type(error).__name__}
        return {"code": "unreadable", "where": path.name, "inputs": why, "trace": trace}
    return {}


if __name__ == "__main__":
    main()
