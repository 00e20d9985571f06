"""A leader gives a customer without an owner to an RM of the team (K2)."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD, make_customer, make_rm, make_state, make_team, make_user
from tests.stories.conftest import SIZES, problems
from yuandian.records.customers import Ownership
from yuandian.records.org import Role, User

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("browser"), pytest.mark.req("K2")]
SAID = {"zh-hans": "没人管 已交给李经理。", "en": "没人管 now belongs to 李经理."}


@pytest.fixture
def leader(desk) -> User:
    team = make_team(desk.branch)
    make_rm(desk.branch, name="李经理", team=team)
    for name, assets in (("没人管", 900), ("也没人管", 800)):
        make_state(make_customer(desk.branch, name=name), desk.items[0].run, assets_fen=assets)
    return make_user(desk.branch, Role.LEADER, team=team, name="团队长", language="zh-hans")


@pytest.fixture
def sign_in_as(browser, live_server):
    contexts = []

    def opened(user: User, size: str, **options) -> Page:
        width, height = SIZES[size]
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        page = contexts[-1].new_page()
        page.goto(f"{live_server.url}/signin/?next=/team/orphans/")
        page.fill("[name=username]", user.username)
        page.fill("[name=password]", PASSWORD)
        page.click("form.panel button")
        page.wait_for_url("**/team/orphans/")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.req("X4")
@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_row_leaves_and_it_is_said(sign_in_as, leader, size, language):
    User.objects.update(language=language)
    page = sign_in_as(leader, size)
    expect(page.locator(".orphans > li")).to_have_count(2)
    page.locator(".orphans button").first.click()
    expect(page.locator(".orphans > li")).to_have_count(1)
    expect(page.locator("#live")).to_have_text(SAID[language])
    assert Ownership.objects.get(customer__name="没人管").rm.name == "李经理"
    page.locator(".orphans button").first.click()
    expect(page.locator(".empty h2")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(sign_in_as, leader, size, theme):
    User.objects.update(theme=theme)
    page = sign_in_as(leader, size)
    assert problems(page) == []


def test_it_works_without_scripts(sign_in_as, leader):
    page = sign_in_as(leader, "phone", java_script_enabled=False)
    page.locator(".orphans button").first.click()
    expect(page.locator("[role=status].alert-line")).to_have_text("已交给李经理。")
    expect(page.locator(".orphans > li")).to_have_count(1)
