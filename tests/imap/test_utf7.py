"""Names of mailboxes: decoded for people, and back on the wire as they came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.imap import utf7

KNOWN = [
    ("&XfJT0ZAB-", "已发送"),
    ("&g0l6P3ux-", "草稿箱"),
    ("&dcVr0mWHTvZZOQ-", "病毒文件夹"),
    ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "Отправленные"),
    ("Entw&APw-rfe", "Entwürfe"),
    ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
    ("a &- b", "a & b"),
    ("&2D3eAA-", "😀"),
]


@pytest.mark.parametrize(("wire", "name"), KNOWN)
def test_known_names_are_read_and_written(wire: str, name: str) -> None:
    assert utf7.decode(wire.encode("ascii")) == name
    assert utf7.encode(name) == wire


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_a_name_comes_back_as_it_went(name: str) -> None:
    wire = utf7.encode(name)
    assert wire.isascii()
    assert utf7.decode(wire.encode("ascii")) == name


@given(st.binary())
def test_any_bytes_are_shown_somehow_and_go_back_unchanged(wire: bytes) -> None:
    utf7.decode(wire).encode("utf-8")
    assert utf7.wire_bytes(utf7.wire_name_of(wire)) == wire


@pytest.mark.parametrize("wire", [b"&A-", b"&!!!-", b"&AAA", "项目".encode(), b"&2D0-", b"\xcf\xee"])
def test_what_is_no_modified_utf7_is_shown_as_it_is(wire: bytes) -> None:
    assert utf7.decode(wire) == wire.decode("utf-8", "replace")
