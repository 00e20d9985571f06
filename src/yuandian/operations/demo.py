"""A made-up branch into the database, by the same way as any file."""

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from yuandian.engine.tables import KINDS
from yuandian.operations.writing import operation, record
from yuandian.records.frames import merge
from yuandian.records.org import Branch


def load_demo(*, branch: Branch, tables: Mapping[str, pa.Table], at: datetime) -> dict[str, int]:
    """Write simulated facts (local times, as `engine.simulate` makes them) into an empty made-up branch.

    Kind by kind, each whole; interrupted, the same call goes on, since what is there is left alone.
    Returns the rows by kind. Raises ValueError when one is refused: the simulator then is wrong.
    """
    if not branch.is_made_up:
        raise ValueError(f"{branch.number} is a real branch")
    counts = {}
    for kind in KINDS:
        rows = _in_utc(tables[kind])
        rows = rows.append_column("_row", pa.array(range(1, rows.num_rows + 1), pa.int64()))
        counts[kind] = _load(branch=branch, kind=kind, rows=rows, at=at)
    return counts


@operation
def _load(*, branch: Branch, kind: str, rows: pa.Table, at: datetime) -> int:
    merged = merge(branch=branch, kind=kind, rows=rows)
    if merged.rejects.num_rows:
        raise ValueError(f"{kind}: {merged.rejects.slice(0, 3).to_pylist()}")
    if merged.accepted:
        record(
            operation="load_demo",
            subject=branch,
            by=None,
            at=at,
            branch_id=branch.pk,
            after={kind: merged.accepted},
        )
    return merged.accepted


def _in_utc(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            local = pc.assume_timezone(
                table[field.name], settings.TIME_ZONE, ambiguous="earliest", nonexistent="latest"
            )
            moments = local.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
            table = table.set_column(index, field.name, moments)
    return table
