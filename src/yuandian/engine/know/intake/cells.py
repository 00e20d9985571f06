r"""What a cell of each type may look like, as DuckDB expressions: a value, or the reason why there is none.

- id: up to 64 characters. code: a choice or one of its labels, case aside; an open code up to 40 characters.
- date: 2026-11-25, 2026/11/25, 20261125, 2026年11月25日, one-digit months and days too except in the third; a
  time after it is cut off, and with a zone the day is that of the installation's time zone. 1900 to 2200.
- timestamp: the same, a time optional (H:MM, H:MM:SS, with a fraction), a T or a space between, a zone optional
  (Z, +08:00, +0800). 20261125103000 too.
- integer: digits, thousands separators in their places, `.0` as spreadsheets' exports write it.
- money in fen: the same. Money in yuan: at most two decimals (zeros beyond do not count), ¥ and 元 allowed,
  separators in their places; computed in decimals. Up to 10^15 fen either way.
- flag: 是 否 true false yes no y n t f 1 0 同意 不同意. json: valid JSON.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yuandian.engine.know.intake.labels import BOUNDS, CODES, FLAGS, GRADES, MOST_FEN, YEARS
from yuandian.engine.sql import literal
from yuandian.engine.tables import Column

FULL_DIGITS, DIGITS = "０１２３４５６７８９", "0123456789"
FULL = "".join(map(chr, range(0xFF01, 0xFF5F))) + "　￥"
HALF = "".join(map(chr, range(0x21, 0x7F))) + " ¥"
SPACES = " \t\r\n\v\f\u00a0\u3000\ufeff"
_BLANK, _WIDE_DIGITS, _WIDE = r"\s\v\x{A0}\x{3000}\x{FEFF}", "０-９", r"\x{FF01}-\x{FF5E}\x{3000}\x{FFE5}"
FORMULA_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")
LONGEST = {"id": 64, "code": 40, "text": 1_000_000, "json": 1_000_000}

_GROUPED = r"(\d+|\d{1,3}(,\d{3})+)"
_WHOLE = rf"[+-]?{_GROUPED}(\.0)?"
_YUAN = rf"([+-]?¥?|¥[+-]) ?{_GROUPED}(\.\d+)? ?元?"
_DAYS = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日|\d{8}"
_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_OFFSET = r"[Zz]|[+-](0\d|1[0-4]):?[0-5]\d"
_DAY = rf"({_DAYS})([T ]?{_TIME} ?({_OFFSET})?)?|\d{{8}}T?\d{{6}}"
_USUAL = rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}([T ]{_TIME})?"
"""What most files have: DuckDB's own cast reads it, and the slow ways are left to the rest."""
_ZONED = r"(:\d{2}(?:\.\d+)?) ?([Zz]|[+-]\d{2}:?\d{2})$"


@dataclass(frozen=True)
class Expected:
    """What a file is read by, beyond its tables. `lengths` are the most characters of a column where it is not
    the usual; `choices` are all texts that a column may hold, where a source closes it further.
    """

    time_zone: str
    lengths: Mapping[str, int] = field(default_factory=dict)
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """Column number `nth` of a batch, and the names of what is worked out of it."""

    column: Column
    nth: int
    in_yuan: bool
    expected: Expected

    @property
    def raw(self) -> str:
        return f"raw_{self.nth}"

    @property
    def text(self) -> str:
        return f"text_{self.nth}"

    @property
    def value(self) -> str:
        return f"value_{self.nth}"

    @property
    def reason(self) -> str:
        return f"reason_{self.nth}"

    @property
    def longest(self) -> int:
        return self.expected.lengths.get(self.column.name) or LONGEST[self.column.type]

    @property
    def bounds(self) -> tuple[int, int]:
        usual = MOST_FEN if self.column.type == "fen" else 2**62
        return BOUNDS.get(self.column.name, (-usual, usual))


