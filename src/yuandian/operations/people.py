"""What a person chooses for their own pages, and whether they are let in."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.sessions.models import Session

from yuandian.operations.writing import RefusedError, operation, record
from yuandian.records.org import User
from yuandian.records.sessions import sessions_of

_ON = {"on": True, "off": False}


@operation
def save_preferences(
    *, user: User, language: str, theme: str, rise: str, has_shortcuts: str, at: datetime
) -> None:
    """Keep the user's language (empty: the browser's), theme, colours of a rise and keys (`on`, `off`).

    Saving what is there already changes nothing. Refuses: `unknown_preference`.
    """
    _check("language", language, ["", *(code for code, _name in settings.LANGUAGES)])
    _check("theme", theme, ["auto", "light", "dark"])
    _check("rise", rise, ["auto", "red", "green"])
    _check("has_shortcuts", has_shortcuts, list(_ON))
    chosen = {"language": language, "theme": theme, "rise": rise, "has_shortcuts": _ON[has_shortcuts]}
    before = {name: getattr(user, name) for name in chosen}
    if chosen == before:
        return
    for name, value in chosen.items():
        setattr(user, name, value)
    user.save(update_fields=list(chosen))
    record(
        operation="save_preferences",
        subject=user,
        by=user,
        at=at,
        branch_id=user.branch_id,
        before=before,
        after=chosen,
    )


def _check(name: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise RefusedError("unknown_preference", name=name, value=value, known=known)


@operation
def set_password(*, user: User, password: str, at: datetime) -> None:
    """Give a user a new password; every session of theirs ends with the old one."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record(operation="set_password", subject=user, by=None, at=at, branch_id=user.branch_id)


@operation
def set_active(*, user: User, is_active: bool, at: datetime) -> None:
    """Lock a user out, or let them in again. What is so already changes nothing.

    Their sessions end with the lock, so that none of them comes back when they are let in.
    """
    if user.is_active == is_active:
        return
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    if not is_active:
        end_sessions(users=[user.pk])
    name = "unlock_user" if is_active else "lock_user"
    record(operation=name, subject=user, by=None, at=at, branch_id=user.branch_id)


def end_sessions(*, users: Collection[int]) -> None:
    """Sign the users of these ids out everywhere, in the transaction that gives the reason."""
    Session.objects.filter(pk__in=sessions_of(users)).delete()


@operation
def forget_sessions(*, at: datetime) -> None:
    """Sessions that are over go."""
    Session.objects.filter(expire_date__lte=at).delete()
