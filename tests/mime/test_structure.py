import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.mime.limits import MAX_DEPTH, MAX_PARTS
from yizhan.mime.structure import list_parts, parse_message, text_of
from yizhan.mime.summary import summarise

SECONDS = 3.0


def letter() -> bytes:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "询价 / Запрос"
    message.set_content("Hello\r\n你好\r\n")
    message.add_alternative('<p>Hello <img src="cid:logo@x"></p>', subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<logo@x>")  # type: ignore[union-attr]
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="报价 2026.pdf")
    return message.as_bytes()


def test_the_parts_of_a_letter_are_numbered_as_imap_numbers_them() -> None:
    found = [(part.part, part.content_type, part.filename, part.size_bytes) for part in list_parts(letter())]
    assert found == [
        ("1.1", "text/plain", "", 15),
        ("1.2.1", "text/html", "", 37),
        ("1.2.2", "image/png", "", 8),
        ("2", "application/pdf", "报价 2026.pdf", 8),
    ]
    assert text_of(letter(), "text/plain") == "Hello\r\n你好\r\n"
    assert parse_message(letter()).header("Subject") == "询价 / Запрос"


def test_a_list_shows_the_first_words_and_counts_only_real_files() -> None:
    assert summarise(letter(), 8)[:2] == ("Hello 你好", 1)
    only_html = b"Content-Type: text/html\r\n\r\n<style>x</style><p>Good &amp; cheap</p>"
    assert summarise(only_html, 200)[:2] == ("Good & cheap", 0)


def test_an_attached_message_is_one_part() -> None:
    inner = b"Content-Type: message/rfc822\n\nSubject: y\n\nz"
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n" + inner + b"\n--b--"
    assert [(part.part, part.content_type, part.size_bytes) for part in list_parts(raw)] == [
        ("1", "text/plain", 1),
        ("2", "message/rfc822", 13),
    ]


def multipart(boundary: str, *bodies: str) -> str:
    parts = "".join(f"--{boundary}\r\n{body}\r\n" for body in bodies)
    return f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n{parts}--{boundary}--\r\n'


def nested(depth: int) -> bytes:
    text = "\r\ninnermost"
    for level in range(depth):
        text = multipart(f"b{level}", text)
    return text.encode()


@pytest.mark.parametrize(
    ("raw", "text", "defect"),
    [
        (b"", "", None),
        (b"\n", "", None),
        (b"no header at all", "no header at all", "a header that no blank line ends"),
        (b"Subject: x\nbody without a blank line", "body without a blank line", "a header that no blank line ends"),
        (b"From li Mon Jan 1\nSubject: x\n\nbody", "body", None),
        (b"Subject: x\r\n\r\n\r\n \r\nbody", "\r\n \r\nbody", None),
        (b"Content-Type: multipart/mixed\n\nbody", "body", "a multipart without a boundary"),
        (b"Content-Type: multipart/mixed; boundary=x\n\nbody", "body", "a multipart without its parts"),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nbody", "body", "a multipart that does not end"),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--xy\n\n--x\n\nbody\n--x--\n--x\n\nmore", "body", None),
        (b"Content-Type: text\n\nbody", "body", None),
        (b"Content-Type: text/plain; charset=klingon\n\n\xe4\xbd\xa0", "你", None),
        (b"Content-Transfer-Encoding: base64\n\naGVs*bG8", "hello", None),
        (b"Content-Transfer-Encoding: base64\n\naGVsbG8hx", "hello!", None),
        (b"Content-Transfer-Encoding: quoted-printable\n\n=D0=\xd0=\n=ZZ", None, None),
        (b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n%:&5L;&\\\nbad\x00line\n`\nend\n", None, None),
    ],
)
def test_what_is_broken_is_read_as_far_as_it_goes(raw: bytes, text: str | None, defect: str | None) -> None:
    parsed = parse_message(raw)
    assert text is None or text_of(raw, "text/plain") == text
    assert parsed.defects == tuple(filter(None, [defect]))


def test_nesting_stops_and_is_noted() -> None:
    assert text_of(nested(MAX_DEPTH), "text/plain") == "innermost"
    deep = parse_message(nested(MAX_DEPTH + 5))
    assert deep.defects == (f"parts nested more than {MAX_DEPTH} deep",)


HEAVY = {
    "deep": nested(3_000),
    "many parts": multipart("b", *["\r\nx"] * 50_000).encode(),
    "one boundary everywhere": (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n") * 20_000,
    "folded header": b"Subject: " + b"\n x" * 1_000_000,
    "many fields": b"X: y\n" * 500_000 + b"\nbody",
    "a header that does not end": b"x" * 5_000_000,
    "parameters": b"Content-Type: text/plain" + b'; a="' * 20_000 + b"\n\nx",
    "continuations": b"Content-Type: text/plain; " + b"; ".join(b"n*%d=x" % n for n in range(5_000)) + b"\n\nx",
    "encoded words": b"Subject: " + b"=?utf-8?B?aGk=?= " * 4_000 + b"\n\nx",
    "half words": b"Subject: " + b"=?utf-8?Q?" * 6_000 + b"\n\nx",
    "blank": b"\n" * 2_000_000,
    "NULs": b"\0" * 2_000_000,
    "8-bit": bytes(range(128, 256)) * 20_000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_messages_are_taken_apart_in_time(name: str) -> None:
    start = time.perf_counter()
    parsed = parse_message(HEAVY[name])
    parsed.header("subject")
    summarise(HEAVY[name], 200)
    assert len(parsed.leaves) <= MAX_PARTS
    assert time.perf_counter() - start < SECONDS


PIECES = (
    *(b"Content-Type: ", b"multipart/mixed; boundary=b", b"--b", b"--b--", b"\r\n", b"\n", b"\n\n", b"base64"),
    *(b"Content-Transfer-Encoding: ", b"quoted-printable", b'"', b";", b"filename*0*=utf-8''%E4", b"?=", b" ", b":"),
)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=60).map(b"".join))
def test_nothing_that_a_stranger_writes_is_refused(raw: bytes) -> None:
    parsed = parse_message(raw)
    assert all(isinstance(leaf.text(), str) for leaf in parsed.leaves)
    assert parsed.leaves
    summarise(raw, 100)
