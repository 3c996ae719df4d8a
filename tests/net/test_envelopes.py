"""Addresses as SMTP writes them: nothing in them can end what they stand in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.net.envelopes import AddressUnusable, write_path


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
