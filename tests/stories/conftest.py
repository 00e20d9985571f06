"""Stories in a real Chromium against the real server, on a database of their own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from scripts.chromium import on_path

from tests.factories import PASSWORD
from tests.web.conftest import Desk, make_desk

# Playwright's loop lives in the thread in which the tests make their rows.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": (390, 844), "desk": (1280, 800)}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=on_path(), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def desk(transactional_db) -> Desk:
    return make_desk(("周小云", "陈大海", "林玉兰", "赵明"))


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the console complains of. A story that expects some takes it out."""
    said: list[str] = []
    yield said
    assert said == []


@pytest.fixture
def sign_in(browser, live_server, desk, complaints) -> Iterator[Callable[..., Page]]:
    """Open the house as the RM: `sign_in(size, language, theme)`."""
    contexts = []

    def opened(size: str = "phone", language: str = "zh-hans", theme: str = "light", **options) -> Page:
        type(desk.user).objects.filter(pk=desk.user.pk).update(language=language, theme=theme)
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url)
        page.fill("[name=username]", desk.user.username)
        page.fill("[name=password]", PASSWORD)
        page.click("form.panel button")
        page.wait_for_url("**/today/")
        return page

    yield opened
    for context in contexts:
        context.close()


def problems(page: Page) -> list[str]:
    """What axe-core finds serious or critical on the open page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]
