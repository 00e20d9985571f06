"""Who is accountable for whom: one owner, no orphan, nobody in between (K2, K3)."""

import json
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from tests.factories import (
    NOW,
    TODAY,
    consent,
    everything,
    make_branch,
    make_customer,
    make_outlet,
    make_rm,
    make_team,
    make_user,
)

from yuandian.operations.org import assign_owner, hand_over_book, propose_handover
from yuandian.operations.writing import RefusedError
from yuandian.packs.loader import load
from yuandian.records.access import customers_for, orphans_for
from yuandian.records.customers import Customer, Ownership
from yuandian.records.invariants import verify
from yuandian.records.org import Role
from yuandian.records.runs import AuditEntry, BranchRun, LoopRun
from yuandian.records.work import CustomerState, Handover

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house():
    branch = make_branch()
    team = make_team(branch)
    leader = make_user(branch, Role.LEADER, team=team)
    return branch, team, leader


@pytest.mark.req("K2")
def test_an_orphan_gets_an_owner_and_the_change_is_audited(house):
    branch, team, leader = house
    rm, customer = make_rm(branch, team=team), make_customer(branch)
    assert list(orphans_for(leader, TODAY)) == [customer]
    ownership = assign_owner(customer=customer, rm=rm, by=leader, at=NOW, reason="near")
    assert (ownership.rm, ownership.active_from, ownership.active_to) == (rm, TODAY, None)
    assert list(orphans_for(leader, TODAY)) == []
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.subject, entry.subject_id, entry.by) == (
        "assign_owner",
        "customer",
        customer.pk,
        leader,
    )
    assert entry.values.after == {"rm": rm.pk, "active_from": "2026-11-24"}


@pytest.mark.req("K2")
def test_a_new_owner_ends_the_former_period_on_the_same_day(house):
    branch, team, leader = house
    old, new = make_rm(branch, team=team), make_rm(branch, team=team)
    customer = make_customer(branch, old)
    assign_owner(customer=customer, rm=new, by=leader, at=NOW)
    periods = Ownership.objects.order_by("active_from").values_list("rm", "active_from", "active_to")
    assert list(periods) == [(old.pk, date(2025, 3, 1), TODAY), (new.pk, TODAY, None)]
    assign_owner(customer=customer, rm=old, by=leader, at=NOW)
    assert list(periods.all()) == [(old.pk, date(2025, 3, 1), TODAY), (old.pk, TODAY, None)]


@pytest.mark.req("K2")
def test_two_requests_at_once_cannot_make_two_owners(house):
    branch, team, leader = house
    rms = [make_rm(branch, team=team) for _ in range(4)]
    customer = make_customer(branch)
    start, failures = Barrier(len(rms)), []

    def assign(rm):
        try:
            start.wait()
            assign_owner(customer=customer, rm=rm, by=leader, at=NOW)
        except Exception as error:  # noqa: BLE001  whatever it is, the test must see it
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=assign, args=(rm,)) for rm in rms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Ownership.objects.filter(customer=customer, active_to__isnull=True).count() == 1
    assert all(finding.ok for finding in verify())


@pytest.mark.req("K2")
def test_the_database_itself_refuses_a_second_open_owner(house):
    branch, team, _ = house
    customer = make_customer(branch, make_rm(branch, team=team))
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        Ownership.objects.create(customer=customer, rm=make_rm(branch), active_from=TODAY)


@pytest.mark.req("X2")
@pytest.mark.parametrize("role", [Role.RM, Role.SERVICE_OWNER, Role.AUDITOR])
def test_who_may_not_assign_changes_nothing(house, role):
    branch, team, _ = house
    rm, customer = make_rm(branch, team=team), make_customer(branch)
    user = make_user(branch, role, rm=make_rm(branch, team=team) if role == Role.RM else None)
    before = everything()
    with pytest.raises(RefusedError, match="not_permitted"):
        assign_owner(customer=customer, rm=rm, by=user, at=NOW)
    assert everything() == before


@pytest.mark.req("X2")
def test_a_leader_cannot_give_to_another_teams_rm_nor_take_from_one(house):
    branch, team, leader = house
    stranger = make_rm(branch, team=make_team(branch))
    mine, theirs = make_customer(branch), make_customer(branch, stranger)
    before = everything()
    own = make_rm(branch, team=team)
    before = everything()
    for customer, rm in ((mine, stranger), (theirs, own)):
        with pytest.raises(RefusedError, match="not_permitted"):
            assign_owner(customer=customer, rm=rm, by=leader, at=NOW)
    assert everything() == before


def test_an_rm_who_has_left_gets_nobody(house):
    branch, team, leader = house
    gone = make_rm(branch, team=team, left_on=TODAY)
    with pytest.raises(RefusedError, match="rm_left"):
        assign_owner(customer=make_customer(branch), rm=gone, by=leader, at=NOW)


