"""The SMTP server of one persona, by aiosmtpd: submission with the persona's own words."""

import asyncio
import logging
import secrets
import ssl
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as SmtpSession

from yizhan.sandbox.limits import EARLY_SECONDS, GOODBYE_SECONDS, MAX_CONNECTIONS, MAX_MESSAGE, MAX_RECIPIENTS
from yizhan.sandbox.mailboxes import NoRoom
from yizhan.sandbox.people import Person, sign_in
from yizhan.sandbox.personas import Persona, Verdict
from yizhan.sandbox.world import World

# aiosmtpd warns of a field of its own at every sign-in, and writes every line that it reads at a lower level.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Submission:
    """aiosmtpd's hooks: who may send what to whom, and where it goes."""

    def __init__(self, world: World, persona: Persona) -> None:
        self._world = world
        self._persona = persona
        self.id = secrets.token_hex(6)

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, proof: Any) -> AuthResult:
        """The verdict on a login and its secret, in the persona's words."""
        login, secret = ("", "") if not isinstance(proof, LoginPassword) else map(_text, (proof.login, proof.password))
        person = self._world.find(login, self._persona)
        verdict = sign_in(self._persona, person, secret, self._world.clock)
        if verdict is Verdict.ACCEPTED and person is not None:
            return AuthResult(success=True, auth_data=person)
        return AuthResult(success=False, handled=False, message=self._word(verdict.value))

    async def auth_XOAUTH2(self, server: SMTP, arguments: list[str]) -> AuthResult:  # noqa: N802  # aiosmtpd's name
        """No token is good here: the sandbox gives none."""
        await server.challenge_auth('{"status":"400","schemes":"Bearer"}')
        return AuthResult(success=False, handled=False, message=self._word("wrong"))

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        person = _signed_in(session)
        if person is None:
            return "530 5.7.0 Authentication Required"
        if self._persona.rules.sender_must_match and address.lower() != person.address:
            return self._word("sender", address=person.address, sender=address)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if self._world.persona_of(address) is None:
            return "550 5.7.1 This is a sandbox: its mail goes to addresses of its own providers only"
        if address.lower() not in self._world.people:
            return self._word("recipient", recipient=address)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        person, now = _signed_in(session), self._world.clock.now()
        if person is None or not isinstance(envelope.content, bytes):
            return "530 5.7.0 Authentication Required"
        if not person.may_send(now):
            return self._word("sending_limit", address=person.address)
        stamp = now.strftime("%a, %d %b %Y %H:%M:%S +0000")
        received = f"Received: from client by sandbox.{self._persona.domains[0]} with ESMTPSA id {self.id}; {stamp}\r\n"
        delivered = f"Return-Path: <{envelope.mail_from}>\r\n{received}".encode() + envelope.content
        try:
            for recipient in dict.fromkeys(envelope.rcpt_tos):
                self._world.deliver(recipient, delivered)
            if self._persona.rules.own_sent_copy:
                self._world.file_sent(person, envelope.content)
        except NoRoom:
            return "452 4.2.2 The sandbox holds no more mail"
        person.sent_at.append(now)
        return f"250 2.0.0 Ok: queued as {secrets.token_hex(5)}"

    def _word(self, name: str, **facts: str) -> str:
        text = self._persona.smtp_words[name].strip().replace("{session}", self.id)
        for key, value in facts.items():
            text = text.replace(f"{{{key}}}", value.encode("ascii", "replace").decode())
        return text.replace("\n", "\r\n")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _signed_in(session: SmtpSession) -> Person | None:
    return session.auth_data if session.authenticated and isinstance(session.auth_data, Person) else None


class SmtpServer:
    """Listens on two free ports of loopback: TLS from the first byte, and STARTTLS."""

    def __init__(self, world: World, persona: Persona) -> None:
        self._world = world
        self._persona = persona
        self._servers: list[asyncio.Server] = []
        self._open: set[asyncio.Transport] = set()

    async def start(self, context: ssl.SSLContext) -> tuple[int, int]:
        """The ports, in that order."""
        loop = asyncio.get_running_loop()
        implicit = await loop.create_server(
            lambda: self._make(None), "127.0.0.1", 0, ssl=context, ssl_shutdown_timeout=GOODBYE_SECONDS
        )
        explicit = await loop.create_server(lambda: self._make(context), "127.0.0.1", 0)
        self._servers = [implicit, explicit]
        ports = [int(server.sockets[0].getsockname()[1]) for server in self._servers]
        return ports[0], ports[1]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for transport in list(self._open):
            transport.abort()
        await asyncio.sleep(0)

    def _make(self, starttls: ssl.SSLContext | None) -> SMTP:
        submission = Submission(self._world, self._persona)
        excluded = [] if "AUTH=XOAUTH2" in self._persona.capabilities_before else ["XOAUTH2"]
        protocol = _Protocol(
            submission,
            hostname=f"smtp.{self._persona.domains[0]}",
            ident=self._persona.smtp_ident.replace("{session}", submission.id),
            data_size_limit=MAX_MESSAGE,
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=starttls is not None,
            auth_exclude_mechanism=excluded,
            authenticator=submission.authenticate,
            timeout=EARLY_SECONDS,
        )
        protocol.open = self._open
        return protocol


class _Protocol(SMTP):
    """aiosmtpd's, counted, so that a stop ends them and a flood finds an end."""

    open: set[asyncio.Transport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            self.open.add(transport)
            if len(self.open) > MAX_CONNECTIONS:
                transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.open.discard(self.transport)
        super().connection_lost(error)
