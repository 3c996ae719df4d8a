"""What one SMTP transaction says before and as its message; pure (RFC 5321, 1870, 6152, 6531)."""

import re
from collections.abc import Mapping, Sequence

from yizhan.base.errors import BadInput, YizhanError
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
    extensions: Mapping[str, str], sender: str, recipients: Sequence[str], data: bytes
) -> tuple[bytes, list[bytes]]:
    """MAIL FROM with what the message needs, and a RCPT TO for each; raises the four errors above."""
    paths = [write_path(address) for address in (sender, *recipients)]
    head = (b"\r\n" + data).partition(b"\r\n\r\n")[0]
    parameters = b""
    if "SIZE" in extensions:
        _check_size(extensions["SIZE"].strip(), len(data))
        parameters += b" SIZE=%d" % len(data)
    if not (head.isascii() and all(path.isascii() for path in paths)):
        if "SMTPUTF8" not in extensions:
            raise InternationalRefused("an address or a header is not ASCII, and the server knows no SMTPUTF8")
        parameters += b" SMTPUTF8"
    if not data.isascii():
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


def end_lines(raw: bytes) -> bytes:
    """Every line ended by CRLF, the last one too; a bare CR or LF is one more way to end a line, and nothing is left
    of it that a server could take for an end of the message (smuggling)."""
    data = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return data if not data or data.endswith(b"\r\n") else data + b"\r\n"


def stuff_dots(data: bytes) -> bytes:
    """A line that begins with a dot gets another (RFC 5321 §4.5.2)."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if data.startswith(b".") else stuffed


def _check_size(limit: str, size_bytes: int) -> None:
    if limit.isdecimal() and 0 < int(limit) < size_bytes:  # RFC 1870 §4: 0 or nothing is no limit
        raise MessageTooLarge(f"the message has {size_bytes} bytes, and the server takes {int(limit)}")
