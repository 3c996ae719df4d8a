"""What the server says of mailboxes and messages, in the store's words."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.types import Address, Envelope, Fetched, Listed
from yizhan.mime.headers import decode_header
from yizhan.services.sync.attachments import count_attachments
from yizhan.store.arrivals import AddressList, MessageFacts
from yizhan.store.mailboxes import MailboxFacts

METADATA = "UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE"
UNOPENABLE = frozenset({"\\noselect", "\\nonexistent"})  # RFC 9051 §7.3.1
_NO_ENVELOPE = Envelope(None, None, (), (), (), (), (), (), None, None)
_USUAL_DATE = re.compile(
    rb"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Z][a-z]{2}) ([12]\d{3}) (\d\d):(\d\d):(\d\d) ([+-])([01]\d)([0-5]\d)"
    rb"(?: \([A-Za-z ]*\))?"
)
_MONTHS = {name: at for at, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_SHORT = 200  # bytes of one person: what is longer is not kept
_OBJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # when a message arrived that the server cannot describe


def mailbox_facts(listed: Listed, role: str, subscribed: bool, object_id: str = "") -> MailboxFacts:
    """One line of LIST with the role that it has been given."""
    return MailboxFacts(
        wire_name=listed.wire_name,
        name=listed.name,
        delimiter=listed.delimiter,
        role=role,
        subscribed=subscribed,
        selectable=not listed.attributes & UNOPENABLE,
        messages=listed.status.messages if listed.status else None,
        unseen=listed.status.unseen if listed.status else None,
        object_id=object_id,
    )


def message_facts(fetched: Fetched) -> MessageFacts:
    """One FETCH response; what a stranger wrote so badly that no server could read it is kept as far as it goes.

    Raises `RemoteProtocolError` if what was asked for is not there and no defect says why.
    """
    envelope, arrived = fetched.envelope, fetched.internal_date
    if fetched.defect:
        envelope, arrived = envelope or _NO_ENVELOPE, arrived or LONG_AGO
    if envelope is None or arrived is None:
        raise RemoteProtocolError("a FETCH response lacks what was asked for")
    return MessageFacts(
        uid=uid_of(fetched),
        internal_date=arrived,
        date=_date(envelope.date),
        message_id=_text(envelope.message_id),
        in_reply_to=_text(envelope.in_reply_to),
        subject=_text(envelope.subject),
        from_=_addresses(envelope.from_),
        to=_addresses(envelope.to),
        cc=_addresses(envelope.cc),
        flags=flags_of(fetched),
        size_bytes=fetched.size or 0,
        attachments=count_attachments(fetched.structure) if fetched.structure is not None else 0,
        server_id=_server_id(fetched),
    )


def _server_id(fetched: Fetched) -> str:
    """The server's own name for the bytes: X-GM-MSGID, or EMAILID in the form that RFC 8474 §4 gives it; else empty."""
    if fetched.gmail_message:
        return str(fetched.gmail_message)
    return fetched.email_id if fetched.email_id and _OBJECT_ID.fullmatch(fetched.email_id) else ""


def uid_of(fetched: Fetched) -> int:
    """The UID, which every response to UID FETCH has; raises `RemoteProtocolError`."""
    if not fetched.uid:
        raise RemoteProtocolError("a FETCH response names no UID")
    return fetched.uid


def flags_of(fetched: Fetched) -> frozenset[str]:
    """The flags but for \\Recent, which is of one session and not of the message (RFC 3501 §2.3.2)."""
    return _without_recent(fetched.flags or frozenset())


@lru_cache(maxsize=256)  # a mailbox of 100,000 messages has some twenty different sets
def _without_recent(flags: frozenset[str]) -> frozenset[str]:
    return flags - {"\\Recent"}


def _text(value: bytes | None) -> str:
    return decode_header(value) if value is not None else ""


def _addresses(people: tuple[Address, ...]) -> AddressList:
    return tuple(
        [_known_person(each) if _is_short(each) else _person(each) for each in people if each.host is not None]
    )


def _is_short(person: Address) -> bool:
    name, _, mailbox, host = person
    return len(name or b"") + len(mailbox or b"") + len(host or b"") <= _SHORT


def _person(person: Address) -> dict[str, str]:
    return {"name": _text(person.name), "address": f"{_text(person.mailbox)}@{_text(person.host)}"}


# The same few people write, and the owner is in nearly every `To`.
_known_person = lru_cache(maxsize=4096)(_person)


def _date(value: bytes | None) -> datetime | None:
    usual = None if value is None else _USUAL_DATE.fullmatch(value)
    try:
        return _read_date(value) if usual is None or usual[2] not in _MONTHS else _read_usual(usual)
    except (ValueError, OverflowError):  # no one can read it, or it is past the calendar's end: shown as none
        return None


def _read_usual(match: re.Match[bytes]) -> datetime:
    """The form of RFC 5322 §3.3 that nearly all mail has; ten times as fast as what reads all of them."""
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    there = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    ahead = timedelta(minutes=int(zone_hours) * 60 + int(zone_minutes))
    return there - ahead if sign == b"+" else there + ahead


def _read_date(value: bytes | None) -> datetime:
    moment = parsedate_to_datetime(_text(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
