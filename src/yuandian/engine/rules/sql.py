"""Typed tree to DuckDB text, in words that sqlglot also translates for Spark."""

from collections.abc import Mapping
from datetime import date

from yuandian.engine.rules.tree import Call, Constant, Field, Node, Number, Op

TEMPLATES: Mapping[Op, str] = {
    "not": "(NOT {})",
    "is_null": "({} IS NULL)",
    "eq": "({} = {})",
    "ne": "({} <> {})",
    "lt": "({} < {})",
    "le": "({} <= {})",
    "gt": "({} > {})",
    "ge": "({} >= {})",
    "add": "({} + {})",
    "sub": "({} - {})",
    "mul": "({} * {})",
    "neg": "(- {})",
    "abs": "ABS({})",
}
NARROW = 18
LISTS: Mapping[Op, tuple[str, str]] = {
    "and": ("(", " AND "),
    "or": ("(", " OR "),
    "coalesce": ("COALESCE(", ", "),
    "least": ("LEAST(", ", "),
    "greatest": ("GREATEST(", ", "),
}


def sql(node: Node) -> str:
    """Text that can stand anywhere an expression can: it is one name, one literal, or in parentheses."""
    match node:
        case Field(name, kind):
            column = '"' + name.replace('"', '""') + '"'
            return _cast(column, kind) if isinstance(kind, Number) and kind.exact else column
        case Constant():
            return _literal(node)
    return _call(node, [sql(arg) for arg in node.args])


def _call(node: Call, args: list[str]) -> str:
    match node.op:
        case "and" | "or" | "coalesce" | "least" | "greatest":
            opening, separator = LISTS[node.op]
            return opening + separator.join(args) + ")"
        case "decimal":
            return _cast(args[0], node.kind)
        case "shift":
            # DuckDB makes a timestamp of date + interval.
            return f"CAST({args[0]} + {args[1]} AS DATE)"
        case "days":
            return f"DATE_DIFF('day', {args[1]}, {args[0]})"
        case "add" | "sub" | "mul":
            args = [_widened(node, args[0]), args[1]]
    return TEMPLATES[node.op].format(*args)


def _widened(node: Call, left: str) -> str:
    """DuckDB keeps two decimals of up to 18 digits at 18 and fails on overflow, unless one of them is wider."""
    kinds = [part.kind for part in (node, *node.args) if isinstance(part.kind, Number)]
    result, operands = kinds[0], kinds[1:]
    if result.width() <= NARROW or any(kind.width() > NARROW for kind in operands):
        return left
    return f"CAST({left} AS DECIMAL({NARROW + 1}, {operands[0].scale}))"


def _cast(text: str, kind: object) -> str:
    if not isinstance(kind, Number):
        raise TypeError(f"{kind} is not a number")
    return f"CAST({text} AS DECIMAL({kind.width()}, {kind.scale}))"


def _literal(node: Constant) -> str:
    match node:
        case Constant(None, _):
            return "NULL"
        case Constant(str(text), _):
            return "'" + text.replace("'", "''") + "'"
        case Constant(int(value), "date"):
            return f"DATE '{date.fromordinal(value).isoformat()}'"
        case Constant(int(value), "interval"):
            # The sign is inside the quotes: both engines read it, and no operator meets another.
            return f"INTERVAL '{value}' DAY"
        case Constant(int(value), "flag"):
            return "TRUE" if value else "FALSE"
    return _digits(node)


def _digits(node: Constant) -> str:
    if not isinstance(node.value, int) or not isinstance(node.kind, Number):
        raise TypeError(f"{node} is not a number")
    text, scale = str(abs(node.value)).rjust(node.kind.scale + 1, "0"), node.kind.scale
    plain = f"{text[:-scale]}.{text[-scale:]}" if scale else text
    # Without the parentheses a minus before it would start a comment.
    return f"(-{plain})" if node.value < 0 else plain
