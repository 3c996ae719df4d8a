"""`msg-att`: the items of one FETCH response (RFC 9051 §7.5.2 and the extensions' own)."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from yizhan.imap.dates import parse_date_time
from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.grammar import string, words
from yizhan.imap.lexer import Lexer
from yizhan.imap.structure import body, envelope, nstring
from yizhan.imap.types import Fetched, Value

T = TypeVar("T")

# The end, or an item's name; with it the value of the two kinds that come in every response.
_NEXT = re.compile(
    rb" *+(?:\)|([A-Za-z0-9.\-]++(?:\[[^\]]*+\](?:<\d++>)?)?))"
    rb'(?: (\d{1,20}+)(?=[ )])| \(([^()"\x00]*+)\))?'
)
_QUOTED = re.compile(rb' ?"([^"\\]*+)"')
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SECTIONS = (b"BODY[", b"BINARY[", b"RFC822")
_SIZES = b"BINARY.SIZE["
_ORIGIN = re.compile(r"<\d+>\Z")


def msg_att(lexer: Lexer, number: int) -> Fetched:
    """Everything that one response says of a message.  What cannot be read is named in `defect`, never raised."""
    fetched = Fetched(number)
    try:
        _items(lexer, fetched)
    except RemoteProtocolError as error:
        fetched.defect = error.detail
        if fetched.uid is None and (match := _UID.search(lexer.text)):
            fetched.uid = int(match[1])
    return fetched


def _items(lexer: Lexer, fetched: Fetched) -> None:
    text = lexer.text
    if text[lexer.at : lexer.at + 2] == b" (":
        lexer.at += 2
    else:
        lexer.open()
    while True:
        match = _NEXT.match(text, lexer.at)
        if match is None:
            raise RemoteProtocolError(f"no item of FETCH begins at byte {lexer.at}")
        name, number, flags = match.groups()
        if name is None:
            return
        lexer.at = match.end()
        if number is not None and name == b"UID":
            fetched.uid = int(number)
        elif number is not None and name == b"RFC822.SIZE":
            fetched.size = int(number)
        elif flags is not None and name == b"FLAGS":
            fetched.flags = _flag_set(flags)
        else:
            lexer.at = match.end(1)
            reader = _READERS.get(name) or _READERS.get(name.upper(), _other)
            reader(lexer, fetched, name)


def _other(lexer: Lexer, fetched: Fetched, wire: bytes) -> None:
    """Sections, whose names are made; and items that we do not know."""
    wire = wire.upper()
    name = wire.decode("ascii", "replace")
    if wire.startswith(_SIZES):
        fetched.binary_sizes = sizes = _own(fetched.binary_sizes)
        sizes[name] = lexer.number()
    elif wire.startswith(_SECTIONS):
        fetched.sections = sections = _own(fetched.sections)
        sections[_ORIGIN.sub("", name)] = nstring(lexer.value())
    else:
        fetched.others = others = _own(fetched.others)
        others[name] = lexer.value()


def _own(held: Mapping[str, T]) -> dict[str, T]:
    """A place of this response's own, in exchange for the empty one that all share."""
    return held if isinstance(held, dict) else {}


def _uid(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.uid = lexer.number()


def _flags(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.flags = frozenset(words(lexer.value()))


@lru_cache(maxsize=256)  # a mailbox of 100,000 messages has some twenty different sets
def _flag_set(wire: bytes) -> frozenset[str]:
    return frozenset(wire.decode("utf-8", "replace").split())


def _internal_date(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    match = _QUOTED.match(lexer.text, lexer.at)
    if match is None:
        raise RemoteProtocolError("an INTERNALDATE is no quoted string")
    lexer.at = match.end()
    fetched.internal_date = parse_date_time(match[1])


def _save_date(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    value = nstring(lexer.value())
    fetched.save_date = None if value is None else parse_date_time(value)  # RFC 8514 §4.2


def _size(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.size = lexer.number()


def _mod_seq(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    lexer.open()
    fetched.mod_seq = lexer.number()
    lexer.take(b")")


def _envelope(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.envelope = envelope(lexer)


def _structure(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.structure = body(lexer)


def _email_id(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.email_id = _object_id(lexer.value())


def _thread_id(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.thread_id = _object_id(lexer.value())


def _object_id(value: Value) -> str | None:
    """`(id)` or NIL (RFC 8474 §5.3)."""
    return words(value)[0] if value else None


def _preview(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    value = lexer.value()
    fetched.preview = value if isinstance(value, bytes) else None  # NIL: not made yet (RFC 8970 §3.1)


def _gmail_message(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.gmail_message = lexer.number()


def _gmail_thread(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    fetched.gmail_thread = lexer.number()


def _gmail_labels(lexer: Lexer, fetched: Fetched, _: bytes) -> None:
    value = lexer.value()
    fetched.gmail_labels = tuple(string(each) for each in value) if isinstance(value, list) else ()


_READERS: dict[bytes, Callable[[Lexer, Fetched, bytes], None]] = {
    b"UID": _uid,
    b"FLAGS": _flags,
    b"INTERNALDATE": _internal_date,
    b"RFC822.SIZE": _size,
    b"ENVELOPE": _envelope,
    b"BODYSTRUCTURE": _structure,
    b"BODY": _structure,
    b"MODSEQ": _mod_seq,
    b"SAVEDATE": _save_date,
    b"EMAILID": _email_id,
    b"THREADID": _thread_id,
    b"PREVIEW": _preview,
    b"X-GM-MSGID": _gmail_message,
    b"X-GM-THRID": _gmail_thread,
    b"X-GM-LABELS": _gmail_labels,
}
