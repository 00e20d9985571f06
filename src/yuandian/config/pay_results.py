"""A file of results, a row an RM, columns named as the plan's inputs. Every bad cell is told; none is guessed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from yuandian.engine.pay.plan import Clawback, Plan
from yuandian.engine.pay.settle import Result
from yuandian.operations.files import RowSource, ending, read_apart

T = TypeVar("T")
Row = Mapping[str, str | int | None]
WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
DAY_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OWN = ("rm_id", "hired_on", "left_on", "decided_status", "owed_fen")
"""Columns of every plan beside its inputs; all but the first may be left out."""
DAY = "应为 2026-11-25 这样的日期 / a day is written 2026-11-25"
NUMBER = "应为整数（金额以分计）/ a whole number, amounts in fen"
DEBT = "不能是负数 / must not be negative"
EMPTY = "空着；没有就写 0 / empty; write 0 where there is none"


@dataclass
class Results:
    """What was read; where `faults` holds anything the rows are not to be used."""

    file: str
    missing: list[str]
    """Inputs of the plan without a column: counted as 0, and told."""
    unused: list[str]
    whole_ids: bool
    """Whether ids are numbers in the file, as only Parquet knows; they come out as they came in."""
    rows: list[Result] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_results(path: Path, plan: Plan) -> Results:
    """Raises FileError for a file that cannot be read, ValueError for one without a column that decides all."""
    with TemporaryDirectory() as place, read_apart(path, Path(place)) as source:
        return _read(path, source, plan)


def _read(path: Path, source: RowSource, plan: Plan) -> Results:
    header = source.header
    for column in ("rm_id", plan.status.by):
        if column not in header:
            has = ", ".join(header)
            raise ValueError(
                f"{path.name}: 缺少“{column}”一列 / column {column} is missing; the header has: {has}"
            )
    results = Results(
        path.name,
        missing=[name for name in plan.inputs if name not in header],
        unused=[name for name in header if name not in (*OWN, *plan.inputs)],
        whole_ids=ending(path) == ".parquet" and pa.types.is_integer(pq.read_schema(path).field("rm_id").type),
    )
    seen: dict[str, int] = {}
    for batch in source:
        for row in batch.to_pylist():
            reading = _Reading(row, results.faults)
            result = _result(reading, plan, results.missing)
            first = seen.setdefault(result.rm_id, row["_row"])
            if first != row["_row"]:
                reading.fault("rm_id", f"第 {first} 行已有；每人一行 / in row {first} too; keep one row an RM")
            results.rows.append(result)
    return results


class _Reading:
    """One row: its cells typed, its faults noted by row and column."""

    def __init__(self, row: Row, faults: list[str]) -> None:
        self.row, self.faults = row, faults

    def cell(self, column: str, read: Callable[[str], T], empty: T, expects: str) -> T:
        text = str(self.row.get(column) or "").strip()
        if not text:
            return empty
        try:
            return read(text)
        except ValueError:
            self.fault(column, expects)
            return empty

    def fault(self, column: str, expects: str) -> None:
        number, text = self.row["_row"], self.row.get(column) or ""
        self.faults.append(f"第 {number} 行 / row {number}, {column}: {text!r:.60}: {expects}")


def _result(reading: _Reading, plan: Plan, missing: list[str]) -> Result:
    if (width := reading.row["_width"]) is not None:
        number = reading.row["_row"]
        reading.faults.append(
            f"第 {number} 行 / row {number}: 有 {width} 格，与表头不符 / {width} cells, not as in the header"
        )
        return Result(f"row {number}", {})
    rm_id = reading.cell("rm_id", str, "", "")
    if not rm_id:
        reading.fault("rm_id", "空着 / empty")
    hired_on = reading.cell("hired_on", _day, None, DAY)
    left_on = reading.cell("left_on", _day, None, DAY)
    if hired_on and left_on and left_on < hired_on:
        reading.fault("left_on", f"早于入职日 {hired_on} / before hired_on {hired_on}")
    levels = [level.id for level in plan.status.levels]
    status = reading.cell("decided_status", _one_of(levels), None, f"应为级别之一 / one of {', '.join(levels)}")
    amounts = {name: 0 if name in missing else _amount(reading, name) for name in plan.inputs}
    owed = reading.cell("owed_fen", _whole, 0, NUMBER)
    taken_back = {part.of for part in plan.components if isinstance(part, Clawback)}
    for name, debt in (("owed_fen", owed), *((name, amounts[name]) for name in amounts if name in taken_back)):
        if debt < 0:
            reading.fault(name, DEBT)
    return Result(rm_id, amounts, hired_on, left_on, status, owed)


def _amount(reading: _Reading, name: str) -> int:
    if not str(reading.row.get(name) or "").strip():
        reading.fault(name, EMPTY)
    return reading.cell(name, _whole, 0, NUMBER)


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _day(text: str) -> date | None:
    if not DAY_FORM.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _one_of(known: list[str]) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        if text not in known:
            raise ValueError(text)
        return text

    return read
