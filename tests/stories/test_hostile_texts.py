"""A14: hostile texts in every field that a page shows are shown as they are, in a real browser; none runs."""

from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import make_outlet
from yuandian.operations.act import log_result
from yuandian.records.customers import Customer
from yuandian.records.names import initials, search_key
from yuandian.records.org import Role
from yuandian.web.industry import pack_of

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("browser")]

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
    "</textarea></title><iframe srcdoc='<script>alert(1)</script>'>",
    "javascript:alert(1)",
    "<a href=javascript:alert(1) autofocus onfocus=alert(1)>x</a>",
    "{% include 'signin.html' %}{{ request.user.password }}",
]


@pytest.mark.req("X2")
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_shown_and_does_not_run(sign_in, live_server, desk, text):
    """`sign_in` fails the story on any console error, such as a report of the content security policy."""
    customer, rm = desk.items[0].customer, desk.items[0].rm
    customer.outlet = make_outlet(desk.branch, name=text)
    customer.name, customer.name_key, customer.initials = text, search_key(text), initials(text)
    customer.extra = {"employer": text, "occupation": text}
    customer.save()
    for one in (rm, desk.user, desk.branch):
        type(one).objects.filter(pk=one.pk).update(name=text)
    log_result(
        customer=customer, item=None, result="interested", by=desk.user, key=uuid4(), at=timezone.now(),
        pack=pack_of(desk.branch, timezone.localdate()), note=text,
    )  # fmt: skip
    page, dialogs = sign_in("desk"), []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    addresses = [f"/customers/{customer.pk}/", "/customers/", "/today/", "/today/done/", "/me/"]
    for address in addresses:
        page.goto(live_server.url + address)
        page.wait_for_load_state("load")
        if address != "/me/":
            expect(page.locator("body")).to_contain_text(" ".join(text.split()))
    type(desk.user).objects.filter(pk=desk.user.pk).update(role=Role.BRANCH_MANAGER)
    customer.ownerships.all().delete()
    page.goto(live_server.url + "/team/orphans/")
    expect(page.locator("body")).to_contain_text(" ".join(text.split()))
    assert Customer.objects.get(pk=customer.pk).name == text
    assert page.locator("iframe, img[src='x'], svg[onload], a[href^=javascript]").count() == 0
    assert dialogs == []
