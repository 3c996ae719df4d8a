"""ENVELOPE and BODYSTRUCTURE (RFC 9051 §7.5.2): most of what a first synchronisation reads.

Each has two readers that give the same.  The first is one expression for the shape that nearly all messages have, ten
times as fast; what it does not match is read value by value.  `tests/imap/test_structure.py` holds them together.
"""

import re
from functools import lru_cache

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.lexer import Lexer
from yizhan.imap.limits import MAX_DEPTH, MAX_NUMBER
from yizhan.imap.types import Address, BodyStructure, Disposition, Envelope, Pairs, Value

# A string without escapes, captured; NIL leaves the group unset.  Possessive, so that no line is read twice.
_S = rb'"([^"\\]*+)"'
_N = rb'(?:"([^"\\]*+)"|NIL)'
_N_PLAIN = rb'(?:"[^"\\]*+"|NIL)'
_ADDRESS = re.compile(rb"\(%b %b %b %b\)" % (_N, _N, _N, _N))
_ADDRESSES = rb"(\((?:\(%b %b %b %b\))++\)|NIL)" % (_N_PLAIN, _N_PLAIN, _N_PLAIN, _N_PLAIN)
_ENVELOPE = re.compile(rb" ?\(" + b" ".join([_N, _N, *[_ADDRESSES] * 6, _N, _N]) + rb"\)")

_PAIR = re.compile(rb'"([^"\\]*+)" "([^"\\]*+)"')
_PAIRS_PLAIN = rb'(?:\((?:"[^"\\]*+" "[^"\\]*+" ?)++\)|NIL)'
_PAIRS = rb"(%b)" % _PAIRS_PLAIN
_EXTENSION = rb'(?: (?:\("([^"\\]*+)" %b\)|NIL)(?: (\((?:"[^"\\]*+" ?)++\)|"[^"\\]*+"|NIL)(?: %b)?)?)?' % (_PAIRS, _N)
_LEAF = re.compile(
    rb" ?\(%b %b %b %b %b %b (\d{1,10})(?: (\d{1,10}))?(?: %b%b)?\)" % (_S, _S, _PAIRS, _N, _N, _N, _N, _EXTENSION)
)
_TAIL = re.compile(rb" %b(?: %b%b)?\)" % (_S, _PAIRS, _EXTENSION))
_STRING = re.compile(rb'"([^"\\]*+)"')


def envelope(lexer: Lexer) -> Envelope:
    """`envelope`; raises `RemoteProtocolError`."""
    match = _ENVELOPE.match(lexer.text, lexer.at)
    if match is None:
        return envelope_of(lexer.value())
    lexer.at = match.end()
    date, subject, from_, sender, reply_to, to, cc, bcc, in_reply_to, message_id = match.groups()
    senders = _addresses(from_)
    return Envelope(
        date,
        subject,
        senders,
        senders if sender == from_ else _addresses(sender),
        senders if reply_to == from_ else _addresses(reply_to),
        _addresses(to),
        _addresses(cc),
        _addresses(bcc),
        in_reply_to,
        message_id,
    )


def _addresses(wire: bytes) -> tuple[Address, ...]:
    if wire == b"NIL":
        return ()
    return tuple([Address._make(match.groups()) for match in _ADDRESS.finditer(wire)])


def envelope_of(value: Value) -> Envelope:
    """The same from a value."""
    if not isinstance(value, list) or len(value) != 10:
        raise RemoteProtocolError("an ENVELOPE has not its ten fields")
    date, subject, *lists, in_reply_to, message_id = value
    from_, sender, reply_to, to, cc, bcc = (_addresses_of(each) for each in lists)
    return Envelope(
        nstring(date), nstring(subject), from_, sender, reply_to, to, cc, bcc, nstring(in_reply_to), nstring(message_id)
    )


def _addresses_of(value: Value) -> tuple[Address, ...]:
    if value is None or value == b"":  # some servers write "" for an empty list
        return ()
    if not isinstance(value, list):
        raise RemoteProtocolError("a list of addresses is none")
    return tuple(_address_of(each) for each in value)


def _address_of(value: Value) -> Address:
    if not isinstance(value, list) or len(value) != 4:
        raise RemoteProtocolError("an address has not its four fields")
    return Address(*(nstring(each) for each in value))


def nstring(value: Value) -> bytes | None:
    """`nstring`; raises `RemoteProtocolError` for a list."""
    if isinstance(value, list):
        raise RemoteProtocolError("a list stands where a string should")
    return value


def body(lexer: Lexer, depth: int = 0) -> BodyStructure:
    """`body`, with or without its extensions; raises `RemoteProtocolError`."""
    start = lexer.at
    found = _fast_body(lexer, depth)
    if found is None:
        lexer.at = start
        return body_of(lexer.value())
    return found


def _fast_body(lexer: Lexer, depth: int) -> BodyStructure | None:
    match = _LEAF.match(lexer.text, lexer.at)
    if match is not None:
        lexer.at = match.end()
        return _leaf(match)
    return _fast_multipart(lexer, depth)


def _leaf(match: re.Match[bytes]) -> BodyStructure:
    kind, subtype, pairs, content_id, description, encoding, size, lines, md5, *extension = match.groups()
    disposition, disposition_pairs, language, location = extension
    return BodyStructure(
        _content_type(kind, subtype),
        _pairs(pairs),
        content_id,
        description,
        encoding,
        int(size),
        None if lines is None else int(lines),
        md5,
        None if disposition is None else Disposition(_lower(disposition), _pairs(disposition_pairs)),
        _language(language),
        location,
    )


