"""导出: take a table out, see what one took, fetch it, delete it (X5)."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yuandian.operations.export import SMALL, ask_export, delete_export, path_of, write_export
from yuandian.operations.jobs import run_now
from yuandian.operations.writing import RefusedError
from yuandian.records.exports import (
    MAY_TAKE,
    Export,
    batches_with_rejects,
    exports_of,
    given_up,
    ready_exports,
    rows_taken,
)
from yuandian.web import fmt
from yuandian.web.addresses import number
from yuandian.web.exports import SHEETS, conditions_of, in_words, label, offered
from yuandian.web.listing import wanted_of
from yuandian.web.preferences import HouseRequest
from yuandian.web.wording import Voice, language, refusal

CONTENT = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def taken(request: HouseRequest) -> HttpResponse:
    """What I took out and what is being written. A fragment answers only when something changed."""
    return _show(request)


@require_safe
def new(request: HouseRequest) -> HttpResponse:
    """The tables that the role may take out, whole."""
    voice = _voice(request)
    user = request.user
    left = settings.EXPORT_ROWS_A_DAY[user.role] - rows_taken(user, timezone.now())
    batches = batches_with_rejects(user) if user.role in MAY_TAKE["rejects"] else []
    context = {"groups": offered(user, voice), "left": max(left, 0), "batches": batches}
    return render(request, "exports/new.html", context)


@require_POST
def ask(request: HouseRequest) -> HttpResponse:
    """Ask for a table; a small one comes at once, a large one when it is written."""
    _voice(request)
    now = timezone.now()
    what = request.POST.get("what", "")
    try:
        job, rows = ask_export(
            by=request.user,
            what=what,
            conditions=_conditions(request, what),
            form=request.POST.get("format", ""),
            language="en" if language() == "en" else "zh-hans",
            at=now,
            sheets=SHEETS,
            reason=request.POST.get("reason", "").strip(),
        )
    except RefusedError as refused:
        return _show(request, error=refusal(refused), status=422)
    if rows > SMALL:
        return redirect("exports:list")
    run_now(job, partial(write_export, sheets=SHEETS), clock=timezone.now)
    ready = ready_exports(request.user, timezone.now()).filter(pk=job.subject_id).exists()
    return redirect("exports:file", job.subject_id) if ready else redirect("exports:list")


@require_safe
def file(request: HouseRequest, export_id: int) -> HttpResponseBase:
    """The file, for whoever asked for it and still may."""
    export = get_object_or_404(ready_exports(request.user, timezone.now()), pk=export_id)
    path = path_of(export)
    if request.user.role not in MAY_TAKE[export.what] or not path.exists():
        raise Http404
    day = timezone.localdate(export.asked_at).isoformat()
    name = f"{label(export.what, _voice(request)) if export.what in PAGES else export.what}-{day}.{export.format}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=CONTENT[export.format])


PAGES = frozenset({"list", "orphans", "day", "done", "rejects"})
"""Tables of pages have a name of the house; whole facts are called as an import calls them."""


@require_POST
def delete(request: HouseRequest, export_id: int) -> HttpResponse:
    """The file goes now."""
    export = get_object_or_404(exports_of(request.user, timezone.now()), pk=export_id)
    delete_export(export=export, by=request.user, at=timezone.now())
    return redirect("exports:list")


def _voice(request: HouseRequest) -> Voice:
    """An account without a branch has nothing to take out."""
    if request.house.branch is None:
        raise Http404
    return request.house.voice(request.house.today)


def _conditions(request: HouseRequest, what: str) -> dict[str, Any]:
    if what == "list":
        return conditions_of(wanted_of(request.POST))
    return {"batch": number(request.POST.get("batch", "")) or 0} if what == "rejects" else {}


@dataclass(frozen=True)
class Taken:
    """One export as its line shows it. `why_not` says why there is no file and never will be."""

    export: Export
    label: str
    format: str
    conditions: list[str]
    is_ready: bool
    why_not: str
    size: str
    expires: date | None


def _show(request: HouseRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    voice = _voice(request)
    exports = list(exports_of(request.user, timezone.now())[:100])
    lost = given_up(exports)
    lines = [_line(one, request, voice, is_lost=one.pk in lost) for one in exports]
    state = [(one.export.pk, one.is_ready, one.why_not) for one in lines]
    seen = sha256(repr(state).encode()).hexdigest()[:16]
    waits = any(not one.is_ready and not one.why_not for one in lines)
    if request.htmx and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    context = {"taken": lines, "seen": seen, "waits": waits, "error": error}
    return render(request, "exports/taken.html" if request.htmx else "exports/list.html", context, status=status)


def _line(export: Export, request: HouseRequest, voice: Voice, *, is_lost: bool) -> Taken:
    why_not = _("没有写成，请再导出一次。") if is_lost else ""
    if export.fault == "export_budget":
        why_not = _("今天导出的行数到上限了，明天再导。")
    elif export.fault:
        why_not = refusal(RefusedError(export.fault))
    return Taken(
        export=export,
        label=label(export.what, voice),
        format="Excel" if export.format == "xlsx" else export.format,
        conditions=in_words(export.conditions, request.user, voice),
        is_ready=export.finished_at is not None and not export.fault,
        why_not=why_not,
        size=fmt.size(export.bytes),
        expires=export.expires_at and timezone.localdate(export.expires_at),
    )
