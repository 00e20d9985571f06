"""An import as its pages show it: its step, its counts in words, refused rows with fields to mend them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yuandian.engine.know.intake import Matched
from yuandian.engine.tables import KINDS, Column
from yuandian.operations.know.undo import UNDOABLE
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import Fields, load_fields
from yuandian.records.runs import ImportBatch, ImportReject
from yuandian.records.uploads import (
    RefusedRow,
    State,
    Upload,
    latest_repair,
    main_batch,
    main_batches,
    open_rows_of,
    refused_rows,
    rejects_of,
    waits_for_worker,
)
from yuandian.web import fmt
from yuandian.web.columns import hint, kind_name, name_of
from yuandian.web.wording import language, refusal

PAGE = 50


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
class Cell:
    """A refused cell with the field in which it is mended. `name` is the field's; empty where there is none."""

    column: str
    name: str
    value: str
    reason: str
    fix: str


@dataclass(frozen=True)
class Refused:
    row: RefusedRow
    cells: list[Cell]


def refused_page(upload: Upload, batch: ImportBatch, after: int) -> list[Refused]:
    """A page of rows that wait, one more than is shown where there are more."""
    return refused_of(upload, batch, list(refused_rows(batch, after=after)[: PAGE + 1]))


def refused_of(upload: Upload, batch: ImportBatch, rows: Sequence[RefusedRow]) -> list[Refused]:
    reasons = rejects_of(batch, [row.row for row in rows])
    places = {name[:80]: nth for nth, name in enumerate(upload.header)}
    return [Refused(row, [_cell(one, row, upload, places) for one in reasons.get(row.row, [])]) for row in rows]


def _cell(reject: ImportReject, row: RefusedRow, upload: Upload, places: Mapping[str, int]) -> Cell:
    nth = places.get(reject.column)
    value = reject.value if nth is None else row.cells.get(upload.header[nth], "")
    name = "" if nth is None else f"c{nth}"
    return Cell(reject.column, name, value, reason_words(reject.reason), in_language(reject.fix))


def in_language(text: str) -> str:
    """One half of a text that says the same in Chinese and English."""
    zh, _slash, en = text.partition(" / ")
    return zh if language() == "zh" or not en else en


def reason_words(reason: str) -> str:
    """Why a cell was refused, in a few words; how to mend it stands beside."""
    if reason.startswith("unknown_"):
        return _("库里没有这个编号")
    return {
        "missing": _("空着"),
        "wrong_width": _("格数和表头不同"),
        "not_text": _("有看不见的字符"),
        "formula_error": _("公式出错"),
        "too_long": _("太长"),
        "not_one_of": _("不是可选的词"),
        "not_a_flag": _("不是「是」或「否」"),
        "not_a_date": _("不是日期"),
        "not_a_time": _("不是时间"),
        "not_a_number": _("不是整数"),
        "not_money": _("不是金额"),
        "too_many_decimals": _("小数太多"),
        "out_of_range": _("超出范围"),
        "not_json": _("不是 JSON"),
        "duplicate_key": _("前面已有这个编号，内容不同"),
        "recorded_otherwise": _("已记录的内容不同"),
        "overlapping_owner": _("和另一段管户重叠"),
        "not_yet": _("还没到那一天"),
        "ends_before_it_begins": _("结束早于开始"),
        "refused_by_database": _("和已有记录冲突"),
    }.get(reason, reason)


@dataclass(frozen=True)
class Choice:
    """A column of the kind and the file's headers from which one is chosen for it."""

    column: Column
    name: str
    hint: str
    chosen: str
    is_yuan: bool
    samples: list[str]
    is_missing: bool

    @property
    def is_money(self) -> bool:
        return self.column.type == "fen"


def choices(upload: Upload, fields: Fields, matched: Matched, missing: Sequence[str] = ()) -> list[Choice]:
    lang = language()
    found = []
    for column in fields.table(upload.kind):
        chosen = matched.columns.get(column.name, "")
        found.append(
            Choice(
                column=column,
                name=name_of(fields, upload.kind, column, lang),
                hint=hint(upload.kind, column, lang),
                chosen=chosen,
                is_yuan=column.name in matched.in_yuan or not chosen,
                samples=upload.samples.get(chosen, []),
                is_missing=column.name in missing,
            )
        )
    return found


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file or a step: the place, what, and what to do."""

    where: str
    what: str
    fix: str


def fault_of(upload: Upload) -> Fault | None:
    fault = upload.fault
    if not fault:
        return None
    if "refused" in fault:
        return Fault("", refused_words(upload, fault["refused"], fault["inputs"]), "")
    return Fault(_where(fault["where"]), in_language(fault["what"]), in_language(fault["fix"]))


def _where(said: str) -> str:
    """A place in a file as readers of Chinese say it."""
    if language() != "zh":
        return said
    for english, chinese in (("row", "行"), ("line", "行"), ("byte", "字节"), ("column", "列")):
        said = re.sub(rf", {english} (\d+)", rf"，第 \1 {chinese}", said)
    return said


def refused_words(upload: Upload, code: str, inputs: Mapping[str, Any]) -> str:
    """A refusal with its columns, kinds and times in words."""
    said = dict(inputs)
    if "missing" in said:
        fields = load_fields(upload.branch.pack)
        table, lang = fields.table(upload.kind), language()
        names = [name_of(fields, upload.kind, table[name], lang) for name in said["missing"]]
        said["missing"] = ("、" if lang == "zh" else ", ").join(names)
    if "kind" in said:
        said["kind"] = kind_name(str(said["kind"]))
    if "why" in said:
        said["why"] = _later(str(said["why"]))
    if code == "no_row_numbers":
        said["name"] = said[language()]
    return refusal(RefusedError(code, **said))


def _later(model: str) -> str:
    """What stands on a row of an import, by the name of its table."""
    return {
        "importbatch": _("后来的导入"),
        "contactresult": _("记下的联系结果"),
        "interaction": _("联系记录"),
        "ownership": _("后来的交接"),
        "handoverline": _("后来的交接"),
        "user": _("登录账号"),
    }.get(model, _("后来的记录"))


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
        sample=_sample(upload),
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


def _sample(upload: Upload) -> list[Refused]:
    """The first refusals that the pre-check found, as rows without fields."""
    found = []
    for one in upload.check_result.get("sample", []):
        cell = Cell(one["column"], "", one["value"], reason_words(one["reason"]), in_language(one["fix"]))
        found.append(Refused(RefusedRow(row=one["row"]), [cell]))
    return found


def is_kind(text: str) -> bool:
    return text in KINDS
