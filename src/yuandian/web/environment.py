"""What templates may use: words, addresses, drawings, and filters over `web.fmt` in the reader's language."""

from datetime import date, datetime
from functools import cache
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from jinja2 import ChainableUndefined, Environment
from markupsafe import Markup, escape

from yuandian.web import fmt
from yuandian.web.wording import language


def environment(**options: Any) -> Environment:
    """Jinja, because it compiles templates to Python. What a name lacks prints as nothing and is false."""
    made = Environment(**options | {"undefined": ChainableUndefined, "extensions": ["jinja2.ext.i18n"]})  # noqa: S701
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"_": _words, "url": url, "static": static, "icon": icon}
    made.filters |= {
        **{name: getattr(fmt, name) for name in ("count", "percent", "masked_name", "masked_phone")},
        **{one.__name__: one for one in (money, money_text, change, day, day_named, clock, ago, since, lines)},
    }
    return made


def _words(sentence: str) -> Markup:
    return Markup(gettext(sentence))  # noqa: S704  our own words


def url(name: str, *numbers: int) -> str:
    """The address of a page; a page of many rows asks for many."""
    return _address(name, len(numbers)) % numbers


@cache
def _address(name: str, count: int) -> str:
    """With %d in the place of each number."""
    places = range(10**9, 10**9 + count)
    address = reverse(name, args=places).replace("%", "%%")
    for place in places:
        address = address.replace(str(place), "%d")
    return address


@cache
def icon(name: str) -> Markup:
    """One of our own drawings (static/icons.svg); the words beside it say what it means."""
    drawing = Markup('<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>')
    return drawing.format(static("icons.svg"), name)


def money(fen: int | None, currency: str = "CNY") -> Markup:
    """Compact, with the exact amount on hover and for readers of the source."""
    shown = Markup('<span title="{}">{}</span>')
    return shown.format(fmt.money(fen, currency), fmt.compact(fen, language(), currency))


def money_text(fen: int | None, currency: str = "CNY") -> str:
    """Compact without markup, for attributes and sentences."""
    return fmt.compact(fen, language(), currency)


def change(ppm: int | None) -> Markup:
    """▲ 6.4% in the colour of a rise; the class never names a colour."""
    way = "flat" if not ppm else "rise" if ppm > 0 else "fall"
    return Markup('<span class="{}">{}</span>').format(way, fmt.change(ppm, language()))


def day(value: date | None) -> str:
    return fmt.day(value, language(), timezone.localdate())


def day_named(value: date) -> str:
    return fmt.day_named(value, language(), timezone.localdate())


def clock(value: datetime) -> str:
    return f"{timezone.localtime(value):%H:%M}"


def ago(value: datetime | None) -> str:
    if value is None:
        return fmt.MISSING
    return fmt.ago(timezone.localtime(value), language(), timezone.localtime())


def since(value: date) -> str:
    return fmt.since(value, language(), timezone.localdate())


def lines(text: str) -> Markup:
    """Line breaks as they were typed."""
    return Markup("<br>").join(escape(text).splitlines())
