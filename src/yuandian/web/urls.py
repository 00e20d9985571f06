"""Every address of the house. Each name needs a line in policy.POLICIES."""

from django.urls import include, path
from django.views.i18n import set_language

from yuandian.web.pages import customers, entry, exports, me, team, today

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

customer_pages = (
    [
        path("", customers.find, name="list"),
        path("<int:customer_id>/", customers.detail, name="detail"),
        path("<int:customer_id>/timeline/", customers.older, name="timeline"),
        path("<int:customer_id>/phone", customers.phone, name="phone"),
        path("<int:customer_id>/log", customers.log, name="log"),
        path("results/<int:result_id>/undo", customers.undo, name="undo"),
    ],
    "customers",
)

team_pages = (
    [
        path("", team.board, name="board"),
        path("orphans/", team.orphans, name="orphans"),
        path("orphans/<int:customer_id>/assign", team.assign, name="assign"),
    ],
    "team",
)

export_pages = (
    [
        path("", exports.taken, name="list"),
        path("new/", exports.new, name="new"),
        path("ask", exports.ask, name="ask"),
        path("<int:export_id>/file", exports.file, name="file"),
        path("<int:export_id>/delete", exports.delete, name="delete"),
    ],
    "exports",
)

urlpatterns = [
    path("", entry.start, name="start"),
    path("signin/", entry.SignIn.as_view(), name="signin"),
    path("signout/", entry.SignOut.as_view(), name="signout"),
    path("language/", set_language, name="language"),
    path("healthz", entry.healthz, name="healthz"),
    path("me/", me.me, name="me"),
    path("me/exports/", include(export_pages)),
    path("today/", include(today_pages)),
    path("customers/", include(customer_pages)),
    path("team/", include(team_pages)),
]

handler403 = "yuandian.web.pages.entry.refused"
handler500 = "yuandian.web.pages.entry.failed"
handler404 = "yuandian.web.pages.entry.missing"