@pytest.mark.req("K3")
def test_dismissing_an_rm_with_300_customers_leaves_no_orphan(house):
    branch, team, leader = house
    pack = load("bank", as_of=TODAY)
    outlets = [make_outlet(branch) for _ in range(3)]
    leaving = make_rm(branch, team=team, outlet=outlets[0])
    staying = [make_rm(branch, team=team, outlet=outlet) for outlet in outlets]
    night = BranchRun.objects.create(
        loop=LoopRun.objects.create(as_of=TODAY, started_at=NOW),
        branch=branch,
        as_of=TODAY,
        finished_at=NOW,
        pack_version="1",
        customers=300,
        candidates=0,
        items=0,
    )
    top = next(tier.id for tier in pack.tiers if tier.top)
    for nth in range(300):
        customer = make_customer(branch, leaving, outlet=outlets[nth % 3], name=f"客户{nth}")
        tier = top if nth < 7 else pack.tiers[-1].id
        CustomerState.objects.create(
            customer=customer, branch=branch, run=night, as_of=TODAY, tier=tier, decision="no_trigger"
        )
        consent(customer)
    handover = hand_over_book(rm=leaving, cause="leaves", effective_on=TODAY, by=leader, at=NOW, pack=pack)
    assert orphans_for(leader, TODAY).count() == 0
    assert Ownership.objects.filter(rm=leaving, active_to__isnull=True).count() == 0
    assert handover.lines.count() == 300
    assert handover.lines.exclude(briefing="").count() == 7
    assert handover.lines.filter(message="").count() == 0
    line = handover.lines.get(customer__name="客户0")
    assert json.loads(line.briefing)["consents"] == {"phone": True}
    assert line.message == pack.handover_message.zh.format(
        name="客户0", to_rm=line.to_rm.name, from_rm=leaving.name, date="11月24日"
    )
    sizes = [rm.ownerships.filter(active_to__isnull=True).count() for rm in staying]
    assert sizes == [100, 100, 100]
    leaving.refresh_from_db()
    assert leaving.left_on == TODAY
    assert all(finding.ok for finding in verify())


@pytest.mark.req("K3")
def test_a_book_passes_whole_or_not_at_all(house):
    branch, team, leader = house
    pack = load("bank", as_of=TODAY)
    leaving, staying = make_rm(branch, team=team), make_rm(branch, team=team)
    for _ in range(3):
        make_customer(branch, leaving)
    proposals = propose_handover(rm=leaving, on=TODAY, pack=pack)
    assert {proposal.rm_id for proposal in proposals} == {staying.pk}
    before = everything()
    with pytest.raises(RefusedError, match="incomplete"):
        hand_over_book(
            rm=leaving, cause="leaves", effective_on=TODAY, by=leader, at=NOW, pack=pack, proposals=proposals[:2]
        )
    with pytest.raises(RefusedError, match="not_yet"):
        hand_over_book(
            rm=leaving, cause="leaves", effective_on=TODAY + timedelta(days=1), by=leader, at=NOW, pack=pack
        )
    assert everything() == before
    assert Handover.objects.count() == 0


@pytest.mark.req("K3")
@pytest.mark.parametrize("cause", ["leaves", "promoted", "transferred"])
def test_the_same_again_after_an_unknown_outcome_writes_no_second_handover(house, cause):
    branch, team, leader = house
    pack = load("bank", as_of=TODAY)
    rm, _staying = make_rm(branch, team=team), make_rm(branch, team=team)
    make_customer(branch, rm)
    done = hand_over_book(rm=rm, cause=cause, effective_on=TODAY, by=leader, at=NOW, pack=pack)
    before = everything()
    with pytest.raises(RefusedError, match="empty_book") as refused:
        hand_over_book(rm=rm, cause=cause, effective_on=TODAY, by=leader, at=NOW, pack=pack)
    assert refused.value.inputs == {"rm": rm.number, "handover": done.pk}
    assert everything() == before


@pytest.mark.req("K3")
def test_who_has_no_customer_can_leave(house):
    branch, team, leader = house
    idle = make_rm(branch, team=team)
    pack = load("bank", as_of=TODAY)
    done = hand_over_book(rm=idle, cause="leaves", effective_on=TODAY, by=leader, at=NOW, pack=pack)
    assert (done.lines.count(), idle.left_on) == (0, TODAY)


@pytest.mark.req("X2")
def test_scopes_own_team_branch_and_nothing_of_another_branch(house):
    branch, team, leader = house
    other_team = make_team(branch)
    mine, colleague, stranger = (make_rm(branch, team=one) for one in (team, team, other_team))
    customers = {
        "mine": make_customer(branch, mine),
        "colleague": make_customer(branch, colleague),
        "stranger": make_customer(branch, stranger),
        "orphan": make_customer(branch),
        "elsewhere": make_customer(make_branch()),
    }
    names = {customer.pk: name for name, customer in customers.items()}

    def seen(user):
        return {names[pk] for pk in customers_for(user).values_list("pk", flat=True)}

    assert seen(make_user(branch, rm=mine)) == {"mine"}
    assert seen(leader) == {"mine", "colleague", "orphan"}
    for role in (Role.BRANCH_MANAGER, Role.SERVICE_OWNER, Role.OPERATOR, Role.AUDITOR):
        assert seen(make_user(branch, role)) == {"mine", "colleague", "stranger", "orphan"}
    assert seen(make_user(branch)) == set()
    assert Customer.objects.count() == 5
