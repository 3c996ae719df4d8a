"""Arguments as bytes, each checked before anything is written."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from yizhan.imap.errors import LocalProtocolError
from yizhan.imap.limits import MAX_ARGUMENT
from yizhan.imap.utf7 import wire_bytes

_FORBIDDEN = re.compile(rb"[\r\n\x00]")
_ATOM_ONLY = re.compile(rb"[A-Za-z0-9!#$&'+,\-./:;<=>?@^_`|~]+")  # without "[", which some servers take for a section
_FLAG = re.compile(r"\\?[A-Za-z0-9!#$&'+,\-./:;<=>?@^_`|~\[\]]+")  # keywords with brackets exist


class Part(NamedTuple):
    """Some bytes of a command.

    `literal`: goes as a literal, whose size is announced first; `binary`: as a literal8 (RFC 3516 §4.4);
    `secret`: struck out of transcripts.
    """

    data: bytes
    literal: bool = False
    binary: bool = False
    secret: bool = False


def refuse_injection(data: bytes) -> None:
    """Raise `LocalProtocolError` if the argument could end a line or is longer than any argument."""
    if _FORBIDDEN.search(data):
        raise LocalProtocolError("an argument holds CR, LF or NUL")
    if len(data) > MAX_ARGUMENT:
        raise LocalProtocolError(f"an argument is longer than {MAX_ARGUMENT} bytes")


def quoted(data: bytes) -> bytes:
    """A string in quotes; raises `LocalProtocolError` for what no quotes can hold."""
    refuse_injection(data)
    return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def words(text: str) -> Part:
    """Our own fixed words; checked all the same."""
    data = text.encode("ascii", "replace")
    refuse_injection(data)
    return Part(data)


def astring(text: str, *, secret: bool = False) -> Part:
    """A string argument: an atom or quoted where ASCII allows, else a literal (RFC 3501 knows no 8-bit quotes)."""
    data = wire_bytes(text)
    refuse_injection(data)
    if not data.isascii():
        return Part(data, literal=True, secret=secret)
    plain = _ATOM_ONLY.fullmatch(data) is not None and not secret and data.upper() != b"NIL"
    return Part(data if plain else quoted(data), secret=secret)


def flag_list(flags: Iterable[str]) -> Part:
    """`(flag flag)`; raises `LocalProtocolError` for what is no flag."""
    listed = sorted(flags)
    for flag in listed:
        if not _FLAG.fullmatch(flag):
            raise LocalProtocolError("a flag is no word")
    return words(f"({' '.join(listed)})")


def message(data: bytes, *, binary: bool = False) -> Part:
    """A message as a literal; NUL needs a literal8, so it is refused otherwise (RFC 9051 §9, CHAR8)."""
    if not binary and b"\0" in data:
        raise LocalProtocolError("a message holds NUL, which only BINARY can carry")
    return Part(data, literal=True, binary=binary)


def announce(part: Part, *, synchronizing: bool) -> bytes:
    """What stands before a literal's bytes (RFC 7888 §3)."""
    return b"%b{%d%b}\r\n" % (b"~" if part.binary else b"", len(part.data), b"" if synchronizing else b"+")
