"""A file read to its end before anything of it is used: an error at its end then finds nothing half done."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from yuandian.operations.files.rows import OWN_NAMES, RowSource


def write_spool(source: RowSource, path: Path) -> None:
    """All rows into an Arrow stream file. Raises what reading raises."""
    text = [(name, pa.string()) for name in source.header]
    schema = pa.schema([*text, ("_row", pa.int64()), ("_width", pa.int64())])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for rows in source:
            writer.write_table(rows.combine_chunks())


def read_spool(path: Path) -> RowSource:
    """The same rows again, and the same batches, so that a second reading is cut at the same rows."""
    with pa.OSFile(str(path), "rb") as spool, pa.ipc.open_stream(spool) as reader:
        header = tuple(name for name in reader.schema.names if name not in OWN_NAMES)
    return RowSource(header, lambda: _tables(path))


def _tables(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path), "rb") as spool, pa.ipc.open_stream(spool) as reader:
        for batch in reader:
            yield pa.table(batch)


def sweep(folder: Path, before: float) -> None:
    """Delete what killed imports left below `folder`, untouched since `before` (seconds of the epoch)."""
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # another import may just have taken it away
            if path.stat().st_mtime < before:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
