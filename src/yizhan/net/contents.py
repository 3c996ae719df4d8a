"""A message as it goes out: weighed first, then given piece by piece, so that a large one never stands in memory."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

# Gives the message from its beginning, each time that it is called, in pieces that fit in memory easily.
Pieces = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True, slots=True)
class Weight:
    """What the envelope says of a message: its size with its line ends as they go out, and where it is not ASCII."""

    size_bytes: int
    is_ascii: bool
    head_is_ascii: bool


def whole(raw: bytes) -> Pieces:
    """A message that is in memory anyway."""

    async def pieces() -> AsyncIterator[bytes]:
        yield raw

    return pieces


async def weigh(pieces: Pieces) -> Weight:
    """Read it once through; what is raised by `pieces` rises."""
    size, is_ascii, head = 0, True, bytearray(b"\r\n")
    head_is_ascii, in_head = True, True
    async for data in with_line_ends(pieces):
        size += len(data)
        is_ascii = is_ascii and data.isascii()
        if in_head:
            seen = head + data  # with the end of the last piece: the empty line may lie across
            end = seen.find(b"\r\n\r\n")
            head_is_ascii = head_is_ascii and (seen if end < 0 else seen[:end]).isascii()
            in_head, head = end < 0, seen[-3:]
    return Weight(size, is_ascii, head_is_ascii)


async def with_line_ends(pieces: Pieces) -> AsyncIterator[bytes]:
    """Every line ended by CRLF, the last one too; a bare CR or LF is one more way to end a line, and nothing is left
    of it that a server could take for an end of the message (smuggling)."""
    held, last = b"", b"\r\n"
    async for piece in pieces():
        data = held + piece
        held = b"\r" if data.endswith(b"\r") else b""  # an LF may begin the next piece
        data = data[: len(data) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
        if data:
            last = data[-2:]
            yield data
    if held or not last.endswith(b"\r\n"):
        yield b"\r\n"


async def with_dots(pieces: Pieces) -> AsyncIterator[bytes]:
    """As `with_line_ends`, and a line that begins with a dot gets another (RFC 5321 §4.5.2)."""
    begins_line = True
    async for data in with_line_ends(pieces):
        stuffed = data.replace(b"\r\n.", b"\r\n..")
        yield b"." + stuffed if begins_line and data.startswith(b".") else stuffed
        begins_line = data.endswith(b"\r\n")
