"""What can be looked at, by what a file calls itself."""

import codecs

import pytest

from yizhan.mime.limits import MAX_PREVIEW_CHARS
from yizhan.mime.previews import preview_kind, preview_text
from yizhan.mime.structure import Leaf


def leaf(content_type: str, filename: str = "", data: bytes = b"") -> Leaf:
    return Leaf("2", (), content_type, {}, "attachment", filename, data)


@pytest.mark.parametrize(
    ("content_type", "filename", "kind"),
    [
        ("image/jpeg", "a", "picture"),
        ("application/octet-stream", "合同.PNG", "picture"),
        ("image/x-unknown", "scan.tif", "picture"),
        ("application/pdf", "", "pdf"),
        ("application/octet-stream", "Счёт.Pdf", "pdf"),
        ("text/csv", "prices.csv", "text"),
        ("application/json", "a.bin", "text"),
        ("message/delivery-status", "", "text"),
        ("application/octet-stream", "server.log", "text"),
        ("image/svg+xml", "a.svg", ""),
        ("image/heic", "a.heic", ""),
        ("application/zip", "a.txt", ""),
        ("application/vnd.ms-excel", "a.xls", ""),
        ("application/octet-stream", "pdf", "pdf"),
        ("application/octet-stream", "", ""),
    ],
)
def test_what_can_be_shown_is_told_by_type_and_else_by_name(content_type: str, filename: str, kind: str) -> None:
    assert preview_kind(leaf(content_type, filename)) == kind


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "windows-1251", "utf-16", "utf-8-sig"])
def test_a_text_is_read_in_the_charset_that_it_is_in(charset: str) -> None:
    words = {"gb18030": "报价单：一千二百套，含税", "windows-1251": "Прайс-лист на ноябрь, с НДС"}.get(
        charset, "цена 报价"
    )
    assert preview_text(leaf("text/plain", "a.txt", words.encode(charset))) == (words, False)


def test_a_mark_of_byte_order_is_believed() -> None:
    assert preview_text(leaf("text/plain", "a.txt", codecs.BOM_UTF16_BE + "价".encode("utf-16-be"))) == ("价", False)


def test_a_long_text_is_cut_and_says_so() -> None:
    text, more = preview_text(leaf("text/plain", "a.log", "价".encode() * (MAX_PREVIEW_CHARS + 1)))
    assert (text, more) == ("价" * MAX_PREVIEW_CHARS, True)


def test_markup_is_shown_by_its_words() -> None:
    assert preview_text(leaf("text/html", "a.html", b"<p>one<script>two</script><p>three")) == ("one\n\nthree", False)
