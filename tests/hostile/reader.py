"""A small process that reads files apart, one for each line of its input, and measures its children.

What a process of the tests measures of its own children is at least its own size (Linux counts the moment before
the child becomes a program of its own); this one is small.
"""

import json
import resource
import sys
from pathlib import Path

from yuandian.operations.files import FileError, Limits, read_apart


def answer(path: str, folder: str, limits: dict[str, int]) -> dict:
    try:
        with read_apart(Path(path), Path(folder), Limits(**limits)) as rows:
            cells = [tuple(row.values())[:-2] for batch in rows for row in batch.slice(0, 10).to_pylist()]
            return {"header": rows.header, "rows": cells, "count": sum(batch.num_rows for batch in rows)}
    except FileError as fault:
        return {"code": fault.code, "where": fault.where}


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        got = answer(**asked)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
        left = [path.name for path in Path(asked["folder"]).iterdir()]
        sys.stdout.write(json.dumps({**got, "peak": peak, "left": left}) + "\n")
        sys.stdout.flush()
