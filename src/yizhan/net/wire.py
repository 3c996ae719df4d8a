"""The socket's end of a stream: an asyncio protocol that holds what came, and says when that changes.

Nothing here waits but `changed` and `drained`, so that any number of TLS layers can stand on it as plain functions.
"""

import asyncio
from typing import cast

from yizhan.net.errors import LineLost
from yizhan.net.limits import HELD_BYTES


class Wire(asyncio.Protocol):
    """What came and is not taken yet; flow control both ways; made by `loop.create_connection(Wire, ...)`."""

    __slots__ = ("_ended", "_error", "_full", "_held", "_paused", "_transport", "_waiters")

    def __init__(self) -> None:
        self._held = bytearray()
        self._waiters: list[asyncio.Future[None]] = []
        self._paused = False  # we do not read, for too much is held
        self._full = False  # the peer does not read
        self._ended = False
        self._error: Exception | None = None

    @property
    def peer(self) -> str:
        """The address at the other end of the socket."""
        name = self._transport.get_extra_info("peername")
        return str(name[0]) if name else ""

    def take(self, size: int) -> bytes | None:
        """At most `size` bytes that came; None if there are none yet, empty at the end.  Raises `LineLost`."""
        if self._held:
            data = bytes(self._held[:size])
            del self._held[:size]
            self._read_on()
            return data
        if self._error is not None:
            raise _lost(self._error)
        return b"" if self._ended else None

    def put(self, data: bytes) -> None:
        """Hand `data` to the socket; raises `LineLost` if it is gone."""
        if self._ended or self._transport.is_closing():
            raise _lost(self._error)
        self._transport.write(data)

    async def changed(self) -> None:
        """Until something came, the line ended, or the peer reads again."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    async def drained(self) -> None:
        """Until the peer has taken most of what was put; raises `LineLost`."""
        while self._full and not self._ended:
            await self.changed()
        if self._error is not None:
            raise _lost(self._error)

    def abort(self) -> None:
        """Let go of the socket at once."""
        self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        if len(self._held) >= HELD_BYTES and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = self._error or exc
        self._wake()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._wake()

    def _read_on(self) -> None:
        if self._paused and len(self._held) < HELD_BYTES and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


def _lost(error: Exception | None) -> LineLost:
    reason = getattr(error, "strerror", None) or error or "it was closed"
    return LineLost(f"the connection was lost: {reason}")
