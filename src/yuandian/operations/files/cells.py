"""Cells as text: numbers and days as a spreadsheet shows them, and formulas made harmless and plain again."""

import re
from datetime import date, datetime, time

_FORMULA = re.compile("'*[=+\\-@\t\r\n\0＝＋－＠]")
"""The wide signs are here because some spreadsheets compute them too."""
_CONTROL = "\0-\x08\x0b-\x1f\ufffe\uffff"
_UNFIT = re.compile(f"_(?=x[0-9A-Fa-f]{{4}}[_{_CONTROL}])|[{_CONTROL}]")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"[+-]?[\d.,]+")


def harmless(text: str) -> str:
    """A text that a spreadsheet would compute, with an apostrophe before it (A15); plain numbers stay.

    A text that begins with apostrophes and such a sign gets one more, so that `plain` gives every text back.
    For csv alone: an .xlsx says of each cell that it is text, and needs no apostrophe either way.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def plain(text: str) -> str:
    """The text that `harmless` was given: without the first apostrophe where a formula follows it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text


def shown(value: object) -> str:
    """A cell as text: days as ISO, numbers as Excel shows them (15 digits, no exponent), 1.0 as 1."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else unescaped(str(value))


def escaped(text: str) -> str:
    """A text for an .xlsx: what XML cannot hold, and what looks like its escape, as `_x0001_` (ECMA-376)."""
    return _UNFIT.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The text that `escaped` was given; Excel's own files have such escapes too."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def number(value: float) -> str:
    """Fifteen significant digits, which is what Excel keeps; what lies beyond is noise of computing."""
    text = f"{value:.15g}"
    if "e" in text:
        text = f"{value:.15f}".rstrip("0") if abs(value) < 1 else f"{value:.0f}"
    return text.removesuffix(".")
