from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from yizhan.mime.compose import (
    Draft,
    Enclosure,
    Priority,
    answer_references,
    make_message,
)
from yizhan.mime.fields import AddressUnwritable, HeaderInjected
from yizhan.mime.limits import MAX_REFERENCES
from yizhan.mime.structure import list_parts, parse_message
from yizhan.mime.subjects import answer_subject, forward_subject

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def draft(**fields: object) -> Draft:
    told: dict[str, object] = {"sender": ("", "li@example.com"), "to": (("", "anna@example.org"),), "cc": ()}
    told |= {
        "reply_to": (),
        "subject": "Hi",
        "text": "Hello",
        "html": "",
        "files": (),
        "message_id": "<new@example.com>",
        "date": NOON,
    }
    return Draft(**{**told, **fields})  # type: ignore[arg-type]


def test_an_answer_names_its_thread() -> None:
    long_id = f"<{'x' * 300}@example.org>"
    raw = make_message(
        draft(in_reply_to="<q@x>", references=("<a@x>", long_id, "<q@x>"), reply_to=(("", "r@x.example"),))
    )
    parsed = parse_message(raw)
    assert parsed.header("in-reply-to") == "<q@x>"
    assert parsed.header("references") == f"<a@x> {long_id} <q@x>"
    assert parsed.header("reply-to") == "r@x.example"


def test_every_line_is_short_and_seven_bit() -> None:
    text = "字" * 3_000 + "\n" + "word " * 1_000
    raw = make_message(
        draft(
            subject="很长的主题 " * 100,
            text=text,
            html=f"<p>{text}</p>",
            to=tuple((f"Имя {n}", f"n{n}@example.org") for n in range(100)),
            references=tuple(f"<{n:0>100}@example.org>" for n in range(30)),
            files=(
                Enclosure("报价 单.pdf", "", b"\xff" * 5_000),
                Enclosure("letter.eml", "", b"From: x\r\n\r\n" + b"y" * 2_000),
                Enclosure("x", "", b"z"),
            ),
        )
    )
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert message_from_bytes(raw, policy=default)["Subject"] == "很长的主题 " * 100
    assert [(part.content_type, part.filename) for part in list_parts(raw)[2:]] == [
        ("application/pdf", "报价 单.pdf"),
        ("application/octet-stream", "letter.eml"),
        ("application/octet-stream", "x"),
    ]


def test_a_message_says_nothing_of_the_machine() -> None:
    raw = make_message(draft()).decode()
    assert sorted(line.partition(":")[0] for line in raw.partition("\r\n\r\n")[0].split("\r\n")) == [
        *("Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"),
    ]
    assert "Date: Mon, 23 Nov 2026 12:00:00 +0000" in raw


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "a\r\nBcc: x@y"},
        {"to": (("a\nb", "x@y.example"),)},
        {"to": (("", "x@y.example\r\nBcc: z@y"),)},
        {"in_reply_to": "<a>\r\nX: y"},
        {"references": ("<a>\nX: y",)},
        {"files": (Enclosure("a\r\nb", "", b""),)},
    ],
)
def test_a_line_break_in_a_header_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(HeaderInjected):
        make_message(draft(**fields))


def test_a_domain_in_any_letters_is_encoded_and_a_local_part_stays_as_it_is() -> None:
    assert b"anna@xn--e1afmkfd.xn--80asehdb" in make_message(draft(to=(("", "anna@пример.онлайн"),)))
    assert "To: анна@xn--e1afmkfd.xn--80asehdb\r\n".encode() in make_message(draft(to=(("", "анна@пример.онлайн"),)))


@pytest.mark.parametrize("address", ["", "anna", "@x", "anna@", "a b@x", "anna@a b", "a@b@c", "anna@x>,<b@y", "a@-|.x"])
def test_what_is_no_address_is_written_nowhere(address: str) -> None:
    with pytest.raises(AddressUnwritable):
        make_message(draft(to=(("", address),)))


@pytest.mark.parametrize(
    "subject",
    [
        "Price",
        "Re: Price",
        "RE: re: Price",
        "回复：Price",
        "答复: Re: Price",
        "Ответ: Price",
        "Re[2]: Price",
        "Fwd: Re: Price",
    ],
)
def test_an_answers_subject_has_re_once(subject: str) -> None:
    assert answer_subject(subject) == "Re: Price"
    assert forward_subject(subject) == "Fwd: Price"


