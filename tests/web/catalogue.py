"""Every sentence of the house that goes through gettext, as found in templates and Python."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

WEB = Path(__file__).parents[2] / "src/yuandian/web"
CATALOGUE = WEB / "locale/en/LC_MESSAGES/django.po"

_BLOCK = re.compile(r"{%\s*trans\b[^%]*%}(.*?){%\s*endtrans\s*%}", re.DOTALL)
_INLINE = re.compile(r"_\((\"[^\"]*\"|'[^']*')\)")
_VALUE = re.compile(r"{{\s*(\w+)\s*}}")


def compile_english() -> None:
    """Write the compiled catalogue beside its source where it is missing or older."""
    compiled = CATALOGUE.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= CATALOGUE.stat().st_mtime:
        return
    draft = compiled.with_suffix(f".{os.getpid()}")  # several workers may do this at once
    with CATALOGUE.open("rb") as source, draft.open("wb") as target:
        write_mo(target, read_po(source, locale="en"))
    draft.replace(compiled)


def sentences() -> dict[str, str]:
    """Each msgid and one place that uses it."""
    found: dict[str, str] = {}
    for path in sorted(WEB.rglob("*.html")):
        found |= dict.fromkeys(_in_template(path.read_text()), str(path.relative_to(WEB)))
    for path in sorted(WEB.rglob("*.py")):
        found |= dict.fromkeys(_in_python(path.read_text()), str(path.relative_to(WEB)))
    return found


def _in_template(text: str) -> Iterator[str]:
    for quoted in _INLINE.findall(text):
        yield quoted[1:-1]
    for block in _BLOCK.findall(text):
        yield _VALUE.sub(r"%(\1)s", block.replace("%", "%%"))


def _in_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "gettext"}:
            [said] = node.args
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said.value
