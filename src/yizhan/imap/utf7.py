"""Modified UTF-7, the names of mailboxes on the wire (RFC 3501 §5.1.3), and the bytes of names that are not.

A `wire_name` is the server's own bytes as `str`; bytes that are no UTF-8 stand in it as surrogates (PEP 383), so that
any name, lawful or not, goes back exactly as it came.
"""

import binascii
import re

_SHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]+")


def decode(wire: bytes) -> str:
    """The name as people read it; bytes that are no modified UTF-7 are shown as UTF-8, or replaced."""
    try:
        name = "".join(_pieces(wire))
        name.encode("utf-8")  # half a surrogate pair is in no alphabet
    except (UnicodeError, binascii.Error):
        return wire.decode("utf-8", "replace")
    return name


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


def encode(name: str) -> str:
    """The wire name of `name`; raises `UnicodeEncodeError` for half a surrogate pair."""

    def shift(match: re.Match[str]) -> str:
        code = binascii.b2a_base64(match[0].encode("utf-16-be"), newline=False).rstrip(b"=")
        return "&" + code.decode("ascii").replace("/", ",") + "-"

    return _NOT_PRINTABLE.sub(shift, name.replace("&", "&-"))


def wire_name_of(wire: bytes) -> str:
    """The server's bytes as a wire name."""
    return wire.decode("utf-8", "surrogateescape")


def wire_bytes(wire_name: str) -> bytes:
    """The bytes of a wire name, as they came."""
    return wire_name.encode("utf-8", "surrogateescape")
