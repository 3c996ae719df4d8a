"""A message that is sent once more: the same bytes under another Message-ID and date."""

import re
from datetime import datetime
from email.utils import format_datetime

_FIELD = rb"^%s:[^\n]*\n(?:[ \t][^\n]*\n)*"  # with its folded lines (RFC 5322 §2.2.3)
_RESENT = b"Resent-"


def renew(raw: bytes, message_id: str, date: datetime) -> bytes:
    """`raw` with this Message-ID (its brackets included) and Date in its head; nothing else of it changes.

    Of a message that was sent on it is the Resent fields (RFC 5322 §3.6.6): its own stay.
    """
    head, end, body = raw.partition(b"\r\n\r\n")
    prefix = _RESENT if head.startswith(_RESENT) else b""
    kept = head + b"\r\n"
    for name in (b"message-id", b"date"):
        field = re.compile(_FIELD % (prefix + name), re.IGNORECASE | re.MULTILINE)
        kept = field.sub(b"", kept, count=1 if prefix else 0)
    told = prefix.decode()
    fields = f"{told}Message-ID: {message_id}\r\n{told}Date: {format_datetime(date)}\r\n".encode("ascii")
    return (fields + kept).removesuffix(b"\r\n") + end + body


def domain_of_id(message_id: str) -> str:
    """What stands behind the `@` of a Message-ID: another one of the same sender has the same."""
    return message_id.strip("<>").partition("@")[2]
