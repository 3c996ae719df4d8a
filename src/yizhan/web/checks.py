"""What is said about a message before it goes, in words."""

from typing import Any
from zoneinfo import ZoneInfo

from babel import dates
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yizhan.base.clock import SystemClock
from yizhan.base.errors import BadInput
from yizhan.services.writing import gathering
from yizhan.services.writing.checking import Check, check
from yizhan.services.writing.content import read_content
from yizhan.services.writing.drafts import MAX_FILES
from yizhan.services.writing.zones import city
from yizhan.web import formats
from yizhan.web.answers import for_script, number_in, sent_json, text_in
from yizhan.web.pages import language_of, scope

CLOCK = SystemClock()


@require_POST
@for_script
def look(request: HttpRequest) -> HttpResponse:
    """`{checks, sent_copy_words, their_time}` for the content and files as they stand in the editor."""
    sent = sent_json(request)
    content = read_content(sent.get("content"))
    files, pictures = _files(sent.get("files", []))
    facts = gathering.gather(scope(request), content, files, pictures)
    provider, files_copy = gathering.sent_copy(scope(request), content)
    name = provider.names[language_of(request)] if provider else ""
    their_time = gathering.find_their_time(scope(request), facts.people, CLOCK.now())
    return JsonResponse(
        {
            "checks": [_shape(each, name) for each in check(facts)],
            "sent_copy_words": _copy_words(name, files_copy) if facts.login else "",
            "their_time": _time(their_time, language_of(request)) if their_time else None,
        }
    )


def say(found: Check, provider: str) -> str:
    """One sentence; `provider` is the sender's, by its name."""
    parts = {**found.parts, "part": found.parts.get("address", ""), "provider": provider or _("The server")}
    if found.code in ("too_large_here", "large_for_many"):
        parts |= {name: formats.size(int(parts[name])) for name in ("encoded", "most")}
    told = {
        "no_recipient": _("Nobody is named to send it to."),
        "no_sender": _("It is not chosen which account this is from."),
        "recipient_wrong": _("This is not an e-mail address: %(part)s"),
        "address_suspect": _("%(address)s may be mistyped: perhaps %(meant)s"),
        "address_suppressed": _("Mail to %(address)s came back: %(why)s"),
        "recipients_too_many": _("%(provider)s takes %(most)s recipients of one message; there are %(count)s."),
        "sender_is_login": _("The sender is the account itself, as %(provider)s wants it."),
        "sender_not_login": _("%(provider)s refuses other senders than the account itself."),
        "too_large_here": _("%(encoded)s as mail carries it; %(provider)s takes %(most)s."),
        "large_for_many": _("%(encoded)s as mail carries it. Many servers take %(most)s at most."),
        "no_subject": _("There is no subject."),
        "variables_left": _("Not filled in: %(variables)s"),
        "file_forgotten": _("The text speaks of a file (“%(word)s”), and none is attached."),
        "files_there": _("What the text says is attached is there."),
    }
    return told[found.code] % parts


def _shape(found: Check, provider: str) -> dict[str, Any]:
    fix = {"address": found.fix[0], "suggestion": found.fix[1]} if found.fix else None
    return {"kind": found.kind.value, "code": found.code, "words": say(found, provider), "fix": fix}


def _copy_words(provider: str, files_copy: bool | None) -> str:
    named = {"provider": provider or _("The server")}
    if files_copy is None:
        return _("Looked for after sending, and filed if it is not there: one copy")
    if files_copy:
        return _("%(provider)s files it by itself: one copy") % named
    return _("Yizhan files it in Sent at %(provider)s: one copy") % named


def _time(found: gathering.TheirTime, language: str) -> dict[str, Any]:
    """`{words, zone, guessed, suggestions: [{at, zone, title, own}]}`; `own` is the same instant by one's own clock."""
    place, zone = city(found.zone, language), ZoneInfo(found.zone)
    here = found.now.astimezone(zone)
    words = _("%(place)s %(time)s, %(day)s") % {
        "place": place,
        "time": dates.format_time(here, "HH:mm", tzinfo=zone, locale=formats.locale()),
        "day": dates.format_date(here.date(), "EEEE", locale=formats.locale()),
    }
    own_place = city(timezone.get_current_timezone_name(), language)
    suggestions = [
        {
            "at": each.isoformat(),
            "zone": found.zone,
            "title": _("%(place)s %(day)s %(time)s")
            % {
                "place": place,
                "day": dates.format_skeleton("MMMEd", each.date(), locale=formats.locale()),
                "time": f"{each:%H:%M}",
            },
            "own": f"{own_place} {formats.clock(each)}",
        }
        for each in found.mornings
    ]
    guess = _("%(words)s (by the domain)") % {"words": words} if found.guessed else words
    return {"words": guess, "zone": found.zone, "guessed": found.guessed, "suggestions": suggestions}


def _files(sent: object) -> tuple[list[tuple[str, int]], list[int]]:
    """(name, bytes) of what the editor holds attached, and the bytes of the pictures in its text."""
    if not isinstance(sent, list) or len(sent) > MAX_FILES or not all(isinstance(each, dict) for each in sent):
        raise BadInput("files are a list of objects")
    files = [(text_in(each, "name", 1000), number_in(each, "size_bytes") or 0, each.get("cid")) for each in sent]
    return [(name, size) for name, size, cid in files if not cid], [size for _, size, cid in files if cid]


urlpatterns = [path("drafts/check", look, name="draft_check")]
