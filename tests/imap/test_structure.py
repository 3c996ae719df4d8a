"""ENVELOPE and BODYSTRUCTURE: the fast reader and the whole one give the same, and the same as imapclient."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient import response_parser

from bench.fetch_corpus import fetch_responses, split_as_imaplib
from tests.imap.reading import frames, read_fetched
from yizhan.imap.frames import Frame
from yizhan.imap.lexer import Lexer
from yizhan.imap.structure import body, body_of, envelope, envelope_of
from yizhan.imap.types import Address, BodyStructure, Envelope

text = st.sampled_from(
    [b"", b"a", b"two words", b'q"uo"te', b"back\\slash", b"(x) NIL", b"{3}", "项目".encode(), b"=?u?b?"]
)
small = st.sampled_from([b"0", b"7", b"99999"])


def quoted(data: bytes) -> bytes:
    return b'"%b"' % data.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


string = text.map(quoted)
nstring = st.just(b"NIL") | string
address = st.tuples(nstring, st.just(b"NIL") | nstring, nstring, nstring).map(lambda each: b"(%b)" % b" ".join(each))
addresses = st.just(b"NIL") | st.lists(address, min_size=1, max_size=3).map(lambda each: b"(%b)" % b"".join(each))
envelopes = st.tuples(nstring, nstring, *[addresses] * 6, nstring, nstring).map(lambda each: b"(%b)" % b" ".join(each))
pairs = st.just(b"NIL") | st.lists(st.tuples(string, string), min_size=1, max_size=2).map(
    lambda each: b"(%b)" % b" ".join(key + b" " + value for key, value in each)
)
dispositions = st.just(b"NIL") | st.tuples(string, pairs).map(lambda each: b"(%b)" % b" ".join(each))
languages = nstring | st.lists(string, min_size=1, max_size=2).map(lambda each: b"(%b)" % b" ".join(each))
extensions = st.tuples(dispositions, languages, nstring).flatmap(
    lambda each: st.integers(0, 3).map(lambda count: b"".join(b" " + part for part in each[:count]))
)
kinds = st.sampled_from([b'"text"', b'"TEXT"', b'"application"', b'"image"', b'"message"'])


@st.composite
def leaves(draw: Any) -> bytes:
    kind = draw(kinds)
    head = [kind, draw(string), draw(pairs), draw(nstring), draw(nstring), draw(nstring), draw(small)]
    lines = [draw(small)] if kind.upper() == b'"TEXT"' else []
    tail = draw(st.just(b"") | st.tuples(nstring, extensions).map(lambda each: b" %b%b" % each))
    return b"(%b%b)" % (b" ".join([*head, *lines]), tail)


@st.composite
def messages(draw: Any, inner: Any) -> bytes:
    head = [b'"message" "rfc822"', draw(pairs), draw(nstring), draw(nstring), draw(nstring), draw(small)]
    tail = draw(st.just(b"") | st.tuples(nstring, extensions).map(lambda each: b" %b%b" % each))
    return b"(%b %b %b %b%b)" % (b" ".join(head), draw(envelopes), draw(inner), draw(small), tail)


@st.composite
def multiparts(draw: Any, inner: Any) -> bytes:
    children = b"".join(draw(st.lists(inner, min_size=1, max_size=3)))
    tail = draw(st.just(b"") | st.tuples(pairs, extensions).map(lambda each: b" %b%b" % each))
    return b"(%b %b%b)" % (children, draw(string), tail)


bodies = st.recursive(leaves(), lambda inner: multiparts(inner) | messages(inner), max_leaves=4)


def lexer(wire: bytes) -> Lexer:
    return Lexer(Frame(wire, []))


@given(envelopes)
def test_both_readers_of_an_envelope_give_the_same(wire: bytes) -> None:
    reading = lexer(wire)
    assert envelope(reading) == envelope_of(lexer(wire).value())
    assert reading.at_end()


@given(bodies)
def test_both_readers_of_a_structure_give_the_same(wire: bytes) -> None:
    reading = lexer(wire)
    assert body(reading) == body_of(lexer(wire).value())
    assert reading.at_end()


def as_imapclient(found: Envelope) -> tuple[Any, ...]:
    """Our envelope in imapclient's shape, which has None for an empty list."""
    return (found.subject, *(each or None for each in found[2:8]), found.in_reply_to, found.message_id)


def theirs(found: Any) -> tuple[Any, ...]:
    def people(each: Any) -> Any:
        return None if each is None else tuple(Address(one.name, one.route, one.mailbox, one.host) for one in each)

    lists = (people(each) for each in (found.from_, found.sender, found.reply_to, found.to, found.cc, found.bcc))
    return (found.subject, *lists, found.in_reply_to, found.message_id)


def flat(pairs: tuple[tuple[bytes, bytes], ...]) -> Any:
    return tuple(word for pair in pairs for word in pair) or None


