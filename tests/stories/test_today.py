"""An RM works through the morning: one tap a customer, one taken back (A1, X4)."""

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories import make_export
from tests.stories.conftest import problems
from yuandian.records.facts import Interaction
from yuandian.records.jobs import Job
from yuandian.records.work import ContactResult

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("browser")]
SAID = {"zh-hans": "已记：有意向。", "en": "Logged: Interested."}
UNDONE = {"zh-hans": "已撤销，可以重新记。", "en": "Undone. You can log it again."}


def card(page: Page):
    return page.locator("#card-name")


@pytest.mark.req("A1")
@pytest.mark.req("X4")
@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_three_customers_with_one_tap_each_and_one_taken_back(sign_in, size, language):
    page = sign_in(size, language)
    for done, name in enumerate(("周小云", "陈大海", "林玉兰")):
        expect(card(page)).to_contain_text(name)
        page.locator(".results > button").first.click()
        expect(page.locator("[data-undo] [data-say]")).to_have_text(SAID[language])
        expect(page.locator(".segments .is-done")).to_have_count(done + 1)
    expect(card(page)).to_be_focused()
    expect(page.locator("#live")).to_have_text(SAID[language])
    page.locator("[data-undo] button").click()
    expect(card(page)).to_contain_text("林玉兰")
    expect(page.locator("#live")).to_have_text(UNDONE[language])
    assert page.url.endswith("/")
    assert ContactResult.objects.filter(voided_at=None).count() == 2
    assert Interaction.objects.filter(voided_at=None).count() == 2
    page.reload()
    expect(card(page)).to_contain_text("林玉兰")
    expect(page.locator(".segments .is-done")).to_have_count(2)


@pytest.mark.req("A1")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_on_a_phone_call_and_results_need_no_scrolling(sign_in, language):
    page = sign_in("phone", language)
    bar = page.locator(".places").bounding_box()
    for part in (page.locator(".act"), *page.locator(".results > *").all()):
        box = part.bounding_box()
        assert box["y"] + box["height"] <= bar["y"]
        assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.querySelectorAll('*').length") <= 900


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("path", ["/today/", "/today/done/", "/me/"])
def test_axe_finds_nothing_serious(sign_in, live_server, theme, size, path):
    page = sign_in(size, theme=theme)
    page.goto(live_server.url + path)
    for summary in page.locator("details.why-box > summary").all():
        summary.click()
    assert problems(page) == []


def test_sign_in_is_accessible_too(browser, live_server, transactional_db):
    page = browser.new_page()
    page.goto(live_server.url)
    found = problems(page)
    page.close()
    assert found == []


def test_a_promise_to_talk_again_asks_only_for_the_time(sign_in):
    page = sign_in("phone")
    page.locator(".ask > summary").first.click()
    expect(page.locator(".sheet button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".sheet").first).to_be_hidden()
    page.locator(".ask > summary").first.click()
    assert problems(page) == []
    page.locator(".ask[open] .sheet button").nth(1).click()
    expect(card(page)).to_contain_text("陈大海")
    logged = ContactResult.objects.get()
    assert (logged.result, logged.callback_at is not None) == ("callback", True)


def test_keys_do_what_the_buttons_do_and_chinese_input_is_left_alone(sign_in):
    page = sign_in("desk")
    page.keyboard.press("j")
    expect(card(page)).to_contain_text("陈大海")
    page.keyboard.press("k")
    expect(card(page)).to_contain_text("周小云")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', isComposing: true}))")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: '1', keyCode: 229}))")
    page.keyboard.press("Control+1")
    page.keyboard.press("n")
    page.keyboard.type("1z")
    expect(page.locator("#note")).to_have_value("1z")
    page.keyboard.press("Escape")
    assert ContactResult.objects.count() == 0
    page.keyboard.press("3")
    expect(card(page)).to_contain_text("陈大海")
    assert Interaction.objects.get().note == "1z"
    page.keyboard.press("z")
    expect(card(page)).to_contain_text("周小云")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/me/")


def test_another_script_and_copying_it(sign_in):
    page = sign_in("phone", permissions=["clipboard-read", "clipboard-write"])
    first = page.locator("[data-script]:visible").inner_text()
    page.locator("[data-other]").click()
    second = page.locator("[data-script]:visible").inner_text()
    assert second != first
    page.locator("[data-copy]").click()
    expect(page.locator("#live")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == second


def test_a_tap_that_does_not_arrive_is_taken_back_in_words_and_counted_once(sign_in, complaints):
    page = sign_in("phone")
    page.route("**/log", lambda route: route.abort())
    page.locator(".results > button").first.click()
    expect(page.locator("#pad-hint")).to_contain_text("再点一次")
    assert ContactResult.objects.count() == 0
    page.unroute("**/log")
    page.locator(".results > button").first.click()
    expect(card(page)).to_contain_text("陈大海")
    assert ContactResult.objects.count() == 1
    assert any("ERR_FAILED" in said for said in complaints)
    complaints.clear()


@pytest.mark.parametrize("status", [503, 507])
def test_a_house_that_fails_leaves_the_page_and_says_so_to_who_tapped(sign_in, complaints, status):
    page = sign_in("phone")
    page.route("**/log", lambda route: route.fulfill(status=status, body=render_to_string(f"{status}.html")))
    page.locator(".results > button").first.click()
    expect(page.locator("#pad-hint")).to_contain_text("再点一次")
    expect(card(page)).to_contain_text("周小云")
    assert page.locator("h1").count() == 1
    assert [f"{status}" in said for said in complaints] == [True]
    complaints.clear()


def test_a_page_that_asks_again_by_itself_says_nothing_when_the_house_fails(sign_in, desk, complaints):
    export = make_export(desk.user, finished_at=None, expires_at=None)
    Job.objects.create(kind="export", subject_id=export.pk, by=desk.user, asked_at=timezone.now())
    page = sign_in("phone")
    page.route("**/me/exports/?seen=*", lambda route: route.fulfill(status=503, body="<p>later</p>"))
    with page.expect_response("**/me/exports/?seen=*"), page.expect_response("**/me/exports/?seen=*"):
        page.goto(page.url.replace("/today/", "/me/exports/"))
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert page.locator("#live").inner_text() == ""
    assert "正在写" in page.locator("#taken").inner_text()
    assert all("503" in said for said in complaints)
    complaints.clear()


def test_without_scripts_everything_still_works(sign_in):
    page = sign_in("phone", java_script_enabled=False)
    page.locator(".results > button").first.click()
    page.wait_for_url("**/today/?said=*")
    expect(card(page)).to_contain_text("陈大海")
    page.locator("[data-undo] button").click()
    expect(card(page)).to_contain_text("周小云")
    assert ContactResult.objects.get().voided_at is not None
