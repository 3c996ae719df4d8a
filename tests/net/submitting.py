"""What the tests of SMTP start from: a session that has said EHLO, a message, and a mark at its final dot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.net.connecting import dialer
from tests.support.faulty import FaultyServer
from yizhan.net.smtp import SmtpSession

MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"


class Mark:
    """What the outbox does at the final dot: it writes down that from here on the message may have been taken."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


@asynccontextmanager
async def session_with(server: FaultyServer, **options: object) -> AsyncIterator[SmtpSession]:
    """A session that has said EHLO."""
    stream = await dialer().dial("127.0.0.1", server.port)
    session = SmtpSession(stream, **{"seconds": 5.0, "final_seconds": 5.0, **options})  # type: ignore[arg-type]
    try:
        await session.greeting()
        await session.ehlo()
        yield session
    finally:
        await session.close()


async def hand_in(server: FaultyServer, raw: bytes = MESSAGE, *to: str, sender: str = "li@example.test") -> Mark:
    mark = Mark()
    async with session_with(server) as session:
        await session.send(sender, to or ("wang@example.test",), raw, mark)
    return mark
