"""Refused rows as the pages show them: what stands there, why not, how to mend it, and the field for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yuandian.records.runs import ImportBatch, ImportReject
from yuandian.records.uploads import RefusedRow, Upload, refused_rows, rejects_of
from yuandian.web.wording import language

PAGE = 50


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


def sample_of(upload: Upload) -> list[Refused]:
    """The first refusals that the pre-check found, as rows without fields."""
    found = []
    for one in upload.check_result.get("sample", []):
        cell = Cell(one["column"], "", one["value"], reason_words(one["reason"]), in_language(one["fix"]))
        found.append(Refused(RefusedRow(row=one["row"]), [cell]))
    return found
