"""Which messages a list shows: read from the words of an address, and the addresses that narrow it further."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yizhan.services.messages import listing
from yizhan.services.messages.listing import Wanted

ONLY = ("unread", "starred", "attached")
# Roles that have a list over all accounts, beside the inbox.
ROLES: Mapping[str, Any] = {
    "sent": gettext_lazy("Sent"),
    "drafts": gettext_lazy("Drafts"),
    "archive": gettext_lazy("Archive"),
    "junk": gettext_lazy("Junk"),
    "trash": gettext_lazy("Deleted"),
}
_DAYS = {"today": 0, "week": 6, "month": 29}  # how many days before today are in it
_MAX_DIGITS = 18  # an id is a 64-bit number


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list shows, and the words of its address that say so, in their order."""

    wanted: Wanted
    kept: dict[str, str]

    def address(self, route: str = "inbox", **changes: str) -> str:
        """The list with some words changed; an empty one takes a word away."""
        words = {name: value for name, value in {**self.kept, **changes}.items() if value}
        return f"{reverse(route)}?{urlencode(words)}" if words else reverse(route)


def read_query(query: QueryDict | Mapping[str, str]) -> Narrowed:
    """Words that mean nothing are passed over, as for every address that somebody shortened or mistyped."""
    kept = {name: value for name in ("account", "mailbox") if is_id(value := query.get(name, ""))}
    kept |= {
        name: value for name, lawful in (("role", ROLES), ("only", ONLY)) if (value := query.get(name, "")) in lawful
    }
    if "mailbox" in kept:
        kept.pop("role", None)
    kept |= _read_time(query)
    since, until = _span(kept)
    only = kept.get("only", "")
    wanted = Wanted(
        account_id=int(kept["account"]) if "account" in kept else None,
        mailbox_id=int(kept["mailbox"]) if "mailbox" in kept else None,
        role=kept.get("role"),
        unseen=only == "unread",
        flagged=only == "starred",
        attached=only == "attached",
        since=since,
        until=until,
    )
    return Narrowed(listing.in_inboxes(wanted), kept)


def read_words(words: str) -> Narrowed:
    """The same of an address's words as a form hands them back."""
    return read_query(QueryDict(words))


def kinds(narrowed: Narrowed) -> list[dict[str, Any]]:
    """The filters by kind: title, address, and whether it is on."""
    words = (("", _("All")), ("unread", _("Unread")), ("attached", _("Has attachment")), ("starred", _("Starred")))
    chosen = narrowed.kept.get("only", "")
    return [{"title": title, "address": narrowed.address(only=only), "on": chosen == only} for only, title in words]


def times(narrowed: Narrowed) -> list[dict[str, Any]]:
    """The filters by time."""
    words = (("", _("Any time")), ("today", _("Today")), ("week", _("Last 7 days")), ("month", _("Last 30 days")))
    chosen = narrowed.kept.get("when", "" if not {"from", "to"} & set(narrowed.kept) else "range")
    return [
        {"title": title, "address": narrowed.address(when=when, **{"from": "", "to": ""}), "on": chosen == when}
        for when, title in words
    ]


def place_of(request: HttpRequest) -> dict[str, str]:
    """The word of the address that says where a page begins, if it is not at the newest."""
    before = request.GET.get("before", "")
    return {"before": before} if before else {}


def is_id(typed: str) -> bool:
    """Whether this may be the number of a row."""
    return typed.isdecimal() and len(typed) <= _MAX_DIGITS


def _read_time(query: QueryDict | Mapping[str, str]) -> dict[str, str]:
    if query.get("when", "") in _DAYS:
        return {"when": query.get("when", "")}
    return {name: value for name in ("from", "to") if _read_day(value := query.get(name, "")) is not None}


def _span(kept: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """From the first midnight on, until before the second, by the clock of the person who asks."""
    if "when" in kept:
        return _midnight(timezone.localdate() - timedelta(days=_DAYS[kept["when"]])), None
    first, last = _read_day(kept.get("from", "")), _read_day(kept.get("to", ""))
    return _midnight(first) if first else None, _midnight(last + timedelta(days=1)) if last else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _read_day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if 1970 <= day.year < 2200 else None
