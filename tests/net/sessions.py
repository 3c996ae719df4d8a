"""IMAP sessions for tests: to the real Dovecot, or to a server that says what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.support.dovecot import Dovecot
from tests.support.mailhost import Person
from yizhan.base.secret import Secret
from yizhan.imap.connection import Trace
from yizhan.imap.quirks import NONE, Quirks
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import SystemResolver
from yizhan.net.imap import ImapSession
from yizhan.net.policy import AddressPolicy
from yizhan.net.tls import client_context

LETTER = (
    b"From: Alice <alice@example.test>\r\nTo: Bob <bob@example.test>\r\nSubject: %b\r\n"
    b"Message-ID: <%b@example.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0800\r\n\r\nBody of %b\r\n"
)


def letter(subject: str) -> bytes:
    """A small message; its Message-ID is made of the subject."""
    word = subject.encode("ascii")
    return LETTER % (word, word, word)


def dialer() -> DirectDialer:
    return DirectDialer(SystemResolver(), AddressPolicy())


@asynccontextmanager
async def signed_in(dovecot: Dovecot, person: Person, *, trace: Trace | None = None) -> AsyncIterator[ImapSession]:
    """A session over TLS; left open or broken by the body, it is let go."""
    stream = await dialer().dial(dovecot.host, dovecot.tls_port)
    session = ImapSession(stream, seconds=10.0, trace=trace)
    try:
        await stream.start_tls(client_context(dovecot.authority.ca_pem), "localhost")
        await session.greeting()
        await session.login(person.address, Secret(person.secret))
        yield session
    finally:
        await session.close()


class Line:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.heard: list[bytes] = []

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def hear(self, words: bytes = b"") -> bytes:
        """The next line, which must hold `words`; gives its tag."""
        line = await self._reader.readline()
        self.heard.append(line)
        assert words in line, (words, line)
        return line.split(b" ")[0]

    def hang_up(self) -> None:
        self._writer.transport.abort()


Script = Callable[[Line], Awaitable[None]]


@asynccontextmanager
async def talking_to(
    script: Script, *, seconds: float = 5.0, quirks: Quirks = NONE, trace: Trace | None = None
) -> AsyncIterator[ImapSession]:
    """A session to a server that acts out `script`; what goes wrong in the script fails the test."""
    failures: list[BaseException] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(Line(reader, writer))
        except (AssertionError, OSError) as error:
            failures.append(error)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    session = ImapSession(await dialer().dial("127.0.0.1", port), seconds=seconds, quirks=quirks, trace=trace)
    try:
        yield session
    finally:
        await session.close()
        server.close()
        await server.wait_closed()
    assert [error for error in failures if isinstance(error, AssertionError)] == []
