"""Mailboxes: the trees beside mail, those of an account with what is kept of each, and one with what can be done."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, MailboxId, RequestId
from yizhan.services.accounts import asking
from yizhan.services.accounts.forms import RANGES
from yizhan.services.accounts.listing import show_account
from yizhan.services.messages import mailboxes
from yizhan.services.sync import mailboxes as changing
from yizhan.services.sync.mailboxes import Change
from yizhan.web import naming, wording
from yizhan.web.limits import MAILBOXES_BESIDE, MAILBOXES_PAGE, MAX_FOLDS, MAX_OPEN_TREES, MAX_SHOWN_DEPTH
from yizhan.web.pages import language_of, scope, show, signed_in

FOLDS = "yizhan_folds"  # what the person opened or shut beside mail: `a5` an account's tree, `m7` inside a mailbox


# ---- beside mail ----


def open_trees(request: HttpRequest, account_id: int | None, mailbox_id: int | None = None) -> dict[str, Any]:
    """The trees that are open beside mail, by account, for `mail/side.html`."""
    folds = _folds(request)
    opened = [int(word[1:]) for word in folds if word[0] == "a"][:MAX_OPEN_TREES]
    wanted = list(dict.fromkeys([*([account_id] if account_id is not None else []), *opened]))
    found = mailboxes.list_beside(scope(request), wanted, MAILBOXES_BESIDE)
    trees = {number: _branches(rows, folds, mailbox_id) for number, rows in found.items()}
    is_inside = any(row["is_current"] for tree in trees.values() for row in tree["rows"])
    return {"trees": trees, "is_inside": is_inside}


@signed_in
@require_safe
def side_boxes(request: HttpRequest, number: int) -> HttpResponse:
    """One account's tree, for a page that did not have it open."""
    context = {"account": {"id": number}, "trees": open_trees(request, number)["trees"]}
    return show(request, "mail/side_boxes.html", context)


def _folds(request: HttpRequest) -> list[str]:
    words = request.COOKIES.get(FOLDS, "").split(".")[:MAX_FOLDS]
    return [word for word in words if word[:1] in ("a", "m") and word[1:].isdecimal() and len(word) < 19]


def _branches(rows: Sequence[dict[str, Any]], folds: Sequence[str], current: int | None) -> dict[str, Any]:
    """What is drawn: the inbox is the account's own line, and what stands inside it moves up to the first level."""
    above = {row["id"]: row["parent"] for row in rows}
    inboxes = {row["id"] for row in rows if row["role"] == "inbox"}
    held_open = _over(current, above) if current is not None else []
    opened = {row["id"] for row in rows if row["id"] in inboxes or row["id"] in held_open or f"m{row['id']}" in folds}
    shown = []
    for row in rows:
        if row["id"] in inboxes:
            continue
        over = _over(row["id"], above)
        depth = len([each for each in over if each not in inboxes])
        drawn = {
            "depth": min(depth, MAX_SHOWN_DEPTH),
            "is_open": row["id"] in opened,
            "is_hidden": any(each not in opened for each in over),
            "is_current": row["id"] == current,
        }
        shown.append({**row, **drawn})
    return {"rows": shown, "more": len(rows) >= MAILBOXES_BESIDE}


def _over(number: int, above: dict[int, int | None]) -> list[int]:
    found: list[int] = []
    at = above.get(number)
    while at is not None:
        found.append(at)
        at = above.get(at)
    return found


# ---- an account's mailboxes ----


@signed_in
@require_safe
def listed(request: HttpRequest, number: int) -> HttpResponse:
    """All of an account's mailboxes: what is kept here of each, and how far back."""
    account = _account(request, number)
    rows = mailboxes.list_tree(scope(request), number)
    is_cut = mailboxes.is_cut(len(rows))
    typed = request.GET.get("q", "")[:200]
    if typed:
        rows = [row for row in rows if typed.casefold() in row["name"].casefold()]
    page = _page_number(request)
    first = (page - 1) * MAILBOXES_PAGE
    kept = {"q": typed} if typed else {}
    context = {
        "account": account,
        "rows": rows[first : first + MAILBOXES_PAGE],
        "count": len(rows),
        "is_cut": is_cut,
        "typed": typed,
        "before": {**kept, "page": page - 1} if page > 1 else None,
        "after": {**kept, "page": page + 1} if len(rows) > first + MAILBOXES_PAGE else None,
        "range": changing.read_range(scope(request), AccountId(number)),
        "ranges": RANGES,
        "asked": _asked(request, number),
        "room": "accounts",
    }
    return show(request, "mailboxes/list.html", context)


@signed_in
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One mailbox, and what can be done with it."""
    try:
        row = mailboxes.show_mailbox(scope(request), MailboxId(number))
    except NotFound:
        raise Http404 from None
    context = {
        "row": row,
        "account": _account(request, row["account_id"]),
        "goes": changing.losses(scope(request), MailboxId(number)),
        "asked": _asked(request, row["account_id"]),
        "room": "accounts",
    }
    return show(request, "mailboxes/one.html", context)


@signed_in
@require_POST
def create(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for a new one, inside another if `parent` names it."""
    word = request.POST.get("parent", "")
    parent = MailboxId(int(word)) if word.isdecimal() and len(word) < 19 else None
    name = request.POST.get("name", "")
    return _ask(request, number, lambda: changing.plan_create_inside(scope(request), AccountId(number), parent, name))


