"""What the page on which one writes offers: senders with what is left of their day, signatures, templates, words."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from yizhan.base.clock import SystemClock
from yizhan.services.outbox.pacing import meters
from yizhan.services.writing import library, signatures, templates
from yizhan.services.writing.identities import list_senders
from yizhan.web import formats
from yizhan.web.pages import scope

CLOCK = SystemClock()


def senders(request: HttpRequest, accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Whom a message can be from: `value name address account`, each account by its names, or bare."""
    named = list_senders(scope(request))
    found = []
    for account in accounts:
        own = named.get(account["id"], [])
        found += [{**each, "value": f"{account['id']}:{each['id']}", "account": account} for each in own]
        if not any(each["address"].casefold() == account["address"].casefold() for each in own):
            found.append({"value": str(account["id"]), "name": "", "address": account["address"], "account": account})
    return found


def quotas(request: HttpRequest) -> tuple[dict[int, str], dict[int, list[dict[str, Any]]]]:
    """By account what is left today, in words, and the meters; nothing where no limit is known."""
    words, shown = {}, {}
    for each in meters(scope(request), CLOCK):
        number = each["account_id"]
        rows = [(_("Today"), each["used_today"], each["a_day"]), (_("This hour"), each["used_hour"], each["an_hour"])]
        shown[number] = [
            {"title": title, "used": used, "most": most, "queued": 0 if at else each["waiting"]}
            for at, (title, used, most) in enumerate(rows)
            if most
        ]
        if each["a_day"]:
            left = formats.number(max(0, each["a_day"] - each["used_today"]))
            words[number] = _("%(left)s of %(most)s left today") % {"left": left, "most": formats.number(each["a_day"])}
    return words, shown


def offers(request: HttpRequest) -> dict[str, Any]:
    """Signatures, templates by group, and the files of the library, for the menus."""
    every = templates.list_templates(scope(request))
    return {
        "signatures": signatures.list_signatures(scope(request)),
        "templates": [(name, list(entries)) for name, entries in groupby(every, key=lambda each: each["group"])],
        "library": library.list_files(scope(request)),
    }


def script_words(most: str) -> dict[str, str]:
    """`%s` is where a script puts its part; `most` is how much a message may have."""
    return {
        "found": _("People"),
        "remove": _("Remove"),
        "again": _("Try again"),
        "doubtful": _("This does not look like an e-mail address"),
        "meant": _("Perhaps %s was meant"),
        "saved": _("%s kept as a draft"),
        "kept": _("What you had written was still here."),
        "offline": _("Yizhan cannot be reached. What you write stays in this window and is kept when it can."),
        "signed_out": _("You are signed out. What you write stays in this window; sign in in another one."),
        "not_kept": _("This could not be kept at the server. It stays in this window."),
        "lost": _("Yizhan cannot be reached. Nothing was sent; your text is still here."),
        "large": _("The message is too large with these files; at most %(part)s.") % {"part": most},
        "broken": _("Broken off. Nothing of it was kept."),
        "vanished": _("The file is no longer there, or was changed. Choose it again."),
        "not_taken": _("The server did not take it."),
        "wait_files": _("Files are still on their way. Send again when they are here."),
        "failed_files": _("These files did not arrive: %s. Try them again, or remove them."),
        "left": _("Pictures on somebody's server, left out: %s"),
        "unfilled": _("Not filled in: %s"),
        "plain_title": _("Drop the formatting?"),
        "plain_text": _("As plain text, colours, pictures, tables and links go. The words stay."),
        "plain_verb": _("Plain text"),
        "discard_title": _("Discard this draft?"),
        "discard_text": _("What you wrote and the files with it are gone for good."),
        "discard": _("Discard"),
        "undo": _("After sending there are some seconds to take it back."),
        "sent": _("In the outbox."),
        "later": _("Waits in the outbox for its time."),
        "goes": _("Goes out in %s s."),
        "take_back": _("Undo"),
        "no_zone": _("No time zone has this name"),
        "here": _("That is %s"),
    }


def check_words() -> dict[str, str]:
    """Of the list beside the sheet."""
    return {
        "fix": _("Put right"),
        "sent_copy": _("Copy in Sent"),
        "their_time": _("There it is"),
        "sure": _("Send it as it is?"),
        "anyway": _("Send it"),
    }
