"""An RM finds a customer by initials and reads, logs and takes back on one page (K1, X2, X4)."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_customer, make_state
from tests.stories.conftest import problems
from yuandian.records.facts import Interaction
from yuandian.records.runs import AuditEntry

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("browser")]
COUNT = {"zh-hans": "共 1 位", "en": "1 in all"}


@pytest.mark.req("X4")
@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_customer_is_found_by_initials_and_opened(sign_in, live_server, desk, size, language):
    page = sign_in(size, language)
    page.locator(".places a").nth(1).click()
    page.wait_for_url("**/customers/")  # with its scripts, or Enter would load the page the plain way
    page.locator("#q").fill("cdh")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text(COUNT[language])
    expect(page.locator("#live")).to_have_text(COUNT[language])
    assert page.url.endswith("/customers/?q=cdh")
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
    page.get_by_role("link", name="陈大海").click()
    expect(page.locator("h1")).to_contain_text("陈大海")
    page.go_back()
    expect(page.locator("#q")).to_have_value("cdh")
    expect(page.locator("[data-row]")).to_have_count(1)


def test_a_filter_keeps_the_page_and_its_key_and_back_takes_it_away(sign_in, live_server, desk):
    for number in range(60):
        make_state(
            make_customer(desk.branch, desk.items[0].rm, name=f"新客{number}"), desk.items[0].run, tier="basic"
        )
    page = sign_in("desk")
    page.goto(f"{live_server.url}/customers/")
    page.locator(".facets a", has_text="金卡").click()
    expect(page.locator("#count")).to_have_text("共 4 位")
    expect(page.locator("#count")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.go_back()
    expect(page.locator("#count")).to_have_text("共 64 位")
    page.locator("[rel=next]").click()
    expect(page.locator("[data-row]")).to_have_count(14)
    assert page.evaluate("document.querySelectorAll('*').length") <= 2_500


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(sign_in, live_server, desk, size, theme):
    page = sign_in(size, theme=theme)
    for path in ("", "?q=nobody&tier=gold", f"{desk.items[0].customer_id}/?list=today"):
        page.goto(f"{live_server.url}/customers/{path}")
        for box in page.locator("details.unplanned > summary").all():
            box.click()
        assert problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


@pytest.mark.req("X2")
def test_the_full_number_appears_on_demand(sign_in, live_server, desk):
    page = sign_in("phone")
    page.goto(f"{live_server.url}/customers/{desk.items[0].customer_id}/")
    page.locator("#phone button").click()
    expect(page.locator("#phone b")).to_have_text("18600001401")
    assert AuditEntry.objects.filter(operation="reveal_phone").count() == 1


@pytest.mark.req("K1")
@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_contact_by_the_way_is_logged_and_taken_back(sign_in, live_server, desk, has_scripts):
    page = sign_in("desk", java_script_enabled=has_scripts)
    page.goto(f"{live_server.url}/customers/{desk.items[0].customer_id}/")
    page.locator(".unplanned > summary").click()
    page.locator(".unplanned textarea").fill("路上碰到，问了基金")
    page.locator(".unplanned .results > button").first.click()
    expect(page.locator(".story")).to_contain_text("路上碰到，问了基金")
    expect(page.locator("[data-undo]")).to_contain_text("已记：有意向。")
    page.locator("[data-undo] button").click()
    expect(page.locator(".story")).not_to_contain_text("路上碰到，问了基金")
    assert Interaction.objects.get().voided_at is not None


def test_the_next_step_is_done_here_and_the_day_goes_on(sign_in, live_server, desk):
    page = sign_in("desk")
    page.goto(f"{live_server.url}/customers/{desk.items[0].customer_id}/?list=today")
    page.keyboard.press("j")
    expect(page.locator("h1")).to_contain_text("陈大海")
    page.keyboard.press("k")
    expect(page.locator("h1")).to_contain_text("周小云")
    page.keyboard.press("1")
    expect(page.locator("#card-name")).to_contain_text("陈大海")
    assert "/today/" in page.url
    assert Interaction.objects.get().customer == desk.items[0].customer
