"""An import as its pages show it: the step it is at, its counts and its state in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from yuandian.operations.know.undo import UNDOABLE
from yuandian.records.runs import ImportBatch
from yuandian.records.uploads import (
    State,
    Upload,
    latest_repair,
    main_batch,
    main_batches,
    open_rows_of,
    waits_for_worker,
)
from yuandian.web import fmt
from yuandian.web.columns import kind_name
from yuandian.web.faults import Fault, fault_of
from yuandian.web.refused import PAGE, Refused, refused_page, sample_of


@dataclass(frozen=True)
class Counts:
    """Rows: all of the file, in, already there, still to mend, mended since."""

    all: int
    accepted: int
    unchanged: int
    waiting: int
    mended: int

    @property
    def is_nothing_new(self) -> bool:
        return self.all > 0 and self.unchanged == self.all


def counts_of(batch: ImportBatch, waiting: int) -> Counts:
    mended = batch.rejected - waiting if batch.finished_at else 0
    return Counts(batch.rows_done, batch.accepted, batch.unchanged, waiting, mended)


@dataclass(frozen=True)
class Line:
    """An import in the list."""

    upload: Upload
    kind: str
    state: str
    tone: str
    counts: Counts | None


def lines(uploads: Sequence[Upload]) -> list[Line]:
    batches = main_batches(uploads)
    waiting = open_rows_of(list(batches.values()))
    found = []
    for upload in uploads:
        batch = batches.get(upload.pk)
        counts = counts_of(batch, waiting.get(batch.pk, 0)) if batch else None
        words, tone = state_words(upload, counts)
        found.append(Line(upload, kind_name(upload.kind), words, tone, counts))
    return found


def state_words(upload: Upload, counts: Counts | None) -> tuple[str, str]:
    """Where it stands, and how the mark is coloured."""
    if upload.state == State.IMPORTED and counts and counts.waiting:
        return _("%(count)s 行要改") % {"count": fmt.count(counts.waiting)}, "warn"
    return {
        State.READING: (_("在读文件"), "brand"),
        State.UNREADABLE: (_("读不了"), "warn"),
        State.READ: (_("等你对列名"), "warn"),
        State.CHECKING: (_("在预检"), "brand"),
        State.CHECKED: (_("等你导入"), "warn"),
        State.IMPORTING: (_("在导入"), "brand"),
        State.IMPORTED: (_("已导入"), "ok"),
        State.UNDOING: (_("在撤销"), "brand"),
        State.UNDONE: (_("已撤销"), ""),
        State.LEFT: (_("没有导入"), ""),
    }[State(upload.state)]


@dataclass(frozen=True)
class Step:
    name: str
    is_done: bool
    is_now: bool


def steps(upload: Upload | None) -> list[Step]:
    """选文件 → 对列名 → 预检 → 导入."""
    names = [_("选文件"), _("对列名"), _("预检"), _("导入")]
    at = 0 if upload is None else _AT.get(State(upload.state), len(names))
    return [Step(name, nth < at, nth == at) for nth, name in enumerate(names)]


_AT = {
    State.READING: 0,
    State.UNREADABLE: 0,
    State.READ: 1,
    State.CHECKING: 2,
    State.CHECKED: 2,
    State.IMPORTING: 3,
}


@dataclass(frozen=True)
class View:
    """One import, whole."""

    upload: Upload
    kind: str
    state: str
    tone: str
    steps: list[Step]
    counts: Counts | None
    refused: list[Refused]
    more_after: int | None
    fault: Fault | None
    sample: list[Refused]
    repair: Upload | None
    repair_fault: Fault | None
    is_given_up: bool
    undo_until: str
    parts: int

    @property
    def is_at_work(self) -> bool:
        return (self.upload.is_at_work or self.is_repairing) and not self.is_given_up

    @property
    def is_repairing(self) -> bool:
        return self.repair is not None and self.repair.is_at_work

    @property
    def done(self) -> int:
        return self.counts.all if self.counts and self.upload.state == State.IMPORTING else self.upload.done

    @property
    def mark(self) -> str:
        """Changes with everything that the page shows of work in progress."""
        repair = f"{self.repair.state}{self.repair.done}" if self.repair else ""
        waiting = self.counts.waiting if self.counts else 0
        return f"{self.upload.state}.{self.done}.{waiting}.{repair}.{int(self.is_given_up)}"

    @property
    def phase(self) -> str:
        return f"{self.upload.state}.{self.repair.state if self.repair else ''}.{int(self.is_given_up)}"


def view_of(upload: Upload, after: int = 0) -> View:
    batch = main_batch(upload) if upload.state in {State.IMPORTING, *_RESULTS} else None
    waiting = open_rows_of([batch]).get(batch.pk, 0) if batch else 0
    counts = counts_of(batch, waiting) if batch else None
    shown = refused_page(upload, batch, after) if batch and upload.state == State.IMPORTED else []
    words, tone = state_words(upload, counts)
    repair = latest_repair(upload)
    working = repair if repair is not None and repair.is_at_work else upload
    return View(
        upload=upload,
        kind=kind_name(upload.kind),
        state=words,
        tone=tone,
        steps=steps(upload),
        counts=counts,
        refused=shown[:PAGE],
        more_after=shown[PAGE - 1].row.row if len(shown) > PAGE else None,
        fault=fault_of(upload),
        sample=sample_of(upload),
        repair=repair,
        repair_fault=fault_of(repair) if repair else None,
        is_given_up=working.is_at_work and not waits_for_worker(working),
        undo_until=_undo_until(batch),
        parts=upload.check_result.get("batches", 0),
    )


_RESULTS = (State.IMPORTED, State.UNDOING, State.UNDONE)


def _undo_until(batch: ImportBatch | None) -> str:
    """Until when the import can be undone; empty where it cannot any more."""
    if batch is None or batch.finished_at is None:
        return ""
    end = batch.finished_at + UNDOABLE
    return fmt.moment(timezone.localtime(end)) if end > timezone.now() else ""