@signed_in
@require_POST
def rename(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for another name at the same place."""
    name = request.POST.get("name", "")
    return _ask_about(request, number, lambda: changing.plan_rename_here(scope(request), MailboxId(number), name))


@signed_in
@require_POST
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for it to be deleted with as many messages as the page told."""
    word = request.POST.get("told", "")
    told = int(word) if word.isdecimal() and len(word) < 10 else None
    return _ask_about(request, number, lambda: changing.plan_delete(scope(request), MailboxId(number), told))


@signed_in
@require_POST
def subscription(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for it to be subscribed, or not."""
    wanted = request.POST.get("subscribed") == "1"
    return _ask_about(request, number, lambda: changing.plan_subscription(scope(request), MailboxId(number), wanted))


@signed_in
@require_POST
def follow(request: HttpRequest, number: int) -> HttpResponse:
    """Keep it here always, never, or as its kind is."""
    try:
        account_id = mailboxes.show_mailbox(scope(request), MailboxId(number))["account_id"]
        changing.choose_follow(scope(request), MailboxId(number), request.POST.get("follow", ""))
    except (NotFound, BadInput):
        raise Http404 from None
    asking.ask_sync(scope(request), AccountId(account_id))
    toasts.success(request, _("Noted. What this changes here happens in the background."))
    return _back(request, account_id)


@signed_in
@require_POST
def span(request: HttpRequest, number: int) -> HttpResponse:
    """Keep so many days of mail here."""
    word = request.POST.get("days", "")
    try:
        _account(request, number)
        changing.choose_range(
            scope(request), AccountId(number), int(word) if word.isdecimal() and len(word) < 5 else None
        )
    except BadInput:
        raise Http404 from None
    asking.ask_sync(scope(request), AccountId(number))
    toasts.success(request, _("Noted. What this changes here happens in the background."))
    return _back(request, number)


@signed_in
@require_POST
def forget(request: HttpRequest, number: int, asked: int) -> HttpResponse:
    """The person has read how it ended."""
    try:
        asking.forget_mailbox_asked(scope(request), RequestId(asked))
    except NotFound:
        raise Http404 from None
    return _back(request, number)


def _ask_about(request: HttpRequest, number: int, plan: Callable[[], Change]) -> HttpResponse:
    try:
        account_id = mailboxes.show_mailbox(scope(request), MailboxId(number))["account_id"]
    except NotFound:
        raise Http404 from None
    return _ask(request, account_id, plan)


def _ask(request: HttpRequest, account_id: int, plan: Callable[[], Change]) -> HttpResponse:
    try:
        asking.ask_mailbox(scope(request), AccountId(account_id), plan().kept())
    except NotFound:
        raise Http404 from None
    except BadInput as refused:
        toasts.error(request, wording.say(refused))
    return _back(request, account_id)


def _asked(request: HttpRequest, account_id: int) -> list[dict[str, Any]]:
    found = asking.list_mailbox_asked(scope(request), AccountId(account_id), language_of(request))
    for each in found:
        if each["error"]:
            each["why"] = wording.say_code(each["error"]["code"], each["error"]["detail"])
        elif each["diagnosis"]:
            each["why"] = each["diagnosis"]["title"]
        else:
            each["why"] = ""
    return found


def _account(request: HttpRequest, number: int) -> dict[str, Any]:
    language = language_of(request)
    try:
        [found] = naming.with_names([show_account(scope(request), AccountId(number), language)], language)
    except NotFound:
        raise Http404 from None
    return found


def _page_number(request: HttpRequest) -> int:
    word = request.GET.get("page", "1")
    return max(1, int(word)) if word.isdecimal() and len(word) < 6 else 1


def _back(request: HttpRequest, account_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("mailboxes", args=[account_id]))


urlpatterns = [
    path("accounts/<int:number>/mailboxes", listed, name="mailboxes"),
    path("accounts/<int:number>/mailboxes/new", create, name="mailbox_create"),
    path("accounts/<int:number>/mailboxes/range", span, name="mailboxes_range"),
    path("accounts/<int:number>/mailboxes/asked/<int:asked>/forget", forget, name="mailbox_asked_forget"),
    path("accounts/<int:number>/mailboxes/beside", side_boxes, name="side_boxes"),
    path("mailboxes/<int:number>", one, name="mailbox"),
    path("mailboxes/<int:number>/rename", rename, name="mailbox_rename"),
    path("mailboxes/<int:number>/delete", delete, name="mailbox_delete"),
    path("mailboxes/<int:number>/subscription", subscription, name="mailbox_subscription"),
    path("mailboxes/<int:number>/follow", follow, name="mailbox_follow"),
]
