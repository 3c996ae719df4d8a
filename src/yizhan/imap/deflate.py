"""COMPRESS=DEFLATE (RFC 4978): both directions, unpacked in steps so that a small packet cannot fill the memory."""

import zlib

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.limits import DEFLATE_WINDOW, INFLATED_STEP


class Compression:
    """One connection's two streams; begun by `OK` to COMPRESS and without an end."""

    def __init__(self) -> None:
        self._packing = zlib.compressobj(wbits=DEFLATE_WINDOW)
        self._unpacking = zlib.decompressobj(DEFLATE_WINDOW)
        self._waiting = b""

    def pack(self, data: bytes) -> bytes:
        """All of `data`, flushed: the server can read it without waiting for more (RFC 4978 §4)."""
        return self._packing.compress(data) + self._packing.flush(zlib.Z_SYNC_FLUSH)

    def feed(self, data: bytes) -> None:
        self._waiting += data

    def unpack(self) -> bytes:
        """The next bytes, at most `INFLATED_STEP`; none when more is needed.  Raises `RemoteProtocolError`."""
        while self._waiting:
            try:
                data = self._unpacking.decompress(self._waiting, INFLATED_STEP)
            except zlib.error as error:
                raise RemoteProtocolError(f"the compressed stream is broken: {error}") from None
            self._waiting = self._unpacking.unconsumed_tail
            if self._unpacking.eof:  # a server may end a stream and begin the next
                self._waiting = self._unpacking.unused_data
                self._unpacking = zlib.decompressobj(DEFLATE_WINDOW)
            if data:
                return data
        return b""
