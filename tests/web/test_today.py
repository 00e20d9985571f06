"""今天: one tap logs and opens the next, one takes back (A1, D1)."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from tests.factories import everything, make_branch, make_rm, make_user
from yuandian.records.facts import Interaction
from yuandian.records.work import ContactResult

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


def log(desk, item, **fields):
    posted = {"key": str(uuid4()), "result": "interested", **fields}
    headers = fields.pop("headers", {})
    posted.pop("headers", None)
    return desk.client.post(reverse("today:log", args=[item.pk]), posted, headers=headers)


@pytest.mark.req("D1")
def test_the_card_says_who_why_what_how_and_what_was_left_out(noon, desk):
    left = desk.items[2]
    left.customer.state.__class__.objects.filter(pk=left.customer_id).update(decision="no_minutes")
    page = desk.client.get("/today/").content.decode()
    for words in (
        "周小云", "金卡", "资产", "¥68.4万", "¥30.0万 定期", "您好，我是王经理", "不承诺收益", "已同意 电话",
        "tel:18600001401", "有意向", "约好再谈", "没接通", "已续做", "暂不需要", "有不满", "为什么排在今天",
        "预计好处", "还没有对照组", "计划用 15 分钟", "今天的时间排满了", "演示数据，人物均为虚构", "剩余约 45 分钟",
    ):  # fmt: skip
        assert words in page
    assert re.search(r"已联系 <b>0</b> / 3 位", page)
    assert "186****1401" in page


@pytest.mark.req("A1")
def test_one_tap_logs_and_the_next_card_opens(desk):
    reply = log(desk, desk.items[0], headers=HTMX)
    part = reply.content.decode()
    assert (reply.status_code, reply["HX-Replace-Url"]) == (200, "/today/")
    assert part.startswith('<div id="work"')
    assert "已记：有意向。" in part
    assert re.search(r'id="card-name"[^>]*>陈大海', part)
    assert re.search(r"已联系 <b>1</b> / 3 位", part)
    desk.items[0].refresh_from_db()
    assert desk.items[0].result.result == "interested"


def test_without_scripts_the_same_form_redirects_and_says_so(desk):
    reply = log(desk, desk.items[0])
    logged = ContactResult.objects.get()
    assert (reply.status_code, reply["Location"]) == (302, f"/today/?said={logged.pk}")
    page = desk.client.get(reply["Location"]).content.decode()
    assert "已记：有意向。" in page
    reply = desk.client.post(reverse("today:undo", args=[logged.pk]))
    assert reply["Location"] == reverse("today:card", args=[desk.items[0].pk])
    assert "已记" not in desk.client.get(f"/today/?said={logged.pk}").content.decode()


@pytest.mark.req("A1")
def test_a_second_tap_with_the_same_key_is_the_same_tap(desk):
    key = str(uuid4())
    log(desk, desk.items[0], key=key)
    before = everything()
    again = log(desk, desk.items[0], key=key)
    assert again["Location"] == f"/today/?said={ContactResult.objects.get().pk}"
    other = log(desk, desk.items[0], key=key, result="not_now")
    assert (other.status_code, "先撤销" in other.content.decode()) == (422, True)
    assert everything() == before


@pytest.mark.req("A1")
def test_undo_opens_the_card_again(desk):
    log(desk, desk.items[0])
    logged = ContactResult.objects.get()
    reply = desk.client.post(reverse("today:undo", args=[logged.pk]), headers=HTMX)
    part = reply.content.decode()
    assert reply["HX-Replace-Url"] == reverse("today:card", args=[desk.items[0].pk])
    assert re.search(r'id="card-name"[^>]*>周小云', part)
    assert "已撤销" in part
    desk.items[0].refresh_from_db()
    assert desk.items[0].result is None


def test_a_time_alone_means_to_talk_again(desk):
    log(desk, desk.items[0], result="", callback_at="2026-11-26T10:00+08:00")
    talk = Interaction.objects.get()
    assert (talk.result, str(talk.callback_on)) == ("callback", "2026-11-26")


@pytest.mark.parametrize(
    "posted",
    [
        {"key": "not a key"},
        {"key": ""},
        {"result": "splendid"},
        {"result": ""},
        {"result": "callback"},
        {"callback_at": "tomorrow"},
    ],
)
def test_what_cannot_be_read_is_refused_in_words_and_changes_nothing(desk, posted):
    before = everything()
    reply = log(desk, desk.items[0], **posted)
    assert reply.status_code == 422
    assert 'role="alert"' in reply.content.decode()
    assert everything() == before


def test_an_unhappy_customer_leaves_a_note(desk):
    log(desk, desk.items[0], result="unhappy", cause="短信太多", note="晚上打的")
    assert Interaction.objects.get().note == "短信太多\n晚上打的"


def test_notes_can_be_written_until_midnight(desk):
    log(desk, desk.items[0])
    logged = ContactResult.objects.get()
    assert "周小云" in desk.client.get("/today/done/").content.decode()
    reply = desk.client.post(reverse("today:note", args=[logged.pk]), {"note": "想要保本"})
    assert reply["Location"] == "/today/done/"
    assert Interaction.objects.get().note == "想要保本"
    reply = desk.client.post(reverse("today:undo", args=[logged.pk]), {"back": "done"})
    assert reply["Location"] == "/today/done/"
    refused = desk.client.post(reverse("today:note", args=[logged.pk]), {"note": "x"})
    assert (refused.status_code, "已经撤销" in refused.content.decode()) == (422, True)


def test_a_done_card_shows_its_result_and_can_be_undone(desk):
    log(desk, desk.items[0])
    page = desk.client.get(reverse("today:card", args=[desk.items[0].pk])).content.decode()
    assert "已记：有意向" in page
    assert "data-log" not in page


def test_when_all_are_done_the_page_says_so(desk):
    for item, result in zip(desk.items, ("interested", "no_answer", "done"), strict=True):
        log(desk, item, result=result)
    page = desk.client.get("/today/").content.decode()
    assert "今天的都联系完了" in page
    assert "共 3 位，2 位有意向。" in page


def test_an_old_list_says_its_date(desk):
    type(desk.items[0]).objects.update(as_of="2026-01-02")
    desk.items[0].run.__class__.objects.update(as_of="2026-01-02")
    page = desk.client.get("/today/").content.decode()
    assert "这份名单是" in page
    assert "1月2日" in page


def test_before_the_first_night_there_is_a_next_step(client):
    branch = make_branch()
    client.force_login(make_user(branch, rm=make_rm(branch)))
    assert "还没有名单" in client.get("/today/").content.decode()


def test_today_asks_the_database_a_fixed_number_of_times(desk, django_assert_num_queries):
    desk.client.get("/today/")
    with django_assert_num_queries(9):
        desk.client.get("/today/")
