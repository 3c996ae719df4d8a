"""Mail: the lists, one message opened, and what a browser may fetch of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, MessageId
from yizhan.services.accounts.asking import ask_sync
from yizhan.services.accounts.listing import list_accounts
from yizhan.services.messages import listing, reading
from yizhan.services.messages.listing import Wanted
from yizhan.services.owners.people import Scope
from yizhan.web import formats
from yizhan.web.mailboxes import open_trees
from yizhan.web.pages import COUNTS, language_of, scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy

SIDE_ACCOUNTS = 12  # shown before "the others"; more would push everything else out of sight
_FILTERS = ("unread", "starred", "attached")
_QUIET = frozenset({"normal", "verifying", "paused", "deleting"})  # statuses that do not keep mail from coming
_RESTING = frozenset({"paused", "deleting"})
# A message's own page: nothing but our style sheet, what the cleaner left of styles, and this message's pictures.
# It may be framed by us; `sandbox` keeps scripts and forms dead even when it is opened by itself.  "allow-same-origin"
# lets the page around it measure its height, which is safe only as long as no script may run in it.
FRAME_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_NOTHING: Mapping[str, str] = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}
_FILE_POLICY = write_policy({"sandbox": "", "frame-ancestors": "'none'"}, _NOTHING)


@signed_in
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest messages of every account, or of one."""
    return _page(request, None)


