"""Mail: the lists, and one message opened."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, MailboxId, MessageId
from yizhan.services.accounts.asking import ask_sync
from yizhan.services.accounts.listing import list_accounts
from yizhan.services.messages import images, listing, reading
from yizhan.services.messages.acting import mark_seen_on_open
from yizhan.services.messages.progress import read_progress
from yizhan.services.messages.searching import list_saved
from yizhan.services.messages.threads import list_thread
from yizhan.services.owners.people import Scope
from yizhan.services.writing.drafts import count_drafts
from yizhan.web import filters, formats
from yizhan.web.filters import Narrowed, place_of, read_query
from yizhan.web.mailboxes import open_trees
from yizhan.web.pages import COUNTS, language_of, scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy

SIDE_ACCOUNTS = 12  # shown before "the others"; more would push everything else out of sight
MOST_AT_ONCE = 200  # rows of one answer about what a list shows already; where more came the list begins anew
_CLOCK = SystemClock()
_QUIET = frozenset({"normal", "verifying", "paused", "deleting"})  # statuses that do not keep mail from coming
_RESTING = frozenset({"paused", "deleting"})


@signed_in
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest messages of every account, or of one."""
    return _page(request, None)


@signed_in
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """A stretch of that list for a page that shows it already: from `before`, to `until` if that is given."""
    narrowed, until = read_query(request.GET), request.GET.get("until", "")
    size = MOST_AT_ONCE if until else listing.PAGE
    try:
        page = listing.list_page(scope(request), narrowed.wanted, request.GET.get("before", ""), size, until)
    except BadInput:
        raise Http404 from None
    return show(request, "mail/rows.html", {**_stretch(request, narrowed, page), "opened": None})


