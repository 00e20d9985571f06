"""客户: find one, see everything about them, log a contact that no list asked for (K1, X2)."""

from dataclasses import dataclass
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuandian.engine.tables import CHANNELS
from yuandian.operations.act import log_result, undo_result
from yuandian.operations.reading import note_read, reveal_phone
from yuandian.operations.writing import RefusedError
from yuandian.records.access import customers_for, items_for, latest_night, own_day, own_results
from yuandian.records.customers import Customer
from yuandian.records.lists import customer_list
from yuandian.records.reach import phone as main_phone
from yuandian.records.timeline import Mark
from yuandian.records.work import WorklistItem
from yuandian.web.addresses import number
from yuandian.web.calls import slots
from yuandian.web.cards import card
from yuandian.web.listing import view_of, wanted_of
from yuandian.web.pages.today import posted
from yuandian.web.policy import may_open
from yuandian.web.preferences import HouseRequest
from yuandian.web.profile import profile
from yuandian.web.story import story
from yuandian.web.wording import refusal


@require_safe
def find(request: HouseRequest) -> HttpResponse:
    """The list. A fragment answers with the part that changes."""
    if request.house.branch is None:
        raise Http404
    wanted = wanted_of(request.GET)
    listing = customer_list(request.user, wanted)
    view = view_of(request.GET, wanted, listing, request.user, request.house)
    is_part = request.htmx and not request.htmx.history_restore_request
    return render(request, "customers/found.html" if is_part else "customers/list.html", {"view": view})


@require_safe
def detail(request: HouseRequest, customer_id: int) -> HttpResponse:
    return _show(request, _customer(request, customer_id))


@require_safe
def older(request: HouseRequest, customer_id: int) -> HttpResponse:
    """The next page of the timeline."""
    customer = _customer(request, customer_id)
    note_read(customer=customer, by=request.user, at=timezone.now(), page="customers:timeline")
    before = Mark.parse(request.GET.get("before", ""))
    context = {"customer": customer, "story": story(request.user, customer, request.house, before)}
    return render(request, "customers/story.html", context)


@require_POST
def log(request: HouseRequest, customer_id: int) -> HttpResponse:
    """A contact that no list asked for."""
    customer = _customer(request, customer_id)
    pack = request.house.voice(request.house.today).pack
    channel = request.POST.get("channel", "")
    try:
        answer = log_result(
            customer=customer,
            item=None,
            by=request.user,
            at=timezone.now(),
            pack=pack,
            channel=channel if channel in CHANNELS else "phone",
            **posted(request, pack),
        )
    except RefusedError as refused:
        return _show(request, customer, error=refusal(refused), status=422)
    return redirect(f"{reverse('customers:detail', args=[customer.pk])}?said={answer['result']}")


@require_POST
def undo(request: HouseRequest, result_id: int) -> HttpResponse:
    """Take back what one logged here."""
    logged = get_object_or_404(own_results(request.user).select_related("customer"), pk=result_id)
    try:
        undo_result(logged=logged, by=request.user, at=timezone.now())
    except RefusedError as refused:
        return _show(request, _customer(request, logged.customer_id), error=refusal(refused), status=422)
    return redirect("customers:detail", logged.customer_id)


@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HouseRequest, customer_id: int) -> HttpResponse:
    """POST shows the number in full and leaves a trace; GET covers it again."""
    customer = _customer(request, customer_id)
    shown = ""
    if request.method == "POST":
        try:
            shown = reveal_phone(customer=customer, by=request.user, at=timezone.now())
        except RefusedError as refused:
            return _show(request, customer, error=refusal(refused), status=422)
        if not request.htmx:
            return _show(request, customer, phone=shown)
    context = {"customer": customer, "number": shown, "masked": main_phone(customer)}
    return render(request, "customers/phone.html", context)


def _customer(request: HouseRequest, customer_id: int) -> Customer:
    """The customer, if in scope: what is outside is as absent as what never was."""
    rows = customers_for(request.user).select_related("state", "outlet", "branch")
    return get_object_or_404(rows, pk=customer_id)


@dataclass(frozen=True)
class Walk:
    """The place of the customer on the list from which the reader comes."""

    position: int
    total: int
    before: int | None
    after: int | None


def _walk(request: HouseRequest, customer: Customer) -> Walk | None:
    night = latest_night(request.user) if request.GET.get("list") == "today" else None
    if night is None:
        return None
    ids = [line.customer_id for line in own_day(request.user, night.as_of)]
    if customer.pk not in ids:
        return None
    place = ids.index(customer.pk)
    around = [None, *ids, None]
    return Walk(place + 1, len(ids), around[place], around[place + 2])


def _line(request: HouseRequest, customer: Customer) -> WorklistItem | None:
    """The customer's line on the latest list of whoever has it, if in scope."""
    night = latest_night(request.user)
    if night is None:
        return None
    lines = items_for(request.user).filter(customer=customer, as_of=night.as_of)
    return lines.select_related("rm", "customer__state", "result").first()


def _show(
    request: HouseRequest, customer: Customer, *, phone: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    """The whole page; that someone else than the owner read it is written down first."""
    note_read(customer=customer, by=request.user, at=timezone.now(), page="customers:detail")
    user, house = request.user, request.house
    said = number(request.GET.get("said", ""))
    mine = own_results(user).filter(customer=customer, voided_at=None)
    logged = mine.filter(pk=said).first() if said is not None else None
    line, voice = _line(request, customer), house.voice(house.today)
    context = {
        "customer": customer,
        "profile": profile(user, customer, house),
        "story": story(user, customer, house, Mark.parse(request.GET.get("before", ""))),
        "card": card(line, [], house.voice(line.as_of), timezone.localtime()) if line else None,
        "is_on_own_list": line is not None and line.rm_id == user.rm_id,
        "is_today": line is not None and line.as_of == house.today,
        "walk": _walk(request, customer),
        "may_log": may_open(user.role, "customers:log"),
        "results": [(result, voice.label(result.label)) for result in voice.pack.results],
        "channels": [(code, voice.channel(code)) for code in CHANNELS],
        "key": uuid4(),
        "slots": slots(voice.pack.limits, timezone.localtime()),
        "number": phone,
        "masked": main_phone(customer),
        "logged": logged,
        "said": voice.result(logged.result) if logged else "",
        "error": error,
    }
    return render(request, "customers/detail.html", context, status=status)
