"""The addresses of the pages, one line an area."""

from django.urls import include, path

from yizhan.web import refusals, static_files

urlpatterns = [
    path("", include("yizhan.web.signin")),
    path("", include("yizhan.web.setup")),
    path("", include("yizhan.web.preferences")),
    path("", include("yizhan.web.accounts")),
    path("", include("yizhan.web.guides")),
    path("", include("yizhan.web.adding")),
    path("", include("yizhan.web.mail")),
    path("", include("yizhan.web.mailboxes")),
    path("", include("yizhan.web.reading")),
    path("", include("yizhan.web.asks")),
    path("", include("yizhan.web.previews")),
    path("", include("yizhan.web.printing")),
    path("", include("yizhan.web.acting")),
    path("", include("yizhan.web.search")),
    path("", include("yizhan.web.compose")),
    path("", include("yizhan.web.signatures")),
    path("", include("yizhan.web.template")),
    path("", include("yizhan.web.drafts")),
    path("", include("yizhan.web.checks")),
    path("", include("yizhan.web.cards")),
    path("", include("yizhan.web.library")),
    path("", include("yizhan.web.outbox")),
    path("", include("yizhan.web.editing")),
    path("", include("yizhan.web.identities")),
    path("", include("yizhan.web.suppressions")),
    path("", include("yizhan.web.importing")),
    path("", include("yizhan.web.events")),
    path("static/<path:name>", static_files.serve, name="static"),
]
handler400 = refusals.bad_request
handler403 = refusals.forbidden
handler404 = refusals.not_found
handler429 = refusals.too_many
handler500 = refusals.failed
