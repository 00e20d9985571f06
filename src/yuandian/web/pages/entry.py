"""The way in and out: sign-in, start page by role, sign-out, health, and what is not there."""

import errno
import sys
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_safe

from yuandian.records.access import has_made_up_branch
from yuandian.web.preferences import HouseRequest


class SignInForm(AuthenticationForm):
    error_messages = {  # noqa: RUF012  Django declares it on the class
        "invalid_login": _("账号或密码不对。再看一下大小写。"),
        "inactive": _("这个账号停用了。找运营同事开通。"),
    }


class SignIn(LoginView):
    template_name = "signin.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"has_demo": has_made_up_branch()}


class SignOut(LogoutView):
    """POST only. What the browser kept of the pages goes too."""

    next_page = "signin"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache"'
        return response


@require_safe
def start(request: HouseRequest) -> HttpResponse:
    """The first place of the role that is built."""
    first = {"leader": "team:board", "branch_manager": "team:board"}.get(request.user.role, "today:list")
    pages = [place.page for place in request.house.places]
    return redirect(first if first in pages else pages[0] if pages else "me")


@require_GET
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. It looks at nothing else."""
    return HttpResponse("ok", content_type="text/plain")


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """403: what is missing and who can give it."""
    return render(request, "refused.html", {"policy": []}, status=403)


def stale(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  Django's signature
    """403: the form was open too long, or did not come from our page. Nothing was done."""
    return render(request, "stale.html", status=403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  Django's signature
    """404: the same words whether it never was or is not yours to see."""
    return render(request, "missing.html", status=404)


def failed(_request: HttpRequest) -> HttpResponse:
    """500; 507 where the disk is full, 503 where the database does not answer in time. They ask neither."""
    status = _status(sys.exc_info()[1])
    response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    if status == 503:
        response["Retry-After"] = "5"
    return response


def _status(error: BaseException | None) -> int:
    """SQLite says in words that it has no room, PostgreSQL by a code, the system by a number."""
    cause = error.__cause__ if error else None
    is_full = (
        (isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
        or (isinstance(error, OperationalError) and "disk" in str(error))
        or getattr(cause, "sqlstate", None) == "53100"
    )
    if is_full:
        return 507
    # A lock or a statement that took too long, too many connections, a restart: all are of these two classes.
    return 503 if isinstance(error, OperationalError | InterfaceError) else 500
