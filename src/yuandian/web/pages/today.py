"""今天: work through the day's list, log with one tap, take back (D1, A1)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from yuandian.engine.pack import Pack
from yuandian.operations.act import log_result, note_contact, undo_result
from yuandian.operations.writing import RefusedError
from yuandian.records.access import own_item, own_results
from yuandian.records.work import WorklistItem
from yuandian.web.addresses import number
from yuandian.web.days import Said, open_day, results_of_today
from yuandian.web.preferences import HouseRequest
from yuandian.web.wording import refusal

LONGEST_NOTE = 2000
NOTHING_SAID = Said()


@require_safe
def day(request: HouseRequest) -> HttpResponse:
    """The first open card. `said` names a result just logged, whose undo bar is shown."""
    said = number(request.GET.get("said", ""))
    logged = own_results(request.user).filter(pk=said, voided_at=None).first() if said is not None else None
    return _show(request, said=Said(logged))


@require_safe
def card(request: HouseRequest, item_id: int) -> HttpResponse:
    return _show(request, item=_item(request, item_id))


@require_POST
def log(request: HouseRequest, item_id: int) -> HttpResponse:
    """One tap: the result is kept and the next card opens."""
    item = _item(request, item_id)
    now = timezone.now()
    pack = request.house.voice(item.as_of).pack
    try:
        answer = log_result(
            customer=item.customer, item=item, by=request.user, at=now, pack=pack, **posted(request, pack)
        )
    except RefusedError as refused:
        return _show(request, item=item, error=refusal(refused))
    if not request.htmx:
        return redirect(f"/today/?said={answer['result']}")
    logged = own_results(request.user).get(pk=answer["result"])
    response = _show(request, after=item, said=Said(logged))
    response["HX-Replace-Url"] = "/today/"
    return response


def posted(request: HouseRequest, pack: Pack) -> dict[str, Any]:
    """The form's fields, typed. A time alone means the result that asks for one."""
    post = request.POST
    asks_time = next((result.id for result in pack.results if result.asks == "time"), "")
    try:
        key, when = UUID(post.get("key", "")), _moment(post.get("callback_at", ""))
    except ValueError:
        raise RefusedError("unreadable") from None
    return {
        "result": post.get("result") or (asks_time if when else ""),
        "key": key,
        "callback_at": when,
        "note": "\n".join(filter(None, (post.get("cause", "").strip(), post.get("note", "").strip())))[
            :LONGEST_NOTE
        ],
    }


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if abs(moment.year - timezone.localdate().year) > 1:
        raise ValueError(f"{text} is not a day on which to call")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


@require_POST
def undo(request: HouseRequest, result_id: int) -> HttpResponse:
    """The card is open again."""
    logged = get_object_or_404(own_results(request.user), pk=result_id)
    try:
        undo_result(logged=logged, by=request.user, at=timezone.now())
    except RefusedError as refused:
        return _refuse(request, refused)
    item = own_item(request.user, logged.item_id or 0)
    if request.htmx:
        response = _show(request, item=item, said=Said(undone=True))
        response["HX-Replace-Url"] = f"/today/{item.pk}/" if item else "/today/"
        return response
    if request.POST.get("back") == "done" or item is None:
        return redirect("today:done")
    return redirect("today:card", item.pk)


@require_POST
def note(request: HouseRequest, result_id: int) -> HttpResponse:
    """Write or change the note of a result of one's own."""
    logged = get_object_or_404(own_results(request.user), pk=result_id)
    text = request.POST.get("note", "").strip()[:LONGEST_NOTE]
    try:
        note_contact(logged=logged, note=text, by=request.user, at=timezone.now())
    except RefusedError as refused:
        return _refuse(request, refused)
    return redirect("today:done")


@require_safe
def done(request: HouseRequest) -> HttpResponse:
    """What I logged today; to be changed until 24:00."""
    return _show_done(request)


def _item(request: HouseRequest, item_id: int) -> WorklistItem:
    """The line, if it is one's own: another's is as absent as what never was."""
    item = own_item(request.user, item_id)
    if item is None:
        raise Http404
    return item


def _refuse(request: HouseRequest, refused: RefusedError) -> HttpResponse:
    return _show_done(request, error=refusal(refused))


def _show_done(request: HouseRequest, *, error: str = "") -> HttpResponse:
    results = results_of_today(request.user, request.house)
    context = {"results": results, "error": error}
    return render(request, "today/done.html", context, status=422 if error else 200)


def _show(
    request: HouseRequest,
    *,
    item: WorklistItem | None = None,
    after: WorklistItem | None = None,
    said: Said = NOTHING_SAID,
    error: str = "",
) -> HttpResponse:
    """The day with one card open: `item`, else the next open one after `after`."""
    context = {"day": open_day(request.user, request.house, item=item, after=after, said=said), "error": error}
    template = "today/work.html" if request.htmx else "today/day.html"
    return render(request, template, context, status=422 if error else 200)
