"""Messages that have just come, as light rows: a model instance for each would cost more than writing it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from yizhan.store import inserting
from yizhan.store.limits import MAX_MESSAGE_ID_CHARS, MAX_SNIPPET_CHARS, MAX_SUBJECT_CHARS
from yizhan.store.models import Mailbox, Message
from yizhan.store.text import Written, storable, storable_addresses, storable_flags

AddressList = Sequence[Mapping[str, str]]


class MessageFacts(NamedTuple):
    """What FETCH said of one message; addresses are `{"name", "address"}`, flags with their backslashes."""

    uid: int
    internal_date: datetime
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: str = ""
    subject: str = ""
    from_: AddressList = ()
    to: AddressList = ()
    cc: AddressList = ()
    flags: Collection[str] = ()
    size_bytes: int = 0
    attachments: int = 0
    snippet: str = ""
    server_id: str = ""


@dataclass(slots=True)
class Arrival:
    """A row of `Message` that is not written yet, or what such a row is to say."""

    workspace_id: int
    account_id: int
    mailbox_id: int
    uid_validity: int
    uid: int
    internal_date: datetime
    date: datetime | None
    message_id: str
    in_reply_to: str
    subject: str
    senders: Written
    to: Written
    cc: Written
    flags: Written
    seen: bool
    flagged: bool
    answered: bool
    size_bytes: int
    attachments: int
    snippet: str
    server_id: str
    thread_id: int | None = None
    id: int | None = None

    @property
    def pk(self) -> int:
        """Its number; 0 before `number` gave it one."""
        return self.id or 0

    def as_row(self) -> Message:
        """The same as a model instance, without number and thread."""
        return Message(**{name: getattr(self, name) for name in _SAID})


_NAMES = [each.name for each in fields(Arrival)]
_SAID = [name for name in _NAMES if name not in ("id", "thread_id")]
_values = attrgetter(*_NAMES)


def make(mailbox: Mailbox, uid_validity: int, facts: MessageFacts, flags: Collection[str]) -> Arrival:
    """The row; `flags` are those to be shown."""
    kept, seen, flagged, answered = shown_flags(frozenset(flags))
    return Arrival(
        mailbox.account.workspace_id,
        mailbox.account_id,
        mailbox.pk,
        uid_validity,
        facts.uid,
        facts.internal_date,
        facts.date,
        storable(facts.message_id, MAX_MESSAGE_ID_CHARS),
        storable(facts.in_reply_to, MAX_MESSAGE_ID_CHARS),
        storable(facts.subject, MAX_SUBJECT_CHARS),
        storable_addresses(facts.from_),
        storable_addresses(facts.to),
        storable_addresses(facts.cc),
        kept,
        seen,
        flagged,
        answered,
        facts.size_bytes,
        facts.attachments,
        storable(facts.snippet, MAX_SNIPPET_CHARS),
        facts.server_id,
    )


def number(rows: Sequence[Arrival]) -> None:
    """Give each of them the number that it will have."""
    for row, given in zip(rows, inserting.take_numbers(Message, len(rows)), strict=True):
        row.id = given


def write(rows: Sequence[Arrival]) -> None:
    """Insert them; they have their numbers and threads."""
    inserting.insert(Message, _NAMES, [_values(row) for row in rows])


@lru_cache(maxsize=256)  # a mailbox of 100,000 messages has some twenty different sets
def shown_flags(flags: frozenset[str]) -> tuple[Written, bool, bool, bool]:
    """The flags as they are kept; seen, flagged and answered.  Names do not differ by case (RFC 9051 §2.3.2)."""
    kept = Written(storable_flags(flags))
    known = {flag.lower() for flag in kept}
    return kept, "\\seen" in known, "\\flagged" in known, "\\answered" in known
