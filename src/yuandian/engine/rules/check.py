"""Shape to typed tree: the whitelist of sqlglot nodes, the types, and the bounds of every number."""

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token

from yuandian.engine.rules.operands import Operand
from yuandian.engine.rules.tree import (
    DAYS_BETWEEN,
    Call,
    Constant,
    Kind,
    Node,
    Number,
    Op,
    align,
    as_decimal,
    kind_name,
    size,
    spread,
)
from yuandian.engine.rules.words import RuleError, refuse

MOST_NODES = 10_000
# Anything else a node carries (a table before a column, IN over a query, SYMMETRIC) is refused.
PARTS = frozenset({"this", "expression", "expressions", "low", "high", "ignore_nulls"})
Scope = Sequence[Operand]


def build(text: str, tokens: list[Token], operands: Scope) -> Node:
    """The typed tree of one expression; raises RuleError."""
    try:
        trees = Dialect.get_or_raise("duckdb").parser().parse(tokens, text)
    except ParseError as error:
        raise _malformed(text, tokens, error) from None
    if len(trees) != 1 or trees[0] is None:
        raise refuse("This is not one condition", text, 0, "write one condition")
    return _make(operands, trees[0])


def _malformed(text: str, tokens: Sequence[Token], error: ParseError) -> RuleError:
    place = (error.errors[0]["line"], error.errors[0]["col"])
    token = next((token for token in tokens if (token.line, token.col) == place), tokens[-1])
    near = text[token.start : token.end + 1]
    return refuse("Something is missing or out of place", near, token.start, "put a value on both sides")


def _make(scope: Scope, tree: exp.Expr) -> Node:
    maker = MAKERS.get(type(tree))
    if maker is None or any(part and name not in PARTS for name, part in tree.args.items()):
        raise _fault(scope, tree, "This is not part of the rule language", "write it with AND, OR and operators")
    return maker(scope, tree)


def _fault(scope: Scope, tree: exp.Expr, problem: str, fix: str) -> RuleError:
    at = min((int(name.name[1:]) for name in tree.find_all(exp.Identifier)), default=0)
    return refuse(problem, scope[at].near, scope[at].position, fix)


def _operand(scope: Scope, tree: exp.Expr) -> Node:
    return scope[int(tree.name[1:])].node


def _paren(scope: Scope, tree: exp.Expr) -> Node:
    return _make(scope, tree.this)


def _need(scope: Scope, tree: exp.Expr, kind: Kind | type[Number], use: str) -> Node:
    """The node, if it is of the kind that this place takes."""
    node = _make(scope, tree)
    if node.kind == kind or (kind is Number and isinstance(node.kind, Number)):
        return node
    wanted = "a number" if kind is Number else f"a {kind}"
    raise _fault(scope, tree, f"{use} takes {wanted} but this is {kind_name(node.kind)}", f"give {wanted}")


def _joined(op: Op) -> Callable[[Scope, exp.Expr], Node]:
    """AND and OR of any length are one node, so that a long list is not a deep one."""

    def make(scope: Scope, tree: exp.Expr) -> Node:
        return Call(op, tuple(_need(scope, part, "flag", op.upper()) for part in tree.flatten()), "flag")

    return make


def _not(scope: Scope, tree: exp.Expr) -> Node:
    return Call("not", (_need(scope, tree.this, "flag", "NOT"),), "flag")


def _negative(scope: Scope, tree: exp.Expr) -> Node:
    node = _need(scope, tree.this, Number, "Minus")
    if isinstance(node, Constant) and isinstance(node.value, int):
        return Constant(-node.value, spread("neg", (node,)))
    return _number(scope, tree, "neg", (node,))


def _number(scope: Scope, tree: exp.Expr, op: Op, args: Sequence[Node]) -> Node:
    """Arithmetic in DECIMAL wide enough for every row; refused when 38 digits may not hold it."""
    numbers = tuple(as_decimal(arg, arg.kind.scale) for arg in args if isinstance(arg.kind, Number))
    call = Call(op, numbers, spread(op, numbers))
    return _fitting(scope, tree, call)


