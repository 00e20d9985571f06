"""导入: a file in, its columns named, checked, imported, mended, taken back (X5)."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuandian.operations.files import ENDINGS, FileError
from yuandian.operations.know import uploads as operations
from yuandian.operations.know.blank import blank_text, blank_workbook
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import Fields, load_fields
from yuandian.records.uploads import State, Upload, uploads_for
from yuandian.web import fmt
from yuandian.web.addresses import number
from yuandian.web.columns import is_kind, kind_name, kinds, template_header
from yuandian.web.faults import refused_words
from yuandian.web.imports import View, lines, steps, view_of
from yuandian.web.preferences import HouseRequest
from yuandian.web.receiving import is_too_large, received
from yuandian.web.refused import PAGE, in_language
from yuandian.web.wording import language

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def listing(request: HouseRequest) -> HttpResponse:
    """The branch's imports, newest first."""
    fields_of(request)
    before = number(request.GET.get("before", ""))
    uploads = uploads_for(request.user).order_by("-pk")
    shown = list((uploads.filter(pk__lt=before) if before else uploads)[: PAGE + 1])
    context = {"lines": lines(shown[:PAGE]), "next": shown[PAGE - 1].pk if len(shown) > PAGE else None}
    return render(request, "setup/imports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HouseRequest) -> HttpResponse:
    """Choose a file and say what is in it."""
    fields = fields_of(request)
    if request.method != "POST":
        return _choose(request, fields)
    kind = request.POST.get("kind", "")
    upload, error = receive(request, kind=kind)
    if upload is None:
        return _choose(request, fields, kind=kind, error=error)
    return redirect("setup:import_detail", upload.pk)


def _choose(request: HouseRequest, fields: Fields, *, kind: str = "", error: str = "") -> HttpResponse:
    context = {
        "kinds": kinds(fields, language()),
        "kind": kind if is_kind(kind) else "customers",
        "steps": steps(None),
        "endings": ENDINGS,
        "limit": _megabytes(),
        "error": error,
    }
    return render(request, "setup/import_new.html", context, status=422 if error else 200)


def receive(request: HouseRequest, *, kind: str, repairs: Upload | None = None) -> tuple[Upload | None, str]:
    """The upload, or why there is none."""
    if is_too_large(request):
        return None, _("文件超过 %(limit)s MB。拆成几个文件再传。") % {"limit": _megabytes()}
    file = received(request)
    if file is None:
        return None, _("先选一个文件。")
    name = str(file.name or "")
    try:
        path = Path(file.temporary_file_path())
        upload = operations.receive(
            kind=kind, file_name=name, path=path, by=request.user, at=timezone.now(), repairs=repairs
        )
    except FileError as fault:
        return None, f"{name}：{in_language(fault.what)}。{in_language(fault.fix)}。"
    except RefusedError as refused:
        said = _("先选文件里是哪种数据。") if refused.code == "unknown_kind" else words(repairs, refused)
        return None, said
    return upload, ""


@require_safe
def template(request: HouseRequest) -> HttpResponseBase:
    """An empty file with the names of the columns."""
    fields, kind = fields_of(request), request.GET.get("kind", "")
    if not is_kind(kind):
        raise Http404
    header = template_header(fields, kind, language())
    if request.GET.get("as") == "csv":
        return _download(blank_text(header), "text/csv", f"{kind_name(kind)}.csv")
    return _download(blank_workbook(header), EXCEL, f"{kind_name(kind)}.xlsx")


def _download(data: bytes, content_type: str, name: str) -> HttpResponseBase:
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=name, content_type=content_type)


@require_safe
def detail(request: HouseRequest, upload_id: int) -> HttpResponse:
    """Where it stands and what to do next; the result, once there is one."""
    upload = upload_of(request, upload_id)
    if upload.state == State.READ:
        return redirect("setup:import_columns", upload.pk)
    return show(request, upload)


@require_safe
def state(request: HouseRequest, upload_id: int) -> HttpResponse:
    """Asked again and again while work goes on: nothing where nothing changed, the whole page where it is done."""
    view = view_of(upload_of(request, upload_id))
    if view.mark == request.GET.get("mark"):
        return HttpResponse(status=204)
    if view.phase != request.GET.get("phase"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "setup/progress.html", {"view": view})


@require_POST
def start(request: HouseRequest, upload_id: int) -> HttpResponse:
    return _do(request, upload_id, operations.start_import)


@require_POST
def leave(request: HouseRequest, upload_id: int) -> HttpResponse:
    return _do(request, upload_id, operations.leave)


@require_POST
def undo(request: HouseRequest, upload_id: int) -> HttpResponse:
    return _do(request, upload_id, operations.ask_undo)


@require_POST
def again(request: HouseRequest, upload_id: int) -> HttpResponse:
    """What no worker brought to its end is asked for once more, be it the import or the latest file of repairs."""
    view = view_of(upload_of(request, upload_id))
    working = view.repair if view.is_repairing and view.repair else view.upload
    return _do(request, upload_id, operations.ask_again, on=working)


def _do(
    request: HouseRequest, upload_id: int, step: Callable[..., object], on: Upload | None = None
) -> HttpResponse:
    upload = upload_of(request, upload_id)
    try:
        step(upload=on or upload, by=request.user, at=timezone.now())
    except RefusedError as refused:
        return show(request, upload, error=words(upload, refused))
    return redirect("setup:import_detail", upload.pk)


def upload_of(request: HouseRequest, upload_id: int) -> Upload:
    """The import, if it is of the reader's branch: another one is as absent as what never was."""
    return get_object_or_404(uploads_for(request.user), pk=upload_id)


def fields_of(request: HouseRequest) -> Fields:
    if request.house.branch is None:
        raise Http404
    return load_fields(request.house.branch.pack)


def after_of(request: HouseRequest) -> int:
    """The row after which the shown page of refused rows begins."""
    return number(request.POST.get("after") or request.GET.get("after", "")) or 0


def words(upload: Upload | None, refused: RefusedError) -> str:
    return refused_words(upload or Upload(), refused.code, refused.inputs)


def show(request: HouseRequest, upload: Upload, *, error: str = "") -> HttpResponse:
    upload.refresh_from_db()
    after = after_of(request)
    view = view_of(upload, after)
    context: Mapping[str, Any] = {
        "view": view,
        "title": title_of(view),
        "error": error,
        "after": after,
        "mended": number(request.GET.get("mended", "")),
        "limit": _megabytes(),
    }
    return render(request, "setup/import.html", context, status=422 if error else 200)


def title_of(view: View) -> str:
    """What is to be done, before what it is about."""
    if view.counts and view.counts.waiting and view.upload.state == State.IMPORTED:
        return _("有 %(count)s 行要改") % {"count": fmt.count(view.counts.waiting)}
    return view.state


def _megabytes() -> str:
    return fmt.count(settings.UPLOAD_LIMIT >> 20)
