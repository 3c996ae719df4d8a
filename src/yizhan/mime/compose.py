"""A message from its parts, and the headers of an answer."""

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from yizhan.mime.headers import read_message_ids
from yizhan.mime.limits import MAX_REFERENCES

_FORBIDDEN = re.compile(r"[\r\n\x00]")
# Without 8BITMIME a server may refuse or mangle bytes above 127; what is encoded passes everywhere (RFC 6152).
_POLICY = SMTP.clone(cte_type="7bit")


class HeaderInjected(ValueError):
    """A header would hold a line break."""


class AddressNotAscii(ValueError):
    """An address whose local part only a server with SMTPUTF8 takes (RFC 6531)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said, by whom, to whom; `attachments` are (file name, bytes).  Bcc is never part of it.

    `in_reply_to` and `references` are Message-IDs with their brackets.
    """

    sender: str
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, bytes], ...]
    message_id: str
    date: datetime
    reply_to: tuple[tuple[str, str], ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def make_message(draft: Draft) -> bytes:
    """The bytes with CRLF, 7-bit, no line longer than 998; raises `HeaderInjected` or `AddressNotAscii`.

    It says nothing of this machine: no program's name, no host, and the date in UTC.
    """
    _refuse_line_breaks(draft)
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address("", draft.sender)
    for name, people in (("To", draft.to), ("Cc", draft.cc), ("Reply-To", draft.reply_to)):
        if people:
            message[name] = [_address(*each) for each in people]
    message["Subject"] = draft.subject
    message["Message-ID"] = draft.message_id
    message["Date"] = draft.date
    message.set_content(draft.text)
    if draft.html:
        message.add_alternative(draft.html, subtype="html")
    for filename, data in draft.attachments:
        maintype, subtype = _file_type(filename).split("/")
        message.add_attachment(data, maintype=maintype, subtype=subtype, filename=filename)
    return _thread_fields(draft) + message.as_bytes()


def answer_references(references: str, in_reply_to: str, message_id: str) -> tuple[str, ...]:
    """The ids for References of an answer (RFC 5322 §3.6.4), the first and the newest when there are many."""
    parent = read_message_ids(references)
    if not parent:
        named = read_message_ids(in_reply_to)
        parent = named if len(named) == 1 else []
    ids = list(dict.fromkeys([*parent, *read_message_ids(message_id)]))
    return tuple(ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[1 - MAX_REFERENCES :]])


def _refuse_line_breaks(draft: Draft) -> None:
    people = (*draft.to, *draft.cc, *draft.reply_to)
    names = (name for name, _ in draft.attachments)
    ids = (draft.message_id, draft.in_reply_to, *draft.references)
    for value in (draft.subject, draft.sender, *ids, *names, *(part for pair in people for part in pair)):
        if _FORBIDDEN.search(value):
            raise HeaderInjected("a header holds a line break")


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise AddressNotAscii(f"{address} has letters before the @ that not every server takes")
    try:
        return Address(name, username=local, domain=domain.encode("idna").decode("ascii"))
    except UnicodeError:
        raise AddressNotAscii(f"{domain} is no domain name") from None


def _thread_fields(draft: Draft) -> bytes:
    """Written by hand, an id a line: Python would break an id that is longer than a line."""
    fields = (("In-Reply-To", [draft.in_reply_to] if draft.in_reply_to else []), ("References", draft.references))
    return "".join(_ids_field(name, ids) for name, ids in fields if ids).encode("ascii", "replace")


def _ids_field(name: str, ids: Sequence[str]) -> str:
    return f"{name}: " + "\r\n ".join(ids) + "\r\n"


def _file_type(filename: str) -> str:
    """By the name's ending; what has rules of its own about encoding is sent as bytes (RFC 2046 §5)."""
    guessed = mimetypes.guess_type(filename)[0]
    usable = guessed is not None and not guessed.startswith(("message/", "multipart/"))
    return guessed if guessed and usable else "application/octet-stream"