def check_structure(ours: BodyStructure, other: Any) -> None:
    """The same part by part; imapclient leaves a part as the tuple that it was on the wire."""
    if other.is_multipart:
        children, subtype, *rest = other
        assert ours.content_type == f"multipart/{subtype.decode().lower()}"
        assert len(ours.children) == len(children)
        [check_structure(mine, each) for mine, each in zip(ours.children, children, strict=True)]
        check_extension(ours, rest[0], rest[1:])
        return
    kind, subtype, pairs, content_id, description, encoding, size, *rest = other
    assert ours.content_type == f"{kind.decode()}/{subtype.decode()}".lower()
    assert (ours.content_id, ours.description, ours.encoding, ours.size) == (content_id, description, encoding, size)
    if ours.children:
        inner_envelope, inner, lines, *rest = rest
        check_structure(ours.children[0], response_parser.BodyData.create(inner))
        assert ours.envelope is not None
        assert ours.envelope.subject == inner_envelope[1]
        rest = [lines, *rest]
    if ours.lines is not None:
        assert ours.lines == rest.pop(0)
    assert ours.md5 == rest[0]
    check_extension(ours, pairs, rest[1:])


def check_extension(ours: BodyStructure, pairs: Any, rest: Any) -> None:
    assert flat(ours.parameters) == pairs
    disposition = rest[0] and (rest[0][0].decode().lower(), rest[0][1])
    assert (ours.disposition and (ours.disposition.kind, flat(ours.disposition.parameters))) == disposition


@pytest.mark.parametrize("seed", range(4))
def test_a_corpus_is_read_as_imapclient_reads_it(seed: int) -> None:
    responses = fetch_responses(250, seed)
    items = [item for response in responses for item in split_as_imaplib(response)]
    other = response_parser.parse_fetch_response(items, uid_is_key=False)
    mine = [read_fetched(response.removesuffix(b"\r\n")) for response in responses]
    assert [each.defect for each in mine] == [""] * len(mine)
    for fetched in mine:
        found = other[fetched.number]
        assert fetched.envelope is not None
        assert fetched.structure is not None
        assert (fetched.uid, fetched.size) == (found[b"UID"], found[b"RFC822.SIZE"])
        assert fetched.flags == {flag.decode() for flag in found[b"FLAGS"]}
        assert as_imapclient(fetched.envelope) == theirs(found[b"ENVELOPE"])
        check_structure(fetched.structure, found[b"BODYSTRUCTURE"])


def test_parts_are_numbered_as_fetch_takes_them() -> None:
    """RFC 9051 §6.4.5's own example, its message/rfc822 parts with a multipart and a single part inside."""
    leaf = b'("text" "plain" NIL NIL NIL "7bit" 1 1)'
    nothing = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
    inner = b'("message" "rfc822" NIL NIL NIL "7bit" 9 %b %%b 1)' % nothing
    wire = b'(%b%b%b("image" "gif" NIL NIL NIL "base64" 1) "mixed")' % (
        leaf,
        inner % leaf,
        inner % (b'(%b%b "alternative")' % (leaf, leaf)),
    )
    assert [number for number, _ in body(lexer(wire)).walk()] == ["1", "2", "2.1", "3", "3.1", "3.2", "4"]
    assert [number for number, _ in body(lexer(leaf)).walk()] == ["1"]


@pytest.mark.parametrize(
    ("wire", "content_type"),
    [
        (b'("message" "rfc822" NIL NIL NIL "7bit" 12 NIL NIL NIL NIL)', "message/rfc822"),  # Gmail, as a plain file
        (b'("text" "plain" NIL NIL NIL NIL 12 NIL NIL ("attachment" NIL) NIL NIL)', "text/plain"),  # lines as NIL
        (b'("application" "pdf" NIL NIL NIL "base64" 12 NIL "attachment" NIL NIL)', "application/pdf"),
        (b'("audio" "x" () NIL NIL "base64" NIL)', "audio/x"),
        (b'(NIL NIL NIL NIL NIL "base64" 5)', "application/octet-stream"),
        (b'(("text" "plain" NIL NIL NIL "7bit" 1 1) ("text" "html" NIL NIL NIL "7bit" 1 1))', "multipart/mixed"),
    ],
)
def test_a_structure_that_servers_are_known_to_bend_is_read(wire: bytes, content_type: str) -> None:
    assert body(lexer(wire)).content_type == content_type


def test_a_deep_structure_is_a_defect_and_closes_nothing() -> None:
    deep = b"(" * 300 + b'"text" "plain" NIL NIL NIL "7bit" 1 1' + b")" * 300
    fetched = read_fetched(b"* 1 FETCH (UID 5 BODYSTRUCTURE %b FLAGS ())" % deep)
    assert (fetched.uid, fetched.structure) == (5, None)
    assert "deep" in fetched.defect


def test_a_broken_envelope_is_a_defect_that_still_names_its_message() -> None:
    fetched = read_fetched(b'* 1 FETCH (ENVELOPE ("a" "b") UID 77)')
    assert (fetched.uid, fetched.envelope) == (77, None)
    assert fetched.defect == "an ENVELOPE has not its ten fields"


def test_the_corpus_has_its_share_of_literals() -> None:
    share = sum(b"}\r\n" in each for each in fetch_responses(2000)) / 2000
    assert 0.2 < share < 0.32
    assert len(frames(b"".join(fetch_responses(50)))) == 50
