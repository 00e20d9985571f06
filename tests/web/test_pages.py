"""Every page: strict policy, nothing inline, light enough for a weak network (A14, A26, UX.md section 6)."""

import re
from pathlib import Path

import brotli
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, everything, make_user
from tests.web.catalogue import WEB
from yuandian.records.org import Role, User
from yuandian.records.work import ContactResult

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/signin/", "/today/", "/today/done/", "/me/", "/me/exports/", "/me/exports/new/", "/no-such-page/"]
KEY = "7b0f0f35-7a3a-4d56-9d29-0c0a1a3c1d11"
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js", re.IGNORECASE
)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_is_inline_and_the_policy_is_strict(desk, page, language):
    User.objects.update(language=language)
    client = Client() if page == "/signin/" else desk.client
    reply = client.get(page)
    body = reply.content.decode()
    policy = reply["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert INLINE.findall(body) == []
    assert body.count("<h1") == 1
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["X-Frame-Options"] == "DENY"
    assert "no-store" in reply["Cache-Control"]


def test_names_and_notes_are_text_never_markup(desk):
    attack = "<img src=x onerror=alert(1)>"
    customer = desk.items[0].customer
    customer.name = attack
    customer.save()
    desk.items[0].rm.name = attack
    desk.items[0].rm.save()
    desk.client.post(
        reverse("today:log", args=[desk.items[1].pk]),
        {"key": KEY, "result": "interested", "note": attack},
    )
    for page in ("/today/", "/today/done/", reverse("today:card", args=[desk.items[1].pk])):
        assert attack not in desk.client.get(page).content.decode()


@pytest.mark.parametrize("path", ["static/app.js", "vendor"])
def test_our_scripts_make_no_code_from_text(path):
    if path == "static/app.js":
        text = (WEB / path).read_text()
        assert re.findall(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text) == []


def test_a_form_from_elsewhere_does_nothing(desk):
    """A26: without the page's own token no write happens, on any of our forms."""
    outside = Client(enforce_csrf_checks=True)
    outside.force_login(desk.user)
    before = everything()
    for name in ("today:log", "today:undo", "today:note"):
        reply = outside.post(reverse(name, args=[desk.items[0].pk]), {"result": "interested"})
        assert (reply.status_code, "什么都没有改" in reply.content.decode()) == (403, True)
    assert outside.post("/me/", {"theme": "dark"}).status_code == 403
    assert everything() == before


def test_what_must_not_be_seen_is_on_no_page(desk):
    """A8: an identity document never, a phone number in full only where it may be dialled."""
    customer = desk.items[0].customer
    type(customer).objects.filter(pk=customer.pk).update(document_no="110101199001011234", birth_date="1990-01-01")
    customer.consents.update(granted=False)
    for page in ("/today/", "/today/done/", reverse("today:card", args=[desk.items[0].pk])):
        body = desk.client.get(page).content.decode()
        assert "110101199001011234" not in body
        assert "18600001401" not in body


def test_guessing_passwords_is_slowed_down_in_words(desk):
    client = Client()
    for _ in range(8):
        reply = client.post("/signin/", {"username": desk.user.username, "password": "wrong"})
    assert (reply.status_code, "15 分钟后再试" in reply.content.decode()) == (429, True)
    right = client.post("/signin/", {"username": desk.user.username, "password": PASSWORD})
    assert right.status_code == 429


def test_a_whole_page_that_refuses_a_part_takes_the_place_of_the_page(desk):
    part = {"HX-Request": "true"}
    card = reverse("today:card", args=[999_999_999])
    logged = [reverse("today:log", args=[item.pk]) for item in desk.items]
    desk.client.post(logged[0], {"key": KEY, "result": "interested"})
    undone = [ContactResult.objects.get().pk]
    desk.client.post(reverse("today:undo", args=undone))
    note = reverse("today:note", args=undone)
    asked = [
        (desk.client.get(card, headers=part), 404),
        (desk.client.post(note, {"note": "x"}, headers=part), 422),
        (desk.client.get("/setup/", headers=part), 403),
    ]
    where = ("HX-Retarget", "HX-Reselect", "HX-Reswap")
    for reply, status in asked:
        assert (reply.status_code, *map(reply.get, where)) == (status, "#main", "#main", "outerHTML")
        assert reply.content.count(b'<main id="main"') == 1
    refused_part = desk.client.post(logged[1], {"key": KEY, "result": "splendid"}, headers=part)
    untouched = [refused_part, desk.client.get(card), desk.client.get("/today/", headers=part)]
    assert [(reply.status_code, *map(reply.get, where)) for reply in untouched] == [
        (status, None, None, None) for status in (422, 404, 200)
    ]


def test_a_nul_in_an_address_or_a_form_is_refused_in_words(desk):
    """PostgreSQL keeps none; a route that knows what to do with one is asked itself."""
    operator = Client()
    operator.force_login(make_user(desk.branch, Role.OPERATOR))
    log = reverse("today:log", args=[desk.items[0].pk])
    before = everything()
    for reply in (
        desk.client.get("/customers/?q=a%00b"),
        desk.client.get("/customers/?%00=a"),
        desk.client.post(log, {"key": KEY, "result": "interested", "note": "a\0b"}),
        desk.client.post("/me/exports/ask", {"what": "list", "format": "csv", "reason": "\0"}),
    ):
        assert (reply.status_code, "空字符（NUL）" in reply.content.decode()) == (400, True)
    assert desk.client.get("/customers/?q=a%00b", headers={"HX-Request": "true"})["HX-Retarget"] == "#main"
    assert Client().get("/customers/?q=a%00b").status_code == 302
    assert operator.post(reverse("setup:import_row", args=[999_999_999, 1]), {"c0": "\0"}).status_code == 404
    assert everything() == before


def test_when_the_house_fails_the_page_still_says_so_without_it():
    body = render_to_string("500.html")
    assert INLINE.findall(body) == []
    assert "Something went wrong" in body


def compressed(text: bytes) -> int:
    return len(brotli.compress(text, quality=11))


def test_today_weighs_at_most_100_kb(desk):
    page = desk.client.get("/today/").content
    names = set(re.findall(r'(?:href|src)="/static/([^"#]+)', page.decode()))
    assert {"app.css", "app.js", "icons.svg", "tokens.css", "vendor/htmx.min.js"} <= names
    sizes = {name: compressed(Path(WEB / "static" / name).read_bytes()) for name in names}
    assert sizes["app.css"] <= 10_000
    assert sizes["app.js"] <= 6_000
    assert compressed(page) <= 28_000
    assert compressed(page) + sum(sizes.values()) <= 100_000


def test_sign_in_leads_to_the_first_place_and_out_again(desk):
    client = Client()
    assert client.get("/today/")["Location"] == "/signin/?next=%2Ftoday%2F"
    wrong = client.post("/signin/", {"username": desk.user.username, "password": "wrong"})
    assert "账号或密码不对" in wrong.content.decode()
    reply = client.post("/signin/", {"username": desk.user.username, "password": PASSWORD})
    assert reply["Location"] == "/"
    assert client.get("/")["Location"] == "/today/"
    assert client.get("/signout/").status_code == 405
    out = client.post("/signout/")
    assert (out["Location"], out["Clear-Site-Data"]) == ("/signin/", '"cache"')
    assert client.get("/today/").status_code == 302


def test_the_process_says_that_it_is_there(client):
    reply = client.get("/healthz")
    assert (reply.status_code, reply.content) == (200, b"ok")


def test_the_language_changes_where_one_is(client):
    page = client.get("/signin/?next=%2Ftoday%2F%3Fsaid%3D1").content.decode()
    assert '<input type="hidden" name="next" value="/signin/?next=%2Ftoday%2F%3Fsaid%3D1">' in page
    changed = client.post("/language/", {"language": "en", "next": "/signin/?next=%2Ftoday%2F%3Fsaid%3D1"})
    assert changed["Location"] == "/signin/?next=%2Ftoday%2F%3Fsaid%3D1"


def test_a_stranger_is_spoken_to_in_the_browsers_language(client):
    assert "登录原点" in client.get("/signin/").content.decode()
    english = client.get("/signin/", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert "Sign in to Yuandian" in english.content.decode()
    assert english["Content-Language"] == "en"
    client.post("/language/", {"language": "en", "next": "/signin/"})
    assert "Sign in to Yuandian" in client.get("/signin/").content.decode()
