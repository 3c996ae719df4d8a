"""A message that is sent once more: the same bytes under another Message-ID and date."""

import re
from datetime import datetime
from email.utils import format_datetime

_FIELD = rb"^%s:[^\n]*\n(?:[ \t][^\n]*\n)*"  # with its folded lines (RFC 5322 §2.2.3)
_ID = re.compile(_FIELD % rb"message-id", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(_FIELD % rb"date", re.IGNORECASE | re.MULTILINE)


def renew(raw: bytes, message_id: str, date: datetime) -> bytes:
    """`raw` with this Message-ID (its brackets included) and Date in its head; nothing else of it changes."""
    head, end, body = raw.partition(b"\r\n\r\n")
    kept = _DATE.sub(b"", _ID.sub(b"", head + b"\r\n"))
    fields = f"Message-ID: {message_id}\r\nDate: {format_datetime(date)}\r\n".encode("ascii")
    return (fields + kept).removesuffix(b"\r\n") + end + body


def domain_of_id(message_id: str) -> str:
    """What stands behind the `@` of a Message-ID: another one of the same sender has the same."""
    return message_id.strip("<>").partition("@")[2]
