import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.mime.charsets import decode_text, known_charset
from yizhan.mime.headers import decode_header, read_addresses, read_message_ids, read_parameters, write_address


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?B?5L2g5aW9?=", "你好"),
        (b"=?gb2312?B?xOO6ww==?= ok", "你好 ok"),
        (b"=?GBK?Q?=D1=AF=BC=DB?=", "询价"),
        (b"=?utf-8?B?5L2g5Q==?= =?utf-8?B?pb0=?=", "你好"),  # a character cut in two
        (b"=?utf-8?Q?Hello world?=", "Hello world"),
        (b"=?utf-8*zh?B?5L2g?=", "你"),
        (b"=?koi8-r?Q?=F0=D2=C9=D7=C5=D4?= =?utf-8?Q?!?=", "Привет!"),
        (b"a =?utf-8?Q?b?= c", "a b c"),
        (b"=?utf-8?B?@@@?=", "=?utf-8?B?@@@?="),
        (b"=?nonsense?Q?abc?=", "abc"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("原始字节".encode(), "原始字节"),
        ("原始字节标题".encode("gb18030"), "原始字节标题"),
        (b"one\r\n two\x00\x07", "one two"),
        (b"invoice\xe2\x80\xaefdp.exe", "invoice fdp.exe"),
        (None, ""),
    ],
)
def test_headers_read_as_people_read_them(raw: bytes | None, text: str) -> None:
    assert decode_header(raw) == text


@pytest.mark.parametrize(
    ("value", "first", "parameters"),
    [
        ('text/plain; charset="utf-8"', "text/plain", {"charset": "utf-8"}),
        ("Text/HTML;Charset=GBK ; format=flowed", "text/html", {"charset": "GBK", "format": "flowed"}),
        ("attachment; filename*=utf-8''%E6%8A%A5%E4%BB%B7.pdf", "attachment", {"filename": "报价.pdf"}),
        (
            "attachment; filename*0*=gb18030'zh'%B1%A8; filename*1=x; filename*2*=%BC%DB.pdf",
            "attachment",
            {"filename": "报x价.pdf"},
        ),
        ('attachment; filename="=?utf-8?B?5oql5Lu3?=.pdf"', "attachment", {"filename": "报价.pdf"}),
        ('attachment; filename="a\\"b;c.txt"', "attachment", {"filename": 'a"b;c.txt'}),
        ("attachment; filename=two words.txt", "attachment", {"filename": "two words.txt"}),
        ("attachment; =; ;; x", "attachment", {}),
        ("", "", {}),
    ],
)
def test_parameters_are_put_together(value: str, first: str, parameters: dict[str, str]) -> None:
    assert read_parameters(value) == (first, parameters)


@given(st.text(st.characters(max_codepoint=126), max_size=60).filter(lambda text: "=?" not in text))
def test_words_of_ascii_stay_and_what_stands_between_them_becomes_one_blank(text: str) -> None:
    assert decode_header(text.encode()) == " ".join(re.sub(r"[\x00-\x1f]+", " ", text).split())


@given(st.binary(max_size=200), st.text(max_size=100))
def test_no_header_is_refused(raw: bytes, value: str) -> None:
    assert "\n" not in decode_header(raw)
    assert read_parameters(value)[0] == read_parameters(value)[0].strip()


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("你好，报价单见附件，谢谢", "gb18030"),
        ("询价", "gbk"),
        ("Добрый день! Просим выслать цену", "cp1251"),
        ("Запрос цены: светодиодные панели", "koi8_r"),
        ("您好，請查收附件中的報價單", "big5"),
        ("お世話になっております。見積書をお送りします", "cp932"),
        ("Réponse à votre demande reçue", "cp1252"),
        ("Grüße aus Köln, schöne Tage", "latin-1"),
    ],
)
def test_text_without_a_charset_is_read_by_its_look(text: str, codec: str) -> None:
    assert decode_text(text.encode(codec)) == text


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("报價".encode("gb18030"), "gb2312", "报價"),  # more than GB2312 holds
        ("é你".encode(), "iso-8859-1", "é你"),  # labelled wrongly
        (b"\xef\xbb\xbfhi", "iso-8859-1", "hi"),
        (b"\xa3100", "iso-8859-1", "£100"),
        ("日本".encode("iso2022_jp"), "iso-2022-jp", "日本"),
        (b"\xff\xfe\x60\x4f", "utf-16", "你"),
    ],
)
def test_a_charset_means_what_mailers_mean_by_it(data: bytes, charset: str, text: str) -> None:
    assert decode_text(data, charset) == text


@pytest.mark.parametrize("name", ["zip", "rot13", "unicode_escape", "idna", "base64", "../x", "", None, "x" * 1000])
def test_a_charset_that_mail_does_not_use_is_none(name: str | None) -> None:
    assert known_charset(name) is None


@pytest.mark.parametrize(
    "pair",
    [("", "a@b.example"), ("Li Wei", "a@b.example"), ('Li "W" Wei, Ltd.', "a@b.example"), ("李，雷", "a@b.example")],
)
def test_an_address_that_is_written_reads_back(pair: tuple[str, str]) -> None:
    assert read_addresses(write_address(*pair)) == [pair]


def test_message_ids_are_found_once_each_in_order() -> None:
    assert read_message_ids("<a@x> junk <b@x>\r\n <a@x> <c d> <>") == ["<a@x>", "<b@x>"]
