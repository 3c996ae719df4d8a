"""The search page: a query, the messages that fit with what was found marked, and ways to narrow."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markupsafe import Markup, escape

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.services.messages import searching
from yizhan.services.messages.searching import QueryRefused
from yizhan.web.mail import side
from yizhan.web.pages import scope, show, signed_in

_NARROWS = ("is:unread", "has:attachment", "is:flagged")


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the query finds, the newest first; without one, what may be asked."""
    typed = request.GET.get("q", "").strip()
    account = request.GET.get("account", "")
    account_id = AccountId(int(account)) if account.isdecimal() and len(account) < 19 else None
    page: dict[str, Any] = {"messages": [], "next": ""}
    refused = ""
    if typed:
        zone, cursor = timezone.get_current_timezone(), request.GET.get("before", "")
        try:
            page = searching.search_page(scope(request), typed, account_id, cursor, zone)
        except QueryRefused as error:
            refused = _why(error)
        except BadInput:
            raise Http404 from None
    for row in page["messages"]:
        row["marked"] = _marked(row)
    kept = {"q": typed} | ({"account": account} if account_id else {})
    context = {
        **side(request, account_id, "search"),
        "room": "mail",
        "typed": typed,
        "refused": refused,
        "messages": page["messages"],
        "older": _address({**kept, "before": page["next"]}) if page["next"] else "",
        "newest": _address(kept) if "before" in request.GET else "",
        "everywhere": _address({"q": typed}),
        "narrows": _narrows(kept),
    }
    return show(request, "search/index.html", context, status=400 if refused else 200)


def _narrows(kept: dict[str, str]) -> list[dict[str, Any]]:
    """The same query with one word more, or without it if it is there."""
    titles = (_("Unread"), _("Has attachment"), _("Starred"))
    words = kept["q"].split()
    found = []
    for word, title in zip(_NARROWS, titles, strict=True):
        changed = [each for each in words if each != word] if word in words else [*words, word]
        found.append({"title": title, "address": _address({**kept, "q": " ".join(changed)}), "on": word in words})
    return found


def _marked(row: dict[str, Any]) -> dict[str, Markup]:
    sender = row["from"][0] if row["from"] else {"name": "", "address": ""}
    texts = {"from": sender["name"] or sender["address"], "subject": row["subject"], "snippet": row["snippet"]}
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


def _address(query: dict[str, str]) -> str:
    return f"{reverse('search')}?{urlencode(query)}"


urlpatterns = [path("search", search, name="search")]
