"""A message from its parts."""

import mimetypes
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

_FORBIDDEN = re.compile(r"[\r\n\x00]")


class HeaderInjected(ValueError):
    """A header would hold a line break."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said, by whom, to whom; `attachments` are (file name, bytes).  Bcc is never part of it."""

    sender: str
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, bytes], ...]
    message_id: str
    date: datetime


def make_message(draft: Draft) -> bytes:
    """The bytes with CRLF; raises `HeaderInjected`."""
    for value in (
        draft.subject,
        draft.message_id,
        draft.sender,
        *(part for pair in draft.to + draft.cc for part in pair),
    ):
        if _FORBIDDEN.search(value):
            raise HeaderInjected("a header holds a line break")
    message = EmailMessage(policy=SMTP)
    message["From"] = draft.sender
    for name, people in (("To", draft.to), ("Cc", draft.cc)):
        if people:
            message[name] = [Address(display, addr_spec=address) for display, address in people]
    message["Subject"] = draft.subject
    message["Message-ID"] = draft.message_id
    message["Date"] = draft.date
    message.set_content(draft.text)
    if draft.html:
        message.add_alternative(draft.html, subtype="html")
    for filename, data in draft.attachments:
        kind = (mimetypes.guess_type(filename)[0] or "application/octet-stream").split("/")
        message.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=filename)
    return message.as_bytes()
