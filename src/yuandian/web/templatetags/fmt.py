"""Filters over `web.fmt` in the reader's language, and the icon. Built in: no page needs to load them."""

from datetime import date, datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yuandian.web import fmt
from yuandian.web.wording import language

register = template.Library()
register.filter("count", fmt.count)
register.filter("percent", fmt.percent)
register.filter("masked_name", fmt.masked_name)
register.filter("masked_phone", fmt.masked_phone)


@register.filter
def money(fen: int | None, currency: str = "CNY") -> SafeString:
    """Compact, with the exact amount on hover and for readers of the source."""
    return format_html(
        '<span title="{}">{}</span>', fmt.money(fen, currency), fmt.compact(fen, language(), currency)
    )


@register.filter
def money_exact(fen: int | None, currency: str = "CNY") -> str:
    return fmt.money(fen, currency)


@register.filter
def money_text(fen: int | None, currency: str = "CNY") -> str:
    """Compact without markup, for attributes and sentences."""
    return fmt.compact(fen, language(), currency)


@register.filter
def change(ppm: int | None) -> SafeString:
    """▲ 6.4% in the colour of a rise; the class never names a colour."""
    way = "flat" if not ppm else "rise" if ppm > 0 else "fall"
    return format_html('<span class="{}">{}</span>', way, fmt.change(ppm, language()))


@register.filter
def day(value: date | None) -> str:
    return fmt.day(value, language(), timezone.localdate())


@register.filter
def near(value: date | None) -> str:
    return fmt.near(value, language(), timezone.localdate())


@register.filter
def day_named(value: date) -> str:
    return fmt.day_named(value, language(), timezone.localdate())


@register.filter
def clock(value: datetime) -> str:
    return f"{timezone.localtime(value):%H:%M}"


@register.filter
def ago(value: datetime | None) -> str:
    if value is None:
        return fmt.MISSING
    return fmt.ago(timezone.localtime(value), language(), timezone.localtime())


@register.filter
def since(value: date) -> str:
    return fmt.since(value, language(), timezone.localdate())


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of our own drawings (static/icons.svg); the words beside it say what it means."""
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>', static("icons.svg"), name
    )
