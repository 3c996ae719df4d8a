"""Errors in a person's words: by their code, for their own sentence is English and for scripts and logs."""

import gettext
from functools import cache
from pathlib import Path

from yizhan.providers.causes import Cause
from yizhan.providers.spacing import space_chinese
from yizhan.providers.words import words_of

__all__ = ["has_words", "say_code", "space_chinese", "title_of"]

LOCALE = Path(__file__).parents[2] / "locale"
_FOLDERS = {"zh-hans": "zh_Hans", "ru": "ru"}
# Of these only the English says what exactly, so it stands behind the words.
_EXACT = frozenset(
    {
        "bad_input", "bad_setting", "usage", "home_unusable", "key_missing", "keys_exposed", "keys_unreadable",
        "mailbox_fixed", "mailbox_name_wrong", "mailbox_taken",
        "not_found", "password_weak", "query_refused", "recipient_wrong", "import_unreadable", "row_wrong",
        "time_wrong", "template_wrong", "card_wrong", "card_file_unreadable",
    }
)  # fmt: skip


def gettext_noop(words: str) -> str:
    """Marks words for translation; Django's own wants its settings, and a command may fail before it has them."""
    return words


WORDS = {
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
    "address_forbidden": gettext_noop(
        "This server has a private address, and YIZHAN_ALLOW_NETWORKS does not open its network."
    ),
    "home_unusable": gettext_noop("The data folder cannot be used."),
    "bad_setting": gettext_noop("A setting cannot be used as it is."),
    "port_taken": gettext_noop("Something else listens at this port."),
    "nothing_found": gettext_noop("Nothing was found out about this domain's servers."),
    "answer_unusable": gettext_noop("The domain's answer about its servers cannot be used."),
    "servers_unconfirmed": gettext_noop("The domain names servers of somebody else. Look at them and confirm."),
    "http_failed": gettext_noop("A web server did not answer as it should."),
    "demo_file_broken": gettext_noop("The demo's file in the data folder cannot be read; nothing is dialled."),
    "submission_moved_on": gettext_noop("The message is further than that by now; nothing was changed."),
    "may_have_arrived": gettext_noop(
        "The message may have arrived. It is sent again only when you say that it did not."
    ),
    "nobody_left": gettext_noop("The servers of all recipients have taken it already."),
    "cap_wrong": gettext_noop("A limit is a whole number."),
    "time_wrong": gettext_noop("At this time a message cannot be sent."),
    "no_recipient": gettext_noop("The message is to nobody yet."),
    "recipient_wrong": gettext_noop("One of the recipients is not an address."),
    "too_many_recipients": gettext_noop("The message has too many recipients."),
    "original_not_here": gettext_noop("The original is not here whole yet. Open it once, then try again."),
    "submission_too_large": gettext_noop("The message is too large."),
    "too_many_files": gettext_noop("There are too many files."),
    "draft_moved_on": gettext_noop("This draft was changed elsewhere. What was written here is kept as a second one."),
    "not_a_draft": gettext_noop("This message does not lie in Drafts."),
    "no_sender": gettext_noop("It is not chosen which account this is from."),
    "name_taken": gettext_noop("This name or address is taken already."),
    "name_wrong": gettext_noop("A name has 1 to 150 characters."),
    "text_too_long": gettext_noop("The text is too long to be kept."),
    "template_wrong": gettext_noop("A template has variables such as {name}, and no loops or conditions."),
    "card_wrong": gettext_noop("This card cannot be kept as it was typed."),
    "card_file_unreadable": gettext_noop("This file cannot be read as an address book."),
    "draft_too_long": gettext_noop("The text is too long to be kept."),
    "password_weak": gettext_noop("This password is too weak."),
    "sign_in_address_wrong": gettext_noop("Nobody signs in with this address."),
    "setup_link_void": gettext_noop("This link is used up or was replaced. Take the newest one from the terminal."),
    "key_missing": gettext_noop("The vault's key is not there."),
    "keys_exposed": gettext_noop("Others can read the vault's key; nothing is opened until that is mended."),
    "keys_unreadable": gettext_noop("The vault's key cannot be read."),
    "seal_broken": gettext_noop("A sealed secret does not open with its key."),
    "rotation_refused": gettext_noop("The vault's key cannot be changed now."),
    "disk_full": gettext_noop("There is no room left on the disk. Make some, then it goes on by itself."),
    "blob_missing": gettext_noop("The bytes of this message are not here any more. Try again."),
    "blob_damaged": gettext_noop("The bytes of this message are damaged here."),
    "blob_too_large": gettext_noop("This is too large to be kept."),
    "bad_input": gettext_noop("This cannot be used as it was typed."),
    "query_refused": gettext_noop("This cannot be searched for as it was typed."),
    "mailbox_fixed": gettext_noop("This cannot be done with this mailbox."),
    "mailbox_grew": gettext_noop("More messages came into this mailbox meanwhile, so it was not deleted. Look again."),
    "mailbox_name_wrong": gettext_noop("No mailbox can have this name."),
    "mailbox_taken": gettext_noop("There is a mailbox of this name already."),
    "not_found": gettext_noop("That is not here."),
    "usage": gettext_noop("The command is not written as it takes it."),
    "internal": gettext_noop("Yizhan made a mistake here; its log says which."),
    "mailbox_of_role_missing": gettext_noop("The account has no mailbox for that. Create one, or move it elsewhere."),
    "gone_for_good": gettext_noop("These are in Trash already: deleting them removes them for good."),
    "several_accounts": gettext_noop("Messages can be moved within their own account only."),
    "no_room_for_search": gettext_noop("100 saved searches are the most. Delete one first."),
    "search_name_taken": gettext_noop("Another saved search has this name."),
    "undo_too_late": gettext_noop("It is too late to take that back: the server has been told."),
    "withdrawn": gettext_noop("The command does it itself."),
}


def has_words(code: str) -> bool:
    """Whether people who read no English are told in their language."""
    return code in WORDS or code in set(Cause)


def say_code(code: str, detail: str, language: str) -> str:
    """One sentence in `language` (`zh-hans`, `en`, `ru`); the error's own where there is none for the code."""
    if code in WORDS:
        words = _catalogue(language).gettext(WORDS[code])
        return f"{words} ({detail})" if code in _EXACT and detail else words
    return words_of(Cause(code), language).title if code in set(Cause) else detail


def title_of(code: str, detail: str, language: str) -> str:
    """What a command says: English tells what exactly by itself, other languages by the words."""
    return detail if language == "en" else say_code(code, detail, language)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = _FOLDERS.get(language)
    return gettext.translation("django", LOCALE, [folder]) if folder else gettext.NullTranslations()
