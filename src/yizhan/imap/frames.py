"""Cut bytes into whole responses first, so that one that makes no sense does not take the next with it."""

import re
from dataclasses import dataclass, field

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.limits import MAX_LINE, MAX_LITERAL, MAX_LITERALS

_LITERAL = re.compile(rb"~?\{(\d{1,19})\+?\}\Z")


@dataclass(slots=True)
class Frame:
    """One response: `lines[0] literals[0] lines[1] ...`; the lines without their ends and literal marks."""

    lines: list[bytes] = field(default_factory=list)
    literals: list[bytes] = field(default_factory=list)


class Framer:
    """Collects bytes until a response is whole; bounded in every direction."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._frame = Frame()
        self._missing: int | None = None  # bytes of the literal under way
        self._searched = 0
        self._line_bytes = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def pending(self) -> int:
        """Bytes that are not part of a whole response yet."""
        return len(self._buffer)

    def next_frame(self) -> Frame | None:
        """The next whole response, or None until more bytes come.  Raises `RemoteProtocolError` past a limit."""
        while True:
            if self._missing is not None:
                if len(self._buffer) < self._missing:
                    return None
                self._frame.literals.append(bytes(self._buffer[: self._missing]))
                del self._buffer[: self._missing]
                self._missing = None
            line = self._next_line()
            if line is None:
                return None
            if self._take(line):
                done, self._frame, self._line_bytes = self._frame, Frame(), 0
                return done

    def _next_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if len(self._buffer) + self._line_bytes > MAX_LINE:
                raise RemoteProtocolError(f"a response line is longer than {MAX_LINE} bytes")
            return None
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        self._searched = 0
        return line

    def _take(self, line: bytes) -> bool:
        """Add a line to the response; true when that ends it."""
        self._line_bytes += len(line)
        if self._line_bytes > MAX_LINE:
            raise RemoteProtocolError(f"a response line is longer than {MAX_LINE} bytes")
        mark = _LITERAL.search(line)
        if mark is None:
            self._frame.lines.append(line)
            return True
        size = int(mark[1])
        if size > MAX_LITERAL or len(self._frame.literals) >= MAX_LITERALS:
            raise RemoteProtocolError(f"a literal of {size} bytes is past what any message needs")
        self._frame.lines.append(line[: mark.start()])
        self._missing = size
        return False
