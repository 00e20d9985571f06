"""The rejects of an import as a file that a spreadsheet opens."""

import csv
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from yuandian.operations.files import harmless
from yuandian.records.runs import ImportReject

HEADER = ("kind", "row", "column", "value", "reason", "fix", "file")


def write_rejects(batches: Sequence[int]) -> Path | None:
    """All rejects of the batches in one csv (UTF-8 with BOM) in the folder `rejects`; None when there are none.

    Personal data may stand in it, so only the owner of the installation can read it.
    """
    rejects = ImportReject.objects.filter(batch__in=batches).order_by("batch_id", "row", "pk")
    if not rejects.exists():
        return None
    folder = Path(settings.HOME) / "rejects"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"import-{batches[0]}.csv"
    draft = path.with_suffix(".part")
    fields = ("batch__kind", "row", "column", "value", "reason", "fix", "batch__file_name")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for row in rejects.values_list(*fields).iterator(chunk_size=5000):
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    draft.replace(path)
    return path
