"""Contrast of the colours, light and dark (WCAG 2.2 AA; UX.md section 8)."""

import re

import pytest

from tests.web.catalogue import WEB

CSS = (WEB / "static/tokens.css").read_text()
BLOCKS = re.findall(r"(:root[^{]*|@media[^{]*)\{([^{}]*)\}", CSS)


def colours(selector: str) -> dict[str, str]:
    body = next(body for name, body in BLOCKS if selector in name and "--bg:" in body)
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9A-F]{6})", body))


LIGHT = colours(":root ")
DARK = colours('[data-bs-theme="dark"]')
TEXT = ["ink", "ink-2", "ink-3", "brand-text", "red", "green", "ok", "warn", "error"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(theme):
    for ground in ("bg", "surface", "surface-2"):
        for name in TEXT:
            assert contrast(theme[name], theme[ground]) >= 4.5, (name, ground)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_chips_buttons_and_borders(theme):
    for name, ground in (
        ("brand-text", "brand-soft"),
        ("ok", "ok-soft"),
        ("warn", "warn-soft"),
        ("red", "red-soft"),
        ("green", "green-soft"),
        ("brand-ink", "brand"),
        ("ink-2", "brand-soft"),
        ("surface", "ink"),
    ):
        assert contrast(theme[name], theme[ground]) >= 4.5, (name, ground)
    for name in ("control", "brand-text"):
        assert contrast(theme[name], theme["surface"]) >= 3, name


def test_the_system_dark_theme_is_the_chosen_one():
    assert colours('not([data-bs-theme="light"])') == DARK


def test_the_values_are_those_of_the_specification():
    assert (LIGHT["brand"], LIGHT["ink-3"], LIGHT["warn"]) == ("#2747C7", "#626A79", "#9A4A00")
    assert (DARK["brand"], DARK["ink-3"], DARK["warn"]) == ("#4A68E8", "#97A0B0", "#F5B567")
