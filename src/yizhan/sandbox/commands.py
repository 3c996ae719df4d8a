"""From a client's bytes to a command: lines and literals, then words (RFC 9051 §9, `command`)."""

import re
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader, StreamWriter
from dataclasses import dataclass
from typing import TypeAlias

from yizhan.sandbox.limits import MAX_DEPTH, MAX_LINE, MAX_LITERALS


class Atom(bytes):
    """A word that was not quoted."""


Word: TypeAlias = "bytes | list[Word]"

_LITERAL = re.compile(rb"~?\{(\d{1,10})(\+?)\}\Z")
_ATOM = re.compile(rb"(?:[^\s()\"\[\]]|\[[^\]]*\])+")
_QUOTED = re.compile(rb'"((?:[^"\\\r\n]|\\["\\])*)"')
_ESCAPE = re.compile(rb"\\(.)")
_TAG = re.compile(rb"[^\s()\"\\%*{+]{1,64}")


class CommandWrong(Exception):
    """BAD: what came is no command; the connection lives on."""

    def __init__(self, text: str, tag: bytes = b"*") -> None:
        super().__init__(text)
        self.text = text
        self.tag = tag


class ClientGone(Exception):
    """The connection ended, or nothing that it sends can be understood any more."""


@dataclass(frozen=True, slots=True)
class Command:
    """`words` are what stands behind the verb; UID before a verb is part of the verb."""

    tag: bytes
    verb: str
    words: list[Word]


async def read_line(reader: StreamReader) -> bytes:
    """One line without its end; raises `ClientGone` past `MAX_LINE` bytes."""
    try:
        return (await reader.readuntil(b"\n")).rstrip(b"\r\n")
    except (IncompleteReadError, LimitOverrunError, OSError) as error:
        raise ClientGone from error


async def read_command(reader: StreamReader, writer: StreamWriter, max_literal: int) -> Command:
    """The next command, its literals asked for, `max_literal` bytes in all; raises `CommandWrong` or `ClientGone`."""
    lines: list[bytes] = []
    literals: list[bytes] = []
    while True:
        line = await read_line(reader)
        if sum(map(len, lines)) + len(line) > MAX_LINE:
            raise ClientGone
        match = _LITERAL.search(line)
        if match is None:
            lines.append(line)
            return parse_command(lines, literals)
        lines.append(line[: match.start()])
        left = max_literal - sum(map(len, literals))
        literals.append(await _read_literal(reader, writer, lines[0], int(match[1]), match[2] == b"+", left))
        if len(literals) > MAX_LITERALS:
            raise ClientGone


async def _read_literal(
    reader: StreamReader, writer: StreamWriter, first: bytes, size: int, unasked: bool, max_literal: int
) -> bytes:
    if size > max_literal:
        if unasked:  # it is on its way already; reading it to throw it away is what an attacker wants
            raise ClientGone
        raise CommandWrong("[TOOBIG] the literal is too large", _tag_of(first))
    if not unasked:
        writer.write(b"+ Ready for literal data\r\n")
        await writer.drain()
    try:
        return await reader.readexactly(size)
    except (IncompleteReadError, OSError) as error:
        raise ClientGone from error


def _tag_of(line: bytes) -> bytes:
    match = _TAG.match(line)
    return match[0] if match else b"*"


def parse_command(lines: list[bytes], literals: list[bytes]) -> Command:
    """Raises `CommandWrong`."""
    tag = _tag_of(lines[0])
    if tag == b"*" or not lines[0].startswith(tag + b" "):
        raise CommandWrong("a command begins with a tag and a verb", tag)
    lines = [lines[0][len(tag) + 1 :], *lines[1:]]
    try:
        words = _words(lines, literals)
    except CommandWrong as wrong:
        raise CommandWrong(wrong.text, tag) from None
    verb = _verb(words)
    if verb == "UID" and words:
        verb = f"UID {_verb(words)}"
    if not verb:
        raise CommandWrong("no verb", tag)
    return Command(tag, verb, words)


def _verb(words: list[Word]) -> str:
    first = words.pop(0) if words else b""
    return first.decode("ascii", "replace").upper() if isinstance(first, Atom) else ""


def _words(lines: list[bytes], literals: list[bytes]) -> list[Word]:
    stack: list[list[Word]] = [[]]
    for number, line in enumerate(lines):
        at = 0
        while at < len(line):
            at = _step(line, at, stack)
        if number < len(literals):
            stack[-1].append(literals[number])
    if len(stack) != 1:
        raise CommandWrong("a list is not closed")
    return stack[0]


def _step(line: bytes, at: int, stack: list[list[Word]]) -> int:
    char = line[at : at + 1]
    if char in b" \t":
        return at + 1
    if char == b"(":
        if len(stack) > MAX_DEPTH:
            raise CommandWrong("lists are nested too deep")
        inner: list[Word] = []
        stack[-1].append(inner)
        stack.append(inner)
        return at + 1
    if char == b")":
        if len(stack) == 1:
            raise CommandWrong("a list is closed that was not opened")
        stack.pop()
        return at + 1
    match = _QUOTED.match(line, at) if char == b'"' else _ATOM.match(line, at)
    if match is None:
        raise CommandWrong("this is no word")
    stack[-1].append(_ESCAPE.sub(rb"\1", match[1]) if char == b'"' else Atom(match[0]))
    return match.end()
