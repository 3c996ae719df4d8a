"""What is done to messages from the list and the reader: mark, move, archive, junk, delete, and take it back.

A script asks with a header and gets a toast, or a dialog that asks once more; without one the list is shown again.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_POST

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import MailboxId
from yizhan.services.messages import acting
from yizhan.services.messages.acting import Acted, GoneForGood, MailboxOfRoleMissing, Selection, SeveralAccounts
from yizhan.services.messages.listing import Wanted
from yizhan.services.owners.people import Scope
from yizhan.web import filters, formats, wording
from yizhan.web.pages import scope, show, signed_in

MAX_IDS = 2_000  # picked one by one or by the page; whoever wants more takes all that fits
_CLOCK = SystemClock()
Act = Callable[[Scope, Selection, HttpRequest], Acted]


def _delete(owner: Scope, selection: Selection, request: HttpRequest) -> Acted:
    return acting.delete(owner, selection, clock=_CLOCK, for_good=request.POST.get("sure", "") == "1")


def _move(owner: Scope, selection: Selection, request: HttpRequest) -> Acted:
    typed = request.POST.get("mailbox", "")
    if not filters.is_id(typed):
        raise BadInput("no mailbox was chosen")
    return acting.move(owner, selection, MailboxId(int(typed)), clock=_CLOCK)


ACTS: Mapping[str, Act] = {
    "archive": lambda owner, selection, _request: acting.archive(owner, selection, clock=_CLOCK),
    "junk": lambda owner, selection, _request: acting.junk(owner, selection, clock=_CLOCK),
    "inbox": lambda owner, selection, _request: acting.not_junk(owner, selection, clock=_CLOCK),
    "read": lambda owner, selection, _request: acting.mark(owner, selection, seen=True, clock=_CLOCK),
    "unread": lambda owner, selection, _request: acting.mark(owner, selection, seen=False, clock=_CLOCK),
    "star": lambda owner, selection, _request: acting.mark(owner, selection, flagged=True, clock=_CLOCK),
    "unstar": lambda owner, selection, _request: acting.mark(owner, selection, flagged=False, clock=_CLOCK),
    "delete": _delete,
    "move": _move,
}


DONE: Mapping[str, Any] = {
    "archive": ngettext_lazy("%(shown)s message archived.", "%(shown)s messages archived.", "count"),
    "junk": ngettext_lazy("%(shown)s message moved to junk.", "%(shown)s messages moved to junk.", "count"),
    "inbox": ngettext_lazy("%(shown)s message moved to the inbox.", "%(shown)s messages moved to the inbox.", "count"),
    "delete": ngettext_lazy("%(shown)s message deleted.", "%(shown)s messages deleted.", "count"),
    "for_good": ngettext_lazy("%(shown)s message deleted for good.", "%(shown)s messages deleted for good.", "count"),
    "move": ngettext_lazy("%(shown)s message moved to %(name)s.", "%(shown)s messages moved to %(name)s.", "count"),
}
MARKED: Any = ngettext_lazy("%(shown)s message marked.", "%(shown)s messages marked.", "count")


@signed_in
@require_POST
def act(request: HttpRequest, word: str) -> HttpResponse:
    """Do it to what was chosen."""
    if word not in ACTS:
        raise Http404
    try:
        acted = ACTS[word](scope(request), _read_selection(request), request)
    except GoneForGood as refused:
        return _ask_once_more(request, refused.count)
    except (NotFound, BadInput) as refused:
        return _answer(request, _why(refused), status=422)
    for_good = word == "delete" and request.POST.get("sure", "") == "1"
    text = _done("for_good" if for_good else word, acted)
    return _answer(request, text, acted.action if acted.undo_until else "", quiet=acted.undo_until is None)


@signed_in
@require_POST
def undo(request: HttpRequest, action: str) -> HttpResponse:
    """Take an act back, as a whole or not at all."""
    if acting.undo(scope(request), action, clock=_CLOCK):
        return _answer(request, _("Taken back."))
    return _answer(request, _("Too late: the server has been told. Move the messages back instead."), status=422)


def _read_selection(request: HttpRequest) -> Selection:
    typed = request.POST
    query = typed.get("query", "")
    if typed.get("all") == "1" and "one" not in typed:
        wanted = filters.read_words(typed.get("words", "")).wanted
        return Selection(
            wanted=Wanted(account_id=wanted.account_id) if query else wanted,
            query=query,
            zone=timezone.get_current_timezone(),
        )
    chosen = [typed["one"]] if "one" in typed else [*typed.getlist("id"), *typed.get("ids", "").split(",")]
    ids = tuple(int(each) for each in chosen[:MAX_IDS] if filters.is_id(each))
    if not ids:
        raise BadInput("no message was chosen")
    return Selection(ids=ids)


def _done(word: str, acted: Acted) -> str:
    words = {"count": acted.count, "shown": formats.number(acted.count), "name": ", ".join(acted.mailboxes)}
    return str(DONE.get(word, MARKED) % words)


def _why(refused: NotFound | BadInput) -> str:
    if isinstance(refused, MailboxOfRoleMissing):
        words = {"role": filters.ROLES.get(refused.role, refused.role), "address": refused.address}
        return _("%(address)s has no mailbox for this (%(role)s). Nothing was moved.") % words
    if isinstance(refused, SeveralAccounts):
        return _("These are messages of several accounts. Only those of one can be moved together.")
    if isinstance(refused, NotFound):
        return _("Some of these messages are not here any more. Nothing was changed.")
    return wording.say(refused)


def _answer(
    request: HttpRequest, text: str, action: str = "", *, status: int = 200, quiet: bool = False
) -> HttpResponse:
    """`quiet`: what was done is seen in the row, and nothing can be taken back."""
    if "X-Yizhan-Live" in request.headers:
        if quiet and status == 200:
            return HttpResponse()
        return show(request, "mail/acted.html", {"text": text, "action": action, "bad": status != 200}, status)
    toasts.info(request, text, extra_tags=action)
    return HttpResponseRedirect(_back(request))


def _ask_once_more(request: HttpRequest, count: int) -> HttpResponse:
    if "X-Yizhan-Live" in request.headers:
        return show(request, "mail/sure.html", {"count": count}, 409)
    names = ("id", "ids", "one", "all", "words", "query")
    fields = [(name, value) for name in names for value in request.POST.getlist(name)]
    context: dict[str, Any] = {"count": count, "fields": fields, "back": _back(request)}
    return show(request, "mail/sure_page.html", context, 409)


def _back(request: HttpRequest) -> str:
    query = request.POST.get("query", "")
    if query:
        return f"{reverse('search')}?{urlencode({'q': query})}"
    return filters.read_words(request.POST.get("words", "")).address()


urlpatterns = [
    path("mail/act/<slug:word>", act, name="mail_act"),
    path("mail/undo/<slug:action>", undo, name="mail_undo"),
]
