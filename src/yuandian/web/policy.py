"""Who may open which page (X2). A route without a line here is closed, and a test fails."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from yuandian.operations.know.taking import MAY_IMPORT
from yuandian.operations.org import MAY_ASSIGN
from yuandian.records.access import IN_TOUCH
from yuandian.records.org import Role

Policy = frozenset[Role]

PUBLIC: Policy = frozenset()
"""Everyone, signed in or not."""
SIGNED_IN: Policy = frozenset(Role)
OWN_BOOK: Policy = frozenset({Role.RM, Role.LEADER})
SEES_TEAMS: Policy = MAY_ASSIGN | {Role.AUDITOR}

POLICIES: dict[str, Policy] = {
    "signin": PUBLIC,
    "language": PUBLIC,
    "healthz": PUBLIC,
    "signout": SIGNED_IN,
    "start": SIGNED_IN,
    "me": SIGNED_IN,
    "exports:list": SIGNED_IN,
    "exports:new": SIGNED_IN,
    "exports:ask": SIGNED_IN,
    "exports:file": SIGNED_IN,
    "exports:delete": SIGNED_IN,
    "today:list": OWN_BOOK,
    "today:card": OWN_BOOK,
    "today:log": OWN_BOOK,
    "today:undo": OWN_BOOK,
    "today:note": OWN_BOOK,
    "today:done": OWN_BOOK,
    "customers:list": SIGNED_IN,
    "customers:detail": SIGNED_IN,
    "customers:timeline": SIGNED_IN,
    "customers:phone": SIGNED_IN,
    "customers:log": IN_TOUCH,
    "customers:undo": IN_TOUCH,
    "team:board": SEES_TEAMS,
    "team:orphans": SEES_TEAMS,
    "team:assign": MAY_ASSIGN,
    "setup:home": MAY_IMPORT,
    "setup:imports": MAY_IMPORT,
    "setup:import_new": MAY_IMPORT,
    "setup:import_template": MAY_IMPORT,
    "setup:import_detail": MAY_IMPORT,
    "setup:import_state": MAY_IMPORT,
    "setup:import_columns": MAY_IMPORT,
    "setup:import_samples": MAY_IMPORT,
    "setup:import_start": MAY_IMPORT,
    "setup:import_leave": MAY_IMPORT,
    "setup:import_again": MAY_IMPORT,
    "setup:import_undo": MAY_IMPORT,
    "setup:import_faulty": MAY_IMPORT,
    "setup:import_repairs": MAY_IMPORT,
    "setup:import_row": MAY_IMPORT,
}

KEEPS_NUL = frozenset({"setup:import_row"})
"""A refused cell may hold one, and is refused in its place (operations/know/refused.py)."""


def may_open(role: str, name: str) -> bool:
    """Whether a role may open the page of that name; False for a page that is not there."""
    return role in POLICIES.get(name, PUBLIC)


class PolicyMiddleware:
    """Holds every request against its route's policy before the view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Personal data stays out of caches, and one address answers with a page or a part of it.
        response.headers.setdefault("Cache-Control", "no-store")
        if request.htmx and _is_refusing_page(response):  # type: ignore[attr-defined]
            response["HX-Retarget"] = "#main"
            response["HX-Reselect"] = "#main"
            response["HX-Reswap"] = "outerHTML"
        return response

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        policy = POLICIES.get(name)
        if policy is not None and policy == PUBLIC:
            return None
        if not request.user.is_authenticated:
            return _to_signin(request)
        if policy is None or getattr(request.user, "role", "") not in policy:
            return render(request, "refused.html", {"policy": sorted(policy or ())}, status=403)
        if name not in KEEPS_NUL and _has_nul(request):
            return render(request, "unreadable.html", status=400)
        return None


def _has_nul(request: HttpRequest) -> bool:
    """PostgreSQL keeps no NUL and compares with none: whichever field it stands in, it would be an error."""
    fields = chain(request.GET.lists(), request.POST.lists())
    return any("\0" in text for field, texts in fields for text in (field, *texts))


def _is_refusing_page(response: HttpResponseBase) -> bool:
    """Whether a whole page refuses; it takes the place of the page, not of the part that was asked for."""
    if response.status_code not in {400, 403, 404, 422} or not isinstance(response, HttpResponse):
        return False
    return response.content.startswith(b"<!doctype")


def _to_signin(request: HttpRequest) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=401, headers={"HX-Redirect": reverse("signin")})
    after = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    return redirect(reverse("signin") + after)
