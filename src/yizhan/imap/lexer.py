"""From a frame to values: NIL, strings, atoms and lists (RFC 9051 §9)."""

import re
from typing import TypeAlias

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.frames import Frame
from yizhan.imap.limits import MAX_DEPTH


class Atom(bytes):
    """A word that was not quoted, such as a flag, a number or an item's name."""


Value: TypeAlias = "bytes | list[Value] | None"

_ATOM = re.compile(rb"(?:[^\s()\[\]\"]|\[[^\]]*\])+")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


class Lexer:
    """Reads the values of one frame from left to right."""

    def __init__(self, frame: Frame, start: int = 0) -> None:
        self._frame = frame
        self._index = 0
        self._at = start

    def values(self) -> list[Value]:
        """Every value to the end of the frame; raises `RemoteProtocolError`."""
        stack: list[list[Value]] = [[]]
        while True:
            line = self._frame.lines[self._index]
            if self._at >= len(line):
                if self._index >= len(self._frame.literals):
                    break
                stack[-1].append(self._frame.literals[self._index])
                self._index, self._at = self._index + 1, 0
                continue
            self._step(line, stack)
        if len(stack) != 1:
            raise RemoteProtocolError("a list is not closed")
        return stack[0]

    def _step(self, line: bytes, stack: list[list[Value]]) -> None:
        char = line[self._at : self._at + 1]
        if char in b" \t":
            self._at += 1
        elif char == b"(":
            if len(stack) > MAX_DEPTH:
                raise RemoteProtocolError(f"lists are nested more than {MAX_DEPTH} deep")
            inner: list[Value] = []
            stack[-1].append(inner)
            stack.append(inner)
            self._at += 1
        elif char == b")":
            if len(stack) == 1:
                raise RemoteProtocolError("a list is closed that was not opened")
            stack.pop()
            self._at += 1
        elif char == b'"':
            stack[-1].append(self._quoted(line))
        else:
            stack[-1].append(self._atom(line))

    def _quoted(self, line: bytes) -> bytes:
        match = _QUOTED.match(line, self._at)
        if match is None:
            raise RemoteProtocolError("a quoted string has no end")
        self._at = match.end()
        return _ESCAPE.sub(rb"\1", match[1]) if b"\\" in match[1] else match[1]

    def _atom(self, line: bytes) -> Value:
        match = _ATOM.match(line, self._at)
        if match is None:
            raise RemoteProtocolError(f"byte {line[self._at]:#x} begins no value")
        self._at = match.end()
        return None if match[0].upper() == b"NIL" else Atom(match[0])
