"""The command line: reads arguments, calls one thing, prints. `--json` prints one document on stdout.

Exit 0 done, 1 refused or unclean with a reason, 2 usage. Everything but the answer goes to stderr.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
engine_app = typer.Typer(no_args_is_help=True, help="the engine alone, on Parquet, without a database")
packs_app = typer.Typer(no_args_is_help=True, help="look over a pack")
pay_app = typer.Typer(no_args_is_help=True, help="what a plan pays")
app.add_typer(engine_app, name="engine")
app.add_typer(packs_app, name="packs")
app.add_typer(pay_app, name="pay")

Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="the day; default today")]
PackName = Annotated[str, typer.Option("--pack", help="the industry's pack")]


def main() -> None:
    """Entry point of the `yuandian` command."""
    app()


def start_django() -> None:
    """Settings and models, for the commands that need a database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuandian.config.settings")
    os.umask(0o077)  # the database and the rejects hold personal data
    import django

    django.setup()


def show(answer: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    """The answer: one JSON document, or words."""
    typer.echo(json.dumps(answer, ensure_ascii=False, default=str) if as_json else "\n".join(lines))


def refuse(reason: object) -> NoReturn:
    """Exit 1 with the reason on stderr."""
    typer.echo(str(reason), err=True)
    raise typer.Exit(1)


@app.command()
def init(
    pack: PackName,
    demo: Annotated[bool, typer.Option("--demo", help="with a made-up branch to try things on")] = False,
) -> None:
    """Make the database and open a branch."""
    start_django()
    from yuandian.config.opening import open_branch

    for line in open_branch(pack_id=pack, with_demo=demo):
        typer.echo(line)


@app.command()
def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8000,
    workers: Annotated[int, typer.Option(help="processes; default one per core, at most 4")] = 0,
    worker: Annotated[bool, typer.Option(help="with a background worker beside the pages")] = True,
) -> None:
    """Serve the pages, with a worker for what takes longer."""
    start_django()
    from yuandian.config.opening import look_over_database, prepare_static, welcome
    from yuandian.config.serving import serve_pages

    for warning in look_over_database():
        typer.echo(warning, err=True)
    prepare_static()
    for line in welcome(host, port):
        typer.echo(line)
    serve_pages(host, port, workers or min(os.cpu_count() or 1, 4), with_worker=worker)


@app.command()
def worker() -> None:
    """Do what waits in the background: imports and exports. Killed, the next worker goes on."""
    start_django()
    from yuandian.config.worker import work

    work()


@app.command("import")
def import_(
    kind: Annotated[str, typer.Argument(help="customers, transactions … or all")],
    path: Annotated[Path, typer.Argument(help="the file; for all, the folder")],
    pack: Annotated[str | None, typer.Option("--pack", help="the industry's pack")] = None,
    source: Annotated[str | None, typer.Option(help="with all: a source that the pack declares")] = None,
    branch: Annotated[str | None, typer.Option(help="branch, where there are several")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen, write nothing")] = False,
    as_json: Json = False,
) -> None:
    """Take a file or a folder in: good rows go in, bad ones are told with row, column, value, reason and fix."""
    start_django()
    from yuandian.config.import_command import run_import

    answer, lines = run_import(kind, path, pack=pack, source=source, branch=branch, dry_run=dry_run)
    show(answer, lines, as_json=as_json)


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="customers, transactions …")],
    path: Annotated[Path, typer.Argument(help="the file to write, .csv or .xlsx")],
    branch: Annotated[str | None, typer.Option(help="branch, where there are several")] = None,
    as_json: Json = False,
) -> None:
    """Write one kind of data to a file that `import` takes back."""
    start_django()
    from yuandian.config.export_command import run_export

    answer, lines = run_export(kind, path, branch)
    show(answer, lines, as_json=as_json)


@app.command()
def loop(
    as_of: AsOf = None,
    branch: Annotated[str | None, typer.Option(help="one branch only, by its number")] = None,
    as_json: Json = False,
) -> None:
    """One night: know every customer, decide tomorrow's work. Interrupted, the same command goes on."""
    start_django()
    from yuandian.config.night import run_night

    answer, lines = run_night(as_of.date() if as_of else None, branch)
    show(answer, lines, as_json=as_json)


@app.command()
def verify(as_json: Json = False) -> None:
    """Check what must always hold. Exit 1 when something does not."""
    start_django()
    from yuandian.records.invariants import verify as check

    findings = check()
    clean = all(finding.ok for finding in findings)
    lines = [
        f"{'ok  ' if one.ok else 'FAIL'} {one.id}: {one.checked:,} checked"
        + ("" if one.ok else f"; first: {one.first_failure}")
        for one in findings
    ]
    show({"ok": clean, "invariants": [vars(one) for one in findings]}, lines, as_json=as_json)
    if not clean:
        raise typer.Exit(1)


