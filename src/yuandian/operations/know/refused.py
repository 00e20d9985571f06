"""The cells of refused rows: kept beside the reasons, and made into rows of text again to be typed anew."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from yuandian.records.runs import ImportBatch
from yuandian.records.uploads import RefusedRow

Cells = Mapping[str, str]
"""Header → text; a header that is not there is an empty cell."""
MOST_KEPT = 20_000
"""Characters of a row. Of a longer one nothing is kept: a text cut short must not come in as if it were whole."""
NUL, SHOWN_NUL = "\0", "␀"
"""PostgreSQL keeps no NUL; its picture stands for it and is refused as it would be."""


def keep(batch: ImportBatch, raw: pa.Table, rejects: pa.Table) -> None:
    """Keep the cells of every row that has a reject."""
    bad = raw.filter(pc.is_in(raw["_row"], value_set=pc.unique(rejects["row"])))
    rows = [RefusedRow(batch=batch, row=cells.pop("_row"), cells=kept(cells)) for cells in bad.to_pylist()]
    RefusedRow.objects.bulk_create(rows, batch_size=1000)


def kept(cells: Mapping[str, str | None]) -> dict[str, str]:
    """What the database keeps of a row: no empty cells, nothing of ours, nothing of a row that is too long."""
    said = {name: text.replace(NUL, SHOWN_NUL) for name, text in cells.items() if text and name != "_width"}
    return said if sum(map(len, said.values())) <= MOST_KEPT else {}


def as_raw(rows: Mapping[int, Cells], header: Sequence[str]) -> pa.Table:
    """The rows as a file would give them, under their old numbers."""
    columns = {name: pa.array([_text(cells.get(name)) for cells in rows.values()], pa.string()) for name in header}
    numbers = pa.array(list(rows), pa.int64())
    return pa.table({**columns, "_row": numbers, "_width": pa.nulls(len(rows), pa.int64())})


def _text(cell: str | None) -> str | None:
    return cell.replace(SHOWN_NUL, NUL) if cell else None
