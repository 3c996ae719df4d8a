"""Settings: language, theme, shortcuts, and what keeps the sign-in safe."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from yizhan.base.errors import BadInput, NotFound
from yizhan.services.messages import images
from yizhan.services.owners.people import UNDO_SECONDS, Preferences, set_preferences
from yizhan.services.writing.zones import offered
from yizhan.web import refusals
from yizhan.web.pages import language_of, scope, show, signed_in, user_id


@signed_in
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """How the pages look; each choice is kept at once."""
    if request.method == "POST":
        typed = request.POST
        undo = typed.get("undo", "")
        wanted = Preferences(
            typed.get("language", ""),
            typed.get("theme", ""),
            "shortcuts" in typed,
            typed.get("time_zone", ""),
            int(undo) if undo.isdecimal() and len(undo) < 4 else -1,
        )
        try:
            set_preferences(user_id(request), wanted)
        except BadInput as refused:
            return refusals.bad_request(request, refused)
        with translation.override(wanted.language or translation.get_language()):
            messages.success(request, _("Kept."))
        return HttpResponseRedirect(reverse("settings"))
    context = {
        "senders": images.list_senders(scope(request)),
        "zones": offered(language_of(request)),
        "undo_seconds": UNDO_SECONDS,
    }
    return show(request, "settings/index.html", context)


@signed_in
@require_POST
def withdraw_pictures(request: HttpRequest, consent_id: int) -> HttpResponse:
    """Ask again before a sender's remote pictures are fetched."""
    try:
        images.withdraw(scope(request), consent_id)
    except NotFound:
        raise Http404 from None
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("settings"))


urlpatterns = [
    path("settings", settings_page, name="settings"),
    path("settings/pictures/<int:consent_id>/withdraw", withdraw_pictures, name="withdraw_pictures"),
]
