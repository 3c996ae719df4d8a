"""A message as SMTP writes it: its very lines, whatever the pieces in which it comes."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.net.contents import Pieces, weigh, whole, with_dots, with_line_ends

PARTS = [b"a", b".", b"..", b"\r", b"\n", b"\r\n", b"\xff", b"\r\n.\r\n", b"\n.\n"]


def in_pieces(parts: list[bytes]) -> Pieces:
    async def pieces() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return pieces


def read(chunks: AsyncIterator[bytes]) -> bytes:
    async def gather() -> bytes:
        return b"".join([each async for each in chunks])

    return asyncio.run(gather())


@given(st.lists(st.sampled_from(PARTS), max_size=20))
def test_a_message_arrives_as_it_was_but_for_its_line_ends(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    data = read(with_line_ends(in_pieces(parts)))
    wire = read(with_dots(in_pieces(parts))) + b".\r\n"
    assert data.replace(b"\r\n", b"") == raw.replace(b"\r", b"").replace(b"\n", b"")
    assert (b"\r\n" + wire).index(b"\r\n.\r\n") == len(wire) - 3
    received = [line.removeprefix(b".") for line in wire[:-3].split(b"\r\n")]
    assert b"\r\n".join(received) == data


@given(st.lists(st.sampled_from(PARTS), max_size=20))
def test_the_pieces_in_which_it_comes_make_no_difference(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    assert read(with_dots(in_pieces(parts))) == read(with_dots(whole(raw)))
    assert asyncio.run(weigh(in_pieces(parts))) == asyncio.run(weigh(whole(raw)))


@pytest.mark.parametrize(
    ("raw", "size", "ascii_all", "ascii_head"),
    [
        (b"a: b\n\nc", 11, True, True),
        ("a: b\r\n\r\nд\r\n".encode(), 12, False, True),
        ("a: д\r\n\r\nc\r\n".encode(), 12, False, False),
        ("\r\nд\r\n".encode(), 6, False, True),
        (b"", 0, True, True),
    ],
)
def test_its_weight_is_what_goes_out(raw: bytes, size: int, ascii_all: bool, ascii_head: bool) -> None:
    weight = asyncio.run(weigh(whole(raw)))
    assert (weight.size_bytes, weight.is_ascii, weight.head_is_ascii) == (size, ascii_all, ascii_head)