@signed_in
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many messages the list has in all, as words for the bar of what is chosen."""
    shown = formats.number(listing.count_wanted(scope(request), read_query(request.GET).wanted))
    offered = _("Select all %(count)s") % {"count": shown}
    return JsonResponse({"offered": offered, "chosen": _("All %(count)s selected") % {"count": shown}})


@signed_in
@require_safe
def targets(request: HttpRequest) -> HttpResponse:
    """The mailboxes of an account that messages can be moved to, as entries of a menu."""
    account = request.GET.get("account", "")
    number = AccountId(int(account)) if filters.is_id(account) else AccountId(0)
    found = [each for each in listing.list_mailboxes(scope(request), number) if each["role"] != "all"]
    return show(request, "mail/targets.html", {"targets": found})


@signed_in
@require_safe
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """The list, and one of its messages opened."""
    try:
        opened = reading.open_message(scope(request), MessageId(message_id))
        pictures = images.open_pictures(scope(request), MessageId(message_id), opened["vouched_by"])
    except NotFound:
        raise Http404 from None
    if not opened["seen"] and request.method == "GET" and "Sec-Purpose" not in request.headers:  # no browser's guess
        mark_seen_on_open(scope(request), MessageId(message_id), _CLOCK)
    if opened["body"] == "absent":
        opened["asked"] = reading.await_body(scope(request), MessageId(message_id))
    return _page(request, {**opened, "pictures": pictures})


@signed_in
@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """Ask the engine for the newest mail now."""
    accounts = [
        each
        for each in list_accounts(scope(request), language_of(request))
        if each["status"] not in ("paused", "deleting")
    ]
    wanted = request.POST.get("account", "")
    for each in accounts:
        if wanted in ("", str(each["id"])):
            ask_sync(scope(request), AccountId(each["id"]))
    toasts.info(request, _("Asked for the newest mail."))
    return HttpResponseRedirect(f"{reverse('inbox')}?{urlencode({'account': wanted})}" if wanted else reverse("inbox"))


def side(
    request: HttpRequest, account_id: int | None = None, current: str = "", mailbox_id: int | None = None
) -> dict[str, Any]:
    """What the column beside mail pages shows; `current` is the entry that one is at."""
    accounts = list_accounts(scope(request), language_of(request))
    unseen = listing.count_unseen(scope(request))
    progress = {each.account_id: each for each in read_progress(scope(request))}
    for each in accounts:
        each["new"] = unseen.get(each["id"], 0)
        each["progress"] = progress.get(each["id"])
    return {
        "accounts": accounts,
        "side_accounts": SIDE_ACCOUNTS,
        "side_roles": filters.ROLES,
        "draft_count": count_drafts(scope(request)),
        "saved_searches": list_saved(scope(request)),
        "unseen": sum(unseen.values()),
        "account_id": account_id,
        "current": current,
        "has_side": True,
        **open_trees(request, account_id, mailbox_id),
    }


def _page(request: HttpRequest, opened: dict[str, Any] | None) -> HttpResponse:
    narrowed = read_query(request.GET)
    wanted, kept = narrowed.wanted, narrowed.kept
    mailbox = _mailbox(request, narrowed)
    account_id = mailbox["account_id"] if mailbox else wanted.account_id
    try:
        page = listing.list_page(scope(request), wanted, request.GET.get("before", ""))
    except BadInput:
        raise Http404 from None
    beside = side(request, account_id, kept.get("role", kept.get("only", "all")), wanted.mailbox_id)
    account = next((each for each in beside["accounts"] if each["id"] == account_id), None)
    if account_id is not None and account is None:
        raise Http404
    context = {
        **beside,
        **_stretch(request, narrowed, page),
        **_narrowing(narrowed),
        "room": "mail",
        "account": account,
        "mailbox": mailbox,
        "title": _title(account, mailbox, kept.get("role", "")),
        "failing": [each for each in beside["accounts"] if each["status"] not in _QUIET and account in (None, each)],
        "coming": [each for each in beside["accounts"] if each["progress"] and account in (None, each)],
        "newest": narrowed.address() if "before" in request.GET else "",
        "list_address": narrowed.address(**place_of(request)),
        "count": _unread(beside, account, mailbox, kept),
        "opened": opened,
    }
    if opened is not None:
        near = listing.neighbours(scope(request), wanted, MessageId(opened["id"]))
        context |= {
            "newer_message": _message_address(near["newer"], context["query"]),
            "older_message": _message_address(near["older"], context["query"]),
            "thread": list_thread(scope(request), MessageId(opened["id"])),
        }
    response = show(request, "mail/index.html", context)
    response[HEADER] = write_policy({"frame-src": "'self'"})
    return response


def _mailbox(request: HttpRequest, narrowed: Narrowed) -> dict[str, Any] | None:
    if narrowed.wanted.mailbox_id is None:
        return None
    try:
        return listing.read_mailbox(scope(request), MailboxId(narrowed.wanted.mailbox_id))
    except NotFound:
        raise Http404 from None


def _stretch(request: HttpRequest, narrowed: Narrowed, page: dict[str, Any]) -> dict[str, Any]:
    """What `mail/rows.html` wants: some rows that follow one another, and where they begin and end."""
    query = urlencode({**narrowed.kept, **place_of(request)})
    return {
        "groups": group_by_day(page["messages"]),
        "begins": request.GET.get("before", ""),
        "ends": page["last"],
        "older": narrowed.address(before=page["next"]) if page["next"] else "",
        "query": query,
    }


def _narrowing(narrowed: Narrowed) -> dict[str, Any]:
    """The filters, and the words that tell a script which list this is."""
    return {
        "filters": filters.kinds(narrowed),
        "times": filters.times(narrowed),
        "kept": narrowed.kept,
        "words": urlencode(narrowed.kept),
        "everything": narrowed.address(only="", when="", **{"from": "", "to": ""}),
        "rows_address": narrowed.address("mail_rows"),
        "count_address": narrowed.address("mail_count"),
    }


def _title(account: dict[str, Any] | None, mailbox: dict[str, Any] | None, role: str) -> str:
    if mailbox:
        return str(mailbox["name"])
    if account:
        return str(account["label"] or account["address"])
    return str(filters.ROLES[role]) if role else _("All inboxes")


def _unread(
    beside: dict[str, Any], account: dict[str, Any] | None, mailbox: dict[str, Any] | None, kept: dict[str, str]
) -> int:
    """Unread messages of the mailboxes that the list is about, as their servers count them."""
    if mailbox:
        return mailbox["unseen"] or 0
    if "role" in kept:
        return 0
    return int(account["new"] if account else beside["unseen"])


def group_by_day(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows in groups, each under its day as one says it."""
    groups: list[tuple[str, list[dict[str, Any]]]] = []
    for row in rows:
        title = _day(row["internal_date"])
        if not groups or groups[-1][0] != title:
            groups.append((title, []))
        groups[-1][1].append(row)
    return groups


def _day(moment: datetime) -> str:
    passed = (timezone.localdate() - timezone.localdate(moment)).days
    return {0: _("Today"), 1: _("Yesterday")}.get(passed) or formats.day(moment)


def _message_address(message_id: int | None, query: str) -> str:
    if message_id is None:
        return ""
    return reverse("message", args=[message_id]) + (f"?{query}" if query else "")


def _count(owner: Scope) -> int:
    return sum(listing.count_unseen(owner).values())


COUNTS["mail"] = _count

urlpatterns = [
    path("mail", inbox, name="inbox"),
    path("mail/rows", rows, name="mail_rows"),
    path("mail/count", count, name="mail_count"),
    path("mail/targets", targets, name="mail_targets"),
    path("mail/fetch", fetch, name="fetch"),
    path("mail/<int:message_id>", message, name="message"),
]
