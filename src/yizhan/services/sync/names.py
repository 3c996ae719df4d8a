"""Names that people give to mailboxes: whether a server can have them, and what they are on the wire.  Pure."""

import re
from collections.abc import Callable, Sequence
from unicodedata import category, normalize

from yizhan.base.errors import BadInput
from yizhan.imap import utf7
from yizhan.store.limits import MAX_MAILBOX_NAME_BYTES
from yizhan.store.models import Mailbox

# File systems stop at 255 bytes a level, and most servers keep a mailbox as a folder or a file.
MAX_LEVEL_BYTES = 255
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, half pairs, line and paragraph separators


class MailboxNameWrong(BadInput):
    """No mailbox can have this name."""

    code = "mailbox_name_wrong"


class MailboxTaken(BadInput):
    """There is a mailbox of this name."""

    code = "mailbox_taken"


class MailboxFixed(BadInput):
    """The server would refuse, or do something else than what was meant."""

    code = "mailbox_fixed"


def separator_of(rows: Sequence[Mailbox]) -> str:
    """What stands between the levels of names in this account; empty where there are no levels."""
    return next((row.delimiter for row in rows if row.delimiter), "")


def read_name(typed: str, separator: str) -> str:
    """The name in the form that mail agrees on (RFC 9051 §5.1), `INBOX` in capitals; raises `MailboxNameWrong`."""
    name = normalize("NFC", typed)
    levels = name.split(separator) if separator else [name]
    if not all(levels):
        raise MailboxNameWrong(f"the name, and each part between two {separator}, needs at least one character")
    for level in levels:
        if any(category(char) in _UNPRINTABLE for char in level):
            raise MailboxNameWrong("a name is one line of characters that can be seen")
        if level != level.strip():
            raise MailboxNameWrong("a name neither begins nor ends with a space")
        if len(utf7.encode(level)) > MAX_LEVEL_BYTES:
            raise MailboxNameWrong(f"the name is too long: at most {MAX_LEVEL_BYTES} bytes on the wire a level")
    if levels[0].upper() == "INBOX":
        levels[0] = "INBOX"  # which is the same in every spelling (RFC 9051 §5.1)
    name = separator.join(levels)
    if len(utf7.encode(name)) > MAX_MAILBOX_NAME_BYTES:
        raise MailboxNameWrong(f"the name is too long: at most {MAX_MAILBOX_NAME_BYTES} bytes on the wire")
    return name


def refuse_taken(name: str, rows: Sequence[Mailbox]) -> None:
    """Raise `MailboxTaken` if a mailbox of that name can be opened already."""
    if name == "INBOX" or any(row.name == name and row.selectable for row in rows):
        raise MailboxTaken(f"there is a mailbox {name} already")


def within(row: Mailbox, rows: Sequence[Mailbox]) -> list[Mailbox]:
    """The mailboxes inside this one, at any depth."""
    prefix = row.wire_name + row.delimiter
    return [each for each in rows if row.delimiter and each.wire_name.startswith(prefix)]


def wire_of(name: str, rows: Sequence[Mailbox], encode: Callable[[str], str] = utf7.encode) -> str:
    """The wire name of a new mailbox: what is known of it as the server writes it, the rest as `encode` does.

    A server that writes raw UTF-8 without having been asked to knows its own mailboxes by those bytes only.
    """
    above = [row for row in rows if row.delimiter and name.startswith(row.name + row.delimiter)]
    parent = max(above, key=lambda row: len(row.name), default=None)
    if parent is None:
        return encode(name)
    return parent.wire_name + encode(name[len(parent.name) :])


def beside(row: Mailbox, leaf: str) -> str:
    """The name `leaf` at the place of this mailbox; raises `MailboxNameWrong` if it would be at another."""
    return inside_of(row.name.rpartition(row.delimiter)[0] if row.delimiter else "", leaf, row.delimiter)


def inside_of(parent: str, leaf: str, separator: str) -> str:
    """The name `leaf` inside `parent` (empty: of the first level); raises `MailboxNameWrong` if it names levels."""
    if separator and separator in leaf:
        raise MailboxNameWrong(f"a name cannot hold {separator}, which stands between levels here")
    return f"{parent}{separator}{leaf}" if parent else leaf


def shown(name: str) -> str:
    """The name without what would be invisible, break a line of a terminal or turn it round."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "�", name)
