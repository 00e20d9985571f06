"""Every address of the house. Each name needs a line in policy.POLICIES."""

from django.urls import include, path
from django.views.i18n import set_language

from yuandian.web.pages import entry, me, today

today_pages = (
    [
        path("", today.day, name="list"),
        path("<int:item_id>/", today.card, name="card"),
        path("<int:item_id>/log", today.log, name="log"),
        path("results/<int:result_id>/undo", today.undo, name="undo"),
        path("results/<int:result_id>/note", today.note, name="note"),
        path("done/", today.done, name="done"),
    ],
    "today",
)

urlpatterns = [
    path("", entry.start, name="start"),
    path("signin/", entry.SignIn.as_view(), name="signin"),
    path("signout/", entry.SignOut.as_view(), name="signout"),
    path("language/", set_language, name="language"),
    path("healthz", entry.healthz, name="healthz"),
    path("me/", me.me, name="me"),
    path("today/", include(today_pages)),
]

handler403 = "yuandian.web.pages.entry.refused"
handler404 = "yuandian.web.pages.entry.missing"
