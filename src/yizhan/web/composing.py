"""What the scripts of the page on which one writes say, in the person's language."""

from django.utils.translation import gettext as _


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
