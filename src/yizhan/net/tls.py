"""One shared TLS context for each set of authorities; checks are never off."""

import ssl
from functools import lru_cache

from yizhan.base.errors import BadInput
from yizhan.net.errors import TlsFailed, TlsKind

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_HOSTNAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


@lru_cache(maxsize=64)  # making one costs 20 ms and reads every authority of the system
def client_context(ca_pem: str | None = None) -> ssl.SSLContext:
    """The system's authorities, and those in `ca_pem`; raises `BadInput` if that is no certificate."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_pem:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except ssl.SSLError:
            raise BadInput("the CA file holds no certificate that can be read") from None
    return context


def tls_failure(error: ssl.SSLError, host: str) -> TlsFailed:
    """Which kind of failure this is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f"the certificate of {host} is refused: {error.verify_message}"
        if error.verify_code == _EXPIRED:
            return TlsFailed(TlsKind.EXPIRED, detail)
        return TlsFailed(TlsKind.HOSTNAME if error.verify_code in _HOSTNAME else TlsKind.UNTRUSTED, detail)
    reason = error.reason or str(error)
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return TlsFailed(TlsKind.WRONG_MODE, f"{host} does not speak TLS on this port ({reason})")
    return TlsFailed(TlsKind.VERSION, f"{host} and Yizhan agree on no TLS version or cipher ({reason})")
