"""Rich text is unpacked as its format says, read as what it was made of, and bounded whatever it holds."""

import struct
import time

import pytest

from tests.mime.test_enclosed import attribute, property_
from yizhan.mime.enclosed import open_leaf
from yizhan.mime.limits import MAX_RTF_BYTES
from yizhan.mime.previews import preview_text
from yizhan.mime.rtf import read_rtf, unpack_rtf
from yizhan.mime.structure import Leaf
from yizhan.mime.tnef import read_tnef

# MS-OXRTFCP §4: both examples.
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c0900206277 05b06c647d0a800fa0"
)
OVERLAPPING = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
# As Outlook writes it (MS-OXRTFEX §4): markup in htmltag, what RTF alone needs between htmlrtf and htmlrtf0.
MARKUP = (
    rb"{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset134 SimSun;}}"
    rb"{\colortbl\red0\green0\blue0;}{\*\generator Microsoft Exchange Server;}"
    rb"{\*\htmltag18 <html>}{\*\htmltag50 <body>}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 "
    rb"\'d6\'e5\'ed\'e0 {\*\htmltag84 &amp;} \u8364 ?100{\f1 \'b1\'a8\'bc\'db}\htmlrtf }\htmlrtf0"
    rb"{\*\htmltag72 </p>}{\*\mhtmltag64 <x>}{\*\htmltag58 </body>}}"
)


def packed(data: bytes) -> bytes:
    """In RTF's packed form, every byte by itself."""
    pieces = b"".join(b"\0" + data[at : at + 8] for at in range(0, len(data), 8))
    return struct.pack("<II4sI", len(pieces) + 12, len(data), b"LZFu", 0) + pieces


def test_what_was_packed_is_unpacked_as_the_standard_shows() -> None:
    assert unpack_rtf(HELLO) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpack_rtf(OVERLAPPING) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert unpack_rtf(packed(MARKUP)) == MARKUP
    assert unpack_rtf(struct.pack("<II4sI", 0, 0, b"MELA", 0) + b"{\\rtf1}") == b"{\\rtf1}"


@pytest.mark.parametrize("at", range(0, 60, 3))
def test_a_packed_text_that_is_cut_gives_what_came_before(at: int) -> None:
    assert b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}".startswith(unpack_rtf(OVERLAPPING[:at]))


def test_markup_comes_out_as_it_was_before_outlook() -> None:
    markup, text = read_rtf(MARKUP)
    assert markup == "<html><body><p>Цена &amp; €100报价</p></body>"
    assert text == ""


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi{\info{\title hidden}}one\par two\tab three\line}", "one\ntwo\tthree\n"),
        (rb"{\rtf1\ansi\ansicpg936 \'b1\'a8\'bc\'db\{1\}\~}", "报价{1}\u00a0"),
        (rb"{\rtf1\uc1\u-10179?\u-8704?\uc2 \u1062\'d6?x}", "😀Цx"),
        (rb"{\rtf1{\*\unknown hidden}{\pict ffd8}\ldblquote a\rdblquote\emdash b}", "“a”—b"),
        (rb"{\rtf1{\fonttbl{\f0 Arial;}{\f7\fcharset204 Arial Cyr;}}\f7 \'d6\f0 \'d6}", "ЦÖ"),
        (b"{\\rtf1 one\r\ntwo\\\r\nthree", "onetwo\nthree"),
        (rb"}}}\uc9\'zz\bin4 {", ""),
        (b"", ""),
    ],
)
def test_text_comes_out_in_its_own_letters(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf)[1].replace("zz", "") == text


@pytest.mark.parametrize(
    "piece",
    [b"{", b"}", b"\\par", b"\\u1 ", b"\\'d6", b"{\\*\\htmltag <b>}", b"\\f1\\fcharset204 x", b"\\", b"a\\~"],
)
def test_the_worst_is_read_in_bounded_time(piece: bytes) -> None:
    began = time.process_time()
    markup, text = read_rtf((b"{\\rtf1\\fromhtml1 " + piece * MAX_RTF_BYTES)[: 2 * MAX_RTF_BYTES])
    assert len(markup) + len(text) <= MAX_RTF_BYTES
    assert time.process_time() - began < 30


def test_the_body_of_a_winmail_that_is_only_rich_text_is_shown() -> None:
    properties = struct.pack("<I", 1) + property_(0x1009, 258, packed(MARKUP))
    data = b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x69003, properties)
    found = read_tnef(data)
    assert found is not None
    assert "Цена" in found.html
    inner = open_leaf(Leaf("2", (), "application/ms-tnef", {}, "attachment", "winmail.dat", data))
    assert inner is not None
    body = inner.body("text/html")
    assert body is not None
    assert "报价" in body.text()


def test_a_file_of_rich_text_is_looked_at_as_text() -> None:
    file = Leaf("2", (), "application/rtf", {}, "attachment", "a.rtf", rb"{\rtf1\ansicpg1251 \'d6\'e5\'ed\'e0}")
    assert preview_text(file) == ("Цена", False)
