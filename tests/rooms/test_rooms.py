"""What imports cannot show: who writes, who queries, who asks the clock (STYLE of the house)."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src/yuandian"
WRITES = {
    "save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create",
    "aupdate", "acreate", "adelete", "asave",
}  # fmt: skip


def modules(*rooms: str) -> list[Path]:
    return [
        path for room in rooms for path in sorted((SOURCE / room).rglob("*.py")) if "migrations" not in path.parts
    ]


def model_calls(path: Path) -> list[str]:
    """Calls that write a model: a manager's or queryset's write, or an instance's save and delete."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            through = ast.unparse(node.func.value)
            if ".objects" in through or node.func.attr in {"save", "bulk_create", "bulk_update", "get_or_create"}:
                found.append(f"{path.name}:{node.lineno} {through}.{node.func.attr}")
    return found


def test_only_records_and_operations_write_models():
    assert [call for path in modules("web", "config", "packs", "engine") for call in model_calls(path)] == []


def test_the_check_sees_a_planted_write(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text("Customer.objects.filter(pk=1).update(name='x')\nuser.save()\n")
    assert len(model_calls(planted)) == 2


def test_pages_do_not_query():
    pattern = re.compile(r"\.objects\b|\.raw\(|connection\.cursor|\bRawSQL\b|\.extra\(")
    hits = [f"{path.name}: {match}" for path in modules("web") for match in pattern.findall(path.read_text())]
    assert hits == []


def test_a_filter_never_takes_a_dictionary_from_outside():
    hits = [
        path.name
        for path in modules("web", "records", "operations")
        if re.search(r"filter\(\*\*", path.read_text())
    ]
    assert hits == []


@pytest.mark.parametrize(
    "banned",
    [
        r"datetime\.now\(",
        r"date\.today\(",
        r"np\.random\.(?!default_rng|Generator|SeedSequence)",
        r"\bimport random\b",
        r"\bimport time\b",
    ],
)
def test_the_engine_asks_no_clock_and_no_chance(banned):
    assert [path.name for path in modules("engine") if re.search(banned, path.read_text())] == []


def test_packs_hold_no_code():
    folders = [path.parent for path in (SOURCE / "packs").glob("*/pack.yaml")]
    assert [path for folder in folders for path in folder.rglob("*.py")] == []


def test_no_room_says_nothing():
    empty_words = {"utils", "common", "helpers", "core", "services", "manager", "misc", "base"}
    assert [path for path in SOURCE.rglob("*.py") if path.stem in empty_words] == []


def test_files_and_functions_stay_small():
    """A limit against giants, not a style: what passes it is one thing too many."""
    files = modules("engine", "packs", "records", "operations", "web", "config")
    assert [path.name for path in files if len(path.read_text().splitlines()) > 400] == []
    long = [
        f"{path.name}:{node.name}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 70
    ]
    assert long == []


def test_every_operation_is_keyword_only():
    for path in modules("operations"):
        for node in ast.parse(path.read_text()).body:
            decorated = isinstance(node, ast.FunctionDef) and any(
                ast.unparse(d) == "operation" for d in node.decorator_list
            )
            if decorated:
                assert (node.args.args, node.args.posonlyargs) == ([], []), f"{path.name}:{node.name}"
