"""The import pages: what they refuse, answer and say, without a browser (X5, X2)."""

import csv
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import everything, make_branch, make_user
from tests.web.test_pages import INLINE
from yuandian.config.worker import HANDLERS
from yuandian.engine.know.intake import match
from yuandian.engine.tables import KINDS
from yuandian.operations.jobs import run_next
from yuandian.packs.fields import load_fields
from yuandian.records.customers import Customer
from yuandian.records.jobs import Job
from yuandian.records.org import Role, User
from yuandian.records.uploads import State, Upload
from yuandian.web.columns import template_header

pytestmark = pytest.mark.django_db(transaction=True)

FILE = "客户号,客户姓名,开户日期,编号二\nC1,周小云,2026-01-02,x\nC2,<b>吴远</b>,2026/13/02,y\n"
MONEY = "合同号,客户号,产品,起息日,金额\nK1,C1,loan,2026-01-02,12.50\n"


@pytest.fixture
def operator() -> User:
    return make_user(make_branch(), Role.OPERATOR, language="zh-hans")


@pytest.fixture
def client(operator) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def work() -> None:
    while run_next(HANDLERS, clock=timezone.now):
        assert list(Job.objects.exclude(fault="").values_list("fault", flat=True)) == []


def give(client: Client, text: str = FILE, kind: str = "customers", name: str = "客户.csv"):
    file = SimpleUploadedFile(name, text.encode())
    reply = client.post(reverse("setup:import_new"), {"kind": kind, "file": file})
    work()
    return reply


def at(name: str, *more: object) -> str:
    return reverse(f"setup:{name}", args=[Upload.objects.order_by("pk").first().pk, *more])


def columns(**more: str) -> dict[str, str]:
    chosen = {"customer_id": "客户号", "name": "客户姓名", "opened_on": "开户日期"} | more
    return {f"column-{name}": header for name, header in chosen.items()}


def bring_in(client: Client) -> None:
    give(client)
    assert client.post(at("import_columns"), columns()).status_code == 302
    work()
    assert client.post(at("import_start")).status_code == 302
    work()


def test_each_step_has_its_page_and_nothing_is_inline(client):
    assert "还没有导入过文件" in client.get("/setup/imports/").content.decode()
    give(client)
    assert client.get(at("import_detail"))["Location"] == at("import_columns")
    pages = [client.get(at("import_columns"))]
    client.post(at("import_columns"), columns())
    pages.append(client.get(at("import_detail")))
    work()
    pages.append(client.get(at("import_detail")))
    client.post(at("import_start"))
    work()
    addresses = (at("import_detail"), at("import_row", 2), "/setup/", "/setup/imports/", "/setup/imports/new/")
    pages += [client.get(address) for address in addresses]
    for page in pages:
        body = page.content.decode()
        assert (page.status_code, INLINE.findall(body), body.count("<h1")) == (200, [], 1)
        assert "<b>吴远</b>" not in body
    assert "2 行：1 可导入，1 要改" in pages[2].content.decode()


def test_a_form_without_a_file_or_kind_is_told_and_keeps_what_was_chosen(client):
    before = everything()
    reply = client.post(reverse("setup:import_new"), {"kind": "accounts"})
    body = reply.content.decode()
    assert (reply.status_code, "先选一个文件。" in body, 'value="accounts" checked' in body) == (422, True, True)
    reply = give(client, kind="no_such")
    assert (reply.status_code, "先选文件里是哪种数据" in reply.content.decode()) == (422, True)
    reply = give(client, name="客户.doc")
    assert (reply.status_code, "不认识这种文件" in reply.content.decode()) == (422, True)
    assert everything() == before


def test_a_file_that_is_too_large_is_refused_in_words(client, settings):
    settings.UPLOAD_LIMIT = 1 << 20
    before = everything()
    reply = give(client, text="x" * ((1 << 20) + 1), kind="accounts")
    body = reply.content.decode()
    assert (reply.status_code, "超过 1 MB" in body, 'value="accounts" checked' in body) == (422, True, True)
    assert everything() == before


