"""One byte stream: plain, or TLS by a memory BIO over it.

asyncio's own TLS keeps 284 KB a connection; an SSLObject over a plain stream keeps a tenth of that, and it can stand
on any stream, so that TLS works inside a tunnel too.
"""

import asyncio
import ssl

from yizhan.net.errors import InjectedPlaintext, LineLost
from yizhan.net.tls import tls_failure

READ_BYTES = 64 * 1024
BUFFER_BYTES = 16 * 1024  # what asyncio may hold before it stops reading; flow control, not throughput, sets it


class Stream:
    """Bytes both ways; `start_tls` turns it into TLS in place."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()

    @property
    def is_tls(self) -> bool:
        return self._tls is not None

    async def read(self) -> bytes:
        """The next bytes; empty at the end.  Raises `LineLost` on a reset."""
        if self._tls is None:
            return await self._read_raw()
        while True:
            try:
                return self._tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._read_raw()
                if not data:
                    return b""
                self._incoming.write(data)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                raise LineLost(f"the TLS connection broke: {error.reason or error}") from None

    async def write(self, data: bytes) -> None:
        """Hand over all of `data`; raises `LineLost`."""
        if self._tls is None:
            await self._write_raw(data)
            return
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view[: 1 << 20]) :]
            await self._flush()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """The handshake; raises `TlsFailed`, or `InjectedPlaintext` if bytes are already waiting (RFC 3207 §6)."""
        if self._reader._buffer:  # type: ignore[attr-defined]  # asyncio has no public way to ask
            raise InjectedPlaintext("the server sent bytes before the TLS handshake; someone may be in between")
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._read_raw()
                if not data:
                    raise LineLost(f"{host} closed the connection during the TLS handshake") from None
                self._incoming.write(data)
            except ssl.SSLError as error:
                raise tls_failure(error, host) from None
        await self._flush()
        self._tls = tls

    async def close(self) -> None:
        """Let go of the connection at once; never raises."""
        self._writer.transport.abort()

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            await self._write_raw(data)

    async def _read_raw(self) -> bytes:
        try:
            return await self._reader.read(READ_BYTES)
        except OSError as error:
            raise LineLost(f"the connection was lost: {error.strerror or error}") from None

    async def _write_raw(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise LineLost(f"the connection was lost: {error.strerror or error}") from None
