"""What is composed is read back the same, by Python's own parser and by ours."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses

from hypothesis import given
from hypothesis import strategies as st

from yizhan.mime.compose import Draft, Enclosure, Priority, make_message
from yizhan.mime.filenames import safe_filename
from yizhan.mime.headers import decode_header as read_header
from yizhan.mime.html import html_to_text
from yizhan.mime.structure import parse_message

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
LINE = st.text(LETTERS, max_size=120)
NAMES = st.one_of(
    LINE, st.sampled_from(["Doe, Jane", 'a "b" c', "报价 单 ", "Иванов И. И.", "=?utf-8?Q?x?=", "\\", "(x)"])
)
LOCALS = st.sampled_from(["anna", "a.b+c", "x" * 64, '"a b"', "o'neil"])
PEOPLE = st.tuples(NAMES, st.builds("{}@{}.example".format, LOCALS, st.sampled_from(["a", "b" * 60])))
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=2_000)
FILES = st.builds(
    Enclosure,
    st.one_of(
        st.text(LETTERS, min_size=1, max_size=60), st.sampled_from(["报价单（最终）.xlsx", "Счёт №5.pdf", 'a"b\\c.txt'])
    ),
    st.sampled_from(["", "application/pdf", "text/plain", "image/png", "nonsense", "multipart/mixed"]),
    st.binary(max_size=3_000),
    st.sampled_from(["", "pic1@x"]),
)
DRAFTS = st.builds(
    Draft,
    sender=PEOPLE,
    to=st.lists(PEOPLE, min_size=1, max_size=6).map(tuple),
    cc=st.lists(PEOPLE, max_size=3).map(tuple),
    reply_to=st.lists(PEOPLE, max_size=2).map(tuple),
    subject=st.one_of(LINE, st.text(LETTERS, max_size=900), st.sampled_from(["a  b", " a", "a ", "x" * 1200, "=?"])),
    text=WORDS,
    html=st.one_of(st.just(""), WORDS, st.just("<p>字 <img src='cid:pic1@x'></p>")),
    files=st.lists(FILES, max_size=3).map(tuple),
    message_id=st.just("<m@a.example>"),
    date=st.integers(-720, 840).map(lambda m: datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(minutes=m)))),
    references=st.lists(st.integers(1, 10**300).map("<{}@x>".format), max_size=4).map(tuple),
    receipt_to=st.sampled_from(["", "anna@a.example"]),
    priority=st.sampled_from(list(Priority)),
)


def lines_of(text: str) -> str:
    return text.rstrip("\n") + "\n" if text else ""


def text_of(draft: Draft) -> str:
    words = draft.text if draft.text.strip() or not draft.html else html_to_text(draft.html)
    return words.rstrip("\n") + "\n"


def decoded(part: EmailMessage | None) -> str:
    return part.get_payload(decode=True).decode().replace("\r\n", "\n") if part else ""  # type: ignore[union-attr]


def people_in(raw: bytes, name: str) -> list[tuple[str, str]]:
    """By the older of Python's two parsers: the newer leaves a space between encoded words (3.11)."""
    found = getaddresses(message_from_bytes(raw).get_all(name, []))
    return [(str(make_header(decode_header(person))), address) for person, address in found]


@given(draft=DRAFTS)
def test_the_lines_are_seven_bit_short_and_end_in_crlf(draft: Draft) -> None:
    raw = make_message(draft)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


@given(draft=DRAFTS)
def test_pythons_parser_reads_what_was_written(draft: Draft) -> None:
    raw = make_message(draft)
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert list(message.defects) == []
    for name, people in (("To", draft.to), ("Cc", draft.cc), ("From", (draft.sender,)), ("Reply-To", draft.reply_to)):
        assert people_in(raw, name) == [(" ".join(each.split()), address) for each, address in people]
    assert message["Subject"] == draft.subject
    assert message["Date"].datetime == draft.date
    assert message["Date"].datetime.utcoffset() == draft.date.utcoffset()
    assert decoded(message.get_body(("html",))) == lines_of(draft.html)
    files = [part for part in message.walk() if part.get_filename()]
    names = {safe_filename(each.name, "") for each in draft.files}
    assert {part.get_filename() for part in files} == names
    assert sorted(part.get_payload(decode=True) for part in files) == sorted(each.data for each in draft.files)


@given(draft=DRAFTS)
def test_our_parser_reads_what_was_written(draft: Draft) -> None:
    parsed = parse_message(make_message(draft))
    assert parsed.defects == ()
    assert parsed.header("subject") == read_header(draft.subject.encode())
    assert parsed.header("references") == " ".join(draft.references)
    assert parsed.header("disposition-notification-to") == draft.receipt_to
    plain = parsed.body("text/plain")
    assert plain is not None
    assert plain.text().replace("\r\n", "\n") == text_of(draft)
    names = [safe_filename(each.name, "") for each in draft.files]
    assert sorted(leaf.filename for leaf in parsed.leaves if leaf.filename) == sorted(
        " ".join(n.split()) for n in names
    )


def test_a_name_is_read_from_either_field() -> None:
    file = Enclosure("报价单（2026 年最终版，含税，含运费，含安装费用明细）.xlsx", "", b"x")
    told = Draft(
        ("", "a@x.org"),
        (("", "b@x.org"),),
        (),
        (),
        "s",
        "t",
        "",
        (file,),
        "<m@x.org>",
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    raw = make_message(told)
    old, new = raw.replace(b"Content-Disposition", b"X-None"), raw.replace(b"name=", b"x-none=")
    assert [parse_message(each).leaves[1].filename for each in (old, new)] == [file.name, file.name]
