"""Keys that come again in a later batch of the same file.

Within one batch `records.frames.merge` sees them. Across batches master data would be written twice, and what
stands in the end would hang on where the batches were cut. Facts that only grow are safe without this.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from yuandian.engine.know.intake import REJECTS
from yuandian.engine.tables import Table
from yuandian.records.frames.verdicts import APPEND_ONLY


@dataclass(frozen=True)
class Sifted:
    """`rows` are new in this file, `repeated` say again what an earlier row said, `rejects` say otherwise."""

    rows: pa.Table
    repeated: int
    rejects: pa.Table


class Repeats:
    """The keys seen so far, on disk, so that a file of any size fits."""

    def __init__(self, table: Table, folder: Path) -> None:
        self.is_needed = table.name not in APPEND_ONLY
        self.key = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in table.key)
        self.column = table.key[0]
        folder.mkdir(parents=True, exist_ok=True)
        self.place = TemporaryDirectory(dir=folder, prefix="keys-")
        self.database = duckdb.connect(
            str(Path(self.place.name) / "keys.duckdb"), config={"memory_limit": "256MB"}
        )
        self.database.execute("CREATE TABLE seen (key VARCHAR, hash UBIGINT)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()
        self.place.cleanup()

    def sift(self, rows: pa.Table) -> Sifted:
        """Take out what an earlier batch brought, and remember the rest."""
        if not self.is_needed or rows.num_rows == 0:
            return Sifted(rows, 0, REJECTS.empty_table())
        database = self.database
        database.register("incoming", rows)
        values = ", ".join(f'"{name}"' for name in rows.column_names if name != "_row")
        own = f"concat_ws(chr(31), {self.key}) AS seen_key, hash(({values})) AS seen_hash"
        database.execute(
            "CREATE OR REPLACE TEMP TABLE met AS SELECT now.*, seen.hash AS before "
            f"FROM (SELECT incoming.*, {own} FROM incoming) now LEFT JOIN seen ON seen.key = now.seen_key"
        )
        database.execute(
            "INSERT INTO seen SELECT seen_key, arg_min(seen_hash, _row) FROM met WHERE before IS NULL GROUP BY ALL"
        )
        fresh = database.sql(
            "SELECT * EXCLUDE (seen_key, seen_hash, before) FROM met WHERE before IS NULL ORDER BY _row"
        ).to_arrow_table()
        others = database.sql(
            f'SELECT _row AS "row", \'{self.column}\' AS "column", CAST("{self.column}" AS VARCHAR) AS "value", '
            "'duplicate_key' AS reason, '' AS fix FROM met WHERE before <> seen_hash ORDER BY _row"
        ).to_arrow_table()
        database.unregister("incoming")
        repeated = rows.num_rows - fresh.num_rows - others.num_rows
        return Sifted(fresh.cast(rows.schema), repeated, others.rename_columns(REJECTS.names).cast(REJECTS))
