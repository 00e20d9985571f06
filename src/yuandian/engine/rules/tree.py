"""The checked tree both targets are made from; no text of the author is in it except names and literals.

Numbers are whole multiples of a power of ten: a value of scale 2 counts hundredths. Each expression also
carries the lowest and highest count it can reach, so overflow is refused once, when a rule is written, and
can happen in neither target.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FieldType = Literal["integer", "decimal", "text", "date", "flag"]
Op = Literal[
    "and", "or", "not", "is_null",
    "eq", "ne", "lt", "le", "gt", "ge",
    "add", "sub", "mul", "neg", "abs", "decimal",
    "shift", "days",
    "coalesce", "least", "greatest",
]  # fmt: skip

MOST_INTEGER = 2**63 - 1
MOST_DECIMAL = 10**18 - 1  # a decimal field is DECIMAL(18, 6)
MOST_UNSCALED = 10**38 - 1  # what DECIMAL(38) holds in DuckDB and in Spark
MOST_SCALE = 18
FIELD_SCALE = 6
LITERAL_SCALE = 9
# Dates run from year 1 to 9999, an interval is capped and at most 32 are chained.
MOST_INTERVAL_DAYS = 100_000
MOST_DAYS_BETWEEN = 20_000_000


@dataclass(frozen=True, slots=True)
class Number:
    """A number's scale, its unscaled bounds, and whether SQL already holds it as DECIMAL (else BIGINT)."""

    scale: int
    low: int
    high: int
    exact: bool

    def fits(self) -> bool:
        return self.scale <= MOST_SCALE and max(-self.low, self.high) <= MOST_UNSCALED

    def width(self) -> int:
        return max(len(str(max(abs(self.low), abs(self.high)))), self.scale + 1)


Kind = Number | Literal["text", "date", "flag", "interval", "null"]


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: the unscaled integer of a number, the ordinal of a date, the days of an interval."""

    value: int | str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Call:
    op: Op
    args: tuple["Node", ...]
    kind: Kind


Node = Field | Constant | Call

FIELD_KINDS: dict[FieldType, Kind] = {
    "integer": Number(0, -MOST_INTEGER, MOST_INTEGER, exact=False),
    "decimal": Number(FIELD_SCALE, -MOST_DECIMAL, MOST_DECIMAL, exact=True),
    "text": "text",
    "date": "date",
    "flag": "flag",
}
DAYS_BETWEEN = Number(0, -MOST_DAYS_BETWEEN, MOST_DAYS_BETWEEN, exact=False)


def number_constant(unscaled: int, scale: int) -> Constant:
    return Constant(unscaled, Number(scale, unscaled, unscaled, exact=scale > 0))


def kind_name(kind: Kind) -> str:
    """The word for a kind that an author of rules knows."""
    if isinstance(kind, Number):
        return "decimal" if kind.scale else "integer"
    return {"null": "NULL", "interval": "INTERVAL"}.get(kind, kind)


def size(node: Node) -> int:
    """How many nodes the emitted text will spell out."""
    return 1 + sum(size(arg) for arg in node.args) if isinstance(node, Call) else 1


def field_names(node: Node) -> frozenset[str]:
    if isinstance(node, Call):
        return frozenset().union(*(field_names(arg) for arg in node.args))
    return frozenset({node.name}) if isinstance(node, Field) else frozenset()


def never_null(node: Node) -> bool:
    """True only if no row can make this NULL."""
    if isinstance(node, Call):
        some = node.op in ("coalesce", "least", "greatest")
        return (any if some else all)(never_null(arg) for arg in node.args)
    return isinstance(node, Constant) and node.value is not None


def as_decimal(node: Node, scale: int) -> Node:
    """The same number held as DECIMAL at the wider scale, so that no engine chooses a type for us."""
    kind = node.kind
    if not isinstance(kind, Number):
        raise TypeError(f"{kind} is not a number")
    if kind.exact and kind.scale == scale:
        return node
    factor = 10 ** (scale - kind.scale)
    wider = Number(scale, kind.low * factor, kind.high * factor, exact=True)
    # A NULL has no type of its own and takes its neighbour's.
    return Constant(None, wider) if node == Constant(None, kind) else Call("decimal", (node,), wider)


def align(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Numbers brought to one scale; whole numbers stay BIGINT, the fast case; other kinds are unchanged."""
    kinds = [node.kind for node in nodes if isinstance(node.kind, Number)]
    if not any(kind.exact for kind in kinds):
        return tuple(nodes)
    scale = max(kind.scale for kind in kinds)
    return tuple(as_decimal(node, scale) for node in nodes)


def spread(op: Op, args: Sequence[Node]) -> Number:
    """The scale and bounds of an operation on aligned numbers, by interval arithmetic."""
    kinds = [arg.kind for arg in args if isinstance(arg.kind, Number)]
    lows, highs = [kind.low for kind in kinds], [kind.high for kind in kinds]
    scale, exact = kinds[0].scale, any(kind.exact for kind in kinds)
    match op:
        case "add":
            return Number(scale, sum(lows), sum(highs), exact)
        case "sub":
            return Number(scale, lows[0] - highs[1], highs[0] - lows[1], exact)
        case "mul":
            corners = [a * b for a in (lows[0], highs[0]) for b in (lows[1], highs[1])]
            return Number(scale + kinds[1].scale, min(corners), max(corners), exact)
        case "neg":
            return Number(scale, -highs[0], -lows[0], exact)
        case "abs":
            return Number(scale, max(lows[0], -highs[0], 0), max(-lows[0], highs[0]), exact)
    # NULLs are skipped, so only an argument that is never NULL can tighten the far bound.
    sure = [kind for kind, arg in zip(kinds, args, strict=True) if never_null(arg)]
    low = max([min(lows), *(kind.low for kind in sure if op == "greatest")])
    high = min([max(highs), *(kind.high for kind in sure if op == "least")])
    return Number(scale, low, high, exact)
