"""One byte stream: plain, or TLS, or TLS inside TLS; the only place that waits for bytes."""

import ssl

from yizhan.net.deadlines import deadline
from yizhan.net.errors import InjectedPlaintext
from yizhan.net.limits import HANDSHAKE_SECONDS, READ_BYTES, WRITE_BYTES
from yizhan.net.names import ascii_host
from yizhan.net.tls import Layer, TlsLayer
from yizhan.net.wire import Wire


class Stream:
    """Bytes both ways; `start_tls` turns it into TLS in place, as often as wanted.

    One task may read while another writes.  A lost line wakes both at once.
    """

    __slots__ = ("_spoken", "_top", "_wire")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._top: Layer = wire
        self._spoken = False  # words have come on the top layer

    @property
    def is_tls(self) -> bool:
        return self._top is not self._wire

    @property
    def peer(self) -> str:
        """The address that the socket is connected to."""
        return self._wire.peer

    async def read(self) -> bytes:
        """The next bytes, 64 KB at most; empty at the end.  Raises `LineLost` on a reset; safe to cancel."""
        while (data := self._top.take(READ_BYTES)) is None:
            await self._wire.changed()
        self._spoken = True
        return data

    async def write(self, data: bytes) -> None:
        """Hand over all of `data`, as fast as the peer takes it; raises `LineLost`."""
        view = memoryview(data)
        for start in range(0, len(view), WRITE_BYTES):
            self._top.put(bytes(view[start : start + WRITE_BYTES]))
            await self._wire.drained()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """The handshake; raises `TlsFailed`, `LineLost` and `DeadlineMissed`.

        After words (STARTTLS), bytes that are already waiting were slipped in before encryption: `InjectedPlaintext`
        (RFC 3207 §6, RFC 9051 §11.1).  On a fresh stream they only show that the server speaks no TLS here.
        """
        if self._spoken and self._top.take(1):
            raise InjectedPlaintext("the server sent bytes before the TLS handshake; someone may be in between")
        layer = TlsLayer(self._top, context, ascii_host(host))
        async with deadline(HANDSHAKE_SECONDS, f"TLS handshake with {host}"):
            while not layer.shake(after_words=self._spoken):
                await self._wire.changed()
        self._top = layer
        self._spoken = False

    async def close(self) -> None:
        """Let go of the connection at once; never raises and waits for nothing."""
        self._wire.abort()