def cleaned(cell: Cell) -> str:
    """Trimmed, half width, NULL where empty. Free text keeps its own letters and signs."""
    is_free = cell.column.type in ("text", "json")
    full, half, wide = (FULL_DIGITS, DIGITS, _WIDE_DIGITS) if is_free else (FULL, HALF, _WIDE)
    tidy = f"[^{_BLANK}{wide}]([^{wide}]*[^{_BLANK}{wide}])?"
    halved = f"translate({cell.raw}, {literal(full)}, {literal(half)})"
    return (
        f"CASE WHEN {_matches(cell.raw, tidy)} THEN {cell.raw} "
        f"ELSE nullif(trim({halved}, {literal(SPACES)}), '') END"
    )


def value_of(cell: Cell) -> str:
    """The value read from the cleaned text; NULL where it cannot be read."""
    match cell.column.type:
        case "date":
            return _day(cell)
        case "timestamp":
            return _moment(cell)
        case "integer" | "ppm":
            return _whole(_graded(cell))
        case "fen":
            return _yuan(cell.text) if cell.in_yuan else _whole(cell.text)
    meanings = _meanings(cell.column)
    return _meaning(cell.text, meanings) if meanings else cell.text


def reason_of(cell: Cell) -> str:
    """Why the cell cannot be taken; NULL where it can."""
    text = cell.text
    errors = ", ".join(map(literal, FORMULA_ERRORS))
    empty = "'missing'" if cell.column.required else "NULL"
    cases = [
        f"WHEN contains({cell.raw}, chr(0)) THEN 'not_text'",
        f"WHEN {text} IN ({errors}) THEN 'formula_error'",
        f"WHEN {text} IS NULL THEN {empty}",
    ]
    if (only := cell.expected.choices.get(cell.column.name)) is not None:
        allowed = ", ".join(map(literal, sorted(only))) or "NULL"
        cases.append(f"WHEN ({text} IN ({allowed})) IS NOT TRUE THEN 'not_one_of'")
    return f"CASE {' '.join(cases)} {_unread(cell)} END"


def _unread(cell: Cell) -> str:
    """The reasons that follow from the type."""
    text, value = cell.text, cell.value
    match cell.column.type:
        case "date" | "timestamp":
            first, last = YEARS
            reason = "not_a_date" if cell.column.type == "date" else "not_a_time"
            later = f"WHEN year({value}) NOT BETWEEN {first} AND {last} THEN 'out_of_range'"
        case "integer" | "ppm" | "fen":
            return _unread_number(cell)
        case "json":
            return f"{_too_long(cell)} WHEN NOT json_valid({text}) THEN 'not_json'"
        case "flag":
            reason, later = "not_a_flag", ""
        case _ if cell.column.choices:
            reason, later = "not_one_of", ""
        case _:
            return _too_long(cell)
    return f"WHEN {value} IS NULL THEN '{reason}' {later}"


def _unread_number(cell: Cell) -> str:
    low, high = cell.bounds
    beyond = f"WHEN {cell.value} IS NULL OR {cell.value} NOT BETWEEN {low} AND {high} THEN 'out_of_range'"
    if cell.in_yuan:
        many = f"WHEN {_has_spare_decimals(cell.text)} THEN 'too_many_decimals'"
        return f"WHEN NOT {_matches(cell.text, _YUAN)} THEN 'not_money' {many} {beyond}"
    reason = "not_money" if cell.column.type == "fen" else "not_a_number"
    return f"WHEN NOT {_matches(_graded(cell), _WHOLE)} THEN '{reason}' {beyond}"


def _too_long(cell: Cell) -> str:
    return f"WHEN length({cell.text}) > {cell.longest} THEN 'too_long'"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _meanings(column: Column) -> Mapping[str, str | bool]:
    """What may be written in a closed column, in lower case, and what it means."""
    if column.type == "flag":
        return FLAGS
    return {label: code for code in column.choices for label in (code, *CODES.get(code, ()))}


