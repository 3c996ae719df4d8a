"""The outbox: every message handed in, where it stands, and what its server said."""

from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yizhan.base.errors import NotFound
from yizhan.base.ids import SubmissionId
from yizhan.services.outbox import listing
from yizhan.services.owners.people import Scope
from yizhan.web.pages import COUNTS, language_of, scope, show, signed_in

# The tabs, in the order in which a person looks: what needs them, what is under way, what is done.
TABS = ("uncertain", "failed", "sending", "queued", "scheduled", "sent", "cancelled")
_WORDS = {"cancel": listing.Signal.CANCEL, "arrived": listing.Signal.SAID_ARRIVED, "lost": listing.Signal.SAID_LOST}
_FIRST = {state: place for place, state in enumerate(("uncertain", "failed", "sending"))}


@signed_in
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """All of it, or one state of it; the ones that need a person first."""
    every = listing.list_submissions(scope(request), language_of(request))
    chosen = request.GET.get("state", "")
    chosen = chosen if chosen in TABS else ""
    shown = [each for each in every if chosen in ("", each["state"])]
    shown.sort(key=lambda each: _FIRST.get(each["state"], len(_FIRST)))
    tallies = {state: sum(each["state"] == state for each in every) for state in TABS}
    context: dict[str, Any] = {
        "room": "outbox",
        "rows": shown,
        "tallies": tallies,
        "chosen": chosen,
        "total": len(every),
    }
    return show(request, "outbox/index.html", context)


@signed_in
@require_POST
def say(request: HttpRequest, submission_id: int, word: str) -> HttpResponse:
    """Cancel it, or say what became of it."""
    if word not in _WORDS:
        raise Http404
    try:
        listing.say(scope(request), SubmissionId(submission_id), _WORDS[word])
    except NotFound:
        raise Http404 from None
    except listing.TooLate:
        toasts.warning(request, _("Too late: it is in another state by now."))
    return HttpResponseRedirect(f"{reverse('outbox')}#s-{submission_id}")


def _count(owner: Scope) -> int:
    return listing.count_waiting(owner)


COUNTS["outbox"] = _count

urlpatterns = [
    path("outbox", outbox, name="outbox"),
    path("outbox/<int:submission_id>/<str:word>", say, name="outbox_say"),
]
