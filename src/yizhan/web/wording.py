"""Errors in the person's words: by their code, for their own sentence is English and for logs."""

from django.utils.translation import gettext, gettext_noop

from yizhan.base.errors import YizhanError

_WORDS = {
    "address_syntax": gettext_noop("This is not an e-mail address: it needs a name, @ and a domain."),
    "secret_wrong": gettext_noop("The password is empty, or holds line breaks that no password has."),
    "already_bound": gettext_noop("This address is here already."),
    "tries_used_up": gettext_noop(
        "The server refused this password three times within the hour. So that the account is not locked, "
        "the next try is possible in an hour."
    ),
    "too_late": gettext_noop("It is too late to take that back: the account is erased."),
    "worker_died": gettext_noop("The work on this was cut short again and again. Try once more."),
    "account_busy": gettext_noop("Something else is working on this account. Try again in a minute."),
    "timeout": gettext_noop("No answer came in time. Try again."),
    "route_unknown": gettext_noop("There is no node of that name."),
    "nothing_to_edit": gettext_noop("Nothing was changed in the form."),
    "import_unreadable": gettext_noop("This file cannot be read as a list of accounts."),
    "row_wrong": gettext_noop("This row cannot be read."),
}


def say(error: YizhanError) -> str:
    """One sentence; where there is none for the code, the error's own."""
    return say_code(error.code, error.detail)


def say_code(code: str, detail: str) -> str:
    """The same for an error that was kept."""
    words = _WORDS.get(code)
    return gettext(words) if words else detail
