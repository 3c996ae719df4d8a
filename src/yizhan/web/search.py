"""The search page: a query, the messages that fit with what was found marked, ways to narrow it, and queries kept."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup, escape

from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId
from yizhan.services.messages import searching
from yizhan.services.messages.searching import QueryRefused
from yizhan.web import filters, formats, narrowing, wording
from yizhan.web.mail import MOST_AT_ONCE, group_by_day, side
from yizhan.web.pages import scope, show, signed_in
from yizhan.web.policy import HEADER, write_policy

_MARKED = ("subject", "snippet", "found_in")


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the query finds, the newest first; without one, what may be asked."""
    typed, account_id = _asked(request)
    kept = _kept(typed, account_id)
    context: dict[str, Any] = {
        **side(request, account_id, "search"),
        "room": "mail",
        "typed": typed,
        "kept": kept,
        "search_query": typed,
        "words": urlencode({"account": account_id} if account_id else {}),
        "rows_address": _address(kept, "search_rows"),
        "count_address": _address(kept, "search_count"),
        "list_address": _address({**kept, **filters.place_of(request)}),
        "newest": _address(kept) if "before" in request.GET else "",
        "saved_now": next((each for each in searching.list_saved(scope(request)) if each["query"] == typed), None),
    }
    if not typed:
        return show(request, "search/help.html", context)
    try:
        page, beside = _find(request, typed, account_id, context["accounts"])
    except QueryRefused as error:
        return show(request, "search/help.html", {**context, "refused": _why(error)}, status=400)
    response = show(request, "search/index.html", {**context, **_stretch(request, kept, page), **beside})
    response[HEADER] = write_policy({"frame-src": "'self'"})
    return response


@signed_in
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """A stretch of the finds for a page that shows them already: from `before`, to `until` if that is given."""
    typed, account_id = _asked(request)
    before, until = request.GET.get("before", ""), request.GET.get("until", "")
    size = MOST_AT_ONCE if until else searching.PAGE
    zone = timezone.get_current_timezone()
    try:
        page = searching.search_page(scope(request), typed, account_id, before, zone, size, until)
    except (QueryRefused, BadInput):
        raise Http404 from None
    return show(request, "mail/rows.html", _stretch(request, _kept(typed, account_id), page))


@signed_in
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many messages fit, as words for the bar of what is chosen."""
    typed, account_id = _asked(request)
    try:
        number, more = searching.count_found(scope(request), typed, account_id, timezone.get_current_timezone())
    except QueryRefused:
        raise Http404 from None
    shown = formats.number(number) + ("+" if more else "")
    offered = _("Select all %(count)s") % {"count": shown}
    return JsonResponse({"offered": offered, "chosen": _("All %(count)s selected") % {"count": shown}})


@signed_in
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the query under a name."""
    typed = request.POST.get("query", "").strip()
    try:
        searching.save_search(scope(request), request.POST.get("name", ""), typed)
    except QueryRefused as error:
        toasts.error(request, _why(error))
    except BadInput as error:
        toasts.error(request, _not_kept(error))
    return HttpResponseRedirect(_address({"q": typed}))


@signed_in
@require_POST
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Give a kept query another name, or let go of it."""
    try:
        if "delete" in request.POST:
            searching.delete_saved(scope(request), number)
            toasts.info(request, _("The saved search is gone."))
        else:
            searching.rename_saved(scope(request), number, request.POST.get("name", ""))
    except NotFound:
        raise Http404 from None
    except BadInput as error:
        toasts.error(request, _not_kept(error))
    return HttpResponseRedirect(_address({"q": request.POST.get("query", "")}))


def _find(
    request: HttpRequest, typed: str, account_id: AccountId | None, accounts: Sequence[dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The page, and what stands beside it.  Raises `QueryRefused`."""
    cursor = request.GET.get("before", "")
    found = searching.first_page(scope(request), typed, account_id, narrowing.moments())
    beside = {
        "found": found["count"],
        "found_more": found["more"],
        "groups_beside": narrowing.groups(accounts, _kept(typed, account_id), found["facets"]),
    }
    if not cursor:
        return found, beside
    try:
        page = searching.search_page(scope(request), typed, account_id, cursor, timezone.get_current_timezone())
    except BadInput:
        raise Http404 from None
    return page, beside


def _stretch(request: HttpRequest, kept: dict[str, str], page: dict[str, Any]) -> dict[str, Any]:
    """What `mail/rows.html` wants, with the finds marked."""
    for row in page["messages"]:
        row["marked"] = _marked(row)
    return {
        "groups": group_by_day(page["messages"]),
        "begins": request.GET.get("before", ""),
        "ends": page["last"],
        "older": _address({**kept, "before": page["next"]}) if page["next"] else "",
        "query": "",
        "opened": None,
    }


def _asked(request: HttpRequest) -> tuple[str, AccountId | None]:
    account = request.GET.get("account", "")
    return request.GET.get("q", "").strip(), AccountId(int(account)) if filters.is_id(account) else None


def _kept(typed: str, account_id: AccountId | None) -> dict[str, str]:
    return {"q": typed} | ({"account": str(account_id)} if account_id else {})


def _marked(row: dict[str, Any]) -> dict[str, Markup]:
    sender = row["from"][0] if row["from"] else {"name": "", "address": ""}
    texts = {"from": sender["name"] or sender["address"], **{name: row[name] for name in _MARKED}}
    return {name: _with_marks(text, row["highlights"][name]) for name, text in texts.items()}


def _with_marks(text: str, ranges: Sequence[tuple[int, int]]) -> Markup:
    """The text escaped, what was found in `<mark>`."""
    marked, end = Markup(), 0
    for start, last in ranges:
        marked += escape(text[end:start]) + Markup("<mark>{}</mark>").format(text[start:last])
        end = last
    return marked + escape(text[end:])


def _why(refused: QueryRefused) -> str:
    words = {
        "empty": _("There is no word in this query: punctuation alone cannot be found."),
        "too_long": _("This query is too long. 40 words and 2,000 characters are the most."),
        "no_value": _("Nothing stands after “%(word)s”."),
        "bad_value": _("What “%(word)s” means is not clear. Dates look like 2026-11-23, sizes like 5M."),
    }
    return words[refused.reason] % {"word": refused.word}


def _not_kept(refused: BadInput) -> str:
    return _("A saved search needs a name.") if refused.code == BadInput.code else wording.say(refused)


def _address(query: dict[str, str], route: str = "search") -> str:
    return f"{reverse(route)}?{urlencode(query)}"


urlpatterns = [
    path("search", search, name="search"),
    path("search/rows", rows, name="search_rows"),
    path("search/count", count, name="search_count"),
    path("search/saved", save, name="search_save"),
    path("search/saved/<int:number>", change, name="search_change"),
]
