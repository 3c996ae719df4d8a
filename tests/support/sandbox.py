"""Fixtures: the sandbox provider, people at it, and a home whose accounts lead there (a pytest plugin)."""

import imaplib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.support.home import Home
from tests.support.places import given_file
from yizhan.sandbox.personas import Persona, load_persona
from yizhan.sandbox.running import Sandbox
from yizhan.services.egress.detour import Detour, write_detour

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class SandboxPerson:
    """Somebody at one pretend provider, with nothing switched on and no app password made yet."""

    address: str
    login_password: str = field(repr=False)
    persona: Persona
    sandbox: Sandbox = field(repr=False)

    def make_secret(self) -> str:
        """What the security page would show at its end."""
        return self.sandbox.make_secret(self.address).reveal()

    def make_secret_file(self) -> Path:
        return given_file(self.make_secret())

    @property
    def login_password_file(self) -> Path:
        return given_file(self.login_password)

    def open_imap(self) -> imaplib.IMAP4_SSL:
        """Python's own client, connected and not signed in; the caller shuts it down."""
        host, port = self.persona.imap_hosts[0].split(":")[0], self.sandbox.ports[self.persona.id].imap
        return _ImapAt(host, port, self.sandbox.ca_pem)

    @contextmanager
    def imap(self, *, name_client: bool = True) -> Iterator[imaplib.IMAP4_SSL]:
        """Signed in, and named where the provider wants that."""
        with self.open_imap() as client:
            client.login(self.address, self.make_secret())
            if name_client and "ID" in client.capabilities:
                client.xatom("ID", '("name" "tests")')
            yield client

    @contextmanager
    def smtp(self) -> Iterator[smtplib.SMTP_SSL]:
        """Signed in."""
        with self.open_smtp() as client:
            client.login(self.address, self.make_secret())
            yield client

    def open_smtp(self) -> smtplib.SMTP_SSL:
        """Python's own client, connected and not signed in."""
        context = ssl.create_default_context(cadata=self.sandbox.ca_pem)
        port = self.sandbox.ports[self.persona.id].smtp
        return smtplib.SMTP_SSL("127.0.0.1", port, local_hostname="localhost", context=context, timeout=20)


class _ImapAt(imaplib.IMAP4_SSL):
    """At a port of loopback, with the certificate checked for the provider's own name."""

    def __init__(self, name: str, port: int, ca_pem: str) -> None:
        self._name = name
        super().__init__("127.0.0.1", port, ssl_context=ssl.create_default_context(cadata=ca_pem), timeout=20)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = imaplib.IMAP4._create_socket(self, timeout)
        return self.ssl_context.wrap_socket(plain, server_hostname=self._name)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The sandbox provider with all its personas; everybody's for the session, so take `new_sandbox_person`."""
    running = Sandbox()
    yield running
    running.stop()


@pytest.fixture
def new_sandbox_person(sandbox: Sandbox, planted_secret: str) -> Callable[[str], SandboxPerson]:
    """`new_sandbox_person("mailru")`: somebody new there, whose login password is the planted secret."""

    def make(persona_id: str) -> SandboxPerson:
        persona = load_persona(persona_id)
        address = f"person{next(_numbers)}@{persona.domains[0]}"
        sandbox.add_person(address, planted_secret)
        return SandboxPerson(address, planted_secret, persona, sandbox)

    return make


@pytest.fixture
def demo_home(home: Home, sandbox: Sandbox) -> Home:
    """A home in which addresses at the personas' domains lead to `sandbox`, as `yizhan serve --demo` makes it."""
    write_detour(home.folder, Detour(sandbox.ca_pem, sandbox.routes, sandbox.url, sandbox.security_urls))
    return home
