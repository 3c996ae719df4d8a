"""What one SMTP transaction says before and as its message; pure (RFC 5321, 1870, 6152, 6531)."""

import re
from collections.abc import Mapping, Sequence

from yizhan.base.errors import BadInput, YizhanError
from yizhan.net.contents import Weight
from yizhan.net.errors import NameNotResolved
from yizhan.net.names import ascii_host

_PATH = re.compile(r'(?:"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"|[^\s"<>()\[\]:;@\\,\x00-\x1f\x7f]+)@[^\s<>"@\x00-\x1f\x7f]+')


class MessageTooLarge(YizhanError):
    """The server said how large a message may be, and this one is larger; not a byte of it was sent."""

    code = "message_too_large"


class EightBitRefused(YizhanError):
    """The message has 8-bit bytes and the server takes none: it has to be composed as 7-bit (RFC 6152 §3)."""

    code = "eight_bit_refused"


class InternationalRefused(YizhanError):
    """An address or a header is not ASCII and the server knows no SMTPUTF8 (RFC 6531 §3.2)."""

    code = "international_refused"


class AddressUnusable(BadInput):
    """The address cannot be written in SMTP; not a byte was sent."""

    code = "address_unusable"


def write_envelope(
    extensions: Mapping[str, str], sender: str, recipients: Sequence[str], weight: Weight
) -> tuple[bytes, list[bytes]]:
    """MAIL FROM with what the message needs, and a RCPT TO for each; raises the four errors above."""
    paths = [write_path(address) for address in (sender, *recipients)]
    parameters = b""
    if "SIZE" in extensions:
        _check_size(extensions["SIZE"].strip(), weight.size_bytes)
        parameters += b" SIZE=%d" % weight.size_bytes
    if not (weight.head_is_ascii and all(path.isascii() for path in paths)):
        if "SMTPUTF8" not in extensions:
            raise InternationalRefused("an address or a header is not ASCII, and the server knows no SMTPUTF8")
        parameters += b" SMTPUTF8"
    if not weight.is_ascii:
        if "8BITMIME" not in extensions:
            raise EightBitRefused("the message has 8-bit bytes, and the server knows no 8BITMIME")
        parameters += b" BODY=8BITMIME"
    return b"MAIL FROM:<" + paths[0] + b">" + parameters, [b"RCPT TO:<" + path + b">" for path in paths[1:]]


def write_path(address: str) -> bytes:
    """What stands between `<` and `>`, the domain in ASCII; empty for the sender of bounces."""
    if not address:
        return b""
    if _PATH.fullmatch(address) is None:
        raise AddressUnusable(f"{address!r} cannot be written as an SMTP path")
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain if domain.startswith('[') else ascii_host(domain)}".encode()
    except NameNotResolved as error:
        raise AddressUnusable(error.detail) from None


def _check_size(limit: str, size_bytes: int) -> None:
    if limit.isdecimal() and 0 < int(limit) < size_bytes:  # RFC 1870 §4: 0 or nothing is no limit
        raise MessageTooLarge(f"the message has {size_bytes} bytes, and the server takes {int(limit)}")
