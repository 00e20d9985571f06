"""客户: the list and one customer's page, within scope, in both languages, with a trace where due (K1, X2, X4)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    everything,
    make_branch,
    make_customer,
    make_night,
    make_phone,
    make_rm,
    make_state,
    make_team,
    make_user,
)
from tests.web.conftest import Desk
from yuandian.records.customers import Relation
from yuandian.records.facts import Account, Balance, Event, Interaction
from yuandian.records.org import Role, User
from yuandian.records.runs import AuditEntry, PersonalRead
from yuandian.records.work import ContactResult

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", re.IGNORECASE)


def page(client: Client, path: str, status: int = 200, **headers) -> str:
    reply = client.get(path, **headers)
    assert reply.status_code == status
    return reply.content.decode()


def detail(desk: Desk, index: int = 0) -> str:
    return reverse("customers:detail", args=[desk.items[index].customer_id])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_hold_nothing_inline_and_one_heading(desk, language):
    User.objects.update(language=language)
    for path in ("/customers/", "/customers/?q=nobody", detail(desk), f"{detail(desk)}?list=today"):
        body = page(desk.client, path)
        assert INLINE.findall(body) == []
        assert body.count("<h1") == 1


@pytest.mark.req("X4")
def test_the_list_speaks_english(desk):
    User.objects.update(language="en")
    body = page(desk.client, "/customers/?tier=gold&silent=30")
    for words in (
        "3 in all",
        "no contact for 30 days",
        "Days without contact",
        "Assets (¥10k)",
        "6,840.0",
        "Search",
    ):
        assert words.replace("6,840.0", "68.4") in body
    body = page(desk.client, detail(desk))
    for words in (
        "Next step",
        "Why today",
        "Expected benefit",
        "Timeline",
        "Log a contact",
        "You became",
        "Consent",
    ):
        assert words.replace("You became", "王经理 became accountable") in body


def test_a_search_a_filter_and_an_order_stand_in_the_address(desk):
    body = page(desk.client, "/customers/")
    assert re.findall(r"data-row[^>]*>(\w+)<", body) == ["周小云", "陈大海", "林玉兰"]
    assert "共 3 位" in body
    assert 'aria-sort="descending"' in body
    body = page(desk.client, "/customers/?q=zxy&tier=gold&sort=name")
    assert re.findall(r"data-row[^>]*>(\w+)<", body) == ["周小云"]
    assert 'href="/customers/?tier=gold&amp;sort=name"' in body
    assert 'href="/customers/?q=zxy&amp;tier=gold&amp;sort=-name"' in body
    assert 'name="tier" value="gold"' in body
    part = page(desk.client, "/customers/?q=zxy", headers=HTMX)
    assert part.startswith('<div id="work"')
    restored = page(desk.client, "/customers/?q=zxy", headers=HTMX | {"HX-History-Restore-Request": "true"})
    assert restored.startswith("<!doctype html>")


def test_an_empty_answer_offers_to_take_the_last_condition_back(desk):
    body = page(desk.client, "/customers/?tier=basic&q=zxy&silent=90")
    assert "去掉「近 90 天未联系」再试试。" in body
    assert 'href="/customers/?tier=basic&amp;q=zxy"' in body
    empty = signed_in(make_user(desk.branch, rm=make_rm(desk.branch)))
    assert "还没有客户" in page(empty, "/customers/")


@pytest.mark.parametrize(
    "query", ["?after=x&owner=x&silent=1&sort=x&stranger=%F0%9F", "?after=999999999&owner=99999999999999999999"]
)
def test_what_makes_no_sense_is_no_condition(desk, query):
    assert "共 3 位" in page(desk.client, f"/customers/{query}")


def test_a_wide_search_says_how_many_at_least_on_its_first_page_alone(desk, monkeypatch):
    monkeypatch.setattr("yuandian.records.lists.NARROW", 10)
    for _ in range(61):
        make_customer(desk.branch)
    manager = signed_in(make_user(desk.branch, Role.BRANCH_MANAGER))
    row = "data-row[^>]*>周小云<"
    first = page(manager, "/customers/?q=zxy")
    assert ("50 位以上</h2>" in first, len(re.findall(row, first))) == (True, 50)
    [following] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = page(manager, following.replace("&amp;", "&"))
    assert "位以上" not in second
    assert ">客户</h2>" in second
    assert len(re.findall(row, second)) == 12


@pytest.mark.req("X2")
def test_lists_and_searches_reveal_nothing_of_others(desk):
    other = make_rm(desk.branch, name="别的经理")
    hidden = make_customer(desk.branch, other, name="李秘密")
    make_phone(hidden, "13900007777")
    for query in ("", "?q=李", "?q=lmm", "?q=7777", f"?owner={other.pk}", f"?after={hidden.pk}"):
        body = page(desk.client, f"/customers/{query}")
        assert "李秘密" not in body
        assert "别的经理" not in body
    assert page(desk.client, "/customers/?q=7777") == page(desk.client, "/customers/?q=8888").replace(
        "8888", "7777"
    )


@pytest.mark.req("X2")
@pytest.mark.parametrize("name", ["customers:detail", "customers:timeline", "customers:phone", "customers:log"])
def test_a_foreign_customer_is_as_absent_as_none(desk, name):
    foreign = make_customer(make_branch(), name="李秘密").pk
    before = everything()
    for send in (desk.client.get, desk.client.post):
        replies = [send(reverse(name, args=[pk]), {"key": str(uuid4())}) for pk in (foreign, 999_999_999)]
        assert {reply.status_code for reply in replies} <= {404, 405}
        assert replies[0].content == replies[1].content
    assert everything() == before


@pytest.mark.req("K1")
def test_three_departments_stand_on_one_timeline(desk):
    customer = desk.items[0].customer
    for hours, (department, words) in enumerate(
        (("service", "修好了"), ("sales", "买了基金"), ("renewal", "续了一年"))
    ):
        Interaction.objects.create(
            branch=desk.branch, number=department, customer=customer, rm=make_rm(desk.branch, name=f"{department}员"),
            occurred_at=timezone.now() - timedelta(hours=hours), channel="visit", purpose="service",
            department=department, note=words, result="done",
        )  # fmt: skip
    Event.objects.create(
        branch=desk.branch, number="E", customer=customer, occurred_at=timezone.now(), kind="complaint"
    )
    body = page(desk.client, detail(desk))
    places = [body.index(words) for words in ("投诉", "修好了", "买了基金", "续了一年")]
    assert places[1:] == sorted(places[1:])
    for words in (
        "service员 · 服务",
        "sales员 · 销售",
        "renewal员 · 续保",
        "由王经理负责",
        "列入王经理当天名单第 1 位",
    ):
        assert words in body


def test_the_timeline_goes_on_where_the_page_ended(desk):
    customer = desk.items[0].customer
    for number in range(40):
        at = timezone.now() - timedelta(minutes=number)
        Interaction.objects.create(
            branch=desk.branch, number=f"T{number}", customer=customer, occurred_at=at, channel="phone",
            purpose="service", note=f"第{number}次",
        )  # fmt: skip
    body = page(desk.client, detail(desk))
    [older] = re.findall(r'hx-get="([^"]*timeline/[^"]*)"', body)
    part = page(desk.client, older, headers=HTMX)
    said = [int(number) for number in re.findall(r"第(\d+)次", body) + re.findall(r"第(\d+)次", part)]
    assert said == list(range(40))
    assert "看更早的" not in part
    whole = page(desk.client, f"{detail(desk)}?before={older.partition('before=')[2]}")
    assert re.findall(r"第(\d+)次", whole) == re.findall(r"第(\d+)次", part)


def test_the_page_says_what_the_customer_has_and_allows(desk):
    customer = desk.items[0].customer
    account = Account.objects.create(
        branch=desk.branch, number="A", customer=customer, product=desk.branch.products.get(number="time_deposit"),
        opened_on=customer.opened_on,
    )  # fmt: skip
    for months, amount in ((5, 52_100_000), (1, 68_400_000)):
        day = timezone.localdate() - timedelta(days=31 * months)
        Balance.objects.create(customer=customer, account=account, date=day, amount_fen=amount)
    related = make_customer(make_branch(), name="陈秘密")
    Relation.objects.create(customer=customer, related=related, kind="household")
    body = page(desk.client, detail(desk))
    for words in ("¥68.4万", "<polyline", "从 ¥52.1万 到 ¥68.4万", "定期存款", "100.0%", "186****1401", "同意 · 2026-11-24",
                  "陈**", "你管户", "下一步", "预计好处", "牵涉"):  # fmt: skip
        assert words in body
    assert "陈秘密" not in body
    assert "18600001401" not in body.replace("tel:18600001401", "")


def test_who_is_not_on_the_list_reads_why(desk):
    customer = make_customer(desk.branch, desk.items[0].rm, name="何安")
    path = reverse("customers:detail", args=[customer.pk])
    assert "还没有算过，今晚会算。" in page(desk.client, path)
    assert "先做这三步" in page(desk.client, path)
    make_state(customer, make_night(desk.branch), decision="no_trigger", decision_inputs="{}")
    assert "今天没有联系的理由" in page(desk.client, path)


def test_the_next_and_the_one_before_follow_the_list_of_the_day(desk):
    body = page(desk.client, f"{detail(desk, 1)}?list=today")
    assert "第 2 / 3 位" in body
    assert f'href="{detail(desk, 0)}?list=today" aria-keyshortcuts="k"' in body
    assert f'href="{detail(desk, 2)}?list=today" aria-keyshortcuts="j"' in body
    assert 'aria-keyshortcuts="j"' not in page(desk.client, detail(desk, 1))


def test_a_contact_that_no_list_asked_for_is_logged_and_taken_back(desk):
    url = reverse("customers:log", args=[desk.items[0].customer_id])
    posted = {"key": str(uuid4()), "result": "interested", "note": "路上碰到", "channel": "visit"}
    reply = desk.client.post(url, posted)
    talk, logged = Interaction.objects.get(), ContactResult.objects.get()
    assert (talk.channel, talk.note, talk.rm_id, logged.item) == ("visit", "路上碰到", desk.items[0].rm_id, None)
    assert reply["Location"] == f"{detail(desk)}?said={logged.pk}"
    assert "已记：有意向。" in page(desk.client, reply["Location"])
    desk.client.post(url, posted)
    assert Interaction.objects.count() == 1
    assert desk.client.post(reverse("customers:undo", args=[logged.pk]))["Location"] == detail(desk)
    body = page(desk.client, f"{detail(desk)}?said={logged.pk}")
    assert "路上碰到" not in body
    assert "已记：有意向" not in body


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"result": "callback"}, "约好再谈要选一个时间。"),
        ({"result": "none of the six"}, "没有这个结果"),
        ({"result": "interested", "key": "x"}, 'role="alert"'),
    ],
)
def test_a_log_that_is_refused_says_why_and_changes_nothing(desk, posted, words):
    before = everything()
    reply = desk.client.post(
        reverse("customers:log", args=[desk.items[0].customer_id]), {"key": str(uuid4()), **posted}
    )
    assert (reply.status_code, words in reply.content.decode()) == (422, True)
    assert everything() == before


@pytest.mark.req("X2")
def test_a_number_is_shown_on_demand_and_leaves_a_trace(desk):
    url = reverse("customers:phone", args=[desk.items[0].customer_id])
    assert "18600001401" not in page(desk.client, url)
    part = desk.client.post(url, headers=HTMX).content.decode()
    assert part.startswith('<span id="phone"><b>18600001401</b>')
    assert "delay:30s" in part
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.by, entry.subject_id) == ("reveal_phone", desk.user, desk.items[0].customer_id)
    assert "<b>18600001401</b>" in desk.client.post(url).content.decode()
    assert PersonalRead.objects.count() == 0
    without = make_customer(desk.branch, desk.items[0].rm, name="何安")
    assert desk.client.post(reverse("customers:phone", args=[without.pk])).status_code == 422


@pytest.mark.req("X2")
def test_a_read_by_anybody_but_the_owner_is_written_down(desk):
    page(desk.client, detail(desk))
    assert PersonalRead.objects.count() == 0
    auditor = make_user(desk.branch, Role.AUDITOR)
    client = signed_in(auditor)
    body = page(client, detail(desk))
    page(client, reverse("customers:timeline", args=[desk.items[0].customer_id]))
    client.post(reverse("customers:phone", args=[desk.items[0].customer_id]), headers=HTMX)
    reads = PersonalRead.objects.order_by("pk")
    assert {(read.by, read.customer_id) for read in reads} == {(auditor, desk.items[0].customer_id)}
    assert [read.page for read in reads] == ["customers:detail", "customers:timeline", "phone"]
    assert reverse("customers:log", args=[desk.items[0].customer_id]) not in body
    assert "在王经理当天名单第 1 位。" in body


def test_a_leader_sees_the_teams_list_line_but_no_result_buttons(desk):
    team = make_team(desk.branch)
    rm = desk.items[0].rm
    rm.team = team
    rm.save()
    body = page(signed_in(make_user(desk.branch, Role.LEADER, team=team)), detail(desk))
    assert "在王经理当天名单第 1 位。" in body
    assert "王经理管户" in body
    assert "今天的名单</a>" not in body
    assert 'name="result" value="no_answer"' in body  # of the contact that no list asked for
    assert reverse("today:log", args=[desk.items[0].pk]) not in body


@pytest.mark.parametrize(
    ("path", "most"), [("/customers/", 7), ("/customers/?q=zxy&tier=gold", 7), ("detail", 27)]
)
def test_a_page_asks_the_database_so_often_however_many_rows(desk, django_assert_max_num_queries, path, most):
    for number in range(60):
        customer = make_customer(desk.branch, desk.items[0].rm, name="周小云")
        make_state(customer, desk.items[0].run)
        Interaction.objects.create(
            branch=desk.branch, number=f"T{number}", customer=desk.items[0].customer, occurred_at=timezone.now(),
            channel="phone", purpose="service", rm=desk.items[0].rm,
        )  # fmt: skip
    with django_assert_max_num_queries(most):
        page(desk.client, detail(desk) if path == "detail" else path)
