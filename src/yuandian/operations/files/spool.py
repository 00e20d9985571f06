"""A file read to its end before anything of it is used: an error at its end then finds nothing half done."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from yuandian.operations.files.rows import RowSource


@contextmanager
def spooled(source: RowSource, folder: Path) -> Iterator[RowSource]:
    """The same rows from an Arrow file in a temporary place below `folder`. Raises what reading raises."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="rows-") as place:
        path = Path(place) / "rows.arrow"
        _write(source, path)
        yield RowSource(source.header, lambda: _read(path))


def sweep(folder: Path, before: float) -> None:
    """Delete what killed imports left below `folder`, untouched since `before` (seconds of the epoch)."""
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # another import may just have taken it away
            if path.stat().st_mtime < before:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _write(source: RowSource, path: Path) -> None:
    text = [(name, pa.string()) for name in source.header]
    schema = pa.schema([*text, ("_row", pa.int64()), ("_width", pa.int64())])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for rows in source:
            writer.write_table(rows.combine_chunks())


def _read(path: Path) -> Iterator[pa.Table]:
    """One table for each batch as it was read, so that a second reading is cut at the same rows."""
    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as reader:
        for batch in reader:
            yield pa.table(batch)
