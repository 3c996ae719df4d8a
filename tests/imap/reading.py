"""Bytes to values and back, for tests of the grammar."""

from yizhan.imap.frames import Frame, Framer
from yizhan.imap.grammar import Dialect
from yizhan.imap.quirks import Quirk
from yizhan.imap.responses import parse_response
from yizhan.imap.types import Fetched, Response


def frames(data: bytes) -> list[Frame]:
    """Every whole response in `data`."""
    framer = Framer()
    framer.allow_messages()
    framer.feed(data)
    found = []
    while (frame := framer.next_frame()) is not None:
        found.append(frame)
    return found


def read(line: bytes, *quirks: Quirk, utf8: bool = False) -> Response:
    """The one response in `line`, to which CRLF is added."""
    [frame] = frames(line + b"\r\n")
    return parse_response(frame, Dialect(frozenset(quirks), utf8))


def read_fetched(line: bytes) -> Fetched:
    response = read(line)
    assert isinstance(response, Fetched)
    return response
