"""Who is accountable for whom: give a customer an owner, pass a book on, let people in."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from yuandian.engine.decide.assign import Proposal, propose
from yuandian.engine.pack import Pack
from yuandian.operations.briefing import briefing
from yuandian.operations.people import end_sessions
from yuandian.operations.writing import RefusedError, operation, record
from yuandian.records.access import may_see, rms_for
from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Product
from yuandian.records.org import Branch, Outlet, RelationshipManager, Role, Team, User
from yuandian.records.takers import bookless, takers
from yuandian.records.work import Handover, HandoverLine

MAY_ASSIGN = frozenset({Role.LEADER, Role.BRANCH_MANAGER, Role.OPERATOR})
CAUSES = ("leaves", "promoted", "transferred")


@operation
def assign_owner(
    *, customer: Customer, rm: RelationshipManager, by: User, at: datetime, reason: str = ""
) -> Ownership:
    """Make the RM accountable for the customer from today (K2). The former period ends today.

    Assigning the present owner again changes nothing. Refuses: `not_permitted` (role or scope), `rm_left`.
    """
    today = timezone.localdate(at)
    if not (may_see(by, customer) and _may_place(by, rm)):
        raise RefusedError("not_permitted")
    # They may have left, or gone to another, since the page was read.
    rm = RelationshipManager.objects.select_for_update(no_key=True).get(pk=rm.pk)
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if not may_see(by, customer):
        raise RefusedError("not_permitted")
    if rm.hired_on > today or (rm.left_on is not None and rm.left_on <= today):
        raise RefusedError("rm_left", rm=rm.name, left_on=rm.left_on)
    current = Ownership.objects.filter(customer=customer, active_to__isnull=True).first()
    if current is not None and current.rm_id == rm.pk:
        return current
    new = _pass_on(customer, current, rm, today, reason)
    record(
        operation="assign_owner",
        subject=customer,
        by=by,
        at=at,
        branch_id=customer.branch_id,
        reason=reason,
        before={"rm": current and current.rm_id},
        after={"rm": rm.pk, "active_from": today},
    )
    return new


def _pass_on(
    customer: Customer, current: Ownership | None, rm: RelationshipManager, day: date, reason: str
) -> Ownership:
    """End the present period and begin the next; an owner of this very day is replaced, having owned no day."""
    if current is not None and current.active_from >= day:
        current.rm, current.reason = rm, reason
        current.save(update_fields=["rm", "reason"])
        return current
    if current is not None:
        current.active_to = day
        current.save(update_fields=["active_to"])
    return Ownership.objects.create(customer=customer, rm=rm, active_from=day, reason=reason)


def _may_place(by: User, rm: RelationshipManager) -> bool:
    """Whether the user's role places customers and the RM is one of theirs."""
    return by.role in MAY_ASSIGN and rms_for(by).filter(pk=rm.pk).exists()


def propose_handover(*, rm: RelationshipManager, on: date, pack: Pack) -> list[Proposal]:
    """Who could take each customer of the RM's book, without writing anything (K3)."""
    book = Customer.objects.filter(ownerships__rm=rm, ownerships__active_to__isnull=True)
    others = RelationshipManager.objects.filter(branch=rm.branch_id).exclude(pk=rm.pk)
    return propose(bookless(book), takers(others, on, pack.limits.book_size))


@operation
def hand_over_book(
    *,
    rm: RelationshipManager,
    cause: str,
    effective_on: date,
    by: User,
    at: datetime,
    pack: Pack,
    proposals: Sequence[Proposal] | None = None,
) -> Handover:
    """Pass the whole book on when an RM leaves, is promoted or transfers (K3): no customer stays without owner.

    `proposals` are the confirmed choices (default: as proposed). Every customer gets a drafted message, every
    customer of a top tier a briefing for the receiving RM. Who leaves may have no customer; otherwise an empty
    book is refused, so that the same again after an answer that never came writes nothing and names the
    `handover` that stands. Refuses: `not_permitted`, `unknown_cause`, `nobody_to_take`, `incomplete` (a customer
    of the book has no taker), `rm_left`, `not_yet` (a future day), `empty_book`.
    """
    if not _may_place(by, rm):
        raise RefusedError("not_permitted")
    if effective_on > timezone.localdate(at):
        raise RefusedError("not_yet", effective_on=effective_on)
    if cause not in CAUSES:
        raise RefusedError("unknown_cause", cause=cause, known=list(CAUSES))
    _hold_rms(rm.branch_id)
    chosen = list(propose_handover(rm=rm, on=effective_on, pack=pack) if proposals is None else proposals)
    book = _whole_book(rm, chosen, effective_on)
    if not book:
        _check_empty(rm, cause)
    handover = Handover.objects.create(
        branch=rm.branch, from_rm=rm, cause=cause, effective_on=effective_on, confirmed_by=by, confirmed_at=at
    )
    _move(book, chosen, effective_on, reason=f"handover:{handover.pk}")
    _lines(handover, book, chosen, pack)
    if cause == "leaves":
        rm.left_on = min(rm.left_on or effective_on, effective_on)
        rm.save(update_fields=["left_on"])
        users = User.objects.filter(rm=rm)
        users.update(is_active=False)
        end_sessions(users=set(users.values_list("pk", flat=True)))
    record(
        operation="hand_over_book",
        subject=handover,
        by=by,
        at=at,
        branch_id=rm.branch_id,
        reason=cause,
        after={"customers": len(book), "effective_on": effective_on},
    )
    return handover


