"""What to do about a rejected cell, in Chinese and English: one sentence for each reason."""

import pyarrow as pa

from yuandian.engine.know.intake.cells import Expected
from yuandian.engine.know.intake.labels import BOUNDS, YEARS
from yuandian.engine.know.intake.match import Matched
from yuandian.engine.tables import Column, Table

FIXES: dict[str, tuple[str, str]] = {
    "missing": ("请填写这一格", "fill in this cell"),
    "wrong_width": (
        "这一行的格数与表头不同；含分隔符的格请加引号",
        "the row has more or fewer cells than the header; put quotes around a cell that holds the delimiter",
    ),
    "not_text": ("请删去这一格里的不可见字符", "delete the invisible characters in this cell"),
    "formula_error": ("公式出错了；请填写数值", "the formula failed; write the value"),
    "too_long": ("请缩短", "shorten it"),
    "not_one_of": ("请写其中之一：{known}", "write one of: {known}"),
    "not_a_flag": ("请写 是 或 否", "write yes or no"),
    "not_a_date": ("请写成 2026-11-25", "write it as 2026-11-25"),
    "not_a_time": ("请写成 2026-11-25 09:30", "write it as 2026-11-25 09:30"),
    "not_a_number": ("请写整数", "write a whole number"),
    "not_money": ("请写金额：{unit_zh}", "write an amount: {unit_en}"),
    "too_many_decimals": ("金额最多两位小数", "an amount has two decimals at most"),
    "out_of_range": ("请写 {range_zh} 之内的值", "write a value {range_en}"),
    "not_json": ("请写成 JSON，或留空", "write JSON, or leave it empty"),
    "duplicate_key": (
        "同一主键已在前面出现且内容不同；请只留一行",
        "this key stands above with other values; keep one row",
    ),
    "recorded_otherwise": (
        "已记录的内容不同，流水不可改；请用新的编号记一笔更正",
        "it is recorded with other values and does not change; record a correction under a new number",
    ),
    "overlapping_owner": (
        "与另一段管户时间重叠；请先写明那一段的结束日期",
        "the period overlaps another owner's; end that one first",
    ),
    "not_yet": (
        "管户关系只记已经发生的；到那一天再导入",
        "ownership is recorded once it has happened; import it on the day",
    ),
    "ends_before_it_begins": ("结束日期须晚于开始日期", "the end must be after the beginning"),
    "unknown": (
        "库里没有这个编号；请先导入它，或改正编号",
        "no such number is known; import it first, or correct it",
    ),
    "refused_by_database": ("与已有记录冲突；请检查这一行", "it contradicts what is recorded; check this row"),
    "other": ("请检查这一行", "check this row"),
}


def fix(reason: str, column: Column | None, *, in_yuan: bool = False, known: str = "") -> str:
    """The sentence in both languages, joined by ` / `."""
    key = "unknown" if reason.startswith("unknown_") else reason
    if reason == "not_a_number" and column is not None and column.name in BOUNDS:
        key = "out_of_range"  # says more: which numbers there are
    zh, en = FIXES.get(key, FIXES["other"])
    inputs = {**_range(column), **_unit(in_yuan=in_yuan), "known": known or _known(column)}
    return f"{zh.format(**inputs)} / {en.format(**inputs)}"


def _known(column: Column | None) -> str:
    return ", ".join(column.choices) if column else ""


def _unit(*, in_yuan: bool) -> dict[str, str]:
    zh, en = ("元，最多两位小数", "yuan, two decimals at most") if in_yuan else ("分，整数", "whole fen")
    return {"unit_zh": zh, "unit_en": en}


def _range(column: Column | None) -> dict[str, str]:
    if column and column.type in ("date", "timestamp"):
        return {"range_zh": f"{YEARS[0]} 年至 {YEARS[1]} 年", "range_en": f"from {YEARS[0]} to {YEARS[1]}"}
    if column and column.name in BOUNDS:
        low, high = BOUNDS[column.name]
        return {"range_zh": f"{low} 到 {high}", "range_en": f"from {low} to {high}"}
    if column and column.type == "fen":
        return {"range_zh": "10 万亿元", "range_en": "up to 10 trillion yuan"}
    return {"range_zh": "18 位数字", "range_en": "of at most 18 digits"}


def worded(rejects: pa.Table, table: Table, matched: Matched, expected: Expected) -> pa.Table:
    """The rejects with the file's own headers and with their fixes."""
    pairs = list(zip(rejects["column"].to_pylist(), rejects["reason"].to_pylist(), strict=True))
    fixes: dict[tuple[str, str], str] = {}
    for name, reason in set(pairs):
        column = table[name] if name in table.names else None
        allowed = ", ".join(sorted(expected.choices.get(name, ())))
        fixes[name, reason] = fix(reason, column, in_yuan=name in matched.in_yuan, known=allowed)
    headers = pa.array([matched.columns.get(name, name) for name, _ in pairs], pa.string())
    return rejects.set_column(1, "column", headers).set_column(
        4, "fix", pa.array([fixes[pair] for pair in pairs], pa.string())
    )