def _fast_multipart(lexer: Lexer, depth: int) -> BodyStructure | None:
    text = lexer.text
    if text[lexer.at : lexer.at + 1] == b" ":
        lexer.at += 1
    if text[lexer.at : lexer.at + 2] != b"((" or depth >= MAX_DEPTH:
        return None
    lexer.at += 1
    children = []
    while text[lexer.at : lexer.at + 1] == b"(":
        child = _fast_body(lexer, depth + 1)
        if child is None:
            return None
        children.append(child)
    match = _TAIL.match(text, lexer.at)
    if match is None:
        return None
    lexer.at = match.end()
    subtype, pairs, disposition, disposition_pairs, language, location = match.groups()
    return BodyStructure(
        _content_type(b"multipart", subtype),
        _pairs(pairs or b"NIL"),
        disposition=None if disposition is None else Disposition(_lower(disposition), _pairs(disposition_pairs)),
        language=_language(language),
        location=location,
        children=tuple(children),
    )


# There are few kinds of part, and their names come with every message.
@lru_cache(maxsize=512)
def _content_type(kind: bytes, subtype: bytes) -> str:
    return (b"%b/%b" % (kind, subtype)).decode("ascii", "replace").lower()


@lru_cache(maxsize=64)
def _lower(word: bytes) -> str:
    return word.decode("ascii", "replace").lower()


def _pairs(wire: bytes) -> Pairs:
    return () if wire == b"NIL" else tuple(_PAIR.findall(wire))


def _language(wire: bytes | None) -> tuple[bytes, ...]:
    return () if wire is None or wire == b"NIL" else tuple(_STRING.findall(wire))


def body_of(value: Value, depth: int = 0) -> BodyStructure:
    """The same from a value.  Lenient where servers are known to differ, for a stranger wrote the message."""
    if not isinstance(value, list) or not value:
        raise RemoteProtocolError("a BODYSTRUCTURE is no list")
    if isinstance(value[0], list):
        return _multipart_of(value, depth)
    if len(value) < 7:
        raise RemoteProtocolError("a part has not its seven fields")
    kind, subtype, pairs, content_id, description, encoding, size, *rest = value
    content_type = _content_type(nstring(kind) or b"application", nstring(subtype) or b"octet-stream")
    envelope: Envelope | None = None
    children: tuple[BodyStructure, ...] = ()
    if content_type in ("message/rfc822", "message/global") and len(rest) > 1 and isinstance(rest[1], list):
        # Gmail gives some of them as a plain file, without envelope and body.
        envelope, children = envelope_of(rest[0]), (body_of(rest[1], depth + 1),)
        rest = rest[2:]
    lines = None
    if rest and (_is_number(rest[0]) or (rest[0] is None and len(rest) > 4)):  # NIL lines before four extensions
        lines = _count(rest[0]) if rest[0] is not None else None
        rest = rest[1:]
    md5 = nstring(rest[0]) if rest and not isinstance(rest[0], list) else None
    disposition, language, location = _extension_of(rest[1:])
    return BodyStructure(
        content_type,
        _pairs_of(pairs),
        nstring(content_id),
        nstring(description),
        nstring(encoding),
        _count(size),
        lines,
        md5,
        disposition,
        language,
        location,
        envelope,
        children,
    )


def _multipart_of(value: list[Value], depth: int) -> BodyStructure:
    at = 0
    while at < len(value) and isinstance(value[at], list):
        at += 1
    subtype = nstring(value[at]) if at < len(value) else None
    rest = value[at + 1 :]
    disposition, language, location = _extension_of(rest[1:])
    return BodyStructure(
        _content_type(b"multipart", subtype or b"mixed"),
        _pairs_of(rest[0]) if rest else (),
        disposition=disposition,
        language=language,
        location=location,
        children=tuple(body_of(child, depth + 1) for child in value[:at]),
    )


def _extension_of(rest: list[Value]) -> tuple[Disposition | None, tuple[bytes, ...], bytes | None]:
    padded: list[Value] = [*rest, None, None, None]
    disposition, language, location = padded[:3]
    found = None
    if isinstance(disposition, list) and disposition:
        pairs = _pairs_of(disposition[1]) if len(disposition) > 1 else ()
        found = Disposition(_lower(nstring(disposition[0]) or b""), pairs)
    elif isinstance(disposition, bytes):  # a bare word, from servers of a careless age
        found = Disposition(_lower(disposition), ())
    languages = language if isinstance(language, list) else [language]
    spoken = tuple(each for each in languages if isinstance(each, bytes))
    return found, spoken, location if isinstance(location, bytes) else None


def _pairs_of(value: Value) -> Pairs:
    if not isinstance(value, list):
        return ()
    words = [nstring(each) or b"" for each in value]
    return tuple(zip(words[::2], words[1::2], strict=False))


def _is_number(value: Value) -> bool:
    return isinstance(value, bytes) and value.isdigit()


def _count(value: Value) -> int:
    """A number of bytes or lines; what is none, or more than there can be, counts as nothing."""
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > 19:
        return 0
    number = int(value)
    return number if number <= MAX_NUMBER * MAX_NUMBER else 0
