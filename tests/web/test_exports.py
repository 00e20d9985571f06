"""Exports on the pages: what the page shows is what the file holds, for nobody but its owner (X2, X5, A5, A15)."""

import csv
import io
import re
from datetime import datetime
from functools import partial

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import everything, make_customer, make_export, make_phone, make_rm, make_state, make_user
from tests.web.conftest import make_desk
from yuandian.operations.export import path_of, write_export
from yuandian.operations.jobs import run_next
from yuandian.operations.people import set_active
from yuandian.records.exports import Export
from yuandian.records.jobs import Job
from yuandian.records.org import Role, User
from yuandian.records.runs import ImportBatch, ImportReject
from yuandian.web.exports import SHEETS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("X5")]
ASK = "/me/exports/ask"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def content(reply) -> bytes:
    return b"".join(reply.streaming_content)


def taken(client: Client, **given) -> list[list[object]]:
    """Rows of what comes at once."""
    reply = client.post(ASK, {"format": "xlsx", **given}, follow=True)
    assert reply.status_code == 200, reply.content.decode()
    data = content(reply)
    if given.get("format") == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]


def test_the_list_leaves_as_the_page_shows_it(desk):
    items = [item.customer for item in desk.items]
    type(items[0].state).objects.filter(pk=items[0].pk).update(assets_fen=123_456_789, days_since_contact=41)
    type(items[1].state).objects.filter(pk=items[1].pk).update(tier="basic")
    header, first, *rest = taken(desk.client, what="list", tier="gold")
    assert header == ["编号", "姓名", "手机", "等级", "阶段", "类型", "资产（元）", "没联系（天）"]
    assert first[:3] == [items[0].number, "周小云", "186****1401"]
    assert first[-2:] == [1_234_567.89, 41]
    assert [row[1] for row in rest] == ["林玉兰"]
    export = Export.objects.get()
    assert (export.conditions, export.rows) == ({"tier": "gold"}, 2)


@pytest.mark.req("A15")
def test_typed_cells_and_harmless_texts(desk):
    attack = '=HYPERLINK("http://x","y")'
    type(desk.items[0].customer).objects.filter(pk=desk.items[0].customer_id).update(name=attack, number="000123")
    rows = taken(desk.client, what="list", format="csv")
    assert ["000123", f"'{attack}"] in [row[:2] for row in rows]
    reply = desk.client.post(ASK, {"what": "list", "format": "xlsx"}, follow=True)
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content(reply))).active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "n"}
    assert [(cell.data_type, cell.number_format) for cell in cells if cell.value in {attack, "000123"}] == [
        ("s", "@")
    ] * 2


@pytest.mark.req("X2")
def test_a_hidden_customer_stands_in_no_export(desk):
    make_state(make_customer(desk.branch, make_rm(desk.branch), name="李秘密"), desk.items[0].run)
    make_desk(("李他行",))
    for what in ("list", "day", "done"):
        for form in ("csv", "xlsx"):
            said = str(taken(desk.client, what=what, format=form, q="", owner="999"))
            assert "李秘密" not in said
            assert "李他行" not in said
    assert desk.client.post(ASK, {"what": "list", "format": "csv", "q": "李秘密"}).status_code == 302
    assert Export.objects.order_by("pk").last().rows == 0


def test_the_day_and_what_was_logged_leave_with_their_words(desk):
    item = desk.items[0]
    key = "7b0f0f35-7a3a-4d56-9d29-0c0a1a3c1d11"
    desk.client.post(reverse("today:log", args=[item.pk]), {"key": key, "result": "interested", "note": "=好"})
    header, *lines = taken(desk.client, what="day")
    assert [line[1] for line in lines] == [1, 2, 3]
    assert lines[0][header.index("结果")] == "有意向"
    assert lines[1][header.index("结果")] is None
    assert lines[0][0] == datetime.combine(item.as_of, datetime.min.time())
    header, line = taken(desk.client, what="done")
    assert (line[2], line[-1], line[header.index("结果")]) == ("周小云", "=好", "有意向")
    assert abs(timezone.localtime().replace(tzinfo=None) - line[0]).total_seconds() < 60


def test_orphans_leave_for_whoever_sees_them(desk):
    make_state(make_customer(desk.branch, name="没人管"), desk.items[0].run)
    leader = Client()
    leader.force_login(make_user(desk.branch, Role.BRANCH_MANAGER))
    assert [row[1] for row in taken(leader, what="orphans")[1:]] == ["没人管"]
    before = everything()
    assert desk.client.post(ASK, {"what": "orphans", "format": "csv"}).status_code == 422
    assert everything() == before


def test_rejects_of_an_import_leave_for_its_branch_alone(desk):
    operator = Client()
    operator.force_login(make_user(desk.branch, Role.OPERATOR))
    batches = [
        ImportBatch.objects.create(branch=branch, kind="customers", file_name=name, fingerprint=name, started_at=timezone.now(), rejected=1)
        for branch, name in ((desk.branch, "c.csv"), (make_desk().branch, "李秘密.csv"))
    ]  # fmt: skip
    for batch in batches:
        ImportReject.objects.create(
            batch=batch, row=3, column="开户日期", value="=soon", reason="not_a_date", fix="x"
        )
    rows = taken(operator, what="rejects", batch=batches[0].pk)
    assert rows == [
        ["kind", "row", "column", "value", "reason", "fix", "file"],
        ["customers", 3, "开户日期", "=soon", "not_a_date", "x", "c.csv"],
    ]
    for foreign in (batches[1].pk, 0, "x", 999_999_999):
        assert len(taken(operator, what="rejects", batch=foreign)) == 1
    page = operator.get("/me/exports/new/").content.decode()
    assert "c.csv" in page
    assert "李秘密" not in page
    assert "c.csv" not in desk.client.get("/me/exports/new/").content.decode()


