"""What happens on the way to a server and back."""

from enum import StrEnum

from yizhan.base.errors import YizhanError


class NetError(YizhanError):
    """The network, not the server's will."""

    code = "network"


class NameNotResolved(NetError):
    """No answer for the name."""

    code = "dns_failure"


class AddressForbidden(NetError):
    """The name leads into a private network that is not allowed (YIZHAN_ALLOW_NETWORKS)."""

    code = "address_forbidden"


class ConnectRefused(NetError):
    """Nothing listens there."""

    code = "connection_refused"


class ConnectFailed(NetError):
    """The address cannot be reached."""

    code = "network_unreachable"


class DeadlineMissed(NetError):
    """No answer in time."""

    code = "timeout"


class LineLost(NetError):
    """The connection ended in the middle; `after_dot` when a message had been handed over whole."""

    code = "connection_reset"

    def __init__(self, detail: str, *, after_dot: bool = False) -> None:
        super().__init__(detail)
        self.after_dot = after_dot


class InjectedPlaintext(NetError):
    """Bytes came before the TLS handshake that pretend to have come after it."""

    code = "tls_intercepted"


class HttpFailed(NetError):
    """No answer that can be used: not HTTP, too large, a redirect that leads nowhere or out of encryption."""

    code = "http_failed"


class TlsKind(StrEnum):
    UNTRUSTED = "tls_untrusted"
    HOSTNAME = "tls_hostname_mismatch"
    EXPIRED = "tls_expired"
    VERSION = "tls_version"
    WRONG_MODE = "wrong_port_or_tls_mode"
    INTERCEPTED = "tls_intercepted"


class TlsFailed(NetError):
    """TLS could not be begun; `kind` says why."""

    code = "tls_failed"

    def __init__(self, kind: TlsKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class SmtpRefused(YizhanError):
    """The server said no: its code and its own words; `stage` is the step that was under way."""

    code = "smtp_refused"

    def __init__(self, stage: str, reply_code: int, text: bytes) -> None:
        super().__init__(f"{stage} was answered with {reply_code}")
        self.stage = stage
        self.reply_code = reply_code
        self.text = text

    @property
    def is_transient(self) -> bool:
        return 400 <= self.reply_code < 500
