"""Addresses and messages as SMTP writes them: nothing in them can end what they stand in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.net.envelopes import AddressUnusable, end_lines, stuff_dots, write_path


@given(st.text(max_size=30))
def test_no_address_can_end_its_line_or_its_brackets(text: str) -> None:
    for address in (f"{text}@example.test", f"a@{text}", text):
        assert not set(_written(address)) & set(b"\r\n\0<>")


def _written(address: str) -> bytes:
    """The path; nothing if it is refused."""
    try:
        return write_path(address)
    except AddressUnusable:
        return b""


@pytest.mark.parametrize(
    "address",
    [
        "a b@c.test",
        "a@b c.test",
        "a@",
        "@b.test",
        "a",
        "<a@b.test>",
        "a@b.test\0",
        '"a"b"@c.test',
        "a@b@c.test",
        "a,b@c.test",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(AddressUnusable):
        write_path(address)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ('"li wang"@c.test', b'"li wang"@c.test'),
        ('"a@b"@c.test', b'"a@b"@c.test'),
        ("a+b=c/d@[192.0.2.1]", b"a+b=c/d@[192.0.2.1]"),
        ("", b""),
    ],
)
def test_what_is_an_address_is_written_as_it_is(address: str, path: bytes) -> None:
    assert write_path(address) == path


PIECES = [b"a", b".", b"..", b"\r", b"\n", b"\r\n", b"\xff", b"\r\n.\r\n", b"\n.\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_a_message_arrives_as_it_was_but_for_its_line_ends(parts: list[bytes]) -> None:
    raw = b"".join(parts)
    data = end_lines(raw)
    wire = stuff_dots(data) + b".\r\n"
    assert data.replace(b"\r\n", b"") == raw.replace(b"\r", b"").replace(b"\n", b"")
    assert (b"\r\n" + wire).index(b"\r\n.\r\n") == len(wire) - 3
    received = [line.removeprefix(b".") for line in wire[:-3].split(b"\r\n")]
    assert b"\r\n".join(received) == data
