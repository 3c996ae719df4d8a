"""A message cut into its MIME parts, every byte kept, so that BODY[...] gives what came."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Headers
from email.policy import compat32
from typing import Self

from yizhan.sandbox.limits import MAX_PART_DEPTH, MAX_PARTS

_HEAD_END = re.compile(rb"(?:\A|\n)\r?\n")
MAX_HEAD = 256 * 1024  # bytes of one part's header that are read; the rest counts as its body


@dataclass(slots=True)
class Part:
    """`head` with its empty line, `body`, and the parts inside: of a multipart many, of message/rfc822 one."""

    head: bytes
    body: bytes
    headers: Headers
    children: list[Self] = field(default_factory=list)

    @property
    def content_type(self) -> tuple[str, str]:
        return self.headers.get_content_maintype(), self.headers.get_content_subtype()

    @property
    def is_message(self) -> bool:
        return self.content_type == ("message", "rfc822")

    @property
    def is_multipart(self) -> bool:
        """A multipart without a part inside is described as text, for BODYSTRUCTURE has no word for it."""
        return self.content_type[0] == "multipart" and bool(self.children)


def cut(raw: bytes) -> Part:
    """The tree; never raises on what a stranger wrote."""
    return _cut(raw, "text/plain", 0, [MAX_PARTS])


def _cut(raw: bytes, default: str, depth: int, left: list[int]) -> Part:
    left[0] -= 1
    match = _HEAD_END.search(raw, 0, MAX_HEAD)
    end = match.end() if match else len(raw) if len(raw) <= MAX_HEAD else 0
    headers = message_from_bytes(raw[:end], policy=compat32)
    headers.set_default_type(default)
    part = Part(raw[:end], raw[end:], headers)
    if depth >= MAX_PART_DEPTH:
        return part
    if part.is_message:
        part.children.append(_cut(part.body, "text/plain", depth + 1, left))
    elif part.content_type[0] == "multipart":
        inside = "message/rfc822" if part.content_type[1] == "digest" else "text/plain"
        for piece in _pieces(part.body, headers.get_boundary()):
            if left[0] <= 0:
                break
            part.children.append(_cut(piece, inside, depth + 1, left))
    return part


def _pieces(body: bytes, boundary: str | None) -> Iterator[bytes]:
    """What stands between the boundary lines (RFC 2046 §5.1.1): the line end before one belongs to it."""
    if not boundary:
        return
    word = re.escape(boundary.encode("utf-8", "surrogateescape"))
    begun: int | None = None
    for mark in re.finditer(rb"(?:\A|\r?\n)--" + word + rb"(--)?[ \t]*(?=\r?\n|\Z)", body):
        if begun is not None:
            yield body[min(begun, mark.start()) : mark.start()]
        if mark[1]:
            return
        line_end = body.find(b"\n", mark.end())
        begun = line_end + 1 if line_end >= 0 else len(body)
    if begun is not None:
        yield body[begun:]


def headers_of(raw: bytes) -> Headers:
    """The header of a message alone."""
    match = _HEAD_END.search(raw, 0, MAX_HEAD)
    return message_from_bytes(raw[: match.end() if match else MAX_HEAD], policy=compat32)


def find_part(root: Part, path: list[int]) -> Part | None:
    """By number as IMAP counts (RFC 9051 §6.4.5.1): a message inside counts by what it holds."""
    part = root
    for depth, number in enumerate(path):
        if depth and part.is_message:
            part = part.children[0] if part.children else part
        if part.is_multipart:
            if not 1 <= number <= len(part.children):
                return None
            part = part.children[number - 1]
        elif number != 1:
            return None
    return part
