"""Who may see what: the only door to customer rows (X2).

Every read for a page begins here. What is outside a person's scope is absent: counts, searches and
error texts cannot tell a hidden row from one that does not exist.
"""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from yuandian.records.customers import Customer, Ownership
from yuandian.records.facts import Interaction
from yuandian.records.org import Branch, RelationshipManager, Role, User
from yuandian.records.prepared import Given, Prepared
from yuandian.records.runs import BranchRun
from yuandian.records.work import ContactResult, CustomerState, WorklistItem

WHOLE_BRANCH = frozenset({Role.BRANCH_MANAGER, Role.SERVICE_OWNER, Role.OPERATOR, Role.AUDITOR})

IN_TOUCH = frozenset(Role) - {Role.OPERATOR, Role.AUDITOR}
"""Who speaks with customers, and may log it."""


def rms_for(user: User) -> QuerySet[RelationshipManager]:
    """The relationship managers whose books the user may see."""
    rms = RelationshipManager.objects.filter(branch=user.branch_id)
    if user.role in WHOLE_BRANCH:
        return rms
    if user.role == Role.LEADER and user.team_id is not None:
        return rms.filter(Q(team=user.team_id) | Q(user=user))
    return rms.filter(user=user)


def customers_for(user: User) -> QuerySet[Customer]:
    """Own book, team's books with the branch's ownerless, or the whole branch, by role."""
    customers = Customer.objects.filter(branch=user.branch_id)
    if user.role in WHOLE_BRANCH:
        return customers
    owned = Ownership.objects.filter(customer=OuterRef("pk"), active_to__isnull=True)
    mine = Exists(owned.filter(rm__in=rms_for(user)))
    if user.role == Role.LEADER:
        return customers.filter(mine | ~Exists(owned))
    return customers.filter(mine)


def may_see(user: User, customer: Customer) -> bool:
    """Whether the customer is in the user's scope at this moment."""
    return customers_for(user).filter(pk=customer.pk).exists()


def items_for(user: User) -> QuerySet[WorklistItem]:
    """List lines of the RMs in scope."""
    return WorklistItem.objects.filter(rm__in=rms_for(user))


def own_results(user: User) -> QuerySet[ContactResult]:
    """What the user logged."""
    return ContactResult.objects.filter(by=user)


def orphans_for(user: User, today: date) -> QuerySet[Customer]:
    """Customers of the branch whom nobody present is accountable for (K2): ownerless, or the owner has left."""
    present = Ownership.objects.filter(
        Q(rm__left_on__isnull=True) | Q(rm__left_on__gt=today),
        customer=OuterRef("pk"),
        active_to__isnull=True,
    )
    if user.role not in {Role.LEADER, *WHOLE_BRANCH}:
        return Customer.objects.none()
    return Customer.objects.filter(~Exists(present), branch=user.branch_id)


def has_made_up_branch() -> bool:
    """Whether there is a branch to try things on; nothing about it is personal."""
    return Branch.objects.filter(is_made_up=True).exists()


_nights = Prepared(
    lambda: (
        BranchRun.objects.filter(branch=Given("branch"), as_of__lte=Given("today"))
        .defer("by_playbook", "left_out", "seconds")
        .order_by("-as_of", "-pk")[:1]
    )
)


def latest_night(user: User) -> BranchRun | None:
    """The night whose lists the user's branch works by."""
    return next(iter(_nights(branch=user.branch_id, today=timezone.localdate())), None)


def own_items(user: User | Given) -> QuerySet[WorklistItem]:
    """The user's own list lines of any day, with all that a card shows of the line itself.

    A customer who has gone to a colleague since is no longer there.
    """
    mine = Ownership.objects.filter(customer=OuterRef("customer"), rm=OuterRef("rm"), active_to__isnull=True)
    return WorklistItem.objects.filter(Exists(mine), rm__user=user).select_related(
        "rm", "customer__state", "result"
    )


_own_item = Prepared(lambda: own_items(Given("user")).filter(pk=Given("pk")))
_own_day = Prepared(lambda: own_items(Given("user")).filter(as_of=Given("as_of")).order_by("position", "pk"))


def own_item(user: User, pk: int) -> WorklistItem | None:
    """One line, if it is the user's own and the customer still theirs."""
    return next(iter(_own_item(user=user.pk, pk=pk)), None)


def own_day(user: User, as_of: date) -> list[WorklistItem]:
    """The user's own lines of a day, in order."""
    return _own_day(user=user.pk, as_of=as_of)


_left_out = Prepared(
    lambda: (
        CustomerState.objects.filter(
            customer__ownerships__rm__user=Given("user"), customer__ownerships__active_to__isnull=True
        )
        .exclude(decision="listed")
        .values_list("decision")
        .annotate(n=Count("pk"))
        .order_by("-n", "decision")
    )
)


def left_out_of_own_book(user: User) -> dict[str, int]:
    """How many customers of the own book are not on the list, by reason; most first."""
    return dict(_left_out(user=user.pk))


_talks = Prepared(
    lambda: Interaction.objects.filter(customer=Given("customer"), voided_at__isnull=True).order_by(
        "-occurred_at", "-pk"
    )[:3]
)


def latest_talks(customer: Customer) -> list[Interaction]:
    """The customer's last three contacts of every department that were not taken back, newest first."""
    return _talks(customer=customer.pk)
