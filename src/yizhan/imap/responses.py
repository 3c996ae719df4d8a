"""What a server says, as values: the first words of a line choose the rule that reads the rest."""

import re
from collections.abc import Callable

from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.fetching import msg_att
from yizhan.imap.frames import Frame
from yizhan.imap.grammar import (
    Dialect,
    esearch_response,
    flag_list,
    id_response,
    mailbox_list,
    mailbox_status,
    namespace_response,
    quota_response,
    quotaroot_response,
    resp_text_code,
    search_data,
    vanished,
    words,
)
from yizhan.imap.lexer import Lexer
from yizhan.imap.limits import MAX_NUMBER
from yizhan.imap.quirks import Quirk
from yizhan.imap.types import (
    CapabilityData,
    Continuation,
    Data,
    Enabled,
    Exists,
    Expunged,
    Recent,
    Response,
    Status,
    Untagged,
)

_CODE = re.compile(rb"\[([^\s\]]++)(?: ([^\]]*+))?\] ?")
_TAGGED = re.compile(rb"([^\s+*]++) (OK|NO|BAD)(?: |(\Z))", re.IGNORECASE)
_UNTAGGED_STATUS = re.compile(rb"\* (OK|NO|BAD|BYE|PREAUTH)(?: |(\Z))", re.IGNORECASE)
_NUMBERED = re.compile(rb"\* (\d++) ([A-Za-z]++)")
_NAMED = re.compile(rb"\* ([A-Za-z0-9.\-]++)")


def parse_response(frame: Frame, dialect: Dialect) -> Response:
    """The value of one whole response; raises `RemoteProtocolError`."""
    text = frame.text
    if match := _NUMBERED.match(text):
        return _numbered(frame, match)
    if match := _UNTAGGED_STATUS.match(text):
        return _status(b"", match[1], text[match.end() :], match[2] is not None, dialect)
    if match := _NAMED.match(text):
        return _named(match[1].decode("ascii").upper(), Lexer(frame, match.end()), dialect)
    if text[:1] == b"+":
        return Continuation(text[1:].lstrip())
    if match := _TAGGED.match(text):
        return _status(match[1], match[2], text[match.end() :], match[3] is not None, dialect)
    raise RemoteProtocolError("the server's line is no IMAP response")


def _status(tag: bytes, status: bytes, rest: bytes, bare: bool, dialect: Dialect) -> Status:
    if bare and Quirk.MISSING_TEXT not in dialect.quirks:
        raise RemoteProtocolError("a status has no text")
    match = _CODE.match(rest)
    word = status.decode("ascii").upper()
    if match is None:
        return Status(tag, word, "", b"", rest)
    # Codes are RFC 5530's and the extensions' own; one that we do not know is kept as it came.
    code, argument = match[1].decode("ascii", "replace").upper(), match[2] or b""
    return Status(tag, word, code, argument, rest[match.end() :], resp_text_code(code, argument, dialect))


def _numbered(frame: Frame, match: re.Match[bytes]) -> Data:
    if len(match[1]) > 10 or (number := int(match[1])) > MAX_NUMBER:
        raise RemoteProtocolError("a message number is larger than any")
    name = match[2].upper()
    if name in (b"FETCH", b"UIDFETCH"):
        fetched = msg_att(Lexer(frame, match.end()), number)
        if name == b"UIDFETCH":  # RFC 9586 §3.3
            fetched.number, fetched.uid = 0, number
        return fetched
    if name == b"EXISTS":
        return Exists(number)
    if name == b"EXPUNGE":
        return Expunged(number)
    if name == b"RECENT":
        return Recent(number)
    return Untagged(name.decode("ascii"), number, tuple(Lexer(frame, match.end()).values()))


_READERS: dict[str, Callable[[Lexer, Dialect], Data]] = {
    "LIST": mailbox_list,
    "LSUB": mailbox_list,
    "XLIST": mailbox_list,
    "STATUS": mailbox_status,
    "NAMESPACE": namespace_response,
    "VANISHED": vanished,
    "SEARCH": lambda lexer, _: search_data(lexer),
    "ESEARCH": lambda lexer, _: esearch_response(lexer),
    "FLAGS": lambda lexer, _: flag_list(lexer),
    "ID": lambda lexer, _: id_response(lexer),
    "QUOTA": lambda lexer, _: quota_response(lexer),
    "QUOTAROOT": lambda lexer, _: quotaroot_response(lexer),
    "CAPABILITY": lambda lexer, _: CapabilityData(words(lexer.values())),
    "ENABLED": lambda lexer, _: Enabled(words(lexer.values())),
}


def _named(name: str, lexer: Lexer, dialect: Dialect) -> Data:
    reader = _READERS.get(name)
    try:
        return Untagged(name, None, tuple(lexer.values())) if reader is None else reader(lexer, dialect)
    except (ValueError, TypeError) as error:  # a list of another length than the rule unpacks
        raise RemoteProtocolError(f"{name} is not as its rule says: {error}") from None
