"""Dovecot and Postfix together: a small provider where mail from one person arrives at another."""

import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from itertools import count
from pathlib import Path

from tests.support.certificates import Authority
from tests.support.dovecot import DOMAIN, Dovecot, start_dovecot
from tests.support.places import given_file
from tests.support.planted import planted_word
from tests.support.postfix import Postfix, start_postfix

ARRIVE_SECONDS = 15.0


class DidNotArrive(AssertionError):
    """A message that should have been delivered was not; what the servers said is in the message."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account at the mail host.  The secret holds the planted word."""

    address: str
    secret: str = field(repr=False)

    @property
    def secret_file(self) -> Path:
        """What `--secret-file` takes; a new file each time."""
        return given_file(f"{self.secret}\n")


@dataclass(slots=True)
class MailHost:
    """A provider: IMAP at `imap`, SMTP at `smtp`, both as `HOST:PORT/SECURITY`, trusted through `ca_file`."""

    dovecot: Dovecot
    postfix: Postfix
    authority: Authority
    _numbers: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]

    @property
    def imap(self) -> str:
        return self.dovecot.tls

    @property
    def smtp(self) -> str:
        return self.postfix.tls

    @property
    def ca_file(self) -> Path:
        return self.authority.ca_file

    @property
    def ca_pem(self) -> str:
        return self.authority.ca_pem

    def new_person(self, name: str = "person") -> Person:
        """Somebody nobody wrote to yet."""
        return add_person(self.dovecot, f"{name}{next(self._numbers)}@{DOMAIN}")

    def send(self, sender: Person, *recipients: str, message: bytes) -> None:
        """Hand in a message with Python's own client."""
        with self.postfix.client(sender.address, sender.secret) as client:
            client.sendmail(sender.address, list(recipients), message)

    def wait_for(self, person: Person, words: str, mailbox: str = "INBOX") -> Message:
        """The first message there whose source holds these words; raises `DidNotArrive` after 15 s."""
        until = time.monotonic() + ARRIVE_SECONDS
        while True:
            for message in self.dovecot.messages(person.address, mailbox):
                if words.encode("utf-8") in message:
                    return message_from_bytes(message)
            if time.monotonic() > until:
                raise DidNotArrive(f"{words!r} is not in {mailbox}\n{self.postfix.log[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self.postfix.stop()
        self.dovecot.stop()


def add_person(dovecot: Dovecot, address: str) -> Person:
    """An account on this server whose secret holds the planted word."""
    person = Person(address, f"{planted_word()} {address.partition('@')[0]}")
    dovecot.add_user(person.address, person.secret)
    return person


def start_mailhost(authority: Authority) -> MailHost:
    """Both servers; needs root."""
    dovecot = start_dovecot(authority)
    try:
        return MailHost(dovecot, start_postfix(dovecot), authority)
    except BaseException:
        dovecot.stop()
        raise
