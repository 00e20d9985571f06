"""What a person does with a file on its way in: give it, name its columns, import it, take it back, leave it (X5).

Every step that takes long is a job; the step itself only notes that it is asked for.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from yuandian.engine.know.intake import Matched, match
from yuandian.engine.tables import KINDS
from yuandian.operations.files import ENDINGS, FileError, ending
from yuandian.operations.jobs import enqueue
from yuandian.operations.know.storing import drop, store, sweep_unknown
from yuandian.operations.know.taking import MAY_IMPORT
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.packs.fields import Fields
from yuandian.records.org import Branch, User
from yuandian.records.runs import ImportReject
from yuandian.records.uploads import (
    ColumnMapping,
    RefusedRow,
    State,
    Upload,
    known_mapping,
    overdue,
    waits_for_worker,
)

JOBS = {
    State.READING: "read_upload",
    State.CHECKING: "check_upload",
    State.IMPORTING: "take_upload",
    State.UNDOING: "undo_upload",
}
"""Who does what an upload in this state waits for. A file of repairs has one job, `mend_upload`."""
DAY = 86_400.0


def receive(
    *, kind: str, file_name: str, path: Path, by: User, at: datetime, repairs: Upload | None = None
) -> Upload:
    """Take a file over; reading it is a job. Raises FileError `unknown_ending`, `empty_file`.

    Refuses: `not_permitted`, `unknown_kind`, `moved_on` (the import to repair is not one any more).
    """
    if by.role not in MAY_IMPORT or by.branch is None or (repairs and repairs.branch_id != by.branch_id):
        raise RefusedError("not_permitted")
    if kind not in KINDS:
        raise RefusedError("unknown_kind", kind=kind, known=list(KINDS))
    known, size = ending(Path(file_name)), path.stat().st_size
    if known is None:
        raise FileError("unknown_ending", file_name, known=", ".join(ENDINGS))
    if size == 0:
        raise FileError("empty_file", file_name)
    stored = store(path, known)
    try:
        return _received(
            branch=by.branch,
            kind=kind,
            name=file_name[:255],
            stored=stored,
            size=size,
            by=by,
            at=at,
            repairs=repairs,
        )
    except BaseException:
        drop(stored)
        raise


@operation
def _received(
    *, branch: Branch, kind: str, name: str, stored: str, size: int, by: User, at: datetime, repairs: Upload | None
) -> Upload:
    if repairs is not None:
        held(repairs, by, State.IMPORTED)
    upload = Upload.objects.create(
        branch=branch,
        by=by,
        repairs=repairs,
        kind=kind,
        file_name=name,
        stored_as=stored,
        size=size,
        at=at,
        state=State.READING,
    )
    after = {"kind": kind, "file": name, "size": size, "repairs": repairs and repairs.pk}
    record(operation="upload_file", subject=upload, by=by, at=at, branch_id=upload.branch_id, after=after)
    _ask(upload, by, at)
    return upload


@operation
def choose_columns(
    *, upload: Upload, columns: Mapping[str, str], in_yuan: frozenset[str], fields: Fields, by: User, at: datetime
) -> Upload:
    """Say which header means which column; remembered for the next file with these headers. Then it is checked.

    Refuses: `not_permitted`, `moved_on`, `unknown_column`, `column_twice` (header), `missing_columns` (missing).
    """
    here = held(upload, by, State.READ, State.CHECKED)
    matched = _chosen(here, columns, in_yuan, fields)
    here.columns, here.in_yuan = dict(matched.columns), sorted(matched.in_yuan)
    here.state, here.fault, here.check_result, here.done = State.CHECKING, {}, {}, 0
    here.save(update_fields=["columns", "in_yuan", "state", "fault", "check_result", "done"])
    said = {"columns": here.columns, "in_yuan": here.in_yuan}
    ColumnMapping.objects.update_or_create(
        branch=here.branch,
        kind=here.kind,
        header=header_mark(here.header),
        defaults={**said, "by": by, "at": at},
    )
    record(operation="choose_columns", subject=here, by=by, at=at, branch_id=here.branch_id, after=said)
    _ask(here, by, at)
    return here


def _chosen(upload: Upload, columns: Mapping[str, str], in_yuan: frozenset[str], fields: Fields) -> Matched:
    table = fields.table(upload.kind)
    headers = list(columns.values())
    if set(columns) - set(table.names) or set(headers) - set(upload.header):
        raise RefusedError("unknown_column")
    twice = [header for header in headers if headers.count(header) > 1]
    if twice:
        raise RefusedError("column_twice", header=twice[0])
    missing = [column.name for column in table if column.required and column.name not in columns]
    if missing:
        raise RefusedError("missing_columns", file=upload.file_name, missing=missing, found=upload.header)
    money = {column.name for column in table if column.type == "fen"}
    return Matched(columns, in_yuan & money & set(columns), (), ())


def proposed(upload: Upload, fields: Fields) -> Matched:
    """The columns as they would be taken: as chosen last time for such a file, else by their names."""
    by_name = match(fields.table(upload.kind), upload.header, fields.kinds[upload.kind])
    known = known_mapping(branch=upload.branch, kind=upload.kind, header=header_mark(upload.header))
    if known is None:
        return by_name
    names = fields.table(upload.kind).names
    columns = {name: header for name, header in known["columns"].items() if name in names}
    missing = tuple(c.name for c in fields.table(upload.kind) if c.required and c.name not in columns)
    unused = tuple(header for header in upload.header if header not in columns.values())
    return Matched(columns, frozenset(known["in_yuan"]), missing, unused)


def header_mark(header: list[str]) -> str:
    """Files of one source have the same headers, in whatever order."""
    return sha256("\x1f".join(sorted(header)).encode()).hexdigest()


@operation
def start_import(*, upload: Upload, by: User, at: datetime) -> Upload:
    """Let it in, as it was checked. Refuses: `not_permitted`, `moved_on`."""
    return _next(upload, by, at, State.IMPORTING, "start_import", State.CHECKED)


@operation
def ask_undo(*, upload: Upload, by: User, at: datetime) -> Upload:
    """Take the whole import back, its repairs with it; whether it can be is found by the job."""
    here = held(upload, by, State.IMPORTED)
    if here.repaired_by.filter(state__in=(State.READING, State.IMPORTING)).exists():
        raise RefusedError("repairs_running")
    return _next(here, by, at, State.UNDOING, "ask_undo", State.IMPORTED)


@operation
def ask_again(*, upload: Upload, by: User, at: datetime) -> Upload:
    """Ask once more for what no worker brought to its end. Refuses: `not_permitted`, `moved_on`."""
    here = held(upload, by, *JOBS)
    if waits_for_worker(here):
        raise RefusedError("moved_on")
    _ask(here, by, at)
    return here


@operation
def leave(*, upload: Upload, by: User, at: datetime) -> Upload:
    """Not to be imported after all: the file goes at once. Refuses: `not_permitted`, `moved_on`."""
    here = held(upload, by, State.READ, State.CHECKED, State.UNREADABLE)
    forget_file(here, State.LEFT)
    record(operation="leave_import", subject=here, by=by, at=at, branch_id=here.branch_id)
    return here


def _next(upload: Upload, by: User, at: datetime, state: State, name: str, *before: State) -> Upload:
    here = held(upload, by, *before)
    here.state, here.fault, here.done = state, {}, 0
    here.save(update_fields=["state", "fault", "done"])
    record(operation=name, subject=here, by=by, at=at, branch_id=here.branch_id)
    _ask(here, by, at)
    return here


def held(upload: Upload, by: User, *states: State) -> Upload:
    """The upload as it is now, locked; refuses who may not, and a step that does not follow."""
    here = Upload.objects.select_for_update(no_key=True).filter(pk=upload.pk, branch=by.branch_id).first()
    if by.role not in MAY_IMPORT or here is None:
        raise RefusedError("not_permitted")
    if here.state not in states:
        raise RefusedError("moved_on")
    return here


def _ask(upload: Upload, by: User, at: datetime) -> None:
    kind = "mend_upload" if upload.repairs_id else JOBS[State(upload.state)]
    enqueue(kind=kind, subject_id=upload.pk, branch_id=upload.branch_id, by=by, at=at)


def forget_file(upload: Upload, state: State) -> None:
    """The file and what was shown of it go. A file that a crash leaves behind is swept."""
    name = upload.stored_as
    transaction.on_commit(lambda: drop(name))
    upload.stored_as, upload.samples, upload.state = "", {}, state
    upload.check_result.pop("sample", None)
    upload.save(update_fields=["stored_as", "samples", "state", "check_result"])


def forget_cells(*, uploads: QuerySet[Any] | list[Upload]) -> None:
    """What was kept of refused rows goes; which rows they were and why stays."""
    RefusedRow.objects.filter(batch__upload__in=uploads).exclude(cells={}).update(cells={})
    ImportReject.objects.filter(batch__upload__in=uploads).exclude(value="").update(value="")


@operation
def forget_old_uploads(*, at: datetime) -> None:
    """After thirty days the file goes, and what was kept of refused rows."""
    for upload in overdue(at).exclude(stored_as="").select_for_update(no_key=True):
        forget_file(upload, State.LEFT)
    forget_cells(uploads=overdue(at).filter(repairs=None).values("pk"))
    sweep_unknown(at.timestamp() - DAY)