@pytest.mark.req("X2")
def test_a_file_of_somebody_who_may_not_import_is_not_even_stored(operator, monkeypatch):
    stored = []
    monkeypatch.setattr("yuandian.web.receiving.Received.__init__", lambda *_: stored.append(1))
    client = Client()
    client.force_login(make_user(operator.branch, Role.RM))
    before = everything()
    assert give(client).status_code == 403
    assert (stored, everything() == before) == ([], True)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("pack", ["bank", "brokerage"])
def test_every_empty_file_comes_back_as_it_left(language, pack):
    fields = load_fields(pack)
    for kind in KINDS:
        table, header = fields.table(kind), template_header(fields, kind, language)
        found = match(table, header, fields.kinds[kind])
        assert dict(found.columns) == dict(zip(table.names, header, strict=True))
        assert found.in_yuan == {column.name for column in table if column.type == "fen"}


def test_an_empty_file_is_offered_in_both_forms(client):
    address = reverse("setup:import_template")
    text = b"".join(client.get(address, {"kind": "ownerships", "as": "csv"}).streaming_content)
    assert list(csv.reader(io.StringIO(text.decode("utf-8-sig")))) == [
        ["客户号", "客户经理编号", "起始日期", "结束日期"]
    ]
    data = b"".join(client.get(address, {"kind": "ownerships"}).streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [cell.value for cell in sheet[1]] == ["客户号", "客户经理编号", "起始日期", "结束日期"]
    assert client.get(address, {"kind": "no_such"}).status_code == 404


def test_columns_that_are_missing_are_named_and_choices_kept(client):
    give(client)
    reply = client.post(at("import_columns"), columns(opened_on="", name="编号二"))
    body = reply.content.decode()
    assert (reply.status_code, "还缺：开户日期。" in body) == (422, True)
    assert '<option value="编号二" selected>' in body
    twice = client.post(at("import_columns"), columns(name="客户号"))
    assert (twice.status_code, "「客户号」选给了两列" in twice.content.decode()) == (422, True)
    assert Upload.objects.get().state == State.READ


def test_the_unit_of_money_is_shown_and_chosen(client):
    give(client, MONEY, "contracts")
    body = client.get(at("import_columns")).content.decode()
    assert '<option value="yuan" selected>元</option>' in body
    chosen = {
        "contract_id": "合同号",
        "customer_id": "客户号",
        "product_id": "产品",
        "opened_on": "起息日",
        "amount_fen": "金额",
    }
    posted = {f"column-{name}": header for name, header in chosen.items()}
    client.post(at("import_columns"), posted | {"unit-amount_fen": "fen"})
    assert Upload.objects.get().in_yuan == []
    work()
    assert client.post(at("import_columns"), posted | {"unit-amount_fen": "yuan"}).status_code == 302
    assert Upload.objects.get().in_yuan == ["amount_fen"]


def test_samples_follow_the_choice(client):
    give(client)
    assert "周小云" in client.get(at("import_samples"), {"column-name": "客户姓名"}).content.decode()
    assert client.get(at("import_samples"), {"column-name": "没有这列"}).content.decode().count("sample") == 0


def test_asking_again_and_again_costs_nothing_until_something_changes(client):
    give(client)
    client.post(at("import_columns"), columns())
    body = client.get(at("import_detail")).content.decode()
    address = body.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert client.get(address).status_code == 204
    Upload.objects.update(done=1)
    assert "1 / 2 行" in client.get(address).content.decode()
    work()
    assert client.get(address)["HX-Refresh"] == "true"


@pytest.mark.req("X5")
def test_a_row_is_mended_as_a_part_and_as_a_page(client):
    bring_in(client)
    headers = {"HX-Request": "true"}
    wrong = client.post(at("import_row", 2), {"c2": "2026-99-99"}, headers=headers)
    assert (wrong.status_code, 'value="2026-99-99"' in wrong.content.decode()) == (422, True)
    page = client.post(at("import_row", 2), {"c2": "bad", "whole": "1"})
    assert (page.status_code, "还不行" in page.content.decode(), 'value="bad"' in page.content.decode()) == (
        422,
        True,
        True,
    )
    whole = client.post(at("import_row", 2), {"c2": "worse"})
    assert (whole.status_code, 'value="worse"' in whole.content.decode()) == (422, True)
    right = client.post(at("import_row", 2), {"c2": "2026-03-04"}, headers=headers)
    body = right.content.decode()
    assert (right.status_code, "改好了，已导入。" in body, "共 2 行：1 已导入，1 已改好" in body) == (
        200,
        True,
        True,
    )
    assert client.post(at("import_row", 2), {"c2": "2026-03-04"}).status_code == 422
    assert (client.get(at("import_row", 2)).status_code, Customer.objects.count()) == (404, 2)


def test_the_same_file_again_is_said_to_change_nothing(client):
    text = "客户号,开户日期\nC1,2026-01-02\n"
    for _ in range(2):
        Upload.objects.all().update(repairs=None)
        give(client, text)
        upload = Upload.objects.order_by("-pk").first()
        step = {
            name: reverse(f"setup:{name}", args=[upload.pk])
            for name in ("import_columns", "import_start", "import_detail")
        }
        client.post(step["import_columns"], {"column-customer_id": "客户号", "column-opened_on": "开户日期"})
        work()
        client.post(step["import_start"])
        work()
    assert "和已有的完全一样，什么都没有变" in client.get(step["import_detail"]).content.decode()


def test_a_corrected_file_without_row_numbers_is_refused_in_words(client):
    bring_in(client)
    client.post(at("import_repairs"), {"file": SimpleUploadedFile("改.csv", FILE.encode())})
    work()
    body = client.get(at("import_detail")).content.decode()
    assert "这个文件里没有「原文件行号」这一列" in body
    assert "共 2 行：1 已导入，1 要改" in body


def test_an_undo_that_cannot_be_says_on_what_it_stands(client):
    bring_in(client)
    give(client, FILE.replace("周小云", "周晓云"))
    later = Upload.objects.order_by("-pk").first()
    client.post(reverse("setup:import_columns", args=[later.pk]), columns())
    work()
    client.post(reverse("setup:import_start", args=[later.pk]))
    work()
    client.post(at("import_undo"))
    work()
    body = client.get(at("import_detail")).content.decode()
    assert "不能撤销：客户 C1 上已有后来的导入" in body


def test_a_step_taken_twice_is_told(client):
    bring_in(client)
    for step in ("import_start", "import_leave", "import_again"):
        reply = client.post(at(step))
        assert (reply.status_code, "这一步已经做过了" in reply.content.decode()) == (422, True)


def test_what_no_worker_ended_can_be_tried_again(client):
    give(client)
    client.post(at("import_columns"), columns())
    Job.objects.filter(kind="check_upload").update(finished_at=timezone.now(), fault="ValueError")
    assert "这一步没有做完" in client.get(at("import_detail")).content.decode()
    assert client.post(at("import_again")).status_code == 302
    while run_next(HANDLERS, clock=timezone.now):
        pass
    assert Upload.objects.get().state == State.CHECKED


def test_fifty_rows_to_a_page(client):
    give(client, "客户号,客户姓名,开户日期,编号二\n" + "".join(f"C{n},甲,x,\n" for n in range(60)))
    client.post(at("import_columns"), columns())
    work()
    client.post(at("import_start"))
    work()
    first = client.get(at("import_detail")).content.decode()
    second = client.get(at("import_detail"), {"after": 50}).content.decode()
    assert (first.count('id="row-'), second.count('id="row-')) == (50, 10)
    assert "?after=50#refused" in first
