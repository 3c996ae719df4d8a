"""Commands as bytes: every argument checked before a byte is written."""

import re
from dataclasses import dataclass

from yizhan.imap.errors import LocalProtocolError
from yizhan.imap.limits import MAX_ARGUMENT

_FORBIDDEN = re.compile(rb"[\r\n\x00]")
_ATOM_ONLY = re.compile(rb"[A-Za-z0-9!#$&'+,\-./:;<=>?@^_`|~]+")


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a command; `wait` means: only after the server's `+`; `secret`: struck out of transcripts."""

    data: bytes
    wait: bool = False
    secret: bool = False


def quoted(text: str | bytes) -> bytes:
    """An astring in quotes; raises `LocalProtocolError` for CR, LF, NUL or bytes that need a literal."""
    data = text.encode("utf-8") if isinstance(text, str) else text
    refuse_injection(data)
    return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def refuse_injection(data: bytes) -> None:
    """Raise `LocalProtocolError` if the argument could end a line or is longer than any argument."""
    if _FORBIDDEN.search(data):
        raise LocalProtocolError("an argument holds CR, LF or NUL")
    if len(data) > MAX_ARGUMENT:
        raise LocalProtocolError(f"an argument is longer than {MAX_ARGUMENT} bytes")


def astring(text: str, *, secret: bool = False) -> list[Part]:
    """A string argument: an atom or quoted where ASCII allows, else a literal (RFC 3501 knows no 8-bit quotes)."""
    data = text.encode("utf-8")
    refuse_injection(data)
    if data.isascii():
        plain = _ATOM_ONLY.fullmatch(data) is not None and not secret
        return [Part(data if plain else quoted(data), secret=secret)]
    return [Part(b"{%d}\r\n" % len(data)), Part(data, wait=True, secret=secret)]


def literal(data: bytes) -> list[Part]:
    """A message as a literal, written after the server asks for it."""
    return [Part(b"{%d}\r\n" % len(data)), Part(data, wait=True)]


def words(text: str) -> list[Part]:
    """Our own fixed words; checked all the same."""
    data = text.encode("ascii")
    refuse_injection(data)
    return [Part(data)]