@pytest.mark.req("A5")
def test_a_file_is_served_to_its_owner_while_they_may_and_never_as_a_page(desk):
    export = make_export(desk.user, "周小云")
    url = reverse("exports:file", args=[export.pk])
    reply = desk.client.get(url)
    assert content(reply).decode() == "周小云"
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    assert reply["Content-Disposition"].startswith("attachment;")
    assert (reply["X-Content-Type-Options"], reply["Cache-Control"]) == ("nosniff", "no-store")
    other = Client()
    other.force_login(make_user(desk.branch, Role.BRANCH_MANAGER))
    assert other.get(url).status_code == 404
    assert other.post(reverse("exports:delete", args=[export.pk])).status_code == 404
    Export.objects.filter(pk=export.pk).update(what="customers")
    assert desk.client.get(url).status_code == 404  # no longer the role's
    Export.objects.filter(pk=export.pk).update(what="list", expires_at=timezone.now())
    assert desk.client.get(url).status_code == 404
    Export.objects.filter(pk=export.pk).update(expires_at=export.expires_at)
    set_active(user=desk.user, is_active=False, at=timezone.now())
    assert desk.client.get(url).status_code == 302
    set_active(user=desk.user, is_active=True, at=timezone.now())
    desk.client.force_login(desk.user)
    assert content(desk.client.get(url)).decode() == "周小云"
    assert desk.client.post(reverse("exports:delete", args=[export.pk])).status_code == 302
    assert (desk.client.get(url).status_code, path_of(export).exists()) == (404, False)


def test_a_large_one_is_written_in_the_background_and_listed(desk, monkeypatch):
    monkeypatch.setattr("yuandian.web.pages.exports.SMALL", 2)
    assert desk.client.post(ASK, {"what": "list", "format": "csv", "q": ""})["Location"] == "/me/exports/"
    page = desk.client.get("/me/exports/").content.decode()
    [poll] = re.findall(r'hx-get="([^"]+)" hx-trigger', page)
    assert "正在写" in page
    part = {"HX-Request": "true"}
    assert desk.client.get(poll, headers=part).status_code == 204
    assert run_next({"export": partial(write_export, sheets=SHEETS)}, clock=timezone.now)
    again = desk.client.get(poll, headers=part).content.decode()
    assert ("3 行" in again, "hx-trigger" in again, "<html" in again) == (True, False, False)
    Export.objects.update(finished_at=None)
    assert Job.objects.get().finished_at is not None
    assert "没有写成" in desk.client.get("/me/exports/").content.decode()


def test_a_refusal_says_what_to_do_and_keeps_nothing(desk, settings):
    settings.EXPORT_ROWS_A_DAY = {"rm": 2}
    before = everything()
    reply = desk.client.post(ASK, {"what": "list", "format": "xlsx"})
    assert (reply.status_code, "这次要 3 行，今天还剩 2 行" in reply.content.decode()) == (422, True)
    assert everything() == before


def test_each_role_is_offered_what_it_may_take(desk):
    offered = {}
    for role in Role:
        client = Client()
        client.force_login(make_user(desk.branch, role))
        page = client.get("/me/exports/new/").content.decode()
        offered[role] = [what for what in SHEETS if f'value="{what}"' in page]
    assert offered[Role.RM] == ["list", "day", "done"]
    assert offered[Role.LEADER] == ["list", "orphans", "day", "done"]
    assert offered[Role.SERVICE_OWNER] == ["list"]
    assert (
        offered[Role.OPERATOR]
        == offered[Role.AUDITOR]
        == [what for what in SHEETS if what not in {"day", "done", "rejects"}]
    )


def test_whole_facts_are_called_as_an_import_calls_them(desk):
    client = Client()
    client.force_login(make_user(desk.branch, Role.OPERATOR))
    reply = client.post(ASK, {"what": "customers", "format": "xlsx", "reason": "月报"}, follow=True)
    assert reply["Content-Type"] == EXCEL
    assert f"customers-{timezone.localdate().isoformat()}.xlsx" in reply["Content-Disposition"]
    assert Export.objects.get().reason == "月报"
    header, *rows = openpyxl.load_workbook(io.BytesIO(content(reply))).active.iter_rows(values_only=True)
    assert (header[:3], len(rows)) == (("customer_id", "kind", "name"), 3)
    assert "18600001401" in rows[0]


def test_in_english_the_words_are_english(desk):
    make_phone(make_customer(desk.branch))
    User.objects.update(language="en")
    header, *_rows = taken(desk.client, what="list")
    assert header[:3] == ["Number", "Name", "Phone"]
    assert header[-1].startswith("Days")
