"""What a server says, as events."""

import re
from dataclasses import dataclass

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.frames import Frame
from yizhan.imap.lexer import Atom, Lexer, Value

_CODE = re.compile(rb"\[([^\s\]]+)(?: ([^\]]*))?\] ?")
_TAGGED = re.compile(rb"([^\s+*]+) (OK|NO|BAD)(?: |$)", re.IGNORECASE)
_UNTAGGED_STATUS = re.compile(rb"\* (OK|NO|BAD|BYE|PREAUTH)(?: |$)", re.IGNORECASE)
_NUMBERED = re.compile(rb"\* (\d{1,10}) ([A-Za-z]+)")
_NAMED = re.compile(rb"\* ([A-Za-z0-9.-]+)")


@dataclass(frozen=True, slots=True)
class Status:
    """OK, NO, BAD, BYE or PREAUTH; `tag` is empty for an untagged one; `code` is upper case, or empty."""

    tag: bytes
    status: str
    code: str
    argument: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class Continuation:
    """`+`: the server waits for the rest of a command."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Data:
    """Untagged data: `* 3 FETCH (...)` has number 3 and name FETCH."""

    name: str
    number: int | None
    values: list[Value]


Event = Status | Continuation | Data


def parse_response(frame: Frame) -> Event:
    """The event of one whole response; raises `RemoteProtocolError`."""
    line = frame.lines[0]
    if line.startswith(b"+"):
        return Continuation(line[1:].lstrip())
    if match := _UNTAGGED_STATUS.match(line):
        return _status(b"", match[1], line[match.end() :])
    if match := _NUMBERED.match(line):
        return Data(match[2].decode("ascii").upper(), int(match[1]), Lexer(frame, match.end()).values())
    if match := _NAMED.match(line):
        return Data(match[1].decode("ascii").upper(), None, Lexer(frame, match.end()).values())
    if match := _TAGGED.match(line):
        return _status(match[1], match[2], line[match.end() :])
    raise RemoteProtocolError("the server's line is no IMAP response")


def _status(tag: bytes, status: bytes, rest: bytes) -> Status:
    match = _CODE.match(rest)
    code, argument, text = b"", b"", rest
    if match is not None:
        code, argument, text = match[1], match[2] or b"", rest[match.end() :]
    return Status(tag, status.decode("ascii").upper(), code.decode("ascii", "replace").upper(), argument, text)


def fetch_items(values: list[Value]) -> dict[str, Value]:
    """The items of one FETCH by upper-case name; `BODY[]<0>` is under `BODY[]`."""
    if len(values) != 1 or not isinstance(values[0], list) or len(values[0]) % 2:
        raise RemoteProtocolError("a FETCH response holds no list of pairs")
    items: dict[str, Value] = {}
    pairs = values[0]
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if not isinstance(name, Atom):
            raise RemoteProtocolError("a FETCH item has no name")
        items[name.decode("ascii", "replace").upper().partition("<")[0]] = value
    return items
