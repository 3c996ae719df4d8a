"""ENVELOPE and BODYSTRUCTURE (RFC 9051 §7.5.2): most of what a first synchronisation reads.

Each has two readers that give the same.  The first is one expression for the shape that nearly all messages have, many
times as fast; what it does not match is read value by value.  `tests/imap/test_structure.py` holds them together.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.lexer import Lexer
from yizhan.imap.limits import MAX_DEPTH, MAX_NUMBER
from yizhan.imap.types import Address, BodyStructure, Disposition, Envelope, Pairs, Value

# The usual shape: strings without escapes (asked before), captured without their quotes (NIL leaves the group unset);
# addresses with a mailbox and a host and without a route.  Possessive, so that no line is read twice.
_S = rb'"([^"]*+)"'
_N = rb'(?:"([^"]*+)"|NIL)'
_ADDRESS = rb'\((?:"([^"]++)"|NIL) NIL "([^"]*+)" "([^"]*+)"\)'
_ADDRESSES = rb"(?:\(((?:%b)++)\)|NIL)" % _ADDRESS.replace(b'"(', b'"(?:')
_ENVELOPE = re.compile(rb" ?\(" + b" ".join([_N, _N, *[_ADDRESSES] * 6, _N, _N]) + rb"\)")
_find_addresses = re.compile(_ADDRESS).findall

_PAIRS = rb'(?:\((?:"[^"]*+" "[^"]*+" ?)++\)|NIL)'
_DISPOSITION = rb"(?:\((%b) (%b)\)|NIL)" % (rb'"[^"]*+"', _PAIRS)
_LANGUAGE = rb'(\((?:"[^"]*+" ?)++\)|"[^"]*+"|NIL)'
_EXTENSION = rb" %b(?: %b(?: %b(?: %b)?)?)?" % (_N, _DISPOSITION, _LANGUAGE, _N)  # with the MD5 before it
_read_extension = re.compile(_EXTENSION).fullmatch
_EXTENDED = rb"((?:%b)?)" % re.sub(rb"(?<!\\)\((?!\?)", b"(?:", _EXTENSION)
_EXTENDED_TAIL = _EXTENDED.replace(b" " + _N.replace(b'"(', b'"(?:'), b"", 1)
_KIND = rb'"[^"]*+" "[^"]*+" %b' % _PAIRS
_LEAF = re.compile(rb"\((%b) %b %b %b (\d{1,10})(?: (\d{1,10}))?%b\)" % (_KIND, _N, _N, _N, _EXTENDED))
_MESSAGE = re.compile(
    rb'\(("[Mm][Ee][Ss][Ss][Aa][Gg][Ee]" "[^"]*+" %b) %b %b %b (\d{1,10})(?= \()' % (_PAIRS, _N, _N, _N)
)
_MESSAGE_TAIL = re.compile(rb" (\d{1,10})%b\)" % _EXTENDED)
_TAIL = re.compile(rb" %b(?: (%b)%b)?\)" % (_S, _PAIRS, _EXTENDED_TAIL))
_find_pairs = re.compile(rb"%b %b" % (_S, _S)).findall
_find_strings = re.compile(_S).findall

# Made in C: these are most of what a synchronisation makes.
_address: Callable[[Iterable[bytes | None]], Address] = partial(tuple.__new__, Address)
_made_envelope: Callable[[Iterable[object]], Envelope] = partial(tuple.__new__, Envelope)
_body: Callable[[Iterable[object]], BodyStructure] = partial(tuple.__new__, BodyStructure)


def envelope(lexer: Lexer) -> Envelope:
    """`envelope`; raises `RemoteProtocolError`."""
    match = None if lexer.has_escapes() else _ENVELOPE.match(lexer.text, lexer.at)
    if match is None:
        return envelope_of(lexer.value())
    lexer.at = match.end()
    return _envelope(match)


def _envelope(match: re.Match[bytes]) -> Envelope:
    date, subject, from_, sender, reply_to, to, cc, bcc, in_reply_to, message_id = match.groups()
    senders = _addresses(from_) if from_ else ()
    return _made_envelope(
        (
            date,
            subject,
            senders,
            senders if sender == from_ else _addresses(sender) if sender else (),
            senders if reply_to == from_ else _addresses(reply_to) if reply_to else (),
            _addresses(to) if to else (),
            _addresses(cc) if cc else (),
            _addresses(bcc) if bcc else (),
            in_reply_to,
            message_id,
        )
    )


def _addresses(wire: bytes) -> tuple[Address, ...]:
    return _known_addresses(wire) if len(wire) <= _SHORT else _read_addresses(wire)


def _read_addresses(wire: bytes) -> tuple[Address, ...]:
    return tuple([_address((name or None, None, mailbox, host)) for name, mailbox, host in _find_addresses(wire)])


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


def body(lexer: Lexer) -> BodyStructure:
    """`body`, with or without its extensions; raises `RemoteProtocolError`."""
    text, at = lexer.text, lexer.at
    start = at + 1 if text[at : at + 1] == b" " else at
    found = None if lexer.has_escapes() else _usual_body(text, start, 0)
    if found is None:
        return body_of(lexer.value())
    lexer.at = found[1]
    return found[0]


_Read = tuple[BodyStructure, int] | None  # a part and the place behind it, or None for an unusual shape


def _usual_body(text: bytes, at: int, depth: int) -> _Read:
    match = _LEAF.match(text, at)
    if match is not None:
        return _leaf(match), match.end()
    if depth >= MAX_DEPTH:
        return None
    return (_usual_multipart if text[at + 1 : at + 2] == b"(" else _usual_message)(text, at, depth)


def _leaf(match: re.Match[bytes]) -> BodyStructure:
    kind, content_id, description, encoding, size, lines, extension = match.groups()
    content_type, parameters = (_known_kind if len(kind) <= _SHORT_KIND else _read_kind)(kind)
    md5, disposition, language, location = (
        _known_extension if len(extension) <= _SHORT_EXTENSION else _read_whole_extension
    )(extension)
    return _body(
        (
            content_type,
            parameters,
            content_id,
            description,
            encoding,
            int(size),
            None if lines is None else int(lines),
            md5,
            disposition,
            language,
            location,
            None,
            (),
        )
    )


def _usual_multipart(text: bytes, at: int, depth: int) -> _Read:
    at += 1
    children = []
    while True:
        match = _LEAF.match(text, at)
        if match is not None:
            children.append(_leaf(match))
            at = match.end()
        elif text[at : at + 1] == b"(":
            read = _usual_body(text, at, depth + 1)
            if read is None:
                return None
            child, at = read
            children.append(child)
        else:
            break
    match = _TAIL.match(text, at)
    if match is None:
        return None
    subtype, pairs, extension = match.groups()
    whole = b" NIL" + extension if extension else b""
    _, disposition, language, location = (
        _known_extension if len(whole) <= _SHORT_EXTENSION else _read_whole_extension
    )(whole)
    return _body(
        (
            _content_type(b"multipart", subtype),
            tuple(_find_pairs(pairs)) if pairs else (),
            None,
            None,
            None,
            0,
            None,
            None,
            disposition,
            language,
            location,
            None,
            tuple(children),
        )
    ), match.end()


def _usual_message(text: bytes, at: int, depth: int) -> _Read:
    """A message inside the message, with its own envelope and body."""
    head = _MESSAGE.match(text, at)
    inside = _ENVELOPE.match(text, head.end()) if head is not None else None
    read = _usual_body(text, inside.end() + 1, depth + 1) if inside is not None else None
    tail = _MESSAGE_TAIL.match(text, read[1]) if read is not None else None
    if head is None or inside is None or read is None or tail is None:
        return None
    kind, content_id, description, encoding, size = head.groups()
    lines, extension = tail.groups()
    facts = (content_id, description, encoding, int(size), int(lines), *_read_whole_extension(extension))
    return _body((*_read_kind(kind), *facts, _envelope(inside), (read[0],))), tail.end()


def _read_kind(wire: bytes) -> tuple[str, Pairs]:
    """`"text" "plain" ("charset" "utf-8")`."""
    _, kind, _, subtype, pairs = wire.split(b'"', 4)
    return _content_type(kind, subtype), tuple(_find_pairs(pairs))


_Extension = tuple[bytes | None, Disposition | None, tuple[bytes, ...], bytes | None]


def _read_whole_extension(wire: bytes) -> _Extension:
    """MD5, disposition, language, location; as many as there are."""
    match = _read_extension(wire)
    if match is None:
        return None, None, (), None
    md5, kind, pairs, language, location = match.groups()
    disposition = None if kind is None else Disposition(_lower(kind[1:-1]), tuple(_find_pairs(pairs)))
    return md5, disposition, tuple(_find_strings(language)) if language else (), location


# The same few people write, the owner is in nearly every `To`, and there are few kinds of part: each is held once, in
# memory too.  What is long (a list of many, a boundary, a file name) comes once and is not kept.
_SHORT, _SHORT_KIND, _SHORT_EXTENSION = 160, 50, 40
_known_addresses = lru_cache(maxsize=2048)(_read_addresses)
_known_kind = lru_cache(maxsize=256)(_read_kind)
_known_extension = lru_cache(maxsize=256)(_read_whole_extension)


@lru_cache(maxsize=512)
def _content_type(kind: bytes, subtype: bytes) -> str:
    return (b"%b/%b" % (kind, subtype)).decode("ascii", "replace").lower()


@lru_cache(maxsize=64)
def _lower(word: bytes) -> str:
    return word.decode("ascii", "replace").lower()


def body_of(value: Value, depth: int = 0) -> BodyStructure:
    """The same from a value.  Lenient where servers are known to differ, for a stranger wrote the message."""
    if not isinstance(value, list) or not value:
        raise RemoteProtocolError("a BODYSTRUCTURE is no list")
    if isinstance(value[0], list):
        return _multipart_of(value, depth)
    if len(value) < 7:
        raise RemoteProtocolError("a part has not its seven fields")
    kind, subtype, pairs, content_id, description, encoding, size, *rest = value
    content_type = _content_type(*_named(nstring(kind), nstring(subtype)))
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


def _named(kind: bytes | None, subtype: bytes | None) -> tuple[bytes, bytes]:
    """What has no name is a file of unknown kind (RFC 2046 §4.5.1)."""
    return b"application" if kind is None else kind, b"octet-stream" if subtype is None else subtype


def _multipart_of(value: list[Value], depth: int) -> BodyStructure:
    at = 0
    while at < len(value) and isinstance(value[at], list):
        at += 1
    subtype = nstring(value[at]) if at < len(value) else None
    rest = value[at + 1 :]
    disposition, language, location = _extension_of(rest[1:])
    return BodyStructure(
        _content_type(b"multipart", b"mixed" if subtype is None else subtype),
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
