r"""What a cell of each type may look like, as DuckDB expressions: a value, or the reason why there is none.

- id: up to 64 characters. code: a choice or one of its labels, case aside; an open code up to 40 characters.
- date: 2026-11-25, 2026/11/25, 20261125, 2026年11月25日, one-digit months and days too except in the third; a
  time after it is cut off, and with a zone the day is that of the installation's time zone. 1900 to 2200.
- timestamp: the same, a time optional (H:MM, H:MM:SS, with a fraction), a T or a space between, a zone optional
  (Z, +08:00, +0800).
- integer: digits, thousands separators in their places, `.0` as spreadsheets' exports write it.
- money in fen: the same. Money in yuan: at most two decimals (zeros beyond do not count), ¥ and 元 allowed,
  separators in their places; computed in decimals. Up to 10^15 fen either way.
- flag: 是 否 true false yes no y n t f 1 0 同意 不同意. json: valid JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from yuandian.engine.know.intake.labels import BOUNDS, CODES, FLAGS, LEVELS, MOST_FEN
from yuandian.engine.sql import literal
from yuandian.engine.tables import Column

FULL_DIGITS, DIGITS = "０１２３４５６７８９", "0123456789"
FULL = "".join(map(chr, range(0xFF01, 0xFF5F))) + "　￥"
HALF = "".join(map(chr, range(0x21, 0x7F))) + " ¥"
SPACES = " \t\r\n\v\f\u00a0\u3000\ufeff"
FORMULA_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
LONGEST = {"id": 64, "code": 40, "text": 1_000_000, "json": 1_000_000}
DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日")
TIMES = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f")
MOMENTS = (*(day + time for time in TIMES for day in DATES), "%Y%m%d%H%M%S")

_GROUPED = r"(\d+|\d{1,3}(,\d{3})+)"
_WHOLE = rf"[+-]?{_GROUPED}(\.0)?"
_YUAN = rf"([+-]?¥?|¥[+-]) ?{_GROUPED}(\.\d+)? ?元?"
_DAY = r"\d{8}(\d{6})?|\d{8}[T ].*|\d{4}[-/年].*"
_ZONE = r":\d{2}(?:\.\d+)? ?([Zz]|[+-](?:0\d|1[0-4]):?[0-5]\d)$"


@dataclass(frozen=True)
class Reading:
    """`value` reads the cleaned text; `reason` looks at text and value and is NULL where all is well."""

    value: str
    reason: str


def cleaned(column: Column, raw: str) -> str:
    """Trimmed, half width, NULL where empty. Free text keeps its own letters and signs."""
    full, half = (FULL_DIGITS, DIGITS) if column.type in ("text", "json") else (FULL, HALF)
    return f"nullif(trim(translate({raw}, {literal(full)}, {literal(half)}), {literal(SPACES)}), '')"


def reading(
    column: Column,
    nth: int,
    *,
    in_yuan: bool,
    time_zone: str,
    longest: int | None,
    only: Sequence[str] | None,
) -> Reading:
    """How column number `nth` is read, from `raw_N` and `text_N`."""
    text, value = f"text_{nth}", f"value_{nth}"
    expression, unread = _typed(column, text, value, in_yuan=in_yuan, time_zone=time_zone, longest=longest)
    errors = ", ".join(map(literal, FORMULA_ERRORS))
    first = [
        f"WHEN contains(raw_{nth}, chr(0)) THEN 'not_text'",
        f"WHEN {text} IN ({errors}) THEN 'formula_error'",
    ]
    if column.required:
        first.append(f"WHEN {text} IS NULL THEN 'missing'")
    first.append(f"WHEN {text} IS NULL THEN NULL")
    if only is not None:
        allowed = ", ".join(map(literal, sorted(only))) or "NULL"
        first.append(f"WHEN ({text} IN ({allowed})) IS NOT TRUE THEN 'not_one_of'")
    return Reading(expression, f"CASE {' '.join(first)} {unread} END")


def _typed(
    column: Column, text: str, value: str, *, in_yuan: bool, time_zone: str, longest: int | None
) -> tuple[str, str]:
    """The value's expression and the `WHEN … THEN reason` that follow from it."""
    if column.type in ("date", "timestamp"):
        return _moment(text, value, time_zone, is_date=column.type == "date")
    if column.type == "fen":
        return _yuan(text, value) if in_yuan else _whole(text, value, "not_money", -MOST_FEN, MOST_FEN)
    if column.type in ("integer", "ppm"):
        low, high = BOUNDS.get(column.name, (-(2**62), 2**62))
        return _whole(_level(column, text), value, "not_a_number", low, high)
    if column.type == "flag":
        return _one_of(text, value, FLAGS, "not_a_flag")
    if column.choices:
        return _one_of(text, value, _labels(column.choices), "not_one_of")
    too_long = f"WHEN length({text}) > {longest or LONGEST[column.type]} THEN 'too_long'"
    if column.type == "json":
        return text, f"{too_long} WHEN NOT json_valid({text}) THEN 'not_json'"
    return text, too_long


