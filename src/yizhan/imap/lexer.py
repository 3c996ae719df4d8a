"""From a frame to values: NIL, strings, atoms and lists (RFC 9051 §9)."""

import re

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.frames import Frame
from yizhan.imap.limits import MAX_DEPTH
from yizhan.imap.types import Atom, Value

# Possessive throughout: a hostile line is read once, not in all the ways that it might be read.
# A `]` ends an atom only outside of brackets: `BODY[HEADER.FIELDS (DATE)]<0>` is one word.
_ATOM = rb'(?:[^\x00-\x20()\[\]"]|\[[^\]]*+\])++'
_TOKEN = re.compile(
    rb'[ \t]*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|(\()|(\))|(\x00)|(' + _ATOM + rb"))",
    re.DOTALL,
)
_QUOTED, _OPEN, _CLOSE, _WORD = 1, 2, 3, 5  # the groups of a token; the fourth is a mark
_WORD_ONLY = re.compile(rb"[ \t]*+(" + _ATOM + rb")")
_NUMBER = re.compile(rb"[ \t]*+(\d{1,20})(?![^\x20()])")
_END = re.compile(rb"[ \t]*+\Z")
_ESCAPE = re.compile(rb'\\(["\\])')  # nothing else may be escaped (RFC 9051 §9, quoted-specials)


class Lexer:
    """Reads the values of one frame from left to right; `at` is the next byte of `text`."""

    __slots__ = ("_literals", "_taken", "at", "text")

    def __init__(self, frame: Frame, at: int = 0) -> None:
        self.text = frame.text
        self.at = at
        self._literals = frame.literals
        self._taken = 0

    def values(self) -> list[Value]:
        """Every value to the end of the frame; raises `RemoteProtocolError`."""
        found: list[Value] = []
        while not self.at_end():
            found.append(self.value())
        return found

    def value(self) -> Value:
        """The next value; raises `RemoteProtocolError`."""
        stack: list[list[Value]] = []
        text, at = self.text, self.at
        while True:
            value: Value
            token = _TOKEN.match(text, at)
            if token is None:
                raise RemoteProtocolError(f"no value begins at byte {at}")
            at = token.end()
            kind = token.lastindex
            if kind == _QUOTED:
                value = token[_QUOTED]
                value = _ESCAPE.sub(rb"\1", value) if b"\\" in value else value
            elif kind == _WORD:
                word = token[_WORD]
                value = None if len(word) == 3 and word.upper() == b"NIL" else Atom(word)
            elif kind == _OPEN:
                if len(stack) >= MAX_DEPTH:
                    raise RemoteProtocolError(f"lists are nested more than {MAX_DEPTH} deep")
                stack.append([])
                continue
            elif kind == _CLOSE:
                if not stack:
                    raise RemoteProtocolError("a list is closed that was not opened")
                value = stack.pop()
            else:
                value = self._literals[self._taken]
                self._taken += 1
            if not stack:
                self.at = at
                return value
            stack[-1].append(value)

    def word(self) -> bytes:
        """The next atom as it stands; raises `RemoteProtocolError`."""
        match = _WORD_ONLY.match(self.text, self.at)
        if match is None:
            raise RemoteProtocolError(f"no word begins at byte {self.at}")
        self.at = match.end()
        return match[1]

    def number(self) -> int:
        """The next number; raises `RemoteProtocolError`."""
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            value = self.value()  # a few servers quote numbers
            if isinstance(value, bytes) and value.isdigit() and len(value) <= 20:
                return int(value)
            raise RemoteProtocolError(f"no number ends at byte {self.at}")
        self.at = match.end()
        return int(match[1])

    def string(self) -> bytes:
        """The next atom or string; raises `RemoteProtocolError` for a list or NIL."""
        value = self.value()
        if not isinstance(value, bytes):
            raise RemoteProtocolError(f"no string ends at byte {self.at}")
        return value

    def open(self) -> None:
        """Step over `(`; raises `RemoteProtocolError` if something else stands here."""
        if not self.take(b"("):
            raise RemoteProtocolError(f"no list begins at byte {self.at}")

    def take(self, char: bytes) -> bool:
        """Step over this one character, blanks before it too, if it is next."""
        at = self.at
        while self.text[at : at + 1] == b" ":
            at += 1
        if self.text[at : at + 1] != char:
            return False
        self.at = at + 1
        return True

    def has_escapes(self) -> bool:
        """Whether a quoted string from here on holds an escape."""
        # Nearly always there is no backslash at all, which is known at once; two bytes take a hundred times as long.
        return self.text.find(b"\\", self.at) >= 0 and _ESCAPE.search(self.text, self.at) is not None

    def at_end(self) -> bool:
        """Whether nothing but blanks is left."""
        return _END.match(self.text, self.at) is not None
