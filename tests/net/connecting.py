"""What the tests of this floor start from: a dialer on loopback, and a stream to a port there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import NameserverResolver, SystemResolver
from yizhan.net.policy import AddressPolicy
from yizhan.net.streams import Stream


def dialer(nameserver: str | None = None) -> DirectDialer:
    return DirectDialer(NameserverResolver(nameserver) if nameserver else SystemResolver(), AddressPolicy())


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Stream]:
    """A plain stream to 127.0.0.1, closed at the end."""
    stream = await dialer().dial("127.0.0.1", port)
    try:
        yield stream
    finally:
        await stream.close()
        await asyncio.sleep(0.01)  # the loop closes the socket in its next round


async def read_exactly(stream: Stream, size: int) -> bytes:
    """So many bytes or all that come before the end."""
    data = bytearray()
    while len(data) < size and (piece := await stream.read()):
        data += piece
    return bytes(data)
