"""What all pages share: who asks, whose rows, and the shell around the sheet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from yizhan.base.ids import UserId
from yizhan.services.owners.news import latest
from yizhan.services.owners.people import Scope, scope_of
from yizhan.services.owners.room import is_short

signed_in = login_required


@dataclass(frozen=True, slots=True)
class Room:
    """A door in the rail: its name, the route it opens, its drawing and its keys."""

    name: str
    route: str
    icon: str
    title: Any
    keys: str


ROOMS = (
    Room("mail", "inbox", "mail", _("Mail"), "g i"),
    Room("accounts", "accounts", "at", _("Accounts"), "g a"),
    Room("outbox", "outbox", "upload", _("Outbox"), "g o"),
    Room("nodes", "nodes", "node", _("Nodes"), "g n"),
    Room("guides", "guides", "book", _("Guides"), "g h"),
)
# Numbers beside the doors, by room: an area adds its own, `count(scope) -> int`; read when a page is drawn.
COUNTS: dict[str, Callable[[Scope], int]] = {}


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The page."""
    return render(request, template, dict(context or {}), status=status)


def scope(request: HttpRequest) -> Scope:
    """Whose rows this person may see; the request is a signed-in one.

    A page's news begin here, before anything that it shows was read: what changes meanwhile is told, not lost.
    """
    found = getattr(request, "yizhan_scope", None)
    if found is None:
        found = scope_of(user_id(request))
        request.yizhan_scope = found  # type: ignore[attr-defined]
        request.yizhan_news_seq = latest(found)  # type: ignore[attr-defined]
    return cast("Scope", found)


def user_id(request: HttpRequest) -> UserId:
    """Who asks; the request is a signed-in one."""
    return UserId(cast("int", request.user.pk))


def language_of(request: HttpRequest) -> str:
    """The language of this request, one of ours."""
    return translation.get_language() or "en"


def shell(request: HttpRequest) -> dict[str, Any]:
    """For every template (a context processor): the person, how they like it, and the rooms."""
    user = getattr(request, "user", None)
    person = user if user is not None and user.is_authenticated else None
    language = translation.get_language() or "en"
    return {
        "person": person,
        "theme": person.theme if person else request.COOKIES.get("yizhan_theme", "auto"),
        "shortcuts_on": person.shortcuts_on if person else False,
        "language": language,
        "html_lang": {"zh-hans": "zh-Hans"}.get(language, language),
        "rooms": _rooms(),
        "is_room_short": bool(person) and is_short(),
        "counts": SimpleLazyObject(lambda: {name: count(scope(request)) for name, count in COUNTS.items()}),
        "news_seq": SimpleLazyObject(lambda: news_seq(request)),
    }


def news_seq(request: HttpRequest) -> str:
    """The number of the newest change when the request began; the request is a signed-in one."""
    scope(request)
    return str(request.yizhan_news_seq)  # type: ignore[attr-defined]


@cache
def _rooms() -> tuple[tuple[Room, str], ...]:
    return tuple((room, address) for room in ROOMS if (address := _address(room.route)))


def _address(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:  # an area that is not there yet has no door
        return ""
