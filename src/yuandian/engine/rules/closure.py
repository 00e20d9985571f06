"""Typed tree to a Python function of one row, with the same three-valued logic as the SQL.

Inside, a number is its unscaled integer and a date its ordinal, so arithmetic is exact, comparison is that of
integers, and the answer does not depend on a decimal context.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import partial
from typing import Any

from yuandian.engine.rules.tree import (
    FIELD_SCALE,
    MOST_DECIMAL,
    MOST_INTEGER,
    Call,
    Constant,
    FieldType,
    Node,
    Number,
    Op,
)

# The checked tree is what types the cells; Python's types cannot follow it.
Cell = Callable[[Sequence[Any]], Any]
# Wide enough that only the rounding to six places rounds.
WIDE = Context(prec=80, rounding=ROUND_HALF_UP)
STEP = Decimal(1).scaleb(-FIELD_SCALE)

BINARY: Mapping[Op, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "shift": operator.add,
    "days": operator.sub,
}
UNARY: Mapping[Op, Callable[[Any], Any]] = {"not": operator.not_, "neg": operator.neg, "abs": operator.abs}


def compile_row(node: Node, types: Mapping[str, FieldType]) -> Callable[[Mapping[str, object]], object]:
    """A function of a row; KeyError for a missing field, TypeError or ValueError for a value of another type.

    Every field is read before anything is decided, so a bad row fails whatever the condition is.
    """
    names = sorted(types)
    readers = [(name, READERS[types[name]]) for name in names]
    run = _cell(node, {name: at for at, name in enumerate(names)})

    def answer(row: Mapping[str, object]) -> object:
        return run([None if row[name] is None else read(name, row[name]) for name, read in readers])

    return answer


def _integer(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} takes an integer, not {value!r}")
    if not -MOST_INTEGER <= value <= MOST_INTEGER:
        raise ValueError(f"{name} is out of bounds: {value}")
    return value


def _decimal(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"{name} takes a decimal, not {value!r}")
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    try:
        unscaled = int(exact.quantize(STEP, context=WIDE).scaleb(FIELD_SCALE, context=WIDE))
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"{name} is not a finite number: {value}") from None
    if abs(unscaled) > MOST_DECIMAL:
        raise ValueError(f"{name} is out of bounds: {value}")
    return unscaled


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} takes a text, not {value!r}")
    return value


def _date(name: str, value: object) -> int:
    if type(value) is not date:  # a datetime is a date to isinstance, and would lose its hours
        raise TypeError(f"{name} takes a date, not {value!r}")
    return value.toordinal()


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} takes a flag, not {value!r}")
    return value


READERS: Mapping[FieldType, Callable[[str, object], object]] = {
    "integer": _integer,
    "decimal": _decimal,
    "text": _text,
    "date": _date,
    "flag": _flag,
}


def _cell(node: Node, places: Mapping[str, int]) -> Cell:
    match node:
        case Constant(value, kind):
            known = bool(value) if kind == "flag" and value is not None else value
            return lambda _row: known
        case Call():
            return _call(node, [_cell(arg, places) for arg in node.args])
    return operator.itemgetter(places[node.name])


def _call(node: Call, args: Sequence[Cell]) -> Cell:
    if node.op in MAKERS:
        return MAKERS[node.op](args)
    if node.op in UNARY:
        return _unary(UNARY[node.op], args[0])
    return _scaled(node, args[0]) if node.op == "decimal" else _binary(BINARY[node.op], *args)


def _until(args: Sequence[Cell], *, decided: bool) -> Cell:
    """AND is settled by one False, OR by one True; otherwise a NULL leaves it open."""

    def run(row: Sequence[Any]) -> Any:
        answer: bool | None = not decided
        for arg in args:
            found = arg(row)
            if found is decided:
                return decided
            if found is None:
                answer = None
        return answer

    return run


def _unary(function: Callable[[Any], Any], arg: Cell) -> Cell:
    def run(row: Sequence[Any]) -> Any:
        value = arg(row)
        return None if value is None else function(value)

    return run


def _binary(function: Callable[[Any, Any], Any], left: Cell, right: Cell) -> Cell:
    def run(row: Sequence[Any]) -> Any:
        first = left(row)
        if first is None:
            return None
        second = right(row)
        return None if second is None else function(first, second)

    return run


def _scaled(node: Call, arg: Cell) -> Cell:
    before, after = node.args[0].kind, node.kind
    if not isinstance(before, Number) or not isinstance(after, Number):
        raise TypeError(f"{node} is not a number")
    factor = 10 ** (after.scale - before.scale)
    return arg if factor == 1 else _unary(lambda value: value * factor, arg)


def _coalesce(args: Sequence[Cell]) -> Cell:
    def run(row: Sequence[Any]) -> Any:
        return next((value for arg in args if (value := arg(row)) is not None), None)

    return run


def _extreme(args: Sequence[Cell], beats: Callable[[Any, Any], Any]) -> Cell:
    """As in DuckDB and Spark, NULLs are skipped and only NULLs give NULL."""

    def run(row: Sequence[Any]) -> Any:
        best: Any = None
        for arg in args:
            value = arg(row)
            if value is not None and (best is None or beats(value, best)):
                best = value
        return best

    return run


def _is_null(args: Sequence[Cell]) -> Cell:
    arg = args[0]
    return lambda row: arg(row) is None


MAKERS: Mapping[Op, Callable[[Sequence[Cell]], Cell]] = {
    "and": partial(_until, decided=False),
    "or": partial(_until, decided=True),
    "is_null": _is_null,
    "coalesce": _coalesce,
    "least": partial(_extreme, beats=operator.lt),
    "greatest": partial(_extreme, beats=operator.gt),
}