@pytest.mark.parametrize(
    ("references", "in_reply_to", "message_id", "found"),
    [
        ("", "", "<q@x>", ("<q@x>",)),
        ("<a@x> <b@x>", "<b@x>", "<q@x>", ("<a@x>", "<b@x>", "<q@x>")),
        ("", "<a@x>", "<q@x>", ("<a@x>", "<q@x>")),
        ("", "<a@x> <b@x>", "<q@x>", ("<q@x>",)),  # RFC 5322 §3.6.4: only one id can be the parent
        ("", "", "", ()),
        ("nonsense", "", "no brackets", ()),
    ],
)
def test_references_follow_the_parent(references: str, in_reply_to: str, message_id: str, found: tuple[str]) -> None:
    assert answer_references(references, in_reply_to, message_id) == found


def test_a_long_thread_keeps_its_first_and_its_newest() -> None:
    found = answer_references(" ".join(f"<{n}@x>" for n in range(200)), "", "<q@x>")
    assert (len(found), found[0], found[-1]) == (MAX_REFERENCES, "<0@x>", "<q@x>")


def test_a_picture_of_the_text_stands_beside_the_markup_and_other_files_behind_it() -> None:
    files = (Enclosure("logo.png", "image/png", b"\x89PNG", "logo@x"), Enclosure("a.pdf", "", b"%PDF", "unused@x"))
    raw = make_message(draft(text="", html='<p>Hello <img src="cid:logo@x"></p><p>Anna</p>', files=files))
    parsed = parse_message(raw)
    assert [(leaf.number, leaf.content_type, leaf.disposition) for leaf in parsed.leaves] == [
        ("1.1", "text/plain", ""),
        ("1.2.1", "text/html", ""),
        ("1.2.2", "image/png", "inline"),
        ("2", "application/pdf", "attachment"),
    ]
    assert parsed.leaves[2].content_id == "logo@x"
    assert parsed.leaves[0].text().split() == ["Hello", "Anna"]


SIGNED = b"DKIM-Signature: v=1;  b=x\r\nSubject: \xd0\x9f\r\n\r\nBody  \r\n"


@pytest.mark.parametrize(
    ("inner", "content_type", "eight_bit"),
    [
        (SIGNED.replace(b"\xd0\x9f", b"P"), "message/rfc822", False),
        (SIGNED, "message/rfc822", True),
        (SIGNED + b"x" * 1_000, "application/octet-stream", False),
        (SIGNED.replace(b"\r\n", b"\n"), "application/octet-stream", False),
    ],
)
def test_an_attached_message_arrives_byte_for_byte(inner: bytes, content_type: str, eight_bit: bool) -> None:
    raw = make_message(draft(files=(Enclosure("Re: Price.eml", "message/rfc822", inner),)))
    [leaf] = [each for each in parse_message(raw).leaves if each.filename]
    assert (leaf.content_type, leaf.data(), leaf.filename) == (content_type, inner, "Re_ Price.eml")
    assert raw.isascii() is not eight_bit
    assert (b"Content-Transfer-Encoding: 8bit" in raw.partition(b"\r\n\r\n")[0]) is eight_bit


def test_a_file_brings_neither_its_path_nor_a_type_with_rules_of_its_own() -> None:
    files = (
        Enclosure("C:\\Users\\li\\a.txt", "text/plain; charset=x", b"a"),
        Enclosure("/srv/li/b", "multipart/mixed", b"b"),
    )
    leaves = parse_message(make_message(draft(files=files))).leaves[1:]
    assert [(leaf.filename, leaf.content_type) for leaf in leaves] == [
        ("a.txt", "text/plain"),
        ("b", "application/octet-stream"),
    ]


def test_wishes_are_written_as_readers_know_them() -> None:
    raw = make_message(draft(priority=Priority.LOW, receipt_to="li@example.com"))
    parsed = parse_message(raw)
    assert (parsed.header("x-priority"), parsed.header("importance")) == ("5", "low")
    assert parsed.header("disposition-notification-to") == "li@example.com"
