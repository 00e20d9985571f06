"""A branch with an RM at work."""

from dataclasses import dataclass
from datetime import UTC

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import (
    consent,
    make_branch,
    make_customer,
    make_item,
    make_night,
    make_phone,
    make_rm,
    make_state,
    make_user,
)
from yuandian.records.org import Branch, User
from yuandian.records.work import WorklistItem


@dataclass
class Desk:
    """An RM's working day: the user, signed in, and the list in order."""

    branch: Branch
    user: User
    client: Client
    items: list[WorklistItem]


def make_desk(names: tuple[str, ...] = ("周小云", "陈大海", "林玉兰"), **user_fields) -> Desk:
    """Three customers with a deposit about to end, one of them with nothing allowed but a call."""
    branch = make_branch(is_made_up=True)
    rm = make_rm(branch, name="王经理")
    user = make_user(branch, rm=rm, name="王经理", **user_fields)
    night = make_night(branch, timezone.localdate())
    items = []
    for position, name in enumerate(names, start=1):
        customer = make_customer(branch, rm, name=name)
        make_phone(customer, f"1860000140{position}")
        make_state(customer, night)
        consent(customer)
        inputs = (
            '{"ending_fen":30000000,"next_end_on":"2026-11-26","days_to_end":2,"assets_fen":68400000,'
            '"days_since_contact":41,"contacts_30d":1}'
        )
        items.append(make_item(customer, rm, run=night, position=position, playbook="deposit_ends", inputs=inputs))
    client = Client()
    client.force_login(user)
    return Desk(branch, user, client, items)


@pytest.fixture
def noon():
    """A zone in which it is now between twelve and one: calls are allowed, whatever the hour of the test."""
    now = timezone.now()
    with timezone.override(timezone.get_fixed_timezone((12 - now.astimezone(UTC).hour) * 60)):
        yield


@pytest.fixture
def desk(transactional_db) -> Desk:
    return make_desk()