def _hold_rms(branch_id: int) -> None:
    """Nobody leaves, and nobody is given a customer, until the transaction ends."""
    rms = RelationshipManager.objects.select_for_update(no_key=True).filter(branch=branch_id)
    list(rms.order_by("pk").values_list("pk"))


def _check_empty(rm: RelationshipManager, cause: str) -> None:
    rm.refresh_from_db(fields=["left_on"])  # held by now
    if cause != "leaves" or rm.left_on is not None:
        last = Handover.objects.filter(from_rm=rm).order_by("-pk").first()
        raise RefusedError("empty_book", rm=rm.number, handover=last and last.pk)


def _whole_book(rm: RelationshipManager, chosen: Sequence[Proposal], day: date) -> dict[int, Customer]:
    """The customers of the book by id, each with a taker of the branch who is there on the day."""
    book = {
        customer.pk: customer
        for customer in Customer.objects.filter(ownerships__rm=rm, ownerships__active_to__isnull=True)
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
        .select_related("state", "branch")
        .prefetch_related("consents")
    }
    if book and not chosen:
        raise RefusedError("nobody_to_take")
    if {proposal.customer_id for proposal in chosen} != set(book):
        raise RefusedError("incomplete", customers=len(book), chosen=len(chosen))
    wanted = {proposal.rm_id for proposal in chosen}
    there = RelationshipManager.objects.filter(
        Q(left_on__isnull=True) | Q(left_on__gt=day), pk__in=wanted, branch=rm.branch_id
    ).exclude(pk=rm.pk)
    if there.count() != len(wanted):
        raise RefusedError("rm_left")
    return book


def _move(book: dict[int, Customer], chosen: Sequence[Proposal], day: date, reason: str) -> None:
    taker = {proposal.customer_id: proposal.rm_id for proposal in chosen}
    held = list(Ownership.objects.filter(customer__in=book, active_to__isnull=True))
    replaced = [one for one in held if one.active_from >= day]
    for one in replaced:
        one.rm_id, one.reason = taker[one.customer_id], reason
    Ownership.objects.bulk_update(replaced, ["rm_id", "reason"])
    ended = [one for one in held if one.active_from < day]
    Ownership.objects.filter(pk__in=[one.pk for one in ended]).update(active_to=day)
    Ownership.objects.bulk_create(
        Ownership(customer_id=one.customer_id, rm_id=taker[one.customer_id], active_from=day, reason=reason)
        for one in ended
    )


def _lines(handover: Handover, book: dict[int, Customer], chosen: Sequence[Proposal], pack: Pack) -> None:
    names = dict(RelationshipManager.objects.filter(branch=handover.branch).values_list("pk", "name"))
    top = {tier.id for tier in pack.tiers if tier.top}
    HandoverLine.objects.bulk_create(
        HandoverLine(
            handover=handover,
            customer_id=proposal.customer_id,
            to_rm_id=proposal.rm_id,
            reason=json.dumps(
                {
                    "codes": proposal.reasons,
                    "customers_after": proposal.customers_after,
                    "book_size": proposal.book_size,
                }
            ),
            briefing=_briefing_of(book[proposal.customer_id], top, handover.effective_on),
            message=pack.handover_message.zh.format(
                name=book[proposal.customer_id].name,
                to_rm=names[proposal.rm_id],
                from_rm=names[handover.from_rm_id],
                date=f"{handover.effective_on.month}月{handover.effective_on.day}日",
            ),
        )
        for proposal in chosen
    )


def _briefing_of(customer: Customer, top: set[str], on: date) -> str:
    state = getattr(customer, "state", None)
    if state is None or state.tier not in top:
        return ""
    return json.dumps(briefing(customer, on), ensure_ascii=False, default=str)


@operation
def add_branch(
    *, number: str, name: str, pack: Pack, at: datetime, is_made_up: bool = False, source: str = ""
) -> Branch:
    """Open a branch with its pack's products. The same number again gives the branch that is there."""
    branch, created = Branch.objects.get_or_create(
        number=number, defaults={"name": name, "pack": pack.id, "is_made_up": is_made_up, "source": source}
    )
    if created:
        Product.objects.bulk_create(
            Product(branch=branch, number=product.id, category=product.category) for product in pack.products
        )
        record(
            operation="add_branch", subject=branch, by=None, at=at, branch_id=branch.pk, after={"pack": pack.id}
        )
    return branch


@operation
def name_places(*, branch: Branch, teams: dict[str, str], outlets: dict[str, str]) -> None:
    """Give teams and outlets, known by number so far, their names."""
    for number, name in teams.items():
        Team.objects.update_or_create(branch=branch, number=number, defaults={"name": name})
    for number, name in outlets.items():
        Outlet.objects.update_or_create(branch=branch, number=number, defaults={"name": name})


@operation
def add_user(*, username: str, password: str, at: datetime, **fields: Any) -> User:
    """Let a person in. `fields`: name, role, branch, team, rm. A known username stays as it is."""
    known = User.objects.filter(username=username).first()
    if known is not None:
        return known
    user = User(username=username, **fields)
    user.set_password(password)
    user.save()
    record(operation="add_user", subject=user, by=None, at=at, branch_id=user.branch_id, after={"role": user.role})
    return user
