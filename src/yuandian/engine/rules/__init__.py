"""The condition language of rules, tiers, segments and playbooks: one text, two targets, one logic.

    assets_fen >= gold_assets_fen AND NOT (last_contact_on > DATE '2026-01-01' - INTERVAL 2 WEEK)

A rule becomes SQL for a million rows and a Python function for one, and both answer alike, NULLs included.

Operands: fields (exact lower-case names), named constants, numbers, 'text', DATE '2026-01-31', TRUE, FALSE.
Operators: = <> != < <= > >= AND OR NOT, [NOT] IN (literals, NULL allowed), [NOT] BETWEEN, IS [NOT] NULL,
+ - * on numbers, date ± INTERVAL n DAY or WEEK, date - date (whole days).
Functions: coalesce, abs, and least and greatest, which skip NULLs.

Numbers are exact. An integer is at most 2^63-1 either way. A decimal field is DECIMAL(18, 6), rounded half
away from zero; a decimal literal has at most nine places. Overflow is decided when the rule is read, from the
bounds of its fields: an expression that could pass 38 digits or 18 places is refused, so no row can overflow.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, cast

import sqlglot

from yuandian.engine.rules.check import build
from yuandian.engine.rules.closure import compile_row
from yuandian.engine.rules.operands import Names, Operand, Value, constant
from yuandian.engine.rules.scan import WORDS, scan
from yuandian.engine.rules.sql import sql as emit
from yuandian.engine.rules.tree import FIELD_KINDS, FieldType, Node, Number, field_names, kind_name
from yuandian.engine.rules.words import RuleError, refuse

__all__ = ["Expression", "FieldType", "Rule", "RuleError", "parse", "parse_number"]

Row = Mapping[str, object]


@dataclass(frozen=True)
class _Compiled:
    """One checked text: `text` as written, `fields` it reads."""

    text: str
    fields: frozenset[str]
    _node: Node = field(repr=False)
    _run: Callable[[Row], object] = field(repr=False, compare=False)

    def sql(self, dialect: str = "duckdb") -> str:
        """Text of the expression, ready to embed; ValueError if another dialect cannot be written."""
        text = emit(self._node)
        if dialect == "duckdb":
            return text
        try:
            return sqlglot.transpile(text, read="duckdb", write=dialect)[0]
        except RecursionError:
            raise ValueError(f"The rule is nested too deeply to be written for {dialect}.") from None


@dataclass(frozen=True)
class Rule(_Compiled):
    """A condition."""

    def test(self, row: Row) -> bool | None:
        """True, False, or None for SQL's NULL; KeyError, TypeError or ValueError for a row that does not fit."""
        return cast("bool | None", self._run(row))


@dataclass(frozen=True)
class Expression(_Compiled):
    """A number worked out from a row."""

    @property
    def type(self) -> Literal["integer", "decimal"]:
        return "decimal" if self._scale else "integer"

    @property
    def _scale(self) -> int:
        return self._node.kind.scale if isinstance(self._node.kind, Number) else 0

    def value(self, row: Row) -> int | Decimal | None:
        """An int, or a Decimal if the type is decimal; errors as for Rule.test."""
        unscaled = cast("int | None", self._run(row))
        exact = not self._scale or unscaled is None
        return unscaled if exact else Decimal(f"{unscaled}E-{self._scale}")


def parse(text: str, fields: Mapping[str, FieldType], values: Mapping[str, Value] = {}) -> Rule:
    """Read a condition over typed `fields`; `values` are named constants that stand for their literal.

    Raises RuleError with the place of the mistake, ValueError if a name or a constant cannot be used.
    """
    node, first = _read(text, fields, values)
    if node.kind != "flag":
        problem = f"The rule gives {kind_name(node.kind)} where true or false is needed"
        raise refuse(problem, first.near, first.position, "compare it with something")
    return Rule(*_parts(text, node, fields))


def parse_number(text: str, fields: Mapping[str, FieldType], values: Mapping[str, Value] = {}) -> Expression:
    """Read an expression whose result is an integer or a decimal; otherwise as `parse`."""
    node, first = _read(text, fields, values)
    if not isinstance(node.kind, Number):
        problem = f"The expression gives {kind_name(node.kind)} where a number is needed"
        raise refuse(problem, first.near, first.position, "write a sum, a product or a field")
    return Expression(*_parts(text, node, fields))


def _parts(
    text: str, node: Node, fields: Mapping[str, FieldType]
) -> tuple[str, frozenset[str], Node, Callable[[Row], object]]:
    used = field_names(node)
    return text, used, node, compile_row(node, {name: fields[name] for name in used})


def _read(text: str, fields: Mapping[str, FieldType], values: Mapping[str, Value]) -> tuple[Node, Operand]:
    _check_names(fields, values)
    tokens, operands = scan(text, Names(fields, values))
    try:
        return build(text, tokens, operands), operands[0]
    except RecursionError:
        # Python counts the caller's frames too; a thread starts from none, so 32 levels always fit.
        with ThreadPoolExecutor(1) as fresh:
            return fresh.submit(build, text, tokens, operands).result(), operands[0]


def _check_names(fields: Mapping[str, FieldType], values: Mapping[str, Value]) -> None:
    for name in (*fields, *values):
        if not name.isidentifier() or name != name.lower() or name.upper() in WORDS:
            raise ValueError(
                f"{name!r} cannot name a field: use lower case and none of {', '.join(sorted(WORDS))}."
            )
    for name in fields.keys() & values.keys():
        raise ValueError(f"{name!r} is both a field and a named constant: rename one.")
    for name, kind in fields.items():
        if kind not in FIELD_KINDS:
            raise ValueError(f"{name!r} has no type {kind!r}: use {', '.join(FIELD_KINDS)}.")
    for name, value in values.items():
        _check_constant(name, value)


def _check_constant(name: str, value: Value) -> None:
    try:
        constant(value)
    except ValueError as error:
        raise ValueError(f"{name!r} cannot be a named constant: {error}") from None
