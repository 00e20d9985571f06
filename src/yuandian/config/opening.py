"""The `init` and `serve` commands: database, branch, made-up people to try things with, static files."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.checks import Tags, run_checks
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from yuandian.config.cli import refuse
from yuandian.engine.pack import Pack
from yuandian.engine.simulate import describe_branch, simulate_branch
from yuandian.operations.demo import load_demo
from yuandian.operations.org import add_branch, add_user, name_places
from yuandian.operations.people import set_active, set_password
from yuandian.packs.loader import PackError, load
from yuandian.records.org import Branch, Role, User

DEMO_PASSWORD = "yuandian-demo"  # noqa: S105  printed at every start of a made-up branch, which holds nothing real


def open_branch(*, pack_id: str, with_demo: bool) -> Iterator[str]:
    """Make what is missing and say what is there. Calling it again changes nothing."""
    settings.HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, database="schema" if "schema" in settings.DATABASES else "default")
    now = timezone.now()
    try:
        pack = load(pack_id, as_of=timezone.localdate(now))
    except PackError as error:
        refuse(error)
    if not with_demo:
        branch = add_branch(number=pack_id, name=pack.label.zh, pack=pack, at=now)
        yield f"branch {branch.number} ({branch.name}) with pack {pack_id}"
        return
    yield from _open_demo(pack, now)


def _open_demo(pack: Pack, now: datetime) -> Iterator[str]:
    description = describe_branch(pack.id)
    branch = add_branch(number=description.number, name=description.name.zh, pack=pack, at=now, is_made_up=True)
    if not branch.users.exists():  # they come last
        yield "making up a branch: people, customers, half a year of days"
        load_demo(branch=branch, tables=simulate_branch(pack.id, as_of=timezone.localdate(now)), at=now)
        name_places(
            branch=branch,
            teams={number: name.zh for number, name in description.teams.items()},
            outlets={number: name.zh for number, name in description.outlets.items()},
        )
        _demo_users(branch, now)
    yield f"branch {branch.number} ({branch.name}), made up: {branch.customers.count()} customers"


def _demo_users(branch: Branch, now: datetime) -> None:
    for rm in branch.rms.order_by("number"):
        _demo_user(branch, f"{branch.pack}-{rm.number.lower()}", now, name=rm.name, role=Role.RM, rm=rm)
    for team in branch.teams.order_by("number"):
        username = f"{branch.pack}-{team.number.lower()}"
        _demo_user(branch, username, now, name=f"{team.name}负责人", role=Role.LEADER, team=team)
    for role, name in (
        (Role.BRANCH_MANAGER, "负责人"),
        (Role.SERVICE_OWNER, "服务主管"),
        (Role.OPERATOR, "运营"),
        (Role.AUDITOR, "审计"),
    ):
        username = f"{branch.pack}-{role.replace('branch_', '').replace('_owner', '')}"
        _demo_user(branch, username, now, name=f"{branch.name}{name}", role=role)


def _demo_user(branch: Branch, username: str, now: datetime, **fields: object) -> None:
    add_user(username=username, password=DEMO_PASSWORD, at=now, branch=branch, **fields)


def look_over_database() -> Iterator[str]:
    """Warnings of Django's checks of the database; refuses what is an error."""
    found = run_checks(tags=[Tags.database], databases=["default"])
    if errors := [str(message) for message in found if message.is_serious()]:
        refuse("\n".join(errors))
    yield from (str(message) for message in found)


def prepare_static() -> None:
    """Put the assets where the server finds them, compressed and named by their content."""
    call_command("collectstatic", interactive=False, verbosity=0)


def welcome(host: str, port: int) -> Iterator[str]:
    """The address, and the made-up accounts where there are some."""
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104  only compared, never bound
    yield f"http://{shown}:{port}/"
    for branch in Branch.objects.filter(is_made_up=True):
        roles = User.objects.filter(branch=branch).order_by("pk")
        names = [user.username for role in Role.values if (user := roles.filter(role=role).first())]
        yield f"{branch.name} (made up), password {DEMO_PASSWORD}: {', '.join(names)}"


def let_in(username: str, password: str, *, role: str, branch_number: str, **who: str | None) -> str:
    """Add a user of a branch; refuses what does not fit, naming it."""
    branch = Branch.objects.filter(number=branch_number).first() or refuse(f"no branch {branch_number}")
    if role not in Role.values:
        refuse(f"no role {role}; there are {', '.join(Role.values)}")
    rm = _numbered(branch.rms, who["rm"], "RM")
    team = _numbered(branch.teams, who["team"], "team")
    if (role == Role.RM) != (rm is not None) or (role == Role.LEADER and team is None):
        refuse("an rm signs in for an RM (--rm NUMBER), a leader for a team (--team NUMBER)")
    _check_password(password)
    if User.objects.filter(username=username).exists():
        refuse(f"{username} is taken")
    if rm is not None and User.objects.filter(rm=rm).exists():
        refuse(f"{rm.number} signs in already")
    name = who["name"] or (rm.name if rm else username)
    add_user(
        username=username,
        password=password,
        at=timezone.now(),
        name=name,
        role=role,
        branch=branch,
        rm=rm,
        team=team,
    )
    return f"{username} can sign in as {role} of {branch.name}"


def _numbered(rows: Any, number: str | None, what: str) -> Any:
    if number is None:
        return None
    return rows.filter(number=number).first() or refuse(f"no {what} {number}")


def change_password(username: str, password: str) -> str:
    """Give a user a new password that is long enough."""
    _check_password(password)
    set_password(user=_known(username), password=password, at=timezone.now())
    return f"{username} has a new password"


def admit(username: str, *, is_active: bool) -> str:
    """Lock a user out or let them in again."""
    set_active(user=_known(username), is_active=is_active, at=timezone.now())
    return f"{username} {'can sign in' if is_active else 'is locked out'}"


def _known(username: str) -> User:
    return User.objects.filter(username=username).first() or refuse(f"no user {username}")


def _check_password(password: str) -> None:
    try:
        validate_password(password)
    except ValidationError as error:
        refuse(" ".join(error.messages))
