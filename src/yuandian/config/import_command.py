"""The `import` command: which branch, which pack, a progress bar, the answer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from django.db import connection
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from yuandian.config.cli import refuse
from yuandian.config.opening import open_branch
from yuandian.operations.files import FileError
from yuandian.operations.know import Imported, import_file, import_folder
from yuandian.operations.know import Progress as Report
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import load_fields
from yuandian.packs.loader import PackError, load_source
from yuandian.records.org import Branch

SAID = {
    "unknown_kind": ("没有 {kind} 这种数据；可以是：{known}", "there is no kind {kind}; known are: {known}"),
    "unknown_format": ("文件名的结尾须是 .{known}", "the file must end in one of: .{known}"),
    "too_many_rows": (
        "超过一百万行，Excel 放不下；请写成 .csv",
        "more than a million rows do not fit into Excel: write .csv",
    ),
    "too_long_for_xlsx": (
        "有一格超过 32767 个字，Excel 放不下；请写成 .csv",
        "a cell has more than 32,767 characters, too long for Excel: write .csv",
    ),
    "missing_columns": ("{file} 缺少列：{missing}；现有：{found}", "{file} lacks {missing}; it has: {found}"),
    "missing_files": ("文件夹里缺少：{missing}", "the folder lacks: {missing}"),
    "nothing_to_import": ("{folder} 里没有可导入的文件", "{folder} holds no file that can be imported"),
    "import_running": ("{file} 正在被另一个进程导入", "another process is importing {file}"),
    "other_currency": (
        "机构的币种是 {branch}，数据的币种是 {source}；请为它另开一个机构",
        "the branch counts in {branch}, the data in {source}; open another branch for it",
    ),
}


def run_import(  # noqa: PLR0913  one for each option of the command
    kind: str, path: Path, *, pack: str | None, source: str | None, branch: str | None, dry_run: bool
) -> tuple[dict[str, Any], list[str]]:
    """Import a file, or with kind `all` a folder; returns the JSON answer and its words.

    Without `branch` the one real branch of the pack is taken, and opened if there is none yet.
    """
    try:
        chosen = named_branch(branch, pack)
        fields = load_fields(chosen.pack)
        now = timezone.now()
        with _bar() as report:
            if kind != "all":
                done = import_file(
                    branch=chosen, kind=kind, path=path, fields=fields, by=None, at=now,
                    progress=report, dry_run=dry_run,
                )  # fmt: skip
            else:
                declared = load_source(chosen.pack, source) if source else None
                done = import_folder(
                    branch=chosen, folder=path, fields=fields, by=None, at=now,
                    source=declared, source_name=source or "", progress=report, dry_run=dry_run,
                )  # fmt: skip
    except RefusedError as refused:
        refuse(worded(refused))
    except FileError as fault:
        refuse(f"{fault.where}: {in_my_language(fault.what)}. {in_my_language(fault.fix)}")
    except PackError as fault:
        refuse(fault)
    return done.as_json(), list(_lines(done, dry_run=dry_run))


def named_branch(number: str | None, pack: str | None) -> Branch:
    """The branch named; else the one real branch of the pack, opened where there is none; else the only one."""
    if number is not None:
        found = _branches(number=number)
    elif pack is not None:
        found = _branches(pack=pack, is_made_up=False) or _opened(pack)
    else:
        found = _branches()
    if not found:
        refuse(f"no branch {number}" if number else "no branch yet: run `yuandian init --pack bank` first")
    if len(found) > 1:
        names = ", ".join(one.number for one in found)
        refuse(f"there are several branches: name one by --branch ({names})")
    return found[0]


def _branches(**conditions: object) -> list[Branch]:
    """None in a house without a database."""
    if Branch._meta.db_table not in connection.introspection.table_names():
        return []
    return list(Branch.objects.filter(**conditions).order_by("number"))


def _opened(pack: str) -> list[Branch]:
    for line in open_branch(pack_id=pack, with_demo=False):
        typer.echo(line, err=True)
    return _branches(pack=pack, is_made_up=False)


@contextmanager
def _bar() -> Iterator[Report]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda kind, rows: bar.update(task, description=f"{kind}: {rows:,}")


def in_my_language(text: str) -> str:
    """One half of a text that says the same in Chinese and English."""
    zh, _, en = text.partition(" / ")
    language = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return zh if language.startswith("zh") or not en else en


def worded(refused: RefusedError) -> str:
    """The refusal in one language."""
    zh, en = SAID.get(refused.code, (refused.code, refused.code))
    inputs = {
        name: ", ".join(value) if isinstance(value, list) else value for name, value in refused.inputs.items()
    }
    return in_my_language(f"{zh.format(**inputs)} / {en.format(**inputs)}")


def _lines(done: Imported, *, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield "dry run: nothing was written"
    for kind, count in done.counts.items():
        yield (
            f"{kind}: {count['received']:,} rows, {count['accepted']:,} accepted, "
            f"{count['unchanged']:,} unchanged, {count['rejected']:,} rejected"
        )
    for one in done.sample:
        place = f"{one['kind']} row {one['row']}, {one['column'] or '-'}"
        yield f"  {place}: {one['value']!r} {one['reason']}. {in_my_language(one['fix'])}"
    if done.rejects_file:
        yield f"all rejects: {done.rejects_file}"
    for kind, headers in done.unused_columns.items():
        yield f"{kind}: columns not used: {', '.join(headers)}"
    if done.ignored_files:
        yield f"not used: {', '.join(done.ignored_files)}"
