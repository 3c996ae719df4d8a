"""Cut bytes into whole responses first, so that one that makes no sense does not take the next with it."""

import re
from typing import NamedTuple

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.limits import (
    INLINE_LITERAL,
    MAX_FETCH_LINE,
    MAX_LINE,
    MAX_LITERAL,
    MAX_LITERAL_BEFORE_LOGIN,
    MAX_LITERALS,
)

MARK = b"\0"  # stands in a line for a literal; NUL is in no line otherwise (RFC 9051 §9, CHAR)
_LITERAL = re.compile(rb"\{(\d{1,19})\+?\}\Z")
# Human words may end as a literal begins: `A1 BAD unexpected literal {5}`.
_FETCH = re.compile(rb"\* \d{1,10} (?:UID)?FETCH ", re.IGNORECASE)
_WORDS_ONLY = re.compile(rb"(?!\* )|\* (?:OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)


class Frame(NamedTuple):
    """One response as one line: short literals are quoted in it, each longer one is a `MARK` and stands in order."""

    text: bytes
    literals: list[bytes]


class Framer:
    """Collects bytes until a response is whole; bounded in every direction, and linear in what comes."""

    def __init__(self) -> None:
        self.max_literal = MAX_LITERAL_BEFORE_LOGIN
        self._buffer = bytearray()
        self._at = 0  # bytes before are used up
        self._searched = 0  # no line ends before
        self._missing = -1  # bytes of the literal under way
        self._begin()

    def _begin(self) -> None:
        self._pieces: list[bytes] = []
        self._literals: list[bytes] = []
        self._line_bytes = self._literal_bytes = self._literal_count = 0

    def allow_messages(self) -> None:
        """After login literals may be as large as messages."""
        self.max_literal = MAX_LITERAL

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def pending(self) -> int:
        """Bytes that are not part of a whole response yet."""
        return len(self._buffer) - self._at

    def take_rest(self) -> bytes:
        """All bytes after the last whole response; they are no longer ours."""
        rest = bytes(self._buffer[self._at :])
        self._buffer.clear()
        self._at = self._searched = 0
        return rest

    def next_frame(self) -> Frame | None:
        """The next whole response, or None until more bytes come.  Raises `RemoteProtocolError` past a limit."""
        while True:
            if self._missing >= 0 and not self._take_literal():
                self._compact()
                return None
            line = self._next_line()
            if line is None:
                self._compact()
                return None
            if line[-1:] != b"}" or not self._opens_literal(line):
                if not self._pieces:
                    return Frame(line[:MAX_LINE], [])
                self._pieces.append(line)
                done = Frame(b"".join(self._pieces)[:MAX_LINE], self._literals)
                self._begin()
                return done

    def _compact(self) -> None:
        del self._buffer[: self._at]
        self._searched -= self._at
        self._at = 0

    def _next_line(self) -> bytes | None:
        buffer = self._buffer
        end = buffer.find(b"\n", self._searched)
        last = len(buffer) if end < 0 else end
        size = last - self._at + self._line_bytes
        if size > MAX_LINE and (size > MAX_FETCH_LINE or not self._is_of_message()):
            raise RemoteProtocolError(f"a response line is longer than {MAX_LINE} bytes")
        if end < 0:
            self._searched = last
            return None
        line = bytes(buffer[self._at : end])
        self._at = self._searched = end + 1
        if line[-1:] == b"\r":
            line = line[:-1]
        # Not lawful, but seen in header fields of broken messages; UW's server writes 0x80 in its place.
        return line.replace(b"\0", b"\x80") if b"\0" in line else line

    def _is_of_message(self) -> bool:
        """What is said of a letter is as long as a stranger made it: it is cut, and does not close the mailbox."""
        head = self._pieces[0] if self._pieces else bytes(self._buffer[self._at : self._at + 32])
        return self.max_literal == MAX_LITERAL and _FETCH.match(head) is not None

    def _opens_literal(self, line: bytes) -> bool:
        start = line.rfind(b"{")
        mark = _LITERAL.match(line, start) if start >= 0 else None
        if mark is None or (not self._pieces and _WORDS_ONLY.match(line)):
            return False
        size = int(mark[1])
        self._literal_bytes += size
        self._literal_count += 1
        if self._literal_bytes > self.max_literal or self._literal_count > MAX_LITERALS:
            raise RemoteProtocolError(f"a literal of {size} bytes is past what any answer needs")
        self._pieces.append(line[: start - 1 if line[start - 1 : start] == b"~" else start])  # `~`: literal8 (RFC 3516)
        self._line_bytes += len(line)
        self._missing = size
        return True

    def _take_literal(self) -> bool:
        end = self._at + self._missing
        if len(self._buffer) < end:
            return False
        with memoryview(self._buffer) as view:
            literal = bytes(view[self._at : end])
        self._at = self._searched = end
        self._missing = -1
        if len(literal) <= INLINE_LITERAL and not (b'"' in literal or b"\\" in literal or b"\0" in literal):
            self._pieces.append(b'"%b"' % literal)
        else:
            self._pieces.append(MARK)
            self._literals.append(literal)
        return True
