"""How one reader wants the pages: language, theme, colours of a rise, keys; and what every page knows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from yuandian.records.org import Branch, Role, User
from yuandian.web.industry import Terms, pack_of
from yuandian.web.policy import may_open
from yuandian.web.wording import Voice, language


@dataclass(frozen=True)
class Place:
    """One of the places of the house, named by the pack's term where it has one."""

    page: str
    name: str | Promise
    term: str
    icon: str
    key: str
    prefix: str


PLACES = (
    Place("today:list", _("今天"), "", "today", "t", "today"),
    Place("customers:list", _("客户"), "customers", "customers", "c", "customers"),
    Place("team:board", _("团队"), "", "team", "e", "team"),
    Place("setup:home", _("设置"), "", "setup", "o", "setup"),
)
ROLES = {
    Role.RM: ("rm", _("客户经理")),
    Role.LEADER: ("leader", _("团队主管")),
    Role.BRANCH_MANAGER: ("branch_manager", _("负责人")),
    Role.SERVICE_OWNER: ("", _("服务主管")),
    Role.OPERATOR: ("", _("运营")),
    Role.AUDITOR: ("", _("审计")),
}
"""The pack's word for a role where it has one, else the house's."""


class House:
    """What the frame of every page shows. Computed when asked for: a fragment asks for little."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def user(self) -> User | None:
        return self._request.user if self._request.user.is_authenticated else None

    @cached_property
    def branch(self) -> Branch | None:
        return self.user.branch if self.user else None

    @cached_property
    def today(self) -> date:
        return timezone.localdate()

    @cached_property
    def language(self) -> str:
        return language()

    @cached_property
    def terms(self) -> Terms | dict[str, str]:
        return Terms(pack_of(self.branch, self.today), language()) if self.branch else {}

    def voice(self, day: date) -> Voice:
        """The voice in which a page of that day speaks. Needs a branch."""
        if self.branch is None:
            raise ValueError("an account without a branch has no pack to speak from")
        return Voice(pack_of(self.branch, day), language(), self.branch.currency, self.today)

    @property
    def is_made_up(self) -> bool:
        return self.branch is not None and self.branch.is_made_up

    @cached_property
    def places(self) -> list[Place]:
        """Those that are built and that the role may open; others are absent, not greyed."""
        role = self.user.role if self.user else ""
        open_ = [place for place in PLACES if may_open(role, place.page)]
        return [replace(place, name=self._named(place)) for place in open_]

    def _named(self, place: Place) -> str:
        return self.terms[place.term] if place.term in self.terms else str(place.name)

    @property
    def here(self) -> str:
        """The place to which the open page belongs."""
        match = self._request.resolver_match
        return match.namespace if match else ""

    @cached_property
    def role(self) -> str:
        return self.role_name(self.user.role) if self.user else ""

    def role_name(self, role: str) -> str:
        term, own = ROLES[Role(role)]
        return self.terms[term] if term in self.terms else str(own)

    @property
    def theme(self) -> str:
        return self.user.theme if self.user else "auto"

    @property
    def rise(self) -> str:
        """The colour of a rise: by the user's choice, else red in Chinese and green in English."""
        chosen = self.user.rise if self.user else "auto"
        return chosen if chosen != "auto" else ("red" if language() == "zh" else "green")

    @property
    def has_shortcuts(self) -> bool:
        return self.user is not None and self.user.has_shortcuts


class HouseRequest(HttpRequest):
    """A request as our pages get it."""

    user: User  # the policy lets nobody else in
    htmx: HtmxDetails
    house: House


class PreferencesMiddleware:
    """Speaks the user's language; before sign-in, the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(_language(request)):
            request.house = House(request)  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
        patch_vary_headers(response, ("Accept-Language", "Cookie", "HX-Request"))
        return response


def _language(request: HttpRequest) -> str:
    user: User | AnonymousUser = request.user
    chosen = user.language if user.is_authenticated else ""
    return chosen or translation.get_language_from_request(request)


def house(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `house` on every page."""
    return {"house": getattr(request, "house", None) or House(request)}