def _fitting(scope: Scope, tree: exp.Expr, node: Node) -> Node:
    parts = node.args if isinstance(node, Call) else ()
    if all(part.kind.fits() for part in (node, *parts) if isinstance(part.kind, Number)):
        return node
    fix = "bound each factor, as in least(greatest(field, 0), 1000000000)"
    raise _fault(scope, tree, "This could pass 38 digits or 18 decimal places", fix)


def _plus(scope: Scope, tree: exp.Expr) -> Node:
    left, right = _make(scope, tree.this), _make(scope, tree.expression)
    if {left.kind, right.kind} == {"date", "interval"}:
        day, step = (left, right) if left.kind == "date" else (right, left)
        return _shift(day, step, 1)
    return _arithmetic(scope, tree, "add", (left, right))


def _minus(scope: Scope, tree: exp.Expr) -> Node:
    left, right = _make(scope, tree.this), _make(scope, tree.expression)
    if (left.kind, right.kind) == ("date", "interval"):
        return _shift(left, right, -1)
    if (left.kind, right.kind) == ("date", "date"):
        return Call("days", (left, right), DAYS_BETWEEN)
    return _arithmetic(scope, tree, "sub", (left, right))


def _times(scope: Scope, tree: exp.Expr) -> Node:
    return _arithmetic(scope, tree, "mul", (_make(scope, tree.this), _make(scope, tree.expression)))


def _shift(day: Node, step: Node, sign: int) -> Node:
    days = step.value if isinstance(step, Constant) and isinstance(step.value, int) else 0
    return Call("shift", (day, Constant(sign * days, "interval")), "date")


def _arithmetic(scope: Scope, tree: exp.Expr, op: Op, args: tuple[Node, Node]) -> Node:
    for part, node in zip((tree.this, tree.expression), args, strict=True):
        if not isinstance(node.kind, Number):
            dates = node.kind in ("date", "interval")
            fix = "move a date with + INTERVAL 3 DAY" if dates else "give a number"
            raise _fault(scope, part, f"Arithmetic takes numbers but this is {kind_name(node.kind)}", fix)
    return _number(scope, tree, op, args if op == "mul" else _aligned(scope, tree, args))


def _aligned(scope: Scope, tree: exp.Expr, nodes: Sequence[Node]) -> tuple[Node, ...]:
    aligned = align(nodes)
    for node in aligned:
        _fitting(scope, tree, node)
    return aligned


def _compared(op: Op) -> Callable[[Scope, exp.Expr], Node]:
    def make(scope: Scope, tree: exp.Expr) -> Node:
        for part in (tree.this, tree.expression):
            if isinstance(part, CONDITIONS):
                raise _fault(
                    scope, part, "Two comparisons stand in a row", "join them with AND or use parentheses"
                )
        left, right = _make(scope, tree.this), _make(scope, tree.expression)
        _no_null(scope, tree, (left, right))
        return _compare(scope, tree.expression, op, (left, right))

    return make


def _no_null(scope: Scope, tree: exp.Expr, nodes: Sequence[Node]) -> None:
    for part, node in zip((tree.this, tree.expression), nodes, strict=True):
        if node.kind == "null":
            raise _fault(scope, part, "A comparison with NULL is never true", "write IS NULL or IS NOT NULL")


def _compare(scope: Scope, place: exp.Expr, op: Op, nodes: tuple[Node, Node]) -> Node:
    left, right = _alike(scope, (place, place), nodes)
    if left.kind == "interval" or (left.kind == "flag" and op not in ("eq", "ne")):
        raise _fault(scope, place, f"{kind_name(left.kind)} has no order", "compare numbers, texts or dates")
    return Call(op, (left, right), "flag")


