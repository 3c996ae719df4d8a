"""What a status looks like: its words, its colour and its shape, so that it is never told by colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from yizhan.services.accounts.listing import NEEDS_PERSON
from yizhan.web import formats


@dataclass(frozen=True, slots=True)
class Look:
    """A colour class (`ok warn bad limit off accent`), the name of a shape, and English words that are translated."""

    colour: str
    shape: str
    words: str = ""

    @property
    def title(self) -> str:
        return gettext(self.words)


@dataclass(frozen=True, slots=True)
class Chip:
    """What a chip shows."""

    colour: str
    shape: str
    title: str
    turns: bool = False


ACCOUNT: Mapping[str, Look] = MappingProxyType(
    {
        "normal": Look("ok", "ok", gettext_noop("Normal")),
        "verifying": Look("accent", "ring", gettext_noop("Verifying")),
        "needs_credential": Look("warn", "key", gettext_noop("Needs a password")),
        "needs_action": Look("warn", "diamond", gettext_noop("Needs attention")),
        "unreachable": Look("bad", "triangle", gettext_noop("Server unreachable")),
        "throttled": Look("limit", "hourglass", gettext_noop("Throttled")),
        "paused": Look("off", "bars", gettext_noop("Paused")),
        "deleting": Look("off", "bin", gettext_noop("Deleting")),
    }
)
# Causes with a look of their own; every other keeps the look of its account's status.  The words without a
# translation here are the cause's own title.
CAUSES: Mapping[str, Look] = MappingProxyType(
    {
        "app_password_required": Look("warn", "key", gettext_noop("Needs app password")),
        "wrong_password": Look("bad", "key", gettext_noop("Wrong password")),
        "oauth_token_invalid": Look("bad", "calendar", gettext_noop("Sign-in expired")),
        "imap_disabled": Look("warn", "power", gettext_noop("IMAP is off")),
        "admin_required": Look("warn", "users", gettext_noop("Ask your admin")),
        "account_locked": Look("bad", "lock", gettext_noop("Account locked")),
        "unrecognised": Look("warn", "diamond", gettext_noop("Needs attention")),
    }
)
SUBMISSION: Mapping[str, Look] = MappingProxyType(
    {
        "draft": Look("off", "pencil", gettext_noop("Draft")),
        "queued": Look("off", "queued", gettext_noop("Queued")),
        "scheduled": Look("off", "clock", gettext_noop("Scheduled")),
        "sending": Look("accent", "arrow-up", gettext_noop("Sending")),
        "uncertain": Look("warn", "question", gettext_noop("Unconfirmed")),
        "sent": Look("ok", "ok", gettext_noop("Sent")),
        "failed": Look("bad", "octagon", gettext_noop("Failed")),
        "cancelled": Look("off", "cancelled", gettext_noop("Cancelled")),
    }
)
_KINDS: Mapping[str, Mapping[str, Look]] = MappingProxyType({"account": ACCOUNT, "submission": SUBMISSION})
# The one that needs a person most stands first.
_SEVERITY = (
    "account_locked", "wrong_password", "oauth_token_invalid", "app_password_required", "imap_disabled",
    "admin_required",
)  # fmt: skip
_AFTER = ("needs_credential", "needs_action", "unreachable", "verifying", "throttled", "normal", "paused", "deleting")


def status_of(kind: str, status: str, diagnosis: Mapping[str, Any] | None = None, noun: str = "") -> Chip:
    """The chip of a status; with a diagnosis, what is wanted at once.  `noun`: what this provider calls its secret."""
    look = _KINDS[kind][status]
    if diagnosis is None or status in ("normal", "verifying", "paused", "deleting"):
        return Chip(look.colour, look.shape, look.title, turns=status == "verifying")
    if status == "throttled":
        return Chip(look.colour, look.shape, _throttled(diagnosis) or look.title)
    own = CAUSES.get(diagnosis["cause"])
    if own is None:
        title = look.title if status == "unreachable" else str(diagnosis["title"])
        return Chip(look.colour, look.shape, title)
    if diagnosis["cause"] == "app_password_required" and noun:
        return Chip(own.colour, own.shape, gettext("Needs %(noun)s") % {"noun": noun})
    return Chip(own.colour, own.shape, own.title)


def alert_words() -> dict[str, str]:
    """What is said of an incident's begin and end, by the status in the news; a script fills in `{address}`."""
    needing = ("needs_credential", "needs_action", "unreachable", "throttled")
    trouble = gettext("%(address)s needs you: %(status)s")
    words = {status: trouble % {"address": "{address}", "status": ACCOUNT[status].title} for status in needing}
    refused = {
        "flag": gettext("The provider did not mark the messages; they are shown as before. It said: %(said)s"),
        "move": gettext("The provider did not move the messages; they are shown as before. It said: %(said)s"),
        "expunge": gettext("The provider did not remove the messages; they are shown as before. It said: %(said)s"),
    }
    words |= {f"refused.{kind}": text % {"said": "{said}"} for kind, text in refused.items()}
    return {**words, "normal": gettext("%(address)s works again") % {"address": "{address}"}}


def severity(status: str, diagnosis: Mapping[str, Any] | None) -> int:
    """Smaller stands higher in a list."""
    cause = diagnosis["cause"] if diagnosis else ""
    if status in NEEDS_PERSON and cause in _SEVERITY:
        return _SEVERITY.index(cause)
    return len(_SEVERITY) + _AFTER.index(status)


def _throttled(diagnosis: Mapping[str, Any]) -> str:
    until: datetime | None = diagnosis.get("until")
    if until is None and diagnosis.get("seen_at") and diagnosis.get("retry_after_s"):
        until = diagnosis["seen_at"] + timedelta(seconds=diagnosis["retry_after_s"])
    if until is None or until <= timezone.now():
        return ""
    return gettext("Throttled until %(time)s") % {"time": formats.clock(until)}
