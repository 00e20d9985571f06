"""A folder of files: named by kind, or foreign ones that a source of the pack turns into facts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from yuandian.engine.tables import KINDS
from yuandian.operations.files import ending
from yuandian.operations.know.file import file_stream, take_all
from yuandian.operations.know.foreign import source_streams
from yuandian.operations.know.taking import Imported, Progress, Taking, rehearsal
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.packs.fields import Fields
from yuandian.packs.source import Source
from yuandian.packs.sources import file_called
from yuandian.records.customers import Customer
from yuandian.records.org import Branch, User

_OF_KIND = re.compile(rf"({'|'.join(KINDS)})([-_.]\d.*)?")


def import_folder(
    *,
    branch: Branch,
    folder: Path,
    fields: Fields,
    by: User | None,
    at: datetime,
    source: Source | None = None,
    source_name: str = "",
    progress: Progress = lambda _kind, _rows: None,
    dry_run: bool = False,
) -> Imported:
    """Take in all files of a folder, owners before owned (the order of `tables.KINDS`).

    Without a source a file is named by its kind, with a part beginning with a digit after it if need be
    (customers.csv, transactions-2026-10.csv.gz). With one, its files become facts as it declares, and the branch
    takes its currency. Other files are listed. Every file is read to its end before the first row is written.
    Raises what `import_file` raises; RefusedError `nothing_to_import`, `missing_files`, `other_currency`.
    """
    taking = Taking(branch, by, at, progress, dry_run)
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    with ExitStack() as open_files:
        if source is None:
            used = _by_kind(files)
            streams = [
                file_stream(kind, path, fields, taking, open_files)
                for kind, paths in used.items()
                for path in paths
            ]
        else:
            used = _by_file(files, source)
            streams = source_streams(source, used, taking, open_files)
        if not streams:
            raise RefusedError("nothing_to_import", folder=folder.name)
        ignored = _names(set(files) - {path for paths in used.values() for path in paths})
        with rehearsal(dry_run=dry_run):
            if source is not None:
                _adopt(branch=branch, source=source, source_name=source_name, by=by, at=at)
            return take_all(streams, taking, ignored)


def _names(paths: Iterable[Path]) -> list[str]:
    return sorted(path.name for path in paths)


def _by_kind(files: Sequence[Path]) -> Mapping[str, list[Path]]:
    """The files of each kind that have any."""
    found: dict[str, list[Path]] = {kind: [] for kind in KINDS}
    for path in files:
        known = ending(path)
        named = known and _OF_KIND.fullmatch(path.name[: -len(known)].lower())
        if named:
            found[named.group(1)].append(path)
    return {kind: paths for kind, paths in found.items() if paths}


def _by_file(files: Sequence[Path], source: Source) -> Mapping[str, list[Path]]:
    """The files that the source names, by the name it gives them."""
    found: dict[str, list[Path]] = {}
    for path in files:
        if ending(path) and (identifier := file_called(source, path.name)):
            found.setdefault(identifier, []).append(path)
    return found


@operation
def _adopt(*, branch: Branch, source: Source, source_name: str, by: User | None, at: datetime) -> None:
    """An empty branch takes the source's currency and its numbers; one with facts keeps its own."""
    here = Branch.objects.select_for_update().get(pk=branch.pk)
    before = {"currency": here.currency, "source": here.source}
    after = {"currency": source.currency, "source": source_name}
    if before == after:
        return
    if Customer.objects.filter(branch=here).exists():
        if here.currency != source.currency:
            raise RefusedError("other_currency", branch=here.currency, source=source.currency)
        return
    here.currency, here.source = source.currency, source_name
    here.save(update_fields=["currency", "source"])
    record(operation="adopt_source", subject=here, by=by, at=at, branch_id=here.pk, before=before, after=after)
