"""What a customer has, allows and is related to: the reads of one customer's page, each a few indexed rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Q, Subquery

from yuandian.records.access import customers_for
from yuandian.records.customers import Customer, Ownership, Relation
from yuandian.records.facts import Account, Balance, Contract
from yuandian.records.org import User
from yuandian.records.prepared import Given, Prepared
from yuandian.records.reach import ownerships


@dataclass(frozen=True)
class Point:
    """Assets at the end of a day, in fen."""

    day: date
    assets_fen: int


@dataclass(frozen=True)
class Holding:
    """What is held of one product, in fen."""

    product: str
    amount_fen: int
    accounts: int


@dataclass(frozen=True)
class Assets:
    """End-of-month sums, oldest first, the last one being the day itself; and what they consist of on that day.

    A customer without balances has neither.
    """

    points: list[Point]
    holdings: list[Holding]


_accounts = Prepared(
    lambda: (
        Account.objects.filter(customer=Given("customer"), opened_on__lte=Given("on"))
        .annotate(
            carried=Subquery(
                Balance.objects.filter(
                    customer=Given("customer"), account=OuterRef("pk"), date__lte=Given("before")
                )
                .order_by("-date")
                .values("amount_fen")[:1]
            )
        )
        .values_list("pk", "product__number", "closed_on", "carried")
    )
)
_balances = Prepared(
    lambda: (
        Balance.objects.filter(customer=Given("customer"), date__gt=Given("after"), date__lte=Given("on"))
        .order_by("date")
        .values_list("date", "account_id", "amount_fen")
    )
)


def assets(customer: Customer, on: date, months: int = 12) -> Assets:
    """Latest balances of open accounts (as `assets_fen` in engine.tables) at each month's end and on the day."""
    ends = [*_month_ends(on, months - 1), on]
    accounts = _accounts(customer=customer.pk, on=on, before=ends[0])
    rows = _balances(customer=customer.pk, on=on, after=ends[0])
    held: dict[int, int] = {pk: carried for pk, _product, _closed, carried in accounts if carried is not None}
    points, done = [], 0
    for end in ends:
        while done < len(rows) and rows[done][0] <= end:
            held[rows[done][1]] = rows[done][2]
            done += 1
        if held:
            closed = {pk for pk, _product, closed_on, _carried in accounts if closed_on and closed_on <= end}
            points.append(Point(end, sum(amount for pk, amount in held.items() if pk not in closed)))
    return Assets(points, _holdings(accounts, held, on))


def _month_ends(on: date, months: int) -> list[date]:
    ends, first = [], on.replace(day=1)
    for _ in range(months):
        ends.append(first - timedelta(days=1))
        first = ends[-1].replace(day=1)
    return ends[::-1]


def _holdings(
    accounts: Sequence[tuple[int, str, date | None, int | None]], held: dict[int, int], on: date
) -> list[Holding]:
    """Largest first."""
    sums: dict[str, list[int]] = {}
    for pk, product, closed_on, _carried in accounts:
        if pk in held and (closed_on is None or closed_on > on):
            sums.setdefault(product, []).append(held[pk])
    holdings = [Holding(product, sum(amounts), len(amounts)) for product, amounts in sums.items()]
    return sorted(holdings, key=lambda holding: (-holding.amount_fen, holding.product))


_contracts = Prepared(
    lambda: (
        Contract.objects.filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=Given("on")),
            Q(ends_on__isnull=True) | Q(ends_on__gte=Given("on")),
            customer=Given("customer"),
            opened_on__lte=Given("on"),
        )
        .select_related("product")
        .order_by("ends_on", "pk")
    )
)


def contracts(customer: Customer, on: date) -> list[Contract]:
    """Running contracts, the next to end first."""
    return _contracts(customer=customer.pk, on=on)


def owner(customer: Customer) -> Ownership | None:
    """The open ownership with its RM."""
    return next((period for period in ownerships(customer) if period.active_to is None), None)


@dataclass(frozen=True)
class Related:
    """Someone the customer belongs with. Outside the reader's scope there is no `pk`: mask the name."""

    kind: str
    name: str
    pk: int | None


_related = Prepared(
    lambda: Relation.objects.filter(customer=Given("customer")).values_list("kind", "related_id", "related__name")
)
_related_by = Prepared(
    lambda: Relation.objects.filter(related=Given("customer")).values_list("kind", "customer_id", "customer__name")
)


def related(user: User, customer: Customer) -> list[Related]:
    """Households, referrers, users of an account, from either side."""
    pairs = [*_related(customer=customer.pk), *_related_by(customer=customer.pk)]
    if not pairs:
        return []
    visible = set(
        customers_for(user).filter(pk__in=[pk for _kind, pk, _name in pairs]).values_list("pk", flat=True)
    )
    seen = {(kind, pk): Related(kind, name, pk if pk in visible else None) for kind, pk, name in pairs}
    return list(seen.values())