@signed_in
@require_safe
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """The list, and one of its messages opened."""
    try:
        opened = reading.open_message(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    return _page(request, opened)


@signed_in
@require_safe
def body(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message itself, for the frame."""

    def image_address(part: str) -> str:
        return reverse("message_inline", args=[message_id, part])

    try:
        cleaned = reading.open_body(scope(request), MessageId(message_id), image_address, _blocked_words)
    except NotFound:
        raise Http404 from None
    context = {"markup": Markup(cleaned.html), "paper": cleaned.sets_colours and request.GET.get("paper") != "theme"}  # noqa: S704 - cleaned
    response = show(request, "mail/body.html", context)
    pictures = request.build_absolute_uri(reverse("message_inline", args=[message_id, "1"]).removesuffix("1"))
    response[HEADER] = write_policy(
        {
            "style-src": "'self' 'unsafe-inline'",
            "img-src": f"{pictures} data:",
            "frame-ancestors": "'self'",
            "sandbox": FRAME_SANDBOX,
        },
        _NOTHING,
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@signed_in
@require_safe
def part(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """An attached file, to be kept, never shown by the browser."""
    try:
        return _file(reading.read_file(scope(request), MessageId(message_id), number))
    except NotFound:
        raise Http404 from None


@signed_in
@require_safe
def inline(request: HttpRequest, message_id: int, number: str) -> HttpResponse:
    """A picture that came with the message."""
    try:
        found = reading.read_image(scope(request), MessageId(message_id), number)
    except NotFound:
        raise Http404 from None
    return _answer(found.data, found.content_type)


@signed_in
@require_safe
def raw(request: HttpRequest, message_id: int) -> HttpResponse:
    """The bytes as the server has them."""
    try:
        data = reading.raw_message(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    return _file(reading.File(f"message-{message_id}.eml", "message/rfc822", data))


@signed_in
@require_safe
def header(request: HttpRequest, message_id: int) -> HttpResponse:
    """Every field of the header, and the beginning of the source."""
    try:
        fields = reading.read_header(scope(request), MessageId(message_id))
        source, more = reading.read_source(scope(request), MessageId(message_id))
        opened = reading.open_message(scope(request), MessageId(message_id))
    except NotFound:
        raise Http404 from None
    context = {"fields": fields, "source": source, "more": more, "message": opened, "room": "mail"}
    return show(request, "mail/header.html", context)


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


def side(request: HttpRequest, account_id: int | None = None, current: str = "") -> dict[str, Any]:
    """What the column beside mail pages shows; `current` is the entry that one is at."""
    accounts = list_accounts(scope(request), language_of(request))
    unseen = listing.count_unseen(scope(request))
    for each in accounts:
        each["new"] = unseen.get(each["id"], 0)
    return {
        "accounts": accounts,
        "side_accounts": SIDE_ACCOUNTS,
        "unseen": sum(unseen.values()),
        "account_id": account_id,
        "current": current,
        "has_side": True,
        **open_trees(request, account_id),
    }


def _page(request: HttpRequest, opened: dict[str, Any] | None) -> HttpResponse:
    wanted, kept = _read_query(request)
    try:
        page = listing.list_page(scope(request), wanted, request.GET.get("before", ""))
    except BadInput:
        raise Http404 from None
    beside = side(request, wanted.account_id, kept.get("only", "all"))
    account = next((each for each in beside["accounts"] if each["id"] == wanted.account_id), None)
    if wanted.account_id is not None and account is None:
        raise Http404
    failing = [each for each in beside["accounts"] if each["status"] not in _QUIET and account in (None, each)]
    context = {
        **beside,
        "room": "mail",
        "account": account,
        "groups": _by_day(page["messages"]),
        "older": _address("inbox", {**kept, "before": page["next"]}) if page["next"] else "",
        "newest": _address("inbox", kept) if "before" in request.GET else "",
        "list_address": _address("inbox", {**kept, **_before(request)}),
        "query": urlencode({**kept, **_before(request)}),
        "filters": _filters(kept),
        "only": kept.get("only", ""),
        "failing": failing,
        "count": account["new"] if account else beside["unseen"],
        "opened": opened,
    }
    if opened is not None:
        near = listing.neighbours(scope(request), wanted, MessageId(opened["id"]))
        context |= {
            "newer_message": _message_address(near["newer"], context["query"]),
            "older_message": _message_address(near["older"], context["query"]),
        }
    response = show(request, "mail/index.html", context)
    response[HEADER] = write_policy({"frame-src": "'self'"})
    return response


def _read_query(request: HttpRequest) -> tuple[Wanted, dict[str, str]]:
    """What the list shows, and the words of the address that say so."""
    kept: dict[str, str] = {}
    account = request.GET.get("account", "")
    if account.isdecimal() and len(account) < 19:
        kept["account"] = account
    only = request.GET.get("only", "")
    if only in _FILTERS:
        kept["only"] = only
    wanted = Wanted(
        account_id=int(kept["account"]) if "account" in kept else None,
        unseen=only == "unread",
        flagged=only == "starred",
        attached=only == "attached",
    )
    return listing.in_inboxes(wanted), kept


def _before(request: HttpRequest) -> dict[str, str]:
    before = request.GET.get("before", "")
    return {"before": before} if before else {}


def _filters(kept: dict[str, str]) -> list[dict[str, Any]]:
    words = (("", _("All")), ("unread", _("Unread")), ("attached", _("Has attachment")), ("starred", _("Starred")))
    rest = {name: value for name, value in kept.items() if name != "only"}
    return [
        {
            "title": title,
            "address": _address("inbox", {**rest, "only": only} if only else rest),
            "on": kept.get("only", "") == only,
        }
        for only, title in words
    ]


def _by_day(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
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


def _blocked_words(image: reading.BlockedImage) -> str:
    if image.width and image.height:
        return _("Remote image, %(width)s × %(height)s, from %(host)s") % {
            "width": image.width,
            "height": image.height,
            "host": image.host,
        }
    return _("Remote image from %(host)s") % {"host": image.host}


def _address(route: str, query: dict[str, str]) -> str:
    return f"{reverse(route)}?{urlencode(query)}" if query else reverse(route)


def _message_address(message_id: int | None, query: str) -> str:
    if message_id is None:
        return ""
    return reverse("message", args=[message_id]) + (f"?{query}" if query else "")


def _file(found: reading.File) -> HttpResponse:
    response = _answer(found.data, found.content_type)
    plain = found.filename.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.filename)}"
    return response


def _answer(data: bytes, content_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=content_type)
    response[HEADER] = _FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _count(owner: Scope) -> int:
    return sum(listing.count_unseen(owner).values())


COUNTS["mail"] = _count

urlpatterns = [
    path("mail", inbox, name="inbox"),
    path("mail/fetch", fetch, name="fetch"),
    path("mail/<int:message_id>", message, name="message"),
    path("mail/<int:message_id>/body", body, name="message_body"),
    path("mail/<int:message_id>/header", header, name="message_header"),
    path("mail/<int:message_id>/raw", raw, name="message_raw"),
    path("mail/<int:message_id>/parts/<str:number>", part, name="message_part"),
    path("mail/<int:message_id>/inline/<str:number>", inline, name="message_inline"),
]
