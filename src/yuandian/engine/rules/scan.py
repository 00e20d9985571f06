"""Text to operands: everything an author types is checked here, word by word, before anything is parsed.

What leaves is a list of sqlglot tokens in which each operand is a placeholder (`t0`, `t1`, …) and the typed
operands the placeholders stand for. So the parser sees the shape of an expression and never its text.
"""

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches

from sqlglot.tokenizer_core import Token, TokenType

from yuandian.engine.rules.operands import FUNCTIONS, Names, Operand, fold, number
from yuandian.engine.rules.words import RuleError, Word, refuse_word
from yuandian.engine.rules.words import words as split

DEEPEST = 32
WORDS = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN", "IS", "NULL", "TRUE", "FALSE", "DATE", "INTERVAL"})
SIGNS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "(", ")", ","})
# Words after which an opening parenthesis is not a function call.
OPENERS = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN"})
NESTING = frozenset({"+", "-", "*", "NOT"})
SIBLINGS = frozenset({"AND", "OR", "IN", "BETWEEN", "IS", ",", "=", "<>", "!=", "<", "<=", ">", ">="})
# What may follow what: {state: {symbol: next state}}. It decides before parsing because sqlglot forgives much,
# such as an alias, a sign before a value or BETWEEN without AND.
STEPS = {
    "value": {"operand": "operator", "function": "list", "(": "value", "-": "value", "NOT": "value"},
    "operator": {
        **dict.fromkeys(SIGNS - {"("} | {"AND", "OR", "BETWEEN"}, "value"),
        ")": "operator",
        "NOT": "range",
        "IN": "list",
        "IS": "null",
    },
    "range": {"IN": "list", "BETWEEN": "value"},
    "list": {"(": "value"},
    "null": {"NOT": "null", "NULL": "operator"},
}
EXPECTED = {
    "value": "put a field, a literal or a function here",
    "operator": "put AND, OR or an operator before it",
    "range": "write NOT IN or NOT BETWEEN",
    "list": "put a list in parentheses here",
    "null": "write IS NULL or IS NOT NULL",
}
ADVICE = {
    "/": "there is no division, so multiply the other side instead",
    "//": "there is no division, so multiply the other side instead",
    "%": "there is no division, so multiply the other side instead",
    "::": "there are no casts, so compare values of one type",
    ";": "write one condition and nothing after it",
    ".": "name a field without its table and write 0.5 with its zero",
    "==": "write = once",
    "[": "there are no arrays, so list values after IN (…)",
}


def scan(text: str, names: Names) -> tuple[list[Token], list[Operand]]:
    """Tokens with placeholders and the operands in order; raises RuleError."""
    words = split(text)
    for index in range(len(words)):
        _check_word(words, index, names)
    _check_nesting(words)
    folded = list(fold(words, names))
    _check_order(folded)
    tokens: list[Token] = []
    operands: list[Operand] = []
    for word, operand in folded:
        tokens.append(_placeholder(word.token, len(operands)) if operand else word.token)
        operands += [operand] if operand else []
    return tokens, operands


def _check_word(words: Sequence[Word], index: int, names: Names) -> None:
    word = words[index]
    after = words[index + 1].upper if index + 1 < len(words) else ""
    if word.text in SIGNS or (word.token.token_type == TokenType.STRING and word.text.startswith("'")):
        return
    if word.token.token_type == TokenType.NUMBER:
        number(word)
    elif after == "(" and word.upper not in OPENERS:
        _check_function(word)
    elif not (word.upper in WORDS or word.text in names or _may_be_unit(words, index)):
        raise _unknown(word, names)


def _check_function(word: Word) -> None:
    if word.text.lower() not in FUNCTIONS:
        raise refuse_word("Unknown function", word, f"the functions are {', '.join(FUNCTIONS)}")


def _may_be_unit(words: Sequence[Word], index: int) -> bool:
    """Folding an interval checks the unit and says which there are."""
    return index > 1 and words[index - 2].upper == "INTERVAL" and words[index].text.isidentifier()


def _unknown(word: Word, names: Names) -> RuleError:
    if word.text.startswith('"'):
        return refuse_word("Double quotes are not used", word, "name a field bare and quote text with '")
    typed = unicodedata.normalize("NFKC", word.text)
    if typed != word.text:
        return refuse_word("There is a full-width character", word, f"type it as `{typed}`")
    if not word.text.isidentifier():
        fix = ADVICE.get(word.text, f"use fields, literals, AND OR NOT and {' '.join(sorted(SIGNS))}")
        return refuse_word("This is not part of the rule language", word, fix)
    known = sorted({*names.fields, *names.values})
    close = get_close_matches(word.text.lower(), known, n=3)
    fix = f"did you mean {' or '.join(close)}" if close else f"the fields are {', '.join(known[:12])}"
    return refuse_word("Unknown field or word", word, fix)


def _check_nesting(words: Sequence[Word]) -> None:
    """Parentheses close, and no more than 32 of them and of operators stand inside one another."""
    opened: list[tuple[Word, int]] = []
    depth = 0
    for word in words:
        if word.text == ")":
            if not opened:
                raise refuse_word("This parenthesis was not opened", word, "delete it or open one before")
            depth = opened.pop()[1]
        elif word.upper in SIBLINGS:
            depth = opened[-1][1] + 1 if opened else 0
        elif word.text == "(" or word.upper in NESTING:
            opened += [(word, depth)] if word.text == "(" else []
            depth += 1
        if depth > DEEPEST:
            raise refuse_word("The rule is nested too deeply", word, f"keep it within {DEEPEST} levels")
    if opened:
        raise refuse_word("This parenthesis is not closed", opened[-1][0], "close it")


def _check_order(folded: Sequence[tuple[Word, Operand | None]]) -> None:
    state = "value"
    for word, operand in folded:
        step = STEPS[state].get("operand" if operand else _symbol(word))
        if step is None:
            raise refuse_word("Something is missing or out of place", word, EXPECTED[state])
        state = step
    if state != "operator":
        raise refuse_word("The rule breaks off", folded[-1][0], EXPECTED[state].replace("here", "after it"))


def _symbol(word: Word) -> str:
    return "function" if word.text.lower() in FUNCTIONS else word.upper


def _placeholder(token: Token, index: int) -> Token:
    return Token(TokenType.VAR, f"t{index}", token.line, token.col, token.start, token.end)
