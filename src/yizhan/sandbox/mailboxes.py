"""Messages in memory, and who wants to hear that they changed."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from yizhan.sandbox.limits import MAX_BYTES, MAX_FLAG, MAX_FLAGS, MAX_MAILBOXES, MAX_MESSAGE, MAX_MESSAGES
from yizhan.sandbox.personas import Persona

NO_SELECT = "noselect"  # the role of a name that is listed and cannot be opened, such as [Gmail]


class NoRoom(Exception):
    """One more message or mailbox would be past what the sandbox holds."""


class TooManyFlags(Exception):
    """More or longer flags than any client has a use for."""


@dataclass(slots=True)
class Message:
    """One message as it was handed in; `flags` with their backslashes."""

    uid: int
    raw: bytes
    flags: frozenset[bytes]
    internal_date: datetime


@dataclass(slots=True)
class Ledger:
    """The bytes of all messages of all people; one count, for it bounds the memory of the whole sandbox."""

    used: int = 0

    def take(self, size: int) -> None:
        if size > MAX_MESSAGE or self.used + size > MAX_BYTES:
            raise NoRoom("the sandbox holds no more mail")
        self.used += size


@dataclass(slots=True, eq=False)
class Mailbox:
    """RFC 9051's container; `messages` in the order of their UIDs."""

    name: str
    role: str
    uid_validity: int
    ledger: Ledger
    uid_next: int = 1
    subscribed: bool = True
    messages: dict[int, Message] = field(default_factory=dict)
    listeners: set[asyncio.Event] = field(default_factory=set)

    def add(self, raw: bytes, flags: frozenset[bytes], at: datetime) -> Message:
        """File one message; raises `NoRoom` or `TooManyFlags` and files nothing."""
        check_flags(flags)
        if len(self.messages) >= MAX_MESSAGES:
            raise NoRoom("the mailbox is full")
        self.ledger.take(len(raw))
        message = Message(self.uid_next, raw, flags, at)
        self.messages[message.uid] = message
        self.uid_next += 1
        self.tell()
        return message

    def remove(self, uid: int) -> None:
        message = self.messages.pop(uid)
        self.ledger.used -= len(message.raw)
        self.tell()

    def set_flags(self, uid: int, flags: frozenset[bytes]) -> None:
        """Raises `TooManyFlags`."""
        check_flags(flags)
        self.messages[uid].flags = flags
        self.tell()

    def tell(self) -> None:
        """Wake every session that has this mailbox open."""
        for listener in self.listeners:
            listener.set()

    @property
    def unseen(self) -> int:
        return sum(b"\\Seen" not in message.flags for message in self.messages.values())


def check_flags(flags: frozenset[bytes]) -> None:
    if len(flags) > MAX_FLAGS or any(len(flag) > MAX_FLAG for flag in flags):
        raise TooManyFlags("too many or too long flags")


class Mailboxes:
    """All mailboxes of one person."""

    def __init__(self, persona: Persona, ledger: Ledger, uid_validity: int) -> None:
        self._ledger = ledger
        self._uid_validity = uid_validity
        self.separator = persona.separator
        self.by_name: dict[str, Mailbox] = {}
        self.add("INBOX")
        for plan in persona.mailboxes:
            self.add(plan.name, plan.role)

    def add(self, name: str, role: str = "") -> Mailbox:
        """Raises `NoRoom`; a mailbox made again gets another UIDVALIDITY (RFC 9051 §2.3.1.1)."""
        if len(self.by_name) >= MAX_MAILBOXES:
            raise NoRoom("too many mailboxes")
        mailbox = Mailbox(name, role, self._uid_validity, self._ledger)
        self._uid_validity += 1
        self.by_name[name] = mailbox
        return mailbox

    def find(self, name: str) -> Mailbox | None:
        """INBOX in any case (RFC 9051 §5.1); a name that only others stand below is none."""
        found = self.by_name.get("INBOX" if name.upper() == "INBOX" else name)
        return None if found is not None and found.role == NO_SELECT else found

    def of_role(self, role: str) -> Mailbox | None:
        return next((mailbox for mailbox in self.by_name.values() if mailbox.role == role), None)

    def delete(self, mailbox: Mailbox) -> None:
        for uid in list(mailbox.messages):
            mailbox.remove(uid)
        del self.by_name[mailbox.name]

    def rename(self, mailbox: Mailbox, name: str) -> None:
        """With all that stand below it (RFC 9051 §6.3.6)."""
        top = mailbox.name
        for old in [each for each in self.by_name if each == top or each.startswith(top + self.separator)]:
            moved = self.by_name.pop(old)
            moved.name = name + old[len(top) :]
            self.by_name[moved.name] = moved

    def has_children(self, mailbox: Mailbox) -> bool:
        return any(name.startswith(mailbox.name + self.separator) for name in self.by_name)
