"""Text to words with their places; whatever is not a word is refused here."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token

LONGEST = 4000


class RuleError(ValueError):
    """A rule that cannot be accepted: `near` is the nearest token, `position` its offset in the text."""

    def __init__(self, message: str, near: str = "", position: int = 0) -> None:
        super().__init__(message, near, position)
        self.near = near
        self.position = position

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Word:
    """A token as it stands in the text."""

    text: str
    position: int
    token: Token

    @property
    def upper(self) -> str:
        return self.text.upper()


def refuse(problem: str, near: str, position: int, fix: str) -> RuleError:
    return RuleError(f"{problem} near `{near}` at character {position + 1}: {fix}.", near, position)


def refuse_word(problem: str, word: Word, fix: str) -> RuleError:
    return refuse(problem, word.text, word.position, fix)


def words(text: str) -> list[Word]:
    _check_length(text)
    check_characters(text)
    try:
        tokens = Dialect.get_or_raise("duckdb").tokenize(text)
    except TokenError:
        raise _unclosed(text) from None
    found = [Word(text[token.start : token.end + 1], token.start, token) for token in tokens]
    if not found:
        raise refuse("There is no condition", text.strip(), 0, "write one, such as assets_fen >= 100")
    _check_gaps(text, found)
    return found


def _check_length(text: str) -> None:
    if len(text) > LONGEST:
        rest = text[LONGEST:]
        near = (rest.split() or [rest])[0][:40]
        position = LONGEST + rest.index(near)
        raise refuse("The rule is too long", near, position, f"keep it within {LONGEST} characters")


def check_characters(text: str) -> None:
    """Control, direction and zero-width characters can make a rule read as something it is not."""
    for position, character in enumerate(text):
        if unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in "\t\n\r":
            near = character.encode("unicode_escape").decode()
            raise refuse("There is an invisible character", near, position, "delete it")


def _unclosed(text: str) -> RuleError:
    closed = re.sub(r"'[^']*'", lambda quoted: "_" * len(quoted[0]), text)
    position = next((at for at, character in enumerate(closed) if character in "'\"$/"), 0)
    return refuse("Something is opened and not closed", text[position:][:20], position, "close the quote")


def _check_gaps(text: str, found: Sequence[Word]) -> None:
    """Between two tokens only blanks: whatever else the tokenizer skipped is a comment."""
    starts = [0, *(word.position + len(word.text) for word in found)]
    ends = [*(word.position for word in found), len(text)]
    for start, end in zip(starts, ends, strict=True):
        hidden = text[start:end].strip()
        if hidden:
            position = text.index(hidden, start)
            raise refuse("There is a comment", hidden, position, "delete it and explain the rule in its note")
