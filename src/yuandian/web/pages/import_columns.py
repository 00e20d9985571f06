"""导入, its columns: which header of the file means what."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from yuandian.engine.know.intake import Matched
from yuandian.operations.know import uploads as operations
from yuandian.operations.writing import RefusedError
from yuandian.packs.fields import Fields
from yuandian.records.uploads import State, Upload
from yuandian.web.columns import choices, kind_name
from yuandian.web.imports import steps
from yuandian.web.pages.imports import fields_of, upload_of, words
from yuandian.web.preferences import HouseRequest


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HouseRequest, upload_id: int) -> HttpResponse:
    """Which header means which column."""
    upload, fields = upload_of(request, upload_id), fields_of(request)
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
        "error": words(upload, refused) if refused else "",
        "is_refused": refused is not None,
    }
    return render(request, "setup/columns.html", context, status=422 if refused else 200)


@require_safe
def samples(request: HouseRequest, upload_id: int) -> HttpResponse:
    """The first values under the header that was just chosen."""
    upload = upload_of(request, upload_id)
    chosen = next((value for name, value in request.GET.items() if name.startswith("column-")), "")
    return render(request, "setup/samples.html", {"samples": upload.samples.get(chosen, []), "chosen": chosen})
