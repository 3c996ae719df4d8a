"""Modified UTF-7, the names of mailboxes on the wire (RFC 3501 §5.1.3)."""

import binascii
import re

_SHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]+")


def decode(wire: bytes) -> str:
    """The name as people read it; bytes that are no modified UTF-7 are shown as UTF-8 or Latin-1."""
    try:
        return "".join(_pieces(wire))
    except (UnicodeDecodeError, binascii.Error):
        return wire.decode("utf-8", "replace")


def _pieces(wire: bytes) -> list[str]:
    found: list[str] = []
    at = 0
    for match in _SHIFTED.finditer(wire):
        found.append(wire[at : match.start()].decode("utf-8"))
        code = match[1].replace(b",", b"/")
        padded = code + b"=" * (-len(code) % 4)
        found.append(binascii.a2b_base64(padded).decode("utf-16-be") if code else "&")
        at = match.end()
    found.append(wire[at:].decode("utf-8"))
    return found


def encode(name: str) -> bytes:
    """The name as it goes over the wire."""

    def shift(match: re.Match[str]) -> str:
        code = binascii.b2a_base64(match[0].encode("utf-16-be"), newline=False).rstrip(b"=")
        return "&" + code.decode("ascii").replace("/", ",") + "-"

    return _NOT_PRINTABLE.sub(shift, name.replace("&", "&-")).encode("ascii")
