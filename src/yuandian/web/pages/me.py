"""我的: language, theme, colours of a rise, keys."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yuandian.operations.people import save_preferences
from yuandian.operations.writing import RefusedError
from yuandian.web.preferences import HouseRequest
from yuandian.web.wording import refusal

CHOICES = (
    ("language", _("语言"), (("", _("跟随浏览器")), ("zh-hans", "中文"), ("en", "English"))),
    ("theme", _("外观"), (("auto", _("跟随系统")), ("light", _("浅色")), ("dark", _("深色")))),
    ("rise", _("涨跌颜色"), (("auto", _("按语言")), ("red", _("红涨绿跌")), ("green", _("绿涨红跌")))),
    ("has_shortcuts", _("快捷键"), (("on", _("打开")), ("off", _("关闭")))),
)


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HouseRequest) -> HttpResponse:
    """Show the account's choices; save them."""
    if request.method == "POST":
        chosen = {name: request.POST.get(name, "") for name, _label, _options in CHOICES}
        try:
            save_preferences(user=request.user, at=timezone.now(), **chosen)
        except RefusedError as refused:
            return render(request, "me/me.html", _context(request) | {"error": refusal(refused)}, status=422)
        return redirect("me")
    return render(request, "me/me.html", _context(request))


def _context(request: HouseRequest) -> dict[str, object]:
    user = request.user
    values = {
        "language": user.language,
        "theme": user.theme,
        "rise": user.rise,
        "has_shortcuts": "on" if user.has_shortcuts else "off",
    }
    return {"groups": [(name, label, options, values[name]) for name, label, options in CHOICES]}
