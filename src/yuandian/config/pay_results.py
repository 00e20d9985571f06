"""A file of results, a row an RM, columns named as the plan's inputs. Every bad cell is told; none is guessed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from yuandian.engine.pay.plan import Plan
from yuandian.engine.pay.settle import Result
from yuandian.operations.files import open_rows

T = TypeVar("T")
Row = Mapping[str, str | int | None]
WHOLE = re.compile(r"[+-]?\d{1,15}")
OWN = ("rm_id", "hired_on", "left_on", "decided_status", "owed_fen")
"""Columns of every plan beside its inputs; all but the first may be left out."""


@dataclass
class Results:
    """What was read; where `faults` holds anything the rows are not to be used."""

    file: str
    rows: list[Result] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_results(path: Path, plan: Plan) -> Results:
    """Raises FileError where the file cannot be read, ValueError where a column without which nothing can be paid
    is not there.
    """
    source = open_rows(path)
    for column in ("rm_id", plan.status.by):
        if column not in source.header:
            raise ValueError(
                f"{path.name}: 缺少“{column}”一列 / column {column} is missing; the header has: {', '.join(source.header)}"
            )
    results = Results(path.name)
    results.missing = [name for name in plan.inputs if name not in source.header]
    results.unused = [name for name in source.header if name not in (*OWN, *plan.inputs)]
    seen: dict[str, int] = {}
    for batch in source:
        for row in batch.to_pylist():
            reading = _Reading(row, results)
            result = _result(reading, plan, results)
            first = seen.setdefault(result.rm_id, int(row["_row"]))
            if first != row["_row"]:
                reading.fault(
                    "rm_id", result.rm_id, f"第 {first} 行已有 / stands in row {first} too; keep one row an RM"
                )
            results.rows.append(result)
    return results


class _Reading:
    """One row: its cells typed, its faults noted by row and column."""

    def __init__(self, row: Row, results: Results) -> None:
        self.row, self.results = row, results

    def cell(self, column: str, read: Callable[[str], T], empty: T | None, expects: str) -> T | None:
        text = self.row.get(column)
        if text is None or not str(text).strip():
            return empty
        try:
            return read(str(text).strip())
        except ValueError:
            self.fault(column, str(text), expects)
            return empty

    def fault(self, column: str, value: str, expects: str) -> None:
        row = self.row["_row"]
        self.results.faults.append(f"第 {row} 行 / row {row}, {column}: {value!r:.60}: {expects}")


def _result(reading: _Reading, plan: Plan, results: Results) -> Result:
    if (width := reading.row["_width"]) is not None:
        reading.fault("*", str(width), "格数与表头不符 / the row has another number of cells than the header")
    hired_on = reading.cell("hired_on", date.fromisoformat, None, DAY)
    left_on = reading.cell("left_on", date.fromisoformat, None, DAY)
    if hired_on and left_on and left_on < hired_on:
        reading.fault("left_on", str(left_on), f"早于入职日 {hired_on} / before hired_on")
    status = reading.cell(
        "decided_status", _one_of([level.id for level in plan.status.levels]), None, _known(plan)
    )
    amounts = {name: 0 if name in results.missing else _amount(reading, name) for name in plan.inputs}
    owed = reading.cell("owed_fen", _whole, 0, NUMBER) or 0
    return Result(_rm_id(reading), amounts, hired_on, left_on, status, owed)


DAY = "应为 2026-11-25 这样的日期 / a day is written 2026-11-25"
NUMBER = "应为整数（金额以分计）/ a whole number, amounts in fen"
EMPTY = "空着；没有就写 0 / empty; write 0 where there is none"


def _rm_id(reading: _Reading) -> str:
    rm_id = reading.cell("rm_id", str, "", "")
    if not rm_id:
        reading.fault("rm_id", "", "空着 / empty")
    return rm_id or ""


def _amount(reading: _Reading, name: str) -> int:
    amount = reading.cell(name, _whole, None, NUMBER)
    if amount is None and not reading.row.get(name):
        reading.fault(name, "", EMPTY)
    return amount or 0


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _one_of(known: list[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def _known(plan: Plan) -> str:
    return f"应为级别之一 / one of {', '.join(level.id for level in plan.status.levels)}"
