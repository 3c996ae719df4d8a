"""The outbox: every message handed in, where it stands, what its server said, and how much each account may send."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.services.outbox import listing, pacing
from yizhan.services.owners.people import Scope
from yizhan.web import formats
from yizhan.web.pages import COUNTS, language_of, scope, show, signed_in

# The tabs, in the order in which a person looks: what needs them, what is under way, what is done.
TABS = ("uncertain", "failed", "sending", "queued", "scheduled", "sent", "cancelled")
_FIRST = {state: place for place, state in enumerate(("uncertain", "failed", "sending", "queued", "scheduled"))}
_CLOCK = SystemClock()
_MOST_AT_ONCE = 200  # as many as the page shows


def _resend(owner: Scope, number: SubmissionId) -> None:
    listing.retry(owner, number, _CLOCK, not_delivered=True)


_WORDS: dict[str, Callable[[Scope, SubmissionId], object]] = {
    "cancel": listing.cancel,
    "arrived": lambda owner, number: listing.say(owner, number, listing.Signal.SAID_ARRIVED),
    "lost": lambda owner, number: listing.say(owner, number, listing.Signal.SAID_LOST),
    "resend": _resend,
    "retry": lambda owner, number: listing.retry(owner, number, _CLOCK),
    "now": listing.try_now,
}


@signed_in
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """All of it, or one state of it; the ones that need a person first."""
    owner, language = scope(request), language_of(request)
    chosen = request.GET.get("state", "")
    chosen = chosen if chosen in TABS else ""
    rows = listing.list_submissions(owner, language, state=chosen, clock=_CLOCK)
    if not chosen:  # what needs a person is shown however old it is
        known = {each["id"] for each in rows}
        open_ones = listing.list_submissions(owner, language, state="uncertain", clock=_CLOCK)
        rows += [each for each in open_ones if each["id"] not in known]
    rows.sort(key=lambda each: _FIRST.get(each["state"], len(_FIRST)))
    tallies = listing.count_states(owner)
    context: dict[str, Any] = {
        "room": "outbox",
        "rows": rows,
        "tallies": {state: tallies.get(state, 0) for state in TABS},
        "chosen": chosen,
        "total": sum(tallies.values()),
        "meters": [each for each in pacing.meters(owner, _CLOCK) if each["a_day"] or each["waiting"]],
        "until_of": listing.looked_for_until,
    }
    return show(request, "outbox/index.html", context)


@signed_in
@require_POST
def say(request: HttpRequest, submission_id: int, word: str) -> HttpResponse:
    """Cancel it, hurry it, send it again, or say what became of it."""
    if word not in _WORDS:
        raise Http404
    try:
        _WORDS[word](scope(request), SubmissionId(submission_id))
    except NotFound:
        raise Http404 from None
    except BadInput:
        toasts.warning(request, _("Too late: it is in another state by now."))
    return HttpResponseRedirect(f"{reverse('outbox')}#s-{submission_id}")


@signed_in
@require_POST
def say_of_all(request: HttpRequest, word: str) -> HttpResponse:
    """The same of each picked one; what is past is left as it is, and counted."""
    if word not in ("cancel", "now", "retry"):
        raise Http404
    numbers = [int(each) for each in request.POST.getlist("id")[:_MOST_AT_ONCE] if each.isascii() and each.isdigit()]
    done = sum(_is_done(scope(request), SubmissionId(each), word) for each in numbers)
    words = ngettext("Done for %(num)s message.", "Done for %(num)s messages.", done) % {"num": formats.number(done)}
    left = len(numbers) - done
    if left:
        more = ngettext("%(num)s was past that.", "%(num)s were past that.", left) % {"num": formats.number(left)}
        words = f"{words} {more}"
    toasts.success(request, words)
    return HttpResponseRedirect(reverse("outbox"))


def _is_done(owner: Scope, number: SubmissionId, word: str) -> bool:
    try:
        _WORDS[word](owner, number)
    except (NotFound, BadInput):
        return False
    return True


@signed_in
@require_http_methods(["GET", "POST"])
def limits(request: HttpRequest) -> HttpResponse:
    """How much each account may send: the provider's numbers, and a person's own over them."""
    owner, wrong = scope(request), ""
    if request.method == "POST":
        number = request.POST.get("account", "")
        try:
            pacing.set_caps(owner, AccountId(int(number) if number.isdigit() else 0), request.POST.dict())
        except pacing.CapWrong:
            wrong = number
        except NotFound:
            raise Http404 from None
        else:
            toasts.success(request, _("Kept."))
            return HttpResponseRedirect(f"{reverse('outbox_limits')}#a-{number}")
    context = {
        "room": "outbox",
        "meters": pacing.meters(owner, _CLOCK),
        "wrong": wrong,
        "typed": request.POST.dict(),
        "fields": {
            "a_minute": _("a minute"),
            "an_hour": _("an hour"),
            "a_day": _("a day"),
            "gap_s": _("seconds between two"),
            "recipients": _("recipients of one"),
            "size_bytes": _("bytes of one"),
        },
    }
    return show(request, "outbox/limits.html", context, status=422 if wrong else 200)


def _count(owner: Scope) -> int:
    return listing.count_waiting(owner)


COUNTS["outbox"] = _count

urlpatterns = [
    path("outbox", outbox, name="outbox"),
    path("outbox/limits", limits, name="outbox_limits"),
    path("outbox/all/<str:word>", say_of_all, name="outbox_all"),
    path("outbox/<int:submission_id>/<str:word>", say, name="outbox_say"),
]