def _meaning(text: str, meanings: Mapping[str, str | bool]) -> str:
    cases = " ".join(f"WHEN {literal(label)} THEN {literal(meaning)}" for label, meaning in meanings.items())
    return f"CASE lower({text}) {cases} END"


def _graded(cell: Cell) -> str:
    if cell.column.name != "risk_level":
        return cell.text
    cases = " ".join(f"WHEN {literal(grade)} THEN {literal(level)}" for grade, level in GRADES.items())
    return f"CASE lower({cell.text}) {cases} ELSE {cell.text} END"


def _whole(text: str) -> str:
    digits = f"replace(regexp_replace({text}, '\\.0$', ''), ',', '')"
    return f"CASE WHEN {_matches(text, _WHOLE)} THEN TRY_CAST({digits} AS BIGINT) END"


def _yuan(text: str) -> str:
    amount = f"TRY_CAST(regexp_replace({text}, '[¥,元 ]', '', 'g') AS DECIMAL(20, 2))"
    exact = f"{_matches(text, _YUAN)} AND NOT {_has_spare_decimals(text)}"
    return f"CASE WHEN {exact} THEN TRY_CAST({amount} * 100 AS BIGINT) END"


def _has_spare_decimals(text: str) -> str:
    return f"length(rtrim(regexp_extract({text}, '\\.(\\d+)', 1), '0')) > 2"


def _moment(cell: Cell) -> str:
    """UTC, naive. A time without a zone is of the installation."""
    stated, zone, here = _stated(cell.text), _zone(cell.text), literal(cell.expected.time_zone)
    usual, local = (f"timezone('UTC', timezone({here}, {one}))" for one in (_cast(cell.text), stated))
    return (
        f"CASE WHEN {_matches(cell.text, _USUAL)} THEN {usual} "
        f"WHEN {zone} = '' THEN {local} ELSE {_shifted(stated, zone)} END"
    )


def _day(cell: Cell) -> str:
    """The day as written; with a zone, the day that it then was here."""
    stated, zone, here = _stated(cell.text), _zone(cell.text), literal(cell.expected.time_zone)
    there = f"timezone({here}, timezone('UTC', {_shifted(stated, zone)}))"
    cases = f"WHEN {_matches(cell.text, _USUAL)} THEN {_cast(cell.text)} WHEN {zone} = '' THEN {stated}"
    return f"CAST(CASE {cases} ELSE {there} END AS DATE)"


def _cast(text: str) -> str:
    return f"TRY_CAST({text} AS TIMESTAMP)"


def _zone(text: str) -> str:
    return f"upper(regexp_extract({text}, {literal(_ZONED)}, 2))"


def _stated(text: str) -> str:
    """Day and time as they stand, without the zone; NULL for a day that does not exist."""
    compact = (
        f"concat_ws('-', {text}[:4], {text}[5:6], {text}[7:8]) || ' ' || "
        f"regexp_replace(ltrim({text}[9:], 'T '), '^(\\d\\d)(\\d\\d)(\\d\\d)$', '\\1:\\2:\\3')"
    )
    spelt = f"replace(replace(replace(replace({text}, '/', '-'), '年', '-'), '月', '-'), '日', ' ')"
    dashed = f"CASE WHEN {text}[5] = '-' THEN {text} WHEN {text}[5] IN ('/', '年') THEN {spelt} ELSE {compact} END"
    plain = f"rtrim(regexp_replace({dashed}, {literal(_ZONED)}, '\\1'))"
    return f"CASE WHEN {_matches(text, _DAY)} THEN {_cast(plain)} END"


def _shifted(stated: str, zone: str) -> str:
    minutes = f"CAST({zone}[2:3] AS INTEGER) * 60 + CAST({zone}[-2:] AS INTEGER)"
    east = f"CASE {zone}[1] WHEN 'Z' THEN 0 WHEN '-' THEN -({minutes}) ELSE {minutes} END"
    return f"{stated} - to_minutes({east})"