def _alike(scope: Scope, places: Sequence[exp.Expr], nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes as one kind: NULL takes the kind of its neighbours and numbers are brought to one scale."""
    first = next((node.kind for node in nodes if node.kind != "null"), None)
    if first is None:
        raise _fault(scope, places[0], "NULL has no type here", "put a field or a literal beside it")
    for place, node in zip(places, nodes, strict=True):
        same = node.kind in ("null", first) or (isinstance(first, Number) and isinstance(node.kind, Number))
        if not same:
            problem = f"{kind_name(first)} does not go with {kind_name(node.kind)}"
            raise _fault(scope, place, problem, f"give a value of type {kind_name(first)}")
    typed = [Constant(None, _null_kind(first)) if node.kind == "null" else node for node in nodes]
    return _aligned(scope, places[0], typed)


def _null_kind(kind: Kind) -> Kind:
    return Number(kind.scale, 0, 0, kind.exact) if isinstance(kind, Number) else kind


def _in(scope: Scope, tree: exp.Expr) -> Node:
    """`x IN (a, b)` is `x = a OR x = b`, in both targets."""
    left, items = _make(scope, tree.this), [_make(scope, item) for item in tree.expressions]
    if left.kind in ("flag", "null") or not items:
        raise _fault(scope, tree.this, "IN takes a number, text or date and a list", "write field IN (1, 2)")
    for place, item in zip(tree.expressions, items, strict=True):
        if not isinstance(item, Constant):
            raise _fault(scope, place, "IN takes literals only", "join comparisons with OR instead")
    if size(left) * len(items) > MOST_NODES:
        raise _fault(scope, tree.this, "This list is too long for so long a value", "shorten one of them")
    pairs = zip(tree.expressions, items, strict=True)
    return Call("or", tuple(_compare(scope, place, "eq", (left, item)) for place, item in pairs), "flag")


def _between(scope: Scope, tree: exp.Expr) -> Node:
    """`x BETWEEN a AND b` is `x >= a AND x <= b`, in both targets."""
    value, low, high = (_make(scope, tree.args[part]) for part in ("this", "low", "high"))
    if value.kind in ("null", "flag"):
        raise _fault(scope, tree.this, "BETWEEN takes a number, text or date", "compare a field")
    above = _compare(scope, tree.args["low"], "ge", (value, low))
    return Call("and", (above, _compare(scope, tree.args["high"], "le", (value, high))), "flag")


def _is(scope: Scope, tree: exp.Expr) -> Node:
    node = _make(scope, tree.this)
    if not isinstance(tree.expression, exp.Null) or node.kind in ("null", "interval"):
        raise _fault(scope, tree.this, "IS NULL asks nothing here", "put a field before it")
    return Call("is_null", (node,), "flag")


def _absolute(scope: Scope, tree: exp.Expr) -> Node:
    return _number(scope, tree, "abs", (_need(scope, tree.this, Number, "abs"),))


def _first_or_extreme(op: Op) -> Callable[[Scope, exp.Expr], Node]:
    def make(scope: Scope, tree: exp.Expr) -> Node:
        places = [tree.this, *tree.expressions]
        nodes = _alike(scope, places, [_make(scope, place) for place in places])
        kind = nodes[0].kind
        if len(nodes) < 2 or kind == "interval" or (kind == "flag" and op != "coalesce"):
            problem = f"{op} takes two or more numbers, texts or dates"
            raise _fault(scope, tree, problem, "add a value or leave the function out")
        return Call(op, nodes, spread(op, nodes) if isinstance(kind, Number) else kind)

    return make


CONDITIONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between, exp.Is, exp.Not)
MAKERS: Mapping[type[exp.Expr], Callable[[Scope, exp.Expr], Node]] = {
    exp.Column: _operand,
    exp.Paren: _paren,
    exp.And: _joined("and"),
    exp.Or: _joined("or"),
    exp.Not: _not,
    exp.EQ: _compared("eq"),
    exp.NEQ: _compared("ne"),
    exp.LT: _compared("lt"),
    exp.LTE: _compared("le"),
    exp.GT: _compared("gt"),
    exp.GTE: _compared("ge"),
    exp.In: _in,
    exp.Between: _between,
    exp.Is: _is,
    exp.Add: _plus,
    exp.Sub: _minus,
    exp.Mul: _times,
    exp.Neg: _negative,
    exp.Abs: _absolute,
    exp.Coalesce: _first_or_extreme("coalesce"),
    exp.Least: _first_or_extreme("least"),
    exp.Greatest: _first_or_extreme("greatest"),
}
