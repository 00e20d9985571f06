"""A person takes out what the page shows: at once, or in the background when it is long (X5)."""

import csv
import io
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories import make_customer, make_phone, make_state
from tests.stories.conftest import SIZES, problems
from yuandian.operations.export import write_export
from yuandian.operations.jobs import run_next
from yuandian.web.exports import SHEETS

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("browser"), pytest.mark.req("X5")]
BUTTON = {"zh-hans": "导出 Excel", "en": "Export Excel"}


@pytest.fixture
def book(desk):
    """Beside the four of the desk one who is not gold, and a hostile name."""
    for name, tier, assets in (("吴远", "basic", 12_345), ("=1+1", "gold", None)):
        customer = make_customer(desk.branch, desk.items[0].rm, name=name)
        make_phone(customer, "13900001234")
        make_state(customer, desk.items[0].run, tier=tier, assets_fen=assets)
    return desk


def download(page: Page, click) -> tuple[Path, str]:
    with page.expect_download() as coming:
        click()
    return Path(coming.value.path()), coming.value.suggested_filename


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_filter_and_take_out_what_the_page_shows(sign_in, book, size, language):
    page = sign_in(size, language)
    page.goto(page.url.replace("/today/", "/customers/?tier=gold&sort=name"))
    shown = [text.strip() for text in page.locator(".who a").all_inner_texts()]
    assert len(shown) == 5
    if size == "desk":
        path, name = download(page, lambda: page.keyboard.press("e"))
    else:
        path, name = download(page, page.get_by_role("button", name=BUTTON[language]).click)
    assert name.endswith(f"-{timezone.localdate().isoformat()}.xlsx")
    header, *rows = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active.iter_rows(values_only=True)
    assert [row[1] for row in rows] == shown
    assert {row[3] for row in rows} == {page.locator(".tier .chip").first.inner_text()}
    amount = rows[shown.index("周小云")][6]
    assert f"¥{amount:,.2f}" == page.locator("tr", has_text="周小云").locator(".worth span").first.get_attribute(
        "title"
    )
    assert header[6] == ("资产（元）" if language == "zh-hans" else header[6])
    assert page.url.endswith("/customers/?tier=gold&sort=name")
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_long_one_is_written_while_one_does_other_things(sign_in, book, monkeypatch, has_scripts):
    monkeypatch.setattr("yuandian.web.pages.exports.SMALL", 3)
    page = sign_in("phone", java_script_enabled=has_scripts)
    page.goto(page.url.replace("/today/", "/customers/"))
    page.get_by_role("button", name="导出 csv").click()
    page.wait_for_url("**/me/exports/")
    expect(page.locator("#taken")).to_contain_text("正在写")
    page.wait_for_timeout(2500)
    assert run_next({"export": partial(write_export, sheets=SHEETS)}, clock=timezone.now)
    expect(page.locator("#taken")).to_contain_text("6 行", timeout=15_000)
    path, _name = download(page, page.get_by_role("link", name="下载").click)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert {row["姓名"] for row in csv.DictReader(file)} == {
            "周小云",
            "陈大海",
            "林玉兰",
            "赵明",
            "吴远",
            "'=1+1",
        }
    page.get_by_role("button", name="删除").click()
    expect(page.locator("#taken")).to_contain_text("还没有导出过")


@pytest.mark.req("X4")
@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(sign_in, book, monkeypatch, size, theme):
    page = sign_in(size, theme=theme)
    base = page.url.removesuffix("/today/")
    page.goto(f"{base}/customers/?tier=gold")
    assert problems(page) == []
    download(page, page.get_by_role("button", name="导出 csv").click)
    monkeypatch.setattr("yuandian.web.pages.exports.SMALL", 3)
    page.get_by_role("button", name="导出 Excel").click()
    page.wait_for_url("**/me/exports/")
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
    page.goto(f"{base}/me/exports/new/")
    assert problems(page) == []
