"""An operator brings files in, mends what was refused, takes all back, and brings it in again (X5, X4)."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import openpyxl
import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD, make_branch, make_user
from tests.stories.conftest import SIZES, problems
from yuandian.config.worker import HANDLERS
from yuandian.operations import files
from yuandian.operations.jobs import run_next
from yuandian.records.customers import Customer
from yuandian.records.org import Role, User
from yuandian.records.runs import ImportBatch
from yuandian.records.uploads import RefusedRow, Upload

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("browser"), pytest.mark.req("X5")]

SHOTS = os.environ.get("YUANDIAN_SHOTS", "")
HEADER = ["客户号", "客户姓名", "开户日期", "手机号", "备注栏"]
WRONG = ["2026/13/02", "不知道", "", "2026-02-30", "二月三日", "1026-01-02", "2026.1", "--"]
WORDS = {
    "zh-hans": {
        "in": "共 20 行：12 已导入，8 要改",
        "mended": "共 20 行：12 已导入，8 已改好",
        "csv": "共 14 行：10 已导入，4 要改",
        "all": "共 14 行：10 已导入，4 已改好",
        "check": "20 行：12 可导入，8 要改",
        "undone": "这次导入已经撤销",
        "upload": "上传", "next": "预检", "import": "导入",
        "back": "传改好的文件", "take": "下载要改的行", "undo": "撤销整次导入", "yes": "撤销",
    },
    "en": {
        "in": "Rows: 20, of which 12 imported, 8 to mend",
        "mended": "Rows: 20, of which 12 imported, 8 mended",
        "csv": "Rows: 14, of which 10 imported, 4 to mend",
        "all": "Rows: 14, of which 10 imported, 4 mended",
        "check": "Rows: 20, of which 12 can come in, 8 to mend",
        "undone": "This import is undone",
        "upload": "Upload", "next": "Check", "import": "Import",
        "back": "Upload corrected file", "take": "Download rows to mend", "undo": "Undo the whole import", "yes": "Undo",
    },
}  # fmt: skip


@contextmanager
def worker() -> Iterator[None]:
    """A worker beside the pages, as the command runs it."""
    stop = Event()

    def work() -> None:
        try:
            while not stop.is_set():
                if not run_next(HANDLERS, clock=timezone.now, is_stopping=stop.is_set):
                    stop.wait(0.1)
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def operator(transactional_db) -> User:
    return make_user(make_branch(name="城东支行"), Role.OPERATOR, name="何运营", language="zh-hans", theme="light")


@pytest.fixture
def open_imports(browser, live_server) -> Iterator[Callable[..., Page]]:
    contexts = []

    def opened(user: User, size: str = "desk", **options) -> Page:
        width, height = SIZES[size]
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        page = contexts[-1].new_page()
        page.goto(f"{live_server.url}/signin/?next=/setup/imports/")
        page.fill("[name=username]", user.username)
        page.fill("[name=password]", PASSWORD)
        page.click("form.panel button")
        page.wait_for_url("**/setup/imports/")
        return page

    yield opened
    for context in contexts:
        context.close()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def excel(path: Path, rows: int, wrong: list[str], first: int = 1) -> Path:
    book = openpyxl.Workbook()
    for cells in (HEADER, *table(rows, wrong, first)):
        book.active.append(cells)
    book.save(path)
    return path


def gbk(path: Path, rows: int, wrong: list[str], first: int) -> Path:
    lines = [",".join(cells) + "\n" for cells in (HEADER, *table(rows, wrong, first))]
    path.write_bytes("".join(lines).encode("gbk"))
    return path


def table(rows: int, wrong: list[str], first: int) -> list[list[str]]:
    """The last rows have the wrong dates."""
    dates = ["2026-01-02"] * (rows - len(wrong)) + wrong
    return [[f"C{first + nth}", f"客户{first + nth}", day, "", "无"] for nth, day in enumerate(dates)]


def give(page: Page, path: Path, words: dict[str, str]) -> None:
    """Choose the file and come to its columns."""
    page.goto(page.url.split("/setup/")[0] + "/setup/imports/new/")
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name=words["upload"], exact=True).click()
    page.wait_for_url("**/columns/")


def bring_in(page: Page, path: Path, words: dict[str, str]) -> None:
    """All steps up to the result."""
    give(page, path, words)
    page.get_by_role("button", name=words["next"], exact=True).click()
    page.get_by_role("button", name=words["import"], exact=True).click()
    expect(page.locator("#summary")).to_be_visible(timeout=20_000)


def take_back(page: Page, words: dict[str, str]) -> None:
    page.get_by_text(words["undo"]).click()
    page.locator(".undo-box form button").click()
    expect(page.get_by_text(words["undone"])).to_be_visible(timeout=20_000)


@pytest.mark.req("X4")
@pytest.mark.parametrize(("size", "language"), [("desk", "zh-hans"), ("phone", "en")])
def test_two_files_with_twelve_faulty_rows_end_all_in(open_imports, operator, tmp_path, size, language):
    User.objects.update(language=language)
    words = WORDS[language]
    with worker():
        page = open_imports(operator, size)
        give(page, excel(tmp_path / "客户.xlsx", 20, WRONG), words)
        shot(page, f"columns-{size}")
        page.get_by_role("button", name=words["next"], exact=True).click()
        expect(page.locator("h2.sum")).to_have_text(words["check"], timeout=20_000)
        shot(page, f"checked-{size}")
        assert Customer.objects.count() == 0
        page.get_by_role("button", name=words["import"], exact=True).click()
        expect(page.locator("#summary")).to_have_text(words["in"], timeout=20_000)
        shot(page, f"result-{size}")
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
        for row in range(13, 21):
            page.locator(f"#row-{row} input[type=text]").fill("2026-03-04")
            page.locator(f"#row-{row} form button").click()
            expect(page.locator(f"#row-{row} .is-in")).to_be_visible()
        expect(page.locator("#summary")).to_have_text(words["mended"])
        shot(page, f"mended-{size}")
        assert Customer.objects.count() == 20

        bring_in(page, gbk(tmp_path / "客户二.csv", 14, WRONG[:4], 21), words)
        expect(page.locator("#summary")).to_have_text(words["csv"])
        with page.expect_download() as coming:
            page.get_by_text(words["take"]).click()
        coming.value.save_as(tmp_path / "要改.xlsx")
        correct(tmp_path / "要改.xlsx")
        page.get_by_text(words["back"]).click()
        page.locator("#repairs-file").set_input_files(tmp_path / "要改.xlsx")
        shot(page, f"repairs-{size}")
        page.locator(".again-box form button").click()
        expect(page.locator("#summary")).to_have_text(words["all"], timeout=20_000)
        assert Customer.objects.count() == 34

        take_back(page, words)
        shot(page, f"undone-{size}")
        assert Customer.objects.count() == 20
        bring_in(page, tmp_path / "客户二.csv", words)
        expect(page.locator("#summary")).to_have_text(words["csv"])
        assert Customer.objects.count() == 30


def correct(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for row in range(2, book.active.max_row + 1):
        book.active.cell(row, 5).value = "2026-03-05"
    book.save(path)


def test_a_row_that_is_still_wrong_stays_with_what_was_typed(open_imports, operator, tmp_path):
    with worker():
        page = open_imports(operator)
        bring_in(page, excel(tmp_path / "客户.xlsx", 3, WRONG[:2]), WORDS["zh-hans"])
        expect(page).to_have_title("有 2 行要改 · 客户.xlsx · 城东支行")
        page.locator("#row-2 input[type=text]").fill("2026-99-99")
        page.locator("#row-2 form button").click()
        expect(page.locator("#row-2 input[type=text]")).to_have_value("2026-99-99")
        expect(page.locator("#row-2 input[type=text]")).to_be_focused()
        page.locator("#row-3 input[type=text]").fill("2026-01-06")
        page.keyboard.press("Enter")
        expect(page.locator("#row-3 [tabindex]")).to_be_focused()
        expect(page.locator("#live")).to_have_text("改好了，已导入。")
        expect(page).to_have_title("有 1 行要改 · 客户.xlsx · 城东支行")
        expect(page.locator("#mark")).to_have_text("1 行要改")
        page.get_by_role("link", name="整行").first.click()
        page.get_by_label("开户日期").fill("2026-01-05")
        page.get_by_role("button", name="导入这一行").click()
        expect(page.locator(".alert-line.done")).to_have_text("第 2 行改好了，已导入。")
        expect(page.locator("#summary")).to_have_text("共 3 行：1 已导入，2 已改好")


def test_the_page_may_be_closed_while_it_works(open_imports, operator, tmp_path, monkeypatch):
    limits = files.Limits(batch_rows=100)
    monkeypatch.setattr(
        "yuandian.operations.know.storing.read_apart", lambda path, place: files.read_apart(path, place, limits)
    )
    with worker():
        page = open_imports(operator)
        give(page, excel(tmp_path / "客户.xlsx", 2_000, []), WORDS["zh-hans"])
        page.get_by_role("button", name="预检", exact=True).click()
        page.get_by_role("button", name="导入", exact=True).click(timeout=60_000)
        expect(page.locator("progress")).to_be_visible()
        shot(page, "progress-desk")
        page.close()
        while not ImportBatch.objects.filter(rows_done__gt=0).exists():
            pass
    assert ImportBatch.objects.get().rows_done < 2_000
    again = open_imports(operator)
    again.locator("[data-row]").first.click()
    expect(again.locator("progress")).to_be_visible()
    with worker():
        expect(again.locator("#summary")).to_have_text("共 2,000 行：2,000 已导入", timeout=60_000)
    assert Customer.objects.count() == 2_000
    assert ImportBatch.objects.count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_unreadable_file_says_where_and_what_to_do(open_imports, operator, tmp_path, language):
    User.objects.update(language=language)
    path = tmp_path / "乱码.csv"
    path.write_bytes("客户号,开户日期\nC1,".encode() + b"\xff\xff\n")
    with worker():
        page = open_imports(operator, "phone")
        page.goto(page.url + "new/")
        page.locator("#file").set_input_files(path)
        page.locator("form[enctype] button").click()
        expect(page.locator(".facts.big dd").first).to_contain_text(
            {"en": "乱码.csv, line 2", "zh-hans": "乱码.csv，第 2 行"}[language], timeout=20_000
        )
        shot(page, f"unreadable-{language}")
        said = page.locator(".facts.big").inner_text()
    assert ("既不是 UTF-8 也不是 GB18030" in said) is (language == "zh-hans")
    assert ("neither UTF-8 nor GB18030" in said) is (language == "en")
    assert RefusedRow.objects.count() == Customer.objects.count() == 0


def test_everything_works_without_scripts(open_imports, operator, tmp_path):
    with worker():
        page = open_imports(operator, "phone", java_script_enabled=False)
        page.goto(page.url + "new/")
        page.locator("#file").set_input_files(excel(tmp_path / "客户.xlsx", 3, WRONG[:1]))
        page.get_by_role("button", name="上传").click()
        until(page, lambda: page.url.endswith("/columns/"))
        page.get_by_role("button", name="预检").click()
        until(page, lambda: page.get_by_role("button", name="导入", exact=True).count())
        page.get_by_role("button", name="导入", exact=True).click()
        until(page, lambda: page.locator("#summary").count())
        page.locator("#row-3 input[type=text]").fill("还是不对")
        page.locator("#row-3 form button").click()
        expect(page.locator("[role=alert]")).to_have_text("第 3 行还不行，原因写在下面。")
        expect(page.locator("#row-3 input[type=text]")).to_have_value("还是不对")
        page.locator("#row-3 input[type=text]").fill("2026-05-06")
        page.locator("#row-3 form button").click()
        expect(page.locator("#summary")).to_have_text("共 3 行：2 已导入，1 已改好")
        page.get_by_text("撤销整次导入").click()
        page.locator(".undo-box form button").click()
        until(page, lambda: page.get_by_text("这次导入已经撤销").count())
    assert Customer.objects.count() == 0


def until(page: Page, is_so: Callable[[], object]) -> None:
    """Reload as a person without scripts does, by the link of the page."""
    newest = page.get_by_role("link", name="看最新进度")
    for _ in range(300):
        if is_so():
            return
        page.wait_for_timeout(200)
        if newest.count():  # a page on its way, or one that needs no waiting any more, has none
            newest.click()
    raise AssertionError(page.content())


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_imports, operator, tmp_path, size, theme):
    User.objects.update(theme=theme)
    with worker():
        page = open_imports(operator, size)
        house = page.url.removesuffix("imports/")
        assert problems(page) == []
        give(page, excel(tmp_path / "客户.xlsx", 3, WRONG[:2]), WORDS["zh-hans"])
        assert problems(page) == []
        page.get_by_role("button", name="预检", exact=True).click()
        expect(page.locator("h2.sum")).to_be_visible(timeout=20_000)
        assert problems(page) == []
        page.get_by_role("button", name="导入", exact=True).click()
        expect(page.locator("#summary")).to_be_visible(timeout=20_000)
        page.get_by_text("传改好的文件").click()
        assert problems(page) == []
        for path in ("", "imports/", "imports/new/", f"imports/{Upload.objects.get().pk}/rows/2/"):
            page.goto(house + path)
            shot(page, f"axe-{path.strip('/').replace('/', '-')}-{size}-{theme}")
            assert problems(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
