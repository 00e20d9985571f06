"""Foreign files into streams of facts, as a source of the pack declares them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
from django.conf import settings

from yuandian.engine.know.intake import Expected, match
from yuandian.engine.tables import TABLES
from yuandian.operations.files import read_apart
from yuandian.operations.know.file import fingerprint, lengths
from yuandian.operations.know.taking import Stream, Taking
from yuandian.operations.writing import RefusedError
from yuandian.packs.source import Source
from yuandian.packs.sources import Production, compile_source

ROWS = 20_000


def source_streams(
    source: Source, files: Mapping[str, list[Path]], taking: Taking, open_files: ExitStack
) -> list[Stream]:
    """The raw files in a database of their own, and one stream for each table whose file is there.

    A table whose own file is missing is left out; one that looks up in a missing file is refused.
    """
    productions = [production for production in compile_source(source) if production.file in files]
    missing = {file for production in productions for file in production.files} - set(files)
    if missing:
        raise RefusedError("missing_files", missing=sorted(missing))
    taking.staging.mkdir(parents=True, exist_ok=True)
    place = open_files.enter_context(TemporaryDirectory(dir=taking.staging, prefix="raw-"))
    database = duckdb.connect(str(Path(place) / "raw.duckdb"), config={"memory_limit": "512MB"})
    open_files.callback(database.close)
    for identifier, paths in files.items():
        _load(database, identifier, source.files[identifier].columns, paths, taking.staging)
    return [_stream(database, production, files) for production in productions]


def _load(
    database: duckdb.DuckDBPyConnection,
    identifier: str,
    columns: Sequence[str],
    paths: Sequence[Path],
    staging: Path,
) -> None:
    """All files of one name into one table of texts; rows are counted on from file to file.

    A row that does not fit its header has no cells left, and is rejected for what it then lacks.
    """
    names = ", ".join(f'"{column}"' for column in columns)
    texts = ", ".join(f'"{column}" VARCHAR' for column in columns)
    database.execute(f'CREATE TABLE "{identifier}" ({texts}, _row BIGINT)')
    before = 0
    for path in paths:
        last = before
        with read_apart(path, staging) as rows:
            missing = [column for column in columns if column not in rows.header]
            if missing:
                raise RefusedError("missing_columns", file=path.name, missing=missing, found=list(rows.header))
            for batch in rows:
                database.register("batch", batch)
                database.execute(f'INSERT INTO "{identifier}" SELECT {names}, _row + {before} FROM batch')
                database.unregister("batch")
                last = before + batch["_row"][-1].as_py()
        before = last


def _stream(
    database: duckdb.DuckDBPyConnection, production: Production, files: Mapping[str, list[Path]]
) -> Stream:
    kind = production.kind
    paths = [path for identifier in production.files for path in files[identifier]]
    names = ", ".join(path.name for path in files[production.file])

    def read() -> Iterator[pa.Table]:
        """A cursor of its own, since streams may be open side by side."""
        with database.cursor() as cursor:
            reader: pa.RecordBatchReader = cursor.sql(production.sql).to_arrow_reader(ROWS)
            for batch in reader:
                yield pa.table(batch)

    return Stream(
        table=TABLES[kind],
        file_name=names,
        fingerprint=fingerprint(paths, [kind, production.sql]),
        matched=match(TABLES[kind], production.columns, {}),
        expected=Expected(settings.TIME_ZONE, lengths(kind), production.choices),
        read=read,
    )
