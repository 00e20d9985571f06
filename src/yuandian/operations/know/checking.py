"""What would come of a file, without a trace of it in the facts.

Typing and keys that come again need no database. What the database says of a batch is rehearsed in a transaction
that is rolled back; between batches the gate is free, so that nobody waits for a long file. What only the import
itself can tell: a row that hangs on a row of an earlier batch, since that one is gone again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from yuandian.engine.know.intake import REJECTS, worded
from yuandian.operations.know.repeats import Repeats
from yuandian.operations.know.taking import SAMPLE, Ready, Stream, Taking, ahead, merged_or_halved, prepared
from yuandian.operations.writing import write_gate
from yuandian.records.frames import Merged
from yuandian.records.runs import ImportBatch


@dataclass
class Foreseen:
    """Rows of the file by what would become of them, the first refusals, and how many there are of each reason."""

    received: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    batches: int = 0
    sample: list[dict[str, Any]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, ready: Ready, merged: Merged, rejects: pa.Table) -> None:
        received = ready.raw.num_rows
        unchanged = merged.unchanged + ready.repeated
        self.received += received
        self.accepted += merged.accepted
        self.unchanged += unchanged
        self.rejected += received - merged.accepted - unchanged
        self.batches += 1
        self.sample += rejects.slice(0, SAMPLE - len(self.sample)).to_pylist()
        for one in pc.value_counts(rejects["reason"]).to_pylist():
            self.reasons[one["values"]] = self.reasons.get(one["values"], 0) + one["counts"]


def foresee(stream: Stream, taking: Taking, told: Callable[[int], None]) -> Foreseen:
    """Rehearse the whole stream; `told` hears before each batch how many rows are done."""
    foreseen = Foreseen()
    with Repeats(stream.table, taking.staging) as repeats:
        for ready in ahead(prepared(stream, repeats, 0)):
            told(foreseen.received)
            merged = _rehearsed(stream, ready, taking)
            rejects = pa.concat_tables([ready.rejects, merged.rejects.cast(REJECTS)]).sort_by("row")
            foreseen.add(ready, merged, worded(rejects, stream.table, stream.matched, stream.expected))
    return foreseen


def _rehearsed(stream: Stream, ready: Ready, taking: Taking) -> Merged:
    with write_gate(), transaction.atomic():
        mark = f"rehearsal of {taking.upload.pk if taking.upload else stream.fingerprint[:40]}"
        batch = ImportBatch.objects.create(
            branch=taking.branch, kind=stream.kind, fingerprint=mark, started_at=taking.at
        )
        merged = merged_or_halved(batch, stream.table, ready.rows)
        transaction.set_rollback(True)
    return merged
