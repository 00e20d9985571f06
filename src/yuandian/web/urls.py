"""Every address of the house. Each name needs a line in policy.POLICIES."""

from django.urls import include, path
from django.views.i18n import set_language

from yuandian.web.pages import (
    customers,
    entry,
    exports,
    import_columns,
    import_repairs,
    imports,
    me,
    setup,
    team,
    today,
)

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

setup_pages = (
    [
        path("", setup.home, name="home"),
        path("imports/", imports.listing, name="imports"),
        path("imports/new/", imports.new, name="import_new"),
        path("imports/template", imports.template, name="import_template"),
        path("imports/<int:upload_id>/", imports.detail, name="import_detail"),
        path("imports/<int:upload_id>/state", imports.state, name="import_state"),
        path("imports/<int:upload_id>/columns/", import_columns.columns, name="import_columns"),
        path("imports/<int:upload_id>/samples", import_columns.samples, name="import_samples"),
        path("imports/<int:upload_id>/start", imports.start, name="import_start"),
        path("imports/<int:upload_id>/leave", imports.leave, name="import_leave"),
        path("imports/<int:upload_id>/again", imports.again, name="import_again"),
        path("imports/<int:upload_id>/undo", imports.undo, name="import_undo"),
        path("imports/<int:upload_id>/faulty", import_repairs.faulty, name="import_faulty"),
        path("imports/<int:upload_id>/repairs", import_repairs.repairs, name="import_repairs"),
        path("imports/<int:upload_id>/rows/<int:row>/", import_repairs.row, name="import_row"),
    ],
    "setup",
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
    path("setup/", include(setup_pages)),
]

handler403 = "yuandian.web.pages.entry.refused"
handler500 = "yuandian.web.pages.entry.failed"
handler404 = "yuandian.web.pages.entry.missing"
