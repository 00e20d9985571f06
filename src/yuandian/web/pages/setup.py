"""设置: what can be set up here. Only what is built is shown."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yuandian.records.uploads import uploads_for
from yuandian.web.imports import lines
from yuandian.web.preferences import HouseRequest

LATEST = 3


@require_safe
def home(request: HouseRequest) -> HttpResponse:
    if request.house.branch is None:
        raise Http404
    latest = lines(list(uploads_for(request.user).order_by("-pk")[:LATEST]))
    return render(request, "setup/home.html", {"latest": latest})
