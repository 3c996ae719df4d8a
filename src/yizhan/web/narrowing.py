"""Links beside the finds: each gives the query one word more, or takes it away, and says how many it leaves."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yizhan.services.messages.searching import Facets, QueryRefused, narrow, word_of
from yizhan.web import filters

MOST = 12  # of one kind; who has more types the word
_AGES_DAYS = (7, 90)


def moments() -> list[datetime]:
    """Midnights from which on finds are counted, by the clock of the person who asks."""
    today = timezone.localdate()
    days = (today - timedelta(days=age) for age in _AGES_DAYS)
    return [timezone.make_aware(datetime.combine(day, time.min)) for day in days]


def groups(accounts: Sequence[dict[str, Any]], typed: str, facets: Facets) -> list[dict[str, Any]]:
    """`[{"title", "links": [{"title", "address", "count", "on", "colour"}]}]`, without links that leave nothing."""
    made = [
        (_("Accounts"), _accounts(accounts, typed, facets)),
        (_("Mailboxes"), _mailboxes(typed, facets)),
        (_("Time"), _times(typed, facets)),
        (_("Kind"), _kinds(typed, facets)),
    ]
    found = [{"title": title, "links": [link for link in links if link is not None]} for title, links in made]
    return [group for group in found if group["links"]]


def _accounts(accounts: Sequence[dict[str, Any]], typed: str, facets: Facets) -> Iterator[dict[str, Any] | None]:
    counted = dict(facets.accounts.most_common(MOST))
    for account in sorted(accounts, key=lambda each: -counted.get(each["id"], 0)):
        word, count = word_of("account", account["address"]), counted.get(account["id"], 0)
        link = _link(typed, account["label"] or account["address"], word, count, ("account",))
        yield link and link | {"colour": account["colour"]}


def _mailboxes(typed: str, facets: Facets) -> Iterator[dict[str, Any] | None]:
    titles = {"inbox": _("Inbox"), **{role: str(title) for role, title in filters.ROLES.items()}}
    for name, count in facets.mailboxes.most_common(MOST):
        yield _link(typed, titles.get(name, name), word_of("in", name), count, ("in",))


def _times(typed: str, facets: Facets) -> Iterator[dict[str, Any] | None]:
    instead = ("after", "before")
    titles = {7: _("Last 7 days"), 90: _("Last 3 months")}
    for age, (moment, count) in zip(_AGES_DAYS, facets.since.items(), strict=True):
        yield _link(typed, titles[age], f"after:{moment:%Y-%m-%d}", count, instead)
    for year, count in sorted(facets.years.items(), reverse=True)[:MOST]:
        yield _link(typed, str(year), f"after:{year:04} before:{year + 1:04}", count, instead)


def _kinds(typed: str, facets: Facets) -> Iterator[dict[str, Any] | None]:
    words = {
        "attached": (_("Has attachment"), "has:attachment"),
        "unread": (_("Unread"), "is:unread"),
        "flagged": (_("Starred"), "is:flagged"),
        "answered": (_("Answered"), "is:answered"),
    }
    for kind, (title, word) in words.items():
        yield _link(typed, title, word, facets.kinds[kind])


def _link(typed: str, title: str, words: str, count: int, instead_of: tuple[str, ...] = ()) -> dict[str, Any] | None:
    if not words:
        return None
    try:
        query, is_on = narrow(typed, words, instead_of, timezone.get_current_timezone())
    except QueryRefused:  # no room for another word
        return None
    if not count and not is_on:
        return None
    return {"title": title, "address": f"{reverse('search')}?{urlencode({'q': query})}", "count": count, "on": is_on}
