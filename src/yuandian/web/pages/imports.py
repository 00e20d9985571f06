"""导入: a file in, its columns named, checked, imported, mended, taken back (X5)."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuandian.engine.know.intake import Matched
from yuandian.operations.files import ENDINGS, FileError
from yuandian.operations.know import uploads as operations
from yuandian.operations.know.blank import blank_text, blank_workbook
from yuandian.operations.know.faulty import faulty_workbook
from yuandian.operations.know.mending import mend_row
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import Fields, load_fields
from yuandian.records.uploads import RefusedRow, State, Upload, main_batch, refused_rows, uploads_for
from yuandian.web import fmt
from yuandian.web.addresses import number
from yuandian.web.columns import kind_name, kinds, template_header
from yuandian.web.imports import (
    PAGE,
    View,
    choices,
    in_language,
    is_kind,
    lines,
    refused_of,
    refused_words,
    steps,
    view_of,
)
from yuandian.web.preferences import HouseRequest
from yuandian.web.receiving import is_too_large, received
from yuandian.web.wording import language

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def listing(request: HouseRequest) -> HttpResponse:
    """The branch's imports, newest first."""
    _fields(request)
    before = number(request.GET.get("before", ""))
    uploads = uploads_for(request.user).order_by("-pk")
    shown = list((uploads.filter(pk__lt=before) if before else uploads)[: PAGE + 1])
    context = {"lines": lines(shown[:PAGE]), "next": shown[PAGE - 1].pk if len(shown) > PAGE else None}
    return render(request, "setup/imports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HouseRequest) -> HttpResponse:
    """Choose a file and say what is in it."""
    fields = _fields(request)
    if request.method != "POST":
        return _choose(request, fields)
    kind = request.POST.get("kind", "")
    upload, error = _receive(request, kind=kind)
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


def _receive(request: HouseRequest, *, kind: str, repairs: Upload | None = None) -> tuple[Upload | None, str]:
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
        words = _("先选文件里是哪种数据。") if refused.code == "unknown_kind" else _words(repairs, refused)
        return None, words
    return upload, ""


@require_safe
def template(request: HouseRequest) -> HttpResponseBase:
    """An empty file with the names of the columns."""
    fields, kind = _fields(request), request.GET.get("kind", "")
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
    upload = _upload(request, upload_id)
    if upload.state == State.READ:
        return redirect("setup:import_columns", upload.pk)
    return _show(request, upload)


@require_safe
def state(request: HouseRequest, upload_id: int) -> HttpResponse:
    """Asked again and again while work goes on: nothing where nothing changed, the whole page where it is done."""
    view = view_of(_upload(request, upload_id))
    if view.mark == request.GET.get("mark"):
        return HttpResponse(status=204)
    if view.phase != request.GET.get("phase"):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "setup/progress.html", {"view": view})


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HouseRequest, upload_id: int) -> HttpResponse:
    """Which header means which column."""
    upload, fields = _upload(request, upload_id), _fields(request)
    if request.method == "POST":
        matched = _posted(request, upload, fields)
        try:
            operations.choose_columns(
                upload=upload, columns=matched.columns, in_yuan=matched.in_yuan, fields=fields,
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except RefusedError as refused:
            return _match(request, upload, fields, matched, refused)
        return redirect("setup:import_detail", upload.pk)
    if upload.state not in (State.READ, State.CHECKED):
        return redirect("setup:import_detail", upload.pk)
    chosen = Matched(upload.columns, frozenset(upload.in_yuan), (), ())
    return _match(request, upload, fields, chosen if upload.columns else operations.proposed(upload, fields))


def _posted(request: HouseRequest, upload: Upload, fields: Fields) -> Matched:
    """What the form says; a column left empty is not in the file."""
    said = {one.name: request.POST.get(f"column-{one.name}", "") for one in fields.table(upload.kind)}
    columns = {name: header for name, header in said.items() if header}
    in_yuan = frozenset(name for name in columns if request.POST.get(f"unit-{name}") != "fen")
    return Matched(columns, in_yuan, (), ())


def _match(
    request: HouseRequest, upload: Upload, fields: Fields, matched: Matched, refused: RefusedError | None = None
) -> HttpResponse:
    missing = [one.name for one in fields.table(upload.kind) if one.required and not matched.columns.get(one.name)]
    shown = choices(upload, fields, matched, missing)
    context = {
        "upload": upload,
        "kind": kind_name(upload.kind),
        "steps": steps(upload),
        "choices": shown,
        "options": [(header, "、".join(upload.samples.get(header, []))) for header in upload.header],
        "unused": [header for header in upload.header if header not in matched.columns.values()],
        "missing": [one for one in shown if one.is_missing],
        "error": _words(upload, refused) if refused else "",
        "is_refused": refused is not None,
    }
    return render(request, "setup/columns.html", context, status=422 if refused else 200)


@require_safe
def samples(request: HouseRequest, upload_id: int) -> HttpResponse:
    """The first values under the header that was just chosen."""
    upload = _upload(request, upload_id)
    chosen = next((value for name, value in request.GET.items() if name.startswith("column-")), "")
    return render(request, "setup/samples.html", {"samples": upload.samples.get(chosen, []), "chosen": chosen})


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
    view = view_of(_upload(request, upload_id))
    working = view.repair if view.is_repairing and view.repair else view.upload
    return _do(request, upload_id, operations.ask_again, on=working)


def _do(
    request: HouseRequest, upload_id: int, step: Callable[..., object], on: Upload | None = None
) -> HttpResponse:
    upload = _upload(request, upload_id)
    try:
        step(upload=on or upload, by=request.user, at=timezone.now())
    except RefusedError as refused:
        return _show(request, upload, error=_words(upload, refused))
    return redirect("setup:import_detail", upload.pk)


@require_safe
def faulty(request: HouseRequest, upload_id: int) -> HttpResponseBase:
    """The rows to mend as a workbook."""
    upload = _upload(request, upload_id)
    try:
        path = faulty_workbook(upload=upload, lang=language(), by=request.user, at=timezone.now())
    except RefusedError as refused:
        return _show(request, upload, error=_words(upload, refused))
    file = path.open("rb")
    path.unlink()
    name = _("%(file)s 要改的行.xlsx") % {"file": Path(upload.file_name).stem}
    return FileResponse(file, as_attachment=True, filename=name, content_type=EXCEL)


@require_POST
def repairs(request: HouseRequest, upload_id: int) -> HttpResponse:
    """The corrected workbook comes back."""
    upload = _upload(request, upload_id)
    repair, error = _receive(request, kind=upload.kind, repairs=upload)
    return _show(request, upload, error=error) if repair is None else redirect("setup:import_detail", upload.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HouseRequest, upload_id: int, row: int) -> HttpResponse:
    """One refused row, whole; POST sends it again, with the cells that the form has."""
    upload = _upload(request, upload_id)
    waiting = _waiting(upload, row)
    if waiting is None and request.method != "POST":
        raise Http404
    if request.method != "POST":
        return _whole_row(request, upload, row)
    cells = {name: request.POST[f"c{nth}"] for nth, name in enumerate(upload.header) if f"c{nth}" in request.POST}
    try:
        is_in = mend_row(upload=upload, row=row, cells=cells, by=request.user, at=timezone.now())
    except RefusedError as refused:
        return _show(request, upload, error=_words(upload, refused))
    if request.htmx:
        return _row_part(request, upload, row, is_in=is_in)
    if is_in:
        return redirect(f"{_address(upload)}?mended={row}&after={_after(request)}#refused")
    if "whole" in request.POST:
        return _whole_row(request, upload, row, status=422)
    return _show(request, upload, error=_("第 %(row)s 行还不行，原因写在下面。") % {"row": row})


def _waiting(upload: Upload, row: int) -> RefusedRow | None:
    batch = main_batch(upload)
    return refused_rows(batch, after=row - 1).filter(row=row).first() if batch else None


def _row_part(request: HouseRequest, upload: Upload, row: int, *, is_in: bool) -> HttpResponse:
    view = view_of(upload)
    batch, waiting = main_batch(upload), _waiting(upload, row)
    refused = refused_of(upload, batch, [waiting])[0] if batch and waiting else None
    context = {"view": view, "title": _title(view), "refused": refused, "row": row, "is_part": True}
    return render(request, "setup/row_part.html", context, status=200 if is_in else 422)


def _whole_row(request: HouseRequest, upload: Upload, row: int, status: int = 200) -> HttpResponse:
    batch, waiting = main_batch(upload), _waiting(upload, row)
    if batch is None or waiting is None:
        raise Http404
    refused = refused_of(upload, batch, [waiting])[0]
    wrong = {cell.name: cell for cell in refused.cells if cell.name}
    used = set(upload.columns.values())
    cells = [
        (f"c{nth}", name, waiting.cells.get(name, ""), wrong.get(f"c{nth}"))
        for nth, name in enumerate(upload.header)
        if name in used
    ]
    others = [cell for cell in refused.cells if not cell.name]
    context = {
        "upload": upload,
        "row": row,
        "cells": cells,
        "others": others,
        "after": _after(request),
        "is_kept": bool(waiting.cells),
        "is_refused": status == 422,
    }
    return render(request, "setup/import_row.html", context, status=status)


def _upload(request: HouseRequest, upload_id: int) -> Upload:
    """The import, if it is of the reader's branch: another one is as absent as what never was."""
    return get_object_or_404(uploads_for(request.user), pk=upload_id)


def _fields(request: HouseRequest) -> Fields:
    if request.house.branch is None:
        raise Http404
    return load_fields(request.house.branch.pack)


def _address(upload: Upload) -> str:
    return reverse("setup:import_detail", args=[upload.pk])


def _after(request: HouseRequest) -> int:
    """The row after which the shown page of refused rows begins."""
    return number(request.POST.get("after") or request.GET.get("after", "")) or 0


def _words(upload: Upload | None, refused: RefusedError) -> str:
    return refused_words(upload or Upload(), refused.code, refused.inputs)


def _show(request: HouseRequest, upload: Upload, *, error: str = "") -> HttpResponse:
    upload.refresh_from_db()
    after = _after(request)
    view = view_of(upload, after)
    context: Mapping[str, Any] = {
        "view": view,
        "title": _title(view),
        "error": error,
        "after": after,
        "mended": number(request.GET.get("mended", "")),
        "limit": _megabytes(),
    }
    return render(request, "setup/import.html", context, status=422 if error else 200)


def _title(view: View) -> str:
    """What is to be done, before what it is about."""
    if view.counts and view.counts.waiting and view.upload.state == State.IMPORTED:
        return _("有 %(count)s 行要改") % {"count": fmt.count(view.counts.waiting)}
    return view.state


def _megabytes() -> str:
    return fmt.count(settings.UPLOAD_LIMIT >> 20)
