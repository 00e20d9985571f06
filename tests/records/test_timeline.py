"""One customer, one timeline, whoever did it; and what the customer has (K1)."""

from datetime import date, datetime, timedelta

import pytest
from tests.factories import (
    NOW,
    TODAY,
    make_branch,
    make_customer,
    make_item,
    make_rm,
    make_team,
    make_user,
)

from yuandian.records.customers import Customer, Ownership, Relation
from yuandian.records.facts import Account, Balance, Contract, Event, Interaction
from yuandian.records.org import Role
from yuandian.records.profile import Holding, Point, assets, contracts, related
from yuandian.records.reach import consents
from yuandian.records.timeline import PAGE, Mark, timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return make_branch()


def talk(customer: Customer, at: datetime, **fields) -> Interaction:
    number = f"I{Interaction.objects.count()}"
    given = {"channel": "phone", "purpose": "service", "number": number, "branch": customer.branch}
    return Interaction.objects.create(customer=customer, occurred_at=at, **{**given, **fields})


@pytest.mark.req("K1")
def test_a_service_visit_a_sale_and_a_renewal_call_stand_on_one_line(branch):
    customer = make_customer(branch, make_rm(branch), opened_on=TODAY)
    for day, department in enumerate(("service", "sales", "renewal")):
        talk(customer, NOW + timedelta(days=day), rm=make_rm(branch), department=department)
    talk(customer, NOW, number="void", voided_at=NOW)
    talk(make_customer(branch), NOW, number="another's")
    found = [entry for entry in timeline(customer).entries if entry.kind == "talk"]
    assert [entry.what.department for entry in found] == ["renewal", "sales", "service"]
    assert len({entry.what.rm_id for entry in found}) == 3


def test_events_lists_and_owners_stand_there_too(branch):
    first, second = make_rm(branch), make_rm(branch)
    customer = make_customer(branch, first, opened_on=date(2026, 1, 5))
    period = Ownership.objects.get(customer=customer)
    period.active_to = date(2026, 3, 1)
    period.save()
    Ownership.objects.create(
        customer=customer, rm=second, active_from=date(2026, 3, 1), active_to=date(2026, 5, 1)
    )
    Event.objects.create(branch=branch, number="E1", customer=customer, occurred_at=NOW, kind="complaint")
    make_item(customer, second)
    found = timeline(customer)
    assert [entry.kind for entry in found.entries] == ["event", "listed", "ownerless", "owner", "owner"]
    assert found.older is None


def test_pages_join_without_gap_or_double_even_where_moments_are_equal(branch):
    customer = make_customer(branch, make_rm(branch), opened_on=date(2026, 1, 5))
    expected = []
    for number in range(2 * PAGE):
        at = NOW - timedelta(hours=number // (PAGE + 5), microseconds=number // (PAGE + 5))
        event = Event.objects.create(
            branch=branch, number=f"E{number}", customer=customer, occurred_at=at, kind="complaint"
        )
        expected += [(-at.timestamp(), 0, -talk(customer, at).pk), (-at.timestamp(), 1, -event.pk)]
    before, found = None, []
    while True:
        page = timeline(customer, before)
        found += [(entry.kind, entry.what.pk) for entry in page.entries]
        if page.older is None:
            break
        before = Mark.parse(str(page.older))
    [owner] = customer.ownerships.all()
    kinds = ("talk", "event")
    assert found == [*((kinds[rank], -pk) for _, rank, pk in sorted(expected)), ("owner", owner.pk)]


@pytest.mark.parametrize("text", ["", "1", "a-b-c", "1-2-3-4", "-1-2-3", "1-2-99999999999999999999", "١-٢-٣"])
def test_what_is_no_mark_is_none(text):
    assert Mark.parse(text) is None


def account(
    customer: Customer, product: str, *balances: tuple[date, int], closed_on: date | None = None
) -> Account:
    opened = Account.objects.create(
        branch=customer.branch,
        number=f"A{Account.objects.count()}",
        customer=customer,
        product=customer.branch.products.get(number=product),
        opened_on=date(2025, 3, 1),
        closed_on=closed_on,
    )
    for day, amount in balances:
        Balance.objects.create(customer=customer, account=opened, date=day, amount_fen=amount)
    return opened


def test_assets_are_the_latest_balances_of_open_accounts_at_each_months_end(branch):
    customer = make_customer(branch)
    account(customer, "current", (date(2025, 6, 1), 700), (date(2026, 10, 31), 500), (date(2026, 11, 25), 9))
    account(customer, "time_deposit", (date(2026, 9, 15), 2_000))
    account(customer, "time_deposit", (date(2026, 9, 20), 80), closed_on=date(2026, 10, 10))
    held = assets(customer, TODAY, months=4)
    assert held.points == [
        Point(date(2026, 8, 31), 700),
        Point(date(2026, 9, 30), 2_780),
        Point(date(2026, 10, 31), 2_500),
        Point(TODAY, 2_500),
    ]
    assert held.holdings == [Holding("time_deposit", 2_000, 1), Holding("current", 500, 1)]
    assert assets(make_customer(branch), TODAY).points == []


def test_running_contracts_and_the_latest_word_on_each_channel(branch):
    customer = make_customer(branch)
    for number, fields in enumerate(
        (
            {"ends_on": date(2027, 1, 1)},
            {"ends_on": TODAY},
            {"ends_on": date(2026, 11, 23)},
            {"closed_on": TODAY},
            {"opened_on": date(2026, 12, 1)},
        )
    ):
        product = branch.products.get(number="loan")
        given = {"number": f"K{number}", "opened_on": date(2026, 1, 1), "product": product, **fields}
        Contract.objects.create(branch=branch, customer=customer, **given)
    assert [contract.number for contract in contracts(customer, TODAY)] == ["K1", "K0"]
    for hours, granted in ((0, True), (2, False), (1, True)):
        customer.consents.create(channel="sms", granted=granted, changed_at=NOW + timedelta(hours=hours))
    assert {channel: consent.granted for channel, consent in consents(customer).items()} == {"sms": False}


@pytest.mark.req("X2")
def test_a_relation_outside_the_scope_has_no_address(branch):
    rm = make_rm(branch, team=make_team(branch))
    customer, mine = make_customer(branch, rm), make_customer(branch, rm, name="陈大海")
    theirs = make_customer(branch, make_rm(branch), name="李秘密")
    Relation.objects.create(customer=customer, related=theirs, kind="household")
    Relation.objects.create(customer=mine, related=customer, kind="referrer")
    found = related(make_user(branch, rm=rm), customer)
    assert [(one.kind, one.pk) for one in found] == [("household", None), ("referrer", mine.pk)]
    everyone = related(make_user(branch, Role.AUDITOR), customer)
    assert [one.pk for one in everyone] == [theirs.pk, mine.pk]
