"""团队: customers whom nobody is accountable for, and who could take them (K2, K3)."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuandian.engine.decide.assign import Bookless, Proposal, Taker, ranked
from yuandian.operations.org import assign_owner
from yuandian.operations.writing import RefusedError
from yuandian.records.access import customers_for, rms_for
from yuandian.records.customers import Customer
from yuandian.records.lists import Listing, orphan_list
from yuandian.records.takers import bookless, takers
from yuandian.web.addresses import number
from yuandian.web.policy import may_open
from yuandian.web.preferences import HouseRequest
from yuandian.web.wording import Voice, refusal

MOST_SUGGESTED = 3


@dataclass(frozen=True)
class Orphan:
    """A customer without an owner, with the RMs who could take them, best first: id and words."""

    customer: Customer
    tier: str
    assets_fen: int | None
    days_since_contact: int | None
    suggestions: list[tuple[int, str]]


@require_safe
def board(_request: HouseRequest) -> HttpResponse:
    """The place's first page."""
    return redirect("team:orphans")


@require_safe
def orphans(request: HouseRequest) -> HttpResponse:
    """Who has nobody, most assets first."""
    return _show(request)


@require_POST
def assign(request: HouseRequest, customer_id: int) -> HttpResponse:
    """Make an RM of the reader's scope accountable. Assigning again is the way back."""
    customer = get_object_or_404(customers_for(request.user), pk=customer_id)
    chosen = number(request.POST.get("rm", ""))
    if chosen is None:
        return _show(request, error=_("先选一个接手的人。"), status=422)
    rm = get_object_or_404(rms_for(request.user), pk=chosen)
    try:
        assign_owner(customer=customer, rm=rm, by=request.user, at=timezone.now(), reason="orphan")
    except RefusedError as refused:
        return _show(request, error=refusal(refused), status=422)
    said = _("%(customer)s 已交给%(rm)s。") % {"customer": customer.name, "rm": rm.name}
    return _show(request, said=said) if request.htmx else redirect(f"{reverse('team:orphans')}?given={rm.pk}")


def _show(request: HouseRequest, *, said: str = "", error: str = "", status: int = 200) -> HttpResponse:
    if request.house.branch is None:
        raise Http404
    known = number(request.GET.get("after", ""))
    listing = orphan_list(request.user, request.house.today, known)
    context = {
        "listing": listing,
        "orphans": _suggested(request, listing),
        "next": listing.customers[-1].pk if listing.has_more else None,
        "may_assign": may_open(request.user.role, "team:assign"),
        "said": said or _given(request),
        "error": error,
    }
    template = "team/waiting.html" if request.htmx else "team/orphans.html"
    return render(request, template, context, status=status)


def _given(request: HouseRequest) -> str:
    """What a page without scripts says after an assignment; the number in the address names an RM in scope."""
    given = number(request.GET.get("given", ""))
    rm = rms_for(request.user).filter(pk=given).first() if given is not None else None
    return _("已交给%(rm)s。") % {"rm": rm.name} if rm else ""


def _suggested(request: HouseRequest, listing: Listing) -> list[Orphan]:
    """Those with room first come, by nearness and load; where nobody has room, the least loaded."""
    voice, ids = request.house.voice(request.house.today), [customer.pk for customer in listing.customers]
    rms = rms_for(request.user)
    names = dict(rms.values_list("pk", "name"))
    could = takers(rms, request.house.today, voice.pack.limits.book_size)
    needs = {one.customer_id: one for one in bookless(customers_for(request.user).filter(pk__in=ids))}
    return [
        _orphan(customer, _suggestions(needs[customer.pk], could, names, voice), voice)
        for customer in listing.customers
    ]


def _orphan(customer: Customer, suggestions: list[tuple[int, str]], voice: Voice) -> Orphan:
    """Without a night yet nothing is known of the customer's standing."""
    state = getattr(customer, "state", None)
    return Orphan(
        customer=customer,
        tier=voice.level("tier", state.tier) if state and state.tier else "",
        assets_fen=state.assets_fen if state else None,
        days_since_contact=state.days_since_contact if state else None,
        suggestions=suggestions,
    )


def _suggestions(
    customer: Bookless, could: list[Taker], names: dict[int, str], voice: Voice
) -> list[tuple[int, str]]:
    order = ranked(customer, could)
    with_room = [one for one in order if "over_capacity" not in one.reasons]
    return [(one.rm_id, _why(one, names, voice)) for one in (with_room or order)[:MOST_SUGGESTED]]


def _why(proposal: Proposal, names: dict[int, str], voice: Voice) -> str:
    """王经理 · 同一网点 · 在管 213 / 500."""
    words = {
        "same_outlet": _("同一%(outlet)s") % {"outlet": voice.terms["outlet"]},
        "same_team": _("同一团队"),
        "over_capacity": _("已满"),
    }
    load = {"customers": proposal.customers_after - 1, "size": proposal.book_size}
    reasons = [words[reason] for reason in proposal.reasons if reason in words]
    return " · ".join([names[proposal.rm_id], *reasons, _("在管 %(customers)s / %(size)s") % load])