@app.command()
def seal(as_json: Json = False) -> None:
    """Link what the audit says, and anchor it outside the database. To be run every few minutes."""
    start_django()
    from yuandian.config.sealing import run_seal

    answer, lines = run_seal()
    show(answer, lines, as_json=as_json)


@app.command("hand-over")
def hand_over(
    rm: Annotated[str, typer.Argument(help="number of the RM whose book passes on")],
    by: Annotated[str, typer.Option(help="user name of the leader or manager who confirms")],
    cause: Annotated[str, typer.Option(help="leaves, promoted or transferred")] = "leaves",
    branch: Annotated[str | None, typer.Option(help="branch, where there are several")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the proposals, write nothing")] = False,
    as_json: Json = False,
) -> None:
    """Pass an RM's whole book on: no customer stays without an owner."""
    start_django()
    from yuandian.config.book import pass_on_book

    answer, lines = pass_on_book(rm, by, cause, branch, dry_run=dry_run)
    show(answer, lines, as_json=as_json)


@engine_app.command("run")
def engine_run(
    facts: Annotated[Path, typer.Option(exists=True, file_okay=False, help="folder of Parquet fact tables")],
    pack: PackName,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])],
    out: Annotated[Path, typer.Option(file_okay=False, help="folder for the results")],
    memory: Annotated[str, typer.Option(help="the most memory for tables")] = "3GB",
    as_json: Json = False,
) -> None:
    """The night's stages on Parquet files, without a database."""
    from yuandian.engine.loop import engine_run as run
    from yuandian.engine.sql import NotEnoughMemoryError
    from yuandian.packs.loader import load

    try:
        answer = run(facts, load(pack, as_of=as_of.date()), as_of.date(), out, memory=memory, clock=perf_counter)
    except NotEnoughMemoryError:
        refuse(f"{memory} are not enough for these facts; give more, for example --memory 8GB")
    lines = [f"{name}: {rows:,} rows, {answer['hash'][name][:16]}" for name, rows in answer["rows"].items()]
    show(answer, [*lines, f"{sum(answer['seconds'].values()):.2f} s"], as_json=as_json)


@packs_app.command("check")
def packs_check(
    folder: Annotated[Path, typer.Argument(help="a pack's folder, or the name of one that comes along")],
    as_json: Json = False,
) -> None:
    """Look a pack over: every mistake with file, line and the fix."""
    from yuandian.packs.loader import check

    found = check(folder.name, folder=folder) if folder.is_dir() else check(str(folder))
    problems = [str(problem) for problem in found]
    show({"ok": not problems, "problems": problems}, problems or ["ok"], as_json=as_json)
    if problems:
        raise typer.Exit(1)


@pay_app.command("preview")
def pay_preview(
    plan: Annotated[str, typer.Option(help="a plan that comes along, by name, or a .yaml file")],
    results: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="a row an RM, columns as the plan's inputs")
    ],
    period: Annotated[datetime, typer.Option(formats=["%Y-%m"], help="the month")],
    as_json: Json = False,
) -> None:
    """What a plan would pay for a month's results, line by line, and what law or sense says against it."""
    from yuandian.config.pay import preview

    answer, lines = preview(plan, results, period.date())
    show(answer, lines, as_json=as_json)


@app.command("add-user")
def add_user(
    username: Annotated[str, typer.Argument(help="the name to sign in with")],
    role: Annotated[str, typer.Option(help="rm, leader, branch_manager, service_owner, operator or auditor")],
    pack: PackName,
    name: Annotated[str | None, typer.Option(help="the person's name; default that of the RM")] = None,
    rm: Annotated[str | None, typer.Option(help="number of the RM who signs in")] = None,
    team: Annotated[str | None, typer.Option(help="number of the team that a leader leads")] = None,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="asked for when absent")
    ] = "",
) -> None:
    """Let a person in. `--pack` names the branch that `init --pack` opened."""
    start_django()
    from yuandian.config.opening import let_in

    typer.echo(let_in(username, password, role=role, branch_number=pack, name=name, rm=rm, team=team))


@app.command("set-password")
def set_password(
    username: Annotated[str, typer.Argument(help="whose password")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="asked for when absent")
    ] = "",
) -> None:
    """Give a person a new password; their sessions end."""
    start_django()
    from yuandian.config.opening import change_password

    typer.echo(change_password(username, password))


@app.command()
def lock(username: Annotated[str, typer.Argument(help="who must not sign in any more")]) -> None:
    """Lock a person out, open sessions included."""
    start_django()
    from yuandian.config.opening import admit

    typer.echo(admit(username, is_active=False))


@app.command()
def unlock(username: Annotated[str, typer.Argument(help="who may sign in again")]) -> None:
    """Let a person in again."""
    start_django()
    from yuandian.config.opening import admit

    typer.echo(admit(username, is_active=True))