def _labels(choices: Sequence[str]) -> dict[str, str]:
    return {label: code for code in choices for label in (code, *CODES.get(code, ()))}


def _one_of(text: str, value: str, meanings: dict[str, str] | dict[str, bool], reason: str) -> tuple[str, str]:
    cases = " ".join(f"WHEN {literal(label)} THEN {literal(code)}" for label, code in meanings.items())
    return f"CASE lower({text}) {cases} END", f"WHEN {value} IS NULL THEN '{reason}'"


def _level(column: Column, text: str) -> str:
    if column.name != "risk_level":
        return text
    cases = " ".join(f"WHEN {literal(grade)} THEN {literal(level)}" for grade, level in LEVELS.items())
    return f"CASE lower({text}) {cases} ELSE {text} END"


def _whole(text: str, value: str, reason: str, low: int, high: int) -> tuple[str, str]:
    number = f"TRY_CAST(replace(CASE WHEN {text} LIKE '%.0' THEN {text}[:-3] ELSE {text} END, ',', '') AS BIGINT)"
    read = f"CASE WHEN regexp_full_match({text}, {literal(_WHOLE)}) THEN {number} END"
    return read, (
        f"WHEN NOT regexp_full_match({text}, {literal(_WHOLE)}) THEN '{reason}' "
        f"WHEN {value} IS NULL OR {value} NOT BETWEEN {low} AND {high} THEN 'out_of_range'"
    )


def _yuan(text: str, value: str) -> tuple[str, str]:
    amount = f"TRY_CAST(regexp_replace({text}, '[¥,元 ]', '', 'g') AS DECIMAL(20, 2))"
    spare = f"length(rtrim(regexp_extract({text}, '\\.(\\d+)', 1), '0')) > 2"
    readable = f"regexp_full_match({text}, {literal(_YUAN)})"
    return f"CASE WHEN {readable} AND NOT {spare} THEN TRY_CAST({amount} * 100 AS BIGINT) END", (
        f"WHEN NOT {readable} THEN 'not_money' WHEN {spare} THEN 'too_many_decimals' "
        f"WHEN {value} IS NULL OR {value} NOT BETWEEN {-MOST_FEN} AND {MOST_FEN} THEN 'out_of_range'"
    )


def _moment(text: str, value: str, time_zone: str, *, is_date: bool) -> tuple[str, str]:
    zone = f"upper(regexp_extract({text}, {literal(_ZONE)}, 1))"
    plain = f"regexp_replace({text}, '(\\.\\d{{6}})\\d+', '\\1')"
    plain = f"regexp_replace({plain}, '(:\\d{{2}}(?:\\.\\d+)?) ?([Zz]|[+-]\\d{{2}}:?\\d{{2}})$', '\\1')"
    plain = f"replace({plain}, 'T', ' ')"
    formats = "[" + ", ".join(map(literal, MOMENTS)) + "]"
    shaped = f"regexp_full_match({text}, {literal(_DAY)})"
    stated = f"CASE WHEN {shaped} THEN try_strptime({plain}, {formats}) END"
    here = literal(time_zone)
    minutes = (
        f"CASE WHEN {zone} = 'Z' THEN 0 ELSE CAST({zone}[1] || '1' AS INTEGER) * "
        f"(CAST({zone}[2:3] AS INTEGER) * 60 + CAST({zone}[-2:] AS INTEGER)) END"
    )
    moved = f"{stated} - to_minutes({minutes})"
    if is_date:
        there = f"timezone({here}, timezone('UTC', {moved}))"
        read = f"CAST(CASE WHEN {zone} = '' THEN {stated} ELSE {there} END AS DATE)"
    else:
        read = f"CASE WHEN {zone} = '' THEN timezone('UTC', timezone({here}, {stated})) ELSE {moved} END"
    reason = "not_a_date" if is_date else "not_a_time"
    return read, (
        f"WHEN {value} IS NULL THEN '{reason}' WHEN year({value}) NOT BETWEEN 1900 AND 2200 THEN 'out_of_range'"
    )
