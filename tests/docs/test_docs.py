"""Documents are part of the product: links lead somewhere, commands are described, words exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from yuandian.config.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("requirements/*.md")])
REFERENCE = (ROOT / "docs/reference/command-line.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def commands() -> list[tuple[str, object]]:
    found = []
    for name, command in get_command(app).commands.items():
        inner = getattr(command, "commands", None)
        found += [(f"{name} {sub}", one) for sub, one in inner.items()] if inner else [(name, command)]
    return found


@pytest.mark.parametrize(
    ("name", "command"), commands(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_option_is_described(name, command):
    described = [line for line in REFERENCE.splitlines() if f"`yuandian {name}" in line]
    assert described, name
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    missing = {option for option in options - {"--help", "--password"} if option not in " ".join(described)}
    assert missing == set()


def test_the_make_targets_are_the_whole_vocabulary():
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets == {"help", "setup", "run", "test", "check", "fix", "bench", "docs", "loop", "lock"}


def test_every_word_of_the_glossary_is_in_the_code():
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| `([^`]+)` \|$", (ROOT / "docs/reference/glossary.md").read_text(), re.MULTILINE
    )
    code = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    assert len(rows) > 30
    assert [word for _, _, word in rows if word not in code] == []
    assert len({zh for zh, _, _ in rows}) == len({word for _, _, word in rows}) == len(rows)


def test_the_project_speaks_of_itself_alone():
    """No machine's path, no registry's address."""
    tracked = [path for path in ROOT.rglob("*") if path.is_file() and not skipped(path)]
    banned = re.compile(r"(?<![\w./-])/(?:work|farm|root)/|registry\.npmjs|pypi\.org|files\.pythonhosted")
    hits = [str(path.relative_to(ROOT)) for path in tracked if banned.search(path.read_text(errors="ignore"))]
    assert [hit for hit in hits if hit != "tests/docs/test_docs.py"] == []


def skipped(path: Path) -> bool:
    parts = set(path.relative_to(ROOT).parts)
    return bool(parts & {".git", ".venv", "var", "node_modules", "vendor", "__pycache__", "build", "dist"}) or any(
        part.startswith(".") and part != ".ci" for part in parts
    )
