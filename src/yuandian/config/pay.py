"""`pay preview`: a plan and a file of results give statements and warnings. No database."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from yuandian.config.cli import refuse
from yuandian.config.pay_results import Results, read_results
from yuandian.engine.pay.city import CityRates
from yuandian.engine.pay.lines import Line
from yuandian.engine.pay.lint import lint
from yuandian.engine.pay.plan import Plan
from yuandian.engine.pay.settle import Statement, require_in_force, settle, status_of
from yuandian.engine.pay.wording import wording, yuan
from yuandian.operations.files import FileError
from yuandian.packs.draft import Part
from yuandian.packs.pay import load_plan
from yuandian.packs.pay_cities import rates
from yuandian.packs.problems import PackError

Answer = dict[str, Any]


def preview(plan_name: str, path: Path, period: date) -> tuple[Answer, list[str]]:
    """The JSON answer and its words. Exit 1 with every reason where plan, results or period cannot be used."""
    try:
        part = load_plan(plan_name)
        plan = part.value
        require_in_force(plan, period)
        in_force = rates(plan.city, period)
        results = read_results(path, plan)
        if results.faults:
            refuse("\n".join([f"{path.name}: {len(results.faults)} 处要改 / to put right", *results.faults]))
        statements = list(settle(plan, in_force, period, results.rows))
    except (PackError, FileError, ValueError) as error:
        refuse(error)
    warnings = [*_of_plan(part, in_force, period), *_of_file(results), *_of_months(plan, results, statements)]
    answer = {
        "statements": [_statement(one, whole_ids=results.whole_ids) for one in statements],
        "warnings": warnings,
    }
    return answer, [
        *_words(plan, statements),
        *(f"! {one['place']}: {one['zh']} / {one['en']}" for one in warnings),
    ]


def _statement(one: Statement, *, whole_ids: bool) -> Answer:
    return {
        "rm_id": int(one.rm_id) if whole_ids else one.rm_id,
        "status": one.status,
        "contract": one.contract,
        "total_fen": one.total_fen,
        "lines": [_line(line) for line in one.lines],
        "employer_costs": [_line(line) for line in one.employer_costs],
        "carried_fen": one.carried_fen,
    }


def _line(line: Line) -> Answer:
    return {
        "component": line.component,
        "amount_fen": line.amount_fen,
        "reason": line.reason,
        "inputs": line.inputs,
        "steps": [f"{step.work} = {step.gives}" for step in line.steps],
        "rounding": line.rounding,
        "words": wording(line.reason, line.inputs).model_dump(),
    }


def _warning(code: str, place: str, inputs: Mapping[str, int | str | None]) -> Answer:
    return {"code": code, "place": place, "inputs": dict(inputs), **wording(code, inputs).model_dump()}


def _of_plan(part: Part[Plan], in_force: CityRates, period: date) -> Iterator[Answer]:
    for one in lint(part.value, in_force, period):
        place = f"{part.document.file}:{part.document.line(*one.place)}"
        yield _warning(one.code, place, one.inputs)


def _of_file(results: Results) -> Iterator[Answer]:
    for code, columns in (("column_missing", results.missing), ("column_unused", results.unused)):
        for column in columns:
            yield _warning(code, results.file, {"column": column})


def _of_months(plan: Plan, results: Results, statements: Iterable[Statement]) -> Iterator[Answer]:
    for result, one in zip(results.rows, statements, strict=True):
        reached = status_of(plan, result._replace(status=None)).id
        if reached != one.status:
            yield _warning("status_differs", one.rm_id, {"decided": one.status, "reached": reached})
        if one.below_minimum_fen:
            yield _warning("month_below_minimum", one.rm_id, {"short_fen": one.below_minimum_fen})
        if one.carried_fen:
            yield _warning("carried", one.rm_id, {"carried_fen": one.carried_fen})


def _words(plan: Plan, statements: Iterable[Statement]) -> Iterator[str]:
    """Each statement and its lines that are not nothing; + is what the house pays beside it."""
    labels = {part.id: part.label for part in plan.components}
    levels = {level.id: level.label for level in plan.status.levels}
    for one in statements:
        level = levels[one.status]
        yield f"{one.rm_id}  {level.zh} / {level.en}  {yuan(one.total_fen)}"
        for mark, lines in ((" ", one.lines), ("+", one.employer_costs)):
            for line in lines:
                if line.amount_fen or line.owed_fen:
                    name, _, item = line.component.partition(".")
                    said = wording(line.reason, line.inputs)
                    named = f"{labels[name].zh} {item}".strip()
                    yield f"  {mark} {yuan(line.amount_fen):>12}  {named}: {said.zh} / {said.en}"
