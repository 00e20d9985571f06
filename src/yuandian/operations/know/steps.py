"""What workers do with uploads: read, check, take in, mend, undo. Each may be killed at any moment and done again.

A fault that a person can mend is written on the upload and shown there; only errors of the program are raised.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from threading import Event, Thread
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import IntegrityError, connection

from yuandian.engine.know.intake import Expected, Matched
from yuandian.operations.files import FileError
from yuandian.operations.jobs import LEASE, Hold, LeaseLostError, StoppedError
from yuandian.operations.know.checking import foresee
from yuandian.operations.know.file import fingerprint, lengths, mapping
from yuandian.operations.know.storing import path_of, rows_of
from yuandian.operations.know.taking import Stream, Taking, take_in
from yuandian.operations.know.undo import undo_import
from yuandian.operations.know.uploads import forget_cells, forget_file
from yuandian.operations.writing import RefusedError, operation
from yuandian.packs.fields import load_fields
from yuandian.records.uploads import State, Upload, main_batch

SAMPLES = 3
LONGEST_SAMPLE = 40


def read_upload(upload_id: int, hold: Hold) -> None:
    """Read the file to its end: its headers, its first values, how many rows it has."""
    upload = Upload.objects.get(pk=upload_id)
    if upload.state != State.READING:
        return
    try:
        with alive(hold), rows_of(upload) as source:
            rows, samples = 0, dict[str, list[str]]()
            for batch in source:
                samples = samples or _samples(batch, source.header)
                rows += batch.num_rows
    except FileError as fault:
        settle(upload=upload, hold=hold, state=State.UNREADABLE, fault=told(fault, upload))
        return
    settle(upload=upload, hold=hold, state=State.READ, header=list(source.header), samples=samples, rows=rows)


def check_upload(upload_id: int, hold: Hold) -> None:
    """Find what would come of it."""
    upload = Upload.objects.get(pk=upload_id)
    if upload.state != State.CHECKING:
        return
    with alive(hold), ExitStack() as open_files:
        stream = stream_of(upload, open_files)
        foreseen = foresee(
            stream,
            _taking(upload, hold),
            lambda rows: settle(upload=upload, hold=hold, done=rows),
        )
    settle(upload=upload, hold=hold, state=State.CHECKED, check_result=asdict(foreseen), rows=foreseen.received)


def take_upload(upload_id: int, hold: Hold) -> None:
    """Take it in, going on where a killed worker stopped; then the file is not needed any more."""
    upload = Upload.objects.get(pk=upload_id)
    if upload.state != State.IMPORTING:
        return
    begun = main_batch(upload)
    try:
        if begun is None or begun.finished_at is None:
            with alive(hold), ExitStack() as open_files:
                take_in(stream_of(upload, open_files), _taking(upload, hold))
    except RefusedError as refused:
        settle(
            upload=upload,
            hold=hold,
            state=State.CHECKED,
            fault=why_not(refused),
        )
        return
    imported(upload=upload, hold=hold)


def undo_upload(upload_id: int, hold: Hold) -> None:
    """Take the import back with all its repairs, or say why it cannot be."""
    upload = Upload.objects.get(pk=upload_id)
    if upload.state != State.UNDOING:
        return
    by = hold.job.by or upload.by
    try:
        undo_import(batches=list(upload.batches.order_by("pk")), by=by, at=hold.clock(), hold=hold)
    except RefusedError as refused:
        if refused.code != "undone_already":
            settle(upload=upload, hold=hold, state=State.IMPORTED, fault=why_not(refused))
            return
    except IntegrityError:
        # A former value names what is there no more: it went when the import that brought it was undone.
        gone = RefusedError("in_use", kind=upload.kind, number=upload.file_name, why="importbatch", count=1)
        settle(upload=upload, hold=hold, state=State.IMPORTED, fault=why_not(gone))
        return
    undone(upload=upload, hold=hold)


def stream_of(upload: Upload, open_files: ExitStack) -> Stream:
    """The stored file as its columns were chosen. Raises FileError, which reading has not met before."""
    rows = open_files.enter_context(rows_of(upload))
    matched = matched_of(upload)
    return Stream(
        table=load_fields(upload.branch.pack).table(upload.kind),
        file_name=upload.file_name,
        fingerprint=fingerprint([path_of(upload)], [upload.kind, mapping(matched)]),
        matched=matched,
        expected=Expected(settings.TIME_ZONE, lengths(upload.kind)),
        read=rows.read,
    )


def matched_of(upload: Upload) -> Matched:
    return Matched(upload.columns, frozenset(upload.in_yuan), (), ())


def told(fault: FileError, upload: Upload) -> dict[str, Any]:
    """A fault of a file as it is kept; the file is called what its sender called it."""
    where = fault.where.replace(upload.stored_as, upload.file_name)
    return {"code": fault.code, "where": where, "what": fault.what, "fix": fault.fix}


def why_not(refused: RefusedError) -> dict[str, Any]:
    """A refusal as it is kept."""
    return {"refused": refused.code, "inputs": json.loads(json.dumps(refused.inputs, default=str))}


@operation
def settle(*, upload: Upload, hold: Hold, **values: object) -> None:
    """Note how far it is, if the job is still this worker's."""
    hold()
    for name, value in values.items():
        setattr(upload, name, value)
    upload.save(update_fields=list(values))


@operation
def imported(*, upload: Upload, hold: Hold) -> None:
    """It is in; the file goes."""
    hold()
    forget_file(upload, State.IMPORTED)


@operation
def undone(*, upload: Upload, hold: Hold) -> None:
    """Nothing of it is left to mend: what was kept of its refused rows goes."""
    hold()
    forget_cells(uploads=[upload])
    upload.state = State.UNDONE
    upload.save(update_fields=["state"])


@contextmanager
def alive(hold: Hold) -> Iterator[None]:
    """Renew the lease while a file is read, which no transaction shows. A lease that is lost is found by the
    next transaction.
    """
    done = Event()

    def renew() -> None:
        try:
            while not done.wait(LEASE.total_seconds() / 3):
                hold()
        except (LeaseLostError, StoppedError):
            pass
        finally:
            connection.close()

    thread = Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _taking(upload: Upload, hold: Hold) -> Taking:
    return Taking(upload.branch, hold.job.by, hold.clock(), upload=upload, hold=hold)


def _samples(batch: pa.Table, header: tuple[str, ...]) -> dict[str, list[str]]:
    """The first values of every column."""
    first = {name: batch[name].slice(0, 200).drop_null().slice(0, SAMPLES).to_pylist() for name in header}
    return {
        name: [value[:LONGEST_SAMPLE].replace("\0", "␀") for value in values] for name, values in first.items()
    }
