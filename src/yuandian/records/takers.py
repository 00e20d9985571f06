"""Reads for assignment: who needs an owner, who could be one."""

from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from yuandian.engine.decide.assign import Bookless, Taker
from yuandian.records.customers import Customer, Ownership
from yuandian.records.org import RelationshipManager


def bookless(customers: QuerySet[Customer]) -> list[Bookless]:
    """The customers as the assignment sees them; the team is that of the last owner."""
    latest = Ownership.objects.order_by("-active_from").filter(customer=OuterRef("pk"))
    rows = customers.annotate(last_team=Subquery(latest.values("rm__team")[:1])).values_list(
        "pk", "state__assets_fen", "outlet_id", "last_team"
    )
    return [Bookless(pk, assets or 0, outlet, team) for pk, assets, outlet, team in rows]


def takers(rms: QuerySet[RelationshipManager], on: date, book_size: int) -> list[Taker]:
    """The RMs who are there on the day, with the size of their books."""
    there = rms.filter(Q(left_on__isnull=True) | Q(left_on__gt=on), hired_on__lte=on)
    open_books = Ownership.objects.filter(rm__in=there, active_to__isnull=True)
    sizes = dict(open_books.values_list("rm").annotate(Count("pk")))
    return [Taker(rm.pk, sizes.get(rm.pk, 0), book_size, rm.outlet_id, rm.team_id) for rm in there]
