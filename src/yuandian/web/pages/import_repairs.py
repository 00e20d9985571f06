"""导入, its refused rows: mended one at a time, or taken out and brought back as a workbook."""

from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yuandian.operations.know.faulty import faulty_workbook
from yuandian.operations.know.mending import mend_row
from yuandian.operations.writing import RefusedError
from yuandian.records.uploads import RefusedRow, Upload, main_batch, refused_rows
from yuandian.web.imports import view_of
from yuandian.web.pages.imports import EXCEL, after_of, receive, show, title_of, upload_of, words
from yuandian.web.preferences import HouseRequest
from yuandian.web.refused import refused_of
from yuandian.web.wording import language


@require_safe
def faulty(request: HouseRequest, upload_id: int) -> HttpResponseBase:
    """The rows to mend as a workbook."""
    upload = upload_of(request, upload_id)
    try:
        path = faulty_workbook(upload=upload, lang=language(), by=request.user, at=timezone.now())
    except RefusedError as refused:
        return show(request, upload, error=words(upload, refused))
    file = path.open("rb")
    path.unlink()
    name = _("%(file)s 要改的行.xlsx") % {"file": Path(upload.file_name).stem}
    return FileResponse(file, as_attachment=True, filename=name, content_type=EXCEL)


@require_POST
def repairs(request: HouseRequest, upload_id: int) -> HttpResponse:
    """The corrected workbook comes back."""
    upload = upload_of(request, upload_id)
    repair, error = receive(request, kind=upload.kind, repairs=upload)
    return show(request, upload, error=error) if repair is None else redirect("setup:import_detail", upload.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HouseRequest, upload_id: int, row: int) -> HttpResponse:
    """One refused row, whole; POST sends it again, with the cells that the form has."""
    upload = upload_of(request, upload_id)
    waiting = _waiting(upload, row)
    if waiting is None and request.method != "POST":
        raise Http404
    if request.method != "POST":
        return _whole_row(request, upload, row)
    cells = {name: request.POST[f"c{nth}"] for nth, name in enumerate(upload.header) if f"c{nth}" in request.POST}
    try:
        is_in = mend_row(upload=upload, row=row, cells=cells, by=request.user, at=timezone.now())
    except RefusedError as refused:
        return show(request, upload, error=words(upload, refused))
    if request.htmx:
        return _row_part(request, upload, row, is_in=is_in)
    if is_in:
        return redirect(f"{_address(upload)}?mended={row}&after={after_of(request)}#refused")
    if "whole" in request.POST:
        return _whole_row(request, upload, row, status=422)
    return show(request, upload, error=_("第 %(row)s 行还不行，原因写在下面。") % {"row": row})


def _waiting(upload: Upload, row: int) -> RefusedRow | None:
    batch = main_batch(upload)
    return refused_rows(batch, after=row - 1).filter(row=row).first() if batch else None


def _row_part(request: HouseRequest, upload: Upload, row: int, *, is_in: bool) -> HttpResponse:
    view = view_of(upload)
    batch, waiting = main_batch(upload), _waiting(upload, row)
    refused = refused_of(upload, batch, [waiting])[0] if batch and waiting else None
    context = {"view": view, "title": title_of(view), "refused": refused, "row": row, "is_part": True}
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
        "after": after_of(request),
        "is_kept": bool(waiting.cells),
        "is_refused": status == 422,
    }
    return render(request, "setup/import_row.html", context, status=status)


def _address(upload: Upload) -> str:
    return reverse("setup:import_detail", args=[upload.pk])
