"""TLS as plain functions over what is under it, and one shared context for each set of authorities.

asyncio's own TLS keeps 284 KB a connection; an SSLObject between two memory BIOs keeps a tenth of that, and it stands
on anything that gives and takes bytes, so that TLS works inside TLS too.  Checks are never off.
"""

import ssl
from functools import lru_cache
from typing import Protocol

from yizhan.base.errors import BadInput
from yizhan.net.errors import LineLost, TlsFailed, TlsKind
from yizhan.net.limits import RECORD_BYTES

_DATES = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_NAMES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"})


class Layer(Protocol):
    """What a stream is made of; nothing in it waits."""

    def take(self, size: int) -> bytes | None:
        """At most `size` bytes; None if there are none yet, empty at the end.  Raises `LineLost`."""
        ...

    def put(self, data: bytes) -> None:
        """All of `data`, in order; raises `LineLost`."""
        ...


class TlsLayer:
    """A client's TLS over another layer.  After `LineLost` or `TlsFailed` it is of no more use."""

    __slots__ = ("_host", "_incoming", "_lower", "_object", "_outgoing")

    def __init__(self, lower: Layer, context: ssl.SSLContext, host: str) -> None:
        self._lower = lower
        self._host = host
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def shake(self, *, after_words: bool) -> bool:
        """Go on with the handshake; true when it is done, false when more has to come.

        Raises `TlsFailed` and `LineLost`.  `after_words`: the other side had said that it would now begin TLS.
        """
        while True:
            try:
                self._object.do_handshake()
                self._flush()
                return True
            except ssl.SSLWantReadError:
                self._flush()
                came = self._feed()
                if came is None:
                    return False
                if not came:
                    raise LineLost(f"{self._host} closed the connection during the TLS handshake") from None
            except ssl.SSLError as error:
                self._say_why()
                raise tls_failure(error, self._host, after_words=after_words) from None

    def take(self, size: int) -> bytes | None:
        while True:
            try:
                return self._object.read(size)
            except ssl.SSLWantReadError:
                self._flush()
                came = self._feed()
                if not came:
                    return came
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as error:
                raise LineLost(f"the TLS connection broke: {error.reason or error}") from None

    def put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[self._object.write(view[:RECORD_BYTES]) :]
                self._flush()
        except ssl.SSLError as error:
            raise LineLost(f"the TLS connection broke: {error.reason or error}") from None

    def _feed(self) -> bytes | None:
        came = self._lower.take(RECORD_BYTES)
        if came:
            self._incoming.write(came)
        return came

    def _flush(self) -> None:
        while data := self._outgoing.read():
            self._lower.put(data)

    def _say_why(self) -> None:
        """The alert of a failed handshake, as far as the line still carries it; the failure itself is what counts."""
        try:
            self._flush()
        except LineLost:
            return


@lru_cache(maxsize=64)  # making one costs 20 ms and reads every authority of the system
def client_context(ca_pem: str | None = None) -> ssl.SSLContext:
    """The system's authorities, and those in `ca_pem`; raises `BadInput` if that is no certificate."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_pem:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError):
            raise BadInput("the CA file holds no certificate that can be read") from None
    return context


def tls_failure(error: ssl.SSLError, host: str, *, after_words: bool) -> TlsFailed:
    """Which kind of failure this is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f"the certificate of {host} is refused: {error.verify_message}"
        if error.verify_code in _DATES:
            return TlsFailed(TlsKind.EXPIRED, detail)
        return TlsFailed(TlsKind.HOSTNAME if error.verify_code in _NAMES else TlsKind.UNTRUSTED, detail)
    reason = error.reason or str(error)
    if reason in _NOT_TLS and after_words:
        return TlsFailed(TlsKind.INTERCEPTED, f"{host} agreed to TLS, and then bytes came that are none ({reason})")
    if reason in _NOT_TLS:
        return TlsFailed(TlsKind.WRONG_MODE, f"{host} does not speak TLS on this port ({reason})")
    if reason.endswith("UNRECOGNIZED_NAME"):
        return TlsFailed(TlsKind.HOSTNAME, f"the server does not answer to the name {host} ({reason})")
    return TlsFailed(TlsKind.VERSION, f"{host} and Yizhan agree on no TLS version or cipher ({reason})")
