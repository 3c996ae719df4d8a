"""Everything that the sandbox holds: people, their mail, and the phone that shows codes."""

import re
import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.secret import Secret
from yizhan.sandbox.limits import MAX_PEOPLE, MAX_TEXTS
from yizhan.sandbox.mailboxes import Ledger, Mailbox, Mailboxes, NoRoom
from yizhan.sandbox.people import Person
from yizhan.sandbox.personas import PERSONAS, Persona, load_persona

_LOCAL = re.compile(r"[a-z0-9][a-z0-9._+-]{0,40}")


class NameTaken(Exception):
    """Somebody has this address."""


class NameWrong(Exception):
    """The sandbox gives no such address."""


@dataclass(frozen=True, slots=True)
class PhoneText:
    """A short message from a provider to a person's phone."""

    address: str
    code: str
    at: datetime


class World:
    """One for each sandbox, in memory; gone when it stops."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.personas: dict[str, Persona] = {name: load_persona(name) for name in PERSONAS}
        self.people: dict[str, Person] = {}
        self.phone: deque[PhoneText] = deque(maxlen=MAX_TEXTS)
        self.ledger = Ledger()

    def add_person(self, address: str, login_password: str | None = None) -> Person:
        """A new account, as the provider makes it: nothing switched on, no app password.

        Raises `NameWrong` for a domain of no persona, `NameTaken`, and `NoRoom`.
        """
        address = address.strip().lower()
        persona = self.persona_of(address)
        if persona is None or _LOCAL.fullmatch(address.partition("@")[0]) is None:
            raise NameWrong(address)
        if address in self.people:
            raise NameTaken(address)
        if len(self.people) >= MAX_PEOPLE:
            raise NoRoom("no more accounts in this sandbox")
        password = Secret(login_password or f"{secrets.token_hex(4)}-login")
        mailboxes = Mailboxes(persona, self.ledger, uid_validity=int(self.clock.now().timestamp()))
        given = login_password is not None
        person = Person(address, persona, password, mailboxes, service_on=not persona.rules.switch, was_given=given)
        self.people[address] = person
        return person

    def persona_of(self, address: str) -> Persona | None:
        """Who serves this address's domain."""
        domain = address.rpartition("@")[2].lower()
        return next((persona for persona in self.personas.values() if domain in persona.domains), None)

    def find(self, login: str, persona: Persona) -> Person | None:
        """By the whole address, or by its local part at this persona's first domain."""
        name = login.strip().lower()
        person = self.people.get(name if "@" in name else f"{name}@{persona.domains[0]}")
        return person if person is not None and person.persona is persona else None

    def send_code(self, person: Person) -> str:
        """A code of six figures to the person's phone."""
        code = f"{secrets.randbelow(1_000_000):06}"
        self.phone.appendleft(PhoneText(person.address, code, self.clock.now()))
        return code

    def deliver(self, address: str, raw: bytes, at: datetime | None = None) -> bool:
        """Into the inbox at this address, now if no time is given; false when nobody has it.  Raises `NoRoom`."""
        person = self.people.get(address.lower())
        if person is None:
            return False
        inbox = person.mailboxes.by_name["INBOX"]
        message = inbox.add(raw, frozenset(), at or self.clock.now())
        try:
            self.file_in_all(person, inbox, message.raw, frozenset(), message.internal_date)
        except NoRoom:
            inbox.remove(message.uid)
            raise
        return True

    def file_in_all(self, person: Person, mailbox: Mailbox, raw: bytes, flags: frozenset[bytes], at: datetime) -> None:
        """Where labels are mailboxes, what has any label also stands in the mailbox of all messages."""
        everything = person.mailboxes.of_role("all")
        if everything is not None and everything is not mailbox and mailbox.role not in ("trash", "junk"):
            everything.add(raw, flags, at)

    def file_sent(self, person: Person, raw: bytes) -> None:
        """The provider's own copy of what it sent.  Raises `NoRoom`."""
        sent = person.mailboxes.of_role("sent")
        if sent is not None:
            sent.add(raw, frozenset({b"\\Seen"}), self.clock.now())
            self.file_in_all(person, sent, raw, frozenset({b"\\Seen"}), self.clock.now())
