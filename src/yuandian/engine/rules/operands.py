"""Words to operands: fields, literals and named constants, each with its type and the place it stands at."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlglot.tokenizer_core import TokenType

from yuandian.engine.rules.tree import (
    FIELD_KINDS,
    LITERAL_SCALE,
    MOST_INTEGER,
    MOST_INTERVAL_DAYS,
    Constant,
    Field,
    FieldType,
    Node,
    Number,
    number_constant,
)
from yuandian.engine.rules.words import Word, check_characters, refuse_word

FUNCTIONS = ("coalesce", "abs", "least", "greatest")
UNITS = {"DAY": 1, "DAYS": 1, "WEEK": 7, "WEEKS": 7}
PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
PLAIN_DATE = re.compile(r"'\d{4}-\d{2}-\d{2}'", re.ASCII)
CONSTANTS = {"NULL": Constant(None, "null"), "TRUE": Constant(1, "flag"), "FALSE": Constant(0, "flag")}

Value = int | Decimal | str | date


@dataclass(frozen=True, slots=True)
class Operand:
    """A field or literal and the place it was written at."""

    near: str
    position: int
    node: Node


@dataclass(frozen=True, slots=True)
class Names:
    """What a name may stand for; `values` are the named constants."""

    fields: Mapping[str, FieldType]
    values: Mapping[str, Value]

    def __contains__(self, name: str) -> bool:
        return name in self.fields or name in self.values

    def node(self, name: str) -> Node:
        if name in self.fields:
            return Field(name, FIELD_KINDS[self.fields[name]])
        return constant(self.values[name])


def constant(value: Value) -> Constant:
    """The literal of a named constant; raises ValueError for anything a literal could not say."""
    match value:
        case bool():
            raise ValueError("a flag is not a number, a text or a date")
        case int():
            return _bounded(Decimal(value))
        case Decimal():
            return _bounded(value)
        case str():
            check_characters(value)
            return Constant(value, "text")
    if type(value) is not date:  # a datetime is a date to isinstance
        raise ValueError("it is not a number, a text or a date")
    return Constant(value.toordinal(), "date")


def _bounded(value: Decimal) -> Constant:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(value) > MOST_INTEGER or -exponent > LITERAL_SCALE:
        raise ValueError(f"a number is at most {MOST_INTEGER} with at most {LITERAL_SCALE} decimal places")
    scale = max(-exponent, 0)
    return number_constant(int(f"{value:f}".replace(".", "")), scale)


def fold(words: Sequence[Word], names: Names) -> Iterator[tuple[Word, Operand | None]]:
    """Each word with its operand, if it is one; DATE '…' and INTERVAL … DAY fold into their first word."""
    after_is = _null_tests(words)
    index = 0
    while index < len(words):
        word, rest = words[index], words[index : index + 3]
        call = index + 1 < len(words) and words[index + 1].text == "(" and word.text.lower() in FUNCTIONS
        node, used = (None, 1) if call or index in after_is else _operand(rest, names)
        yield word, Operand(word.text, word.position, node) if node else None
        index += used


def _null_tests(words: Sequence[Word]) -> frozenset[int]:
    """Where NULL belongs to IS [NOT] NULL and is no operand."""
    line = ["", "", *(word.upper for word in words)]
    tests = (("IS", "NULL"), ("IS", "NOT", "NULL"))
    return frozenset(
        at
        for at in range(len(words))
        if (tuple(line[at + 1 : at + 3]) in tests or tuple(line[at : at + 3]) in tests)
    )


def _operand(words: Sequence[Word], names: Names) -> tuple[Node | None, int]:
    """The node that the first word begins, and how many words it takes."""
    word, length = words[0], 1
    node: Node | None = None
    if word.text in names:
        node = names.node(word.text)
    elif word.token.token_type == TokenType.STRING:
        node = Constant(word.text[1:-1].replace("''", "'"), "text")
    elif word.token.token_type == TokenType.NUMBER:
        node = number(word)
    elif word.upper in CONSTANTS:
        node = CONSTANTS[word.upper]
    elif word.upper == "DATE":
        node, length = _date(words), 2
    elif word.upper == "INTERVAL":
        node, length = _interval(words, names), 3
    return node, length


def number(word: Word) -> Constant:
    if not PLAIN_NUMBER.fullmatch(word.text):
        raise refuse_word("This number is not plain", word, "write digits with at most one point")
    try:
        return _bounded(Decimal(word.text))
    except ValueError as error:
        raise refuse_word("This number is out of bounds", word, str(error)) from None


def _date(words: Sequence[Word]) -> Constant:
    if len(words) > 1 and PLAIN_DATE.fullmatch(words[1].text):
        try:
            return Constant(date.fromisoformat(words[1].text[1:-1]).toordinal(), "date")
        except ValueError:
            raise refuse_word("There is no such day", words[1], "give a day of the calendar") from None
    word = words[min(1, len(words) - 1)]
    raise refuse_word("This is not a date", word, "write it as DATE '2026-01-31'")


def _interval(words: Sequence[Word], names: Names) -> Constant:
    advice = f"write INTERVAL, a whole number up to {MOST_INTERVAL_DAYS} days and DAY or WEEK"
    if len(words) < 3 or words[2].upper not in UNITS:
        raise refuse_word("This is not an interval", words[-1], advice)
    node = _operand(words[1:2], names)[0]
    if isinstance(node, Constant) and isinstance(node.kind, Number) and isinstance(node.value, int):
        days = node.value * UNITS[words[2].upper]
        if node.kind.scale == 0 and 0 <= days <= MOST_INTERVAL_DAYS:
            return Constant(days, "interval")
    raise refuse_word("This is not an interval", words[1], advice)
