"""Responses by the rules of the grammar; the functions are named after them (RFC 9051 §9 and the extensions' own)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from yizhan.imap import utf7
from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.lexer import Lexer
from yizhan.imap.limits import MAX_MOD_SEQ, MAX_NUMBER
from yizhan.imap.numset import NumSet, parse_ordered
from yizhan.imap.quirks import NONE, Quirk, Quirks
from yizhan.imap.types import (
    AppendUid,
    CodeValue,
    CopyUid,
    ESearch,
    Flags,
    Listed,
    MessageLimit,
    Namespace,
    Namespaces,
    Quota,
    QuotaRoot,
    SearchData,
    ServerId,
    StatusData,
    Value,
    Vanished,
)

_NUMBER_CODES = {"UIDVALIDITY", "UIDNEXT", "UNSEEN", "HIGHESTMODSEQ", "APPENDLIMIT"}
_LIST_CODES = {"PERMANENTFLAGS", "BADCHARSET"}
_SET_CODES = {"MODIFIED"}
_NUMBERS = re.compile(rb"(?: \d{1,10})*+ ?")


@dataclass(slots=True)
class Dialect:
    """What changes how a server's lines are read."""

    quirks: Quirks = NONE
    utf8: bool = False  # UTF8=ACCEPT is on: mailbox names are UTF-8 (RFC 6855 §3)


def number(value: Value, most: int = MAX_NUMBER) -> int:
    """`number`, at most `most`."""
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > 20 or int(value) > most:
        raise RemoteProtocolError("a number is none, or too large")
    return int(value)


def string(value: Value) -> bytes:
    """`astring`."""
    if not isinstance(value, bytes):
        raise RemoteProtocolError("a list or NIL stands where a string should")
    return bytes(value)


def words(values: "Value | Iterable[Value]") -> tuple[str, ...]:
    """A list of words; a single one counts as a list (RFC 4466 §2.1 lets either stand)."""
    if values is None:
        return ()
    if isinstance(values, bytes):
        return (_text(values),)
    return tuple(_text(string(each)) for each in values)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def mailbox(wire: bytes, dialect: Dialect) -> tuple[str, str]:
    """`mailbox`: the name as people read it, and the wire name."""
    wire_name = utf7.wire_name_of(wire)
    if wire.upper() == b"INBOX":
        return "INBOX", wire_name
    return (_text(wire) if dialect.utf8 else utf7.decode(wire)), wire_name


def mailbox_list(lexer: Lexer, dialect: Dialect) -> Listed:
    """`mailbox-list`, with the extended data that we know (RFC 5258)."""
    attributes, delimiter, wire, *extended = lexer.values()
    name, wire_name = mailbox(string(wire), dialect)
    child_info: tuple[str, ...] = ()
    old: str | None = None
    pairs = extended[0] if extended and isinstance(extended[0], list) else []
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        if key is not None and not isinstance(key, list) and key.upper() == b"CHILDINFO":
            child_info = words(value)
        elif key is not None and not isinstance(key, list) and key.upper() == b"OLDNAME":
            old = utf7.wire_name_of(string(value[0] if isinstance(value, list) and value else value))
    flags = frozenset(word.lower() for word in words(attributes))
    return Listed(name, wire_name, "" if delimiter is None else _text(string(delimiter)), flags, child_info, old)


_STATUS_FIELDS = {
    b"MESSAGES": "messages",
    b"RECENT": "recent",
    b"UIDNEXT": "uid_next",
    b"UIDVALIDITY": "uid_validity",
    b"UNSEEN": "unseen",
    b"DELETED": "deleted",
    b"SIZE": "size",  # RFC 8438
    b"HIGHESTMODSEQ": "highest_mod_seq",
    b"APPENDLIMIT": "append_limit",
}


def mailbox_status(lexer: Lexer, dialect: Dialect) -> StatusData:
    """`STATUS mailbox (attributes)`; what we do not know is passed over."""
    wire, pairs = lexer.values()
    if not isinstance(pairs, list) or len(pairs) % 2:
        raise RemoteProtocolError("STATUS holds no list of pairs")
    shown, wire_name = mailbox(string(wire), dialect)
    found: dict[str, int | str | None] = {}
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        name = string(key).upper()
        if name == b"MAILBOXID":
            found["mailbox_id"] = words(value)[0] if value else None
        elif name in _STATUS_FIELDS:
            found[_STATUS_FIELDS[name]] = None if value is None else number(value, MAX_MOD_SEQ)
    return StatusData._make([shown, wire_name, *(found.get(field) for field in StatusData._fields[2:])])


def search_data(lexer: Lexer) -> SearchData:
    """`SEARCH`, with `(MODSEQ n)` at its end if CONDSTORE has it (RFC 7162 §3.1.5)."""
    match = _NUMBERS.fullmatch(lexer.text, lexer.at)
    if match is not None:  # nearly always; a hundred thousand of them should not be read one by one
        found = tuple(map(int, match[0].split()))
        number(b"%d" % max(found, default=0))
        return SearchData(found)
    values = lexer.values()
    mod_seq = None
    if values and isinstance(values[-1], list):
        last = values.pop()
        if not isinstance(last, list) or len(last) != 2:
            raise RemoteProtocolError("SEARCH ends with a list that is no MODSEQ")
        mod_seq = number(last[1], MAX_MOD_SEQ)
    return SearchData(tuple(number(each) for each in values), mod_seq)


def esearch_response(lexer: Lexer) -> ESearch:
    """`esearch-response` (RFC 4731 §3.1, RFC 9394 §3.4)."""
    values = lexer.values()
    tag, uid = "", False
    if values and isinstance(values[0], list):
        correlator = values.pop(0)
        if isinstance(correlator, list) and len(correlator) == 2:
            tag = _text(string(correlator[1]))
    if values and isinstance(values[0], bytes) and values[0].upper() == b"UID":
        uid = True
        values.pop(0)
    found: dict[str, int] = {}
    everything: NumSet | None = None
    partial: NumSet | None = None
    partial_range = ""
    for key, value in zip(values[::2], values[1::2], strict=False):
        name = _text(string(key)).lower()
        if name in ("min", "max"):
            found[name] = number(value)
        elif name == "count":
            found["total"] = number(value)
        elif name == "modseq":
            found["mod_seq"] = number(value, MAX_MOD_SEQ)
        elif name == "all":
            everything = NumSet.parse(string(value))
        elif name == "partial" and isinstance(value, list) and len(value) == 2:
            partial_range = _text(string(value[0]))
            partial = NumSet() if value[1] is None else NumSet.parse(string(value[1]))
    return ESearch(tag, uid, all=everything, partial_range=partial_range, partial=partial, **found)


def vanished(lexer: Lexer, dialect: Dialect) -> Vanished:
    """`VANISHED [(EARLIER)] known-uids` (RFC 7162 §3.2.10)."""
    values = lexer.values()
    earlier = bool(values) and isinstance(values[0], list)
    if len(values) != 1 + earlier:
        raise RemoteProtocolError("VANISHED holds no set of UIDs")
    uids = NumSet.parse(string(values[-1]))
    if uids.is_open and Quirk.STAR_IN_VANISHED not in dialect.quirks:
        raise RemoteProtocolError("VANISHED holds `*`, which is no UID")
    return Vanished(uids, earlier)


def namespace_response(lexer: Lexer, dialect: Dialect) -> Namespaces:
    """`NAMESPACE` (RFC 2342 §5, RFC 9051 §7.3.5)."""
    kinds = lexer.values()
    if len(kinds) != 3:
        raise RemoteProtocolError("NAMESPACE has not its three lists")
    return Namespaces(*(_namespace(kind, dialect) for kind in kinds))


def _namespace(kind: Value, dialect: Dialect) -> tuple[Namespace, ...]:
    found = []
    for each in kind if isinstance(kind, list) else []:
        if not isinstance(each, list) or len(each) < 2:
            raise RemoteProtocolError("a namespace has not its prefix and delimiter")
        name, wire_name = mailbox(string(each[0]), dialect)
        found.append(Namespace(name, wire_name, "" if each[1] is None else _text(string(each[1]))))
    return tuple(found)


def quota_response(lexer: Lexer) -> Quota:
    """`QUOTA root (resource usage limit ...)` (RFC 9208 §4.2.1)."""
    root, resources = lexer.values()
    if not isinstance(resources, list) or len(resources) % 3:
        raise RemoteProtocolError("QUOTA holds no triples")
    triples = zip(resources[::3], resources[1::3], resources[2::3], strict=True)
    return Quota(
        _text(string(root)),
        tuple((_text(string(a)).upper(), number(b, MAX_MOD_SEQ), number(c, MAX_MOD_SEQ)) for a, b, c in triples),
    )


def quotaroot_response(lexer: Lexer) -> QuotaRoot:
    """`QUOTAROOT mailbox root ...` (RFC 9208 §4.2.2)."""
    wire, *roots = lexer.values()
    return QuotaRoot(utf7.wire_name_of(string(wire)), words(roots))


def id_response(lexer: Lexer) -> ServerId:
    """`ID` (RFC 2971 §3.2); NIL values are left out."""
    values = lexer.values()
    pairs = values[0] if values and isinstance(values[0], list) else []
    return ServerId(
        tuple(
            (_text(string(key)).lower(), _text(value))
            for key, value in zip(pairs[::2], pairs[1::2], strict=False)
            if isinstance(value, bytes)
        )
    )


def flag_list(lexer: Lexer) -> Flags:
    """`FLAGS (...)` of a mailbox."""
    return Flags(frozenset(words(lexer.value())))


def resp_text_code(code: str, argument: bytes, dialect: Dialect) -> CodeValue:
    """The value of a response code that we know; None for another, or for one that is not as it should be.

    A code is a remark: one that cannot be read takes nothing from the answer that it stands in.
    """
    try:
        return _code_value(code, argument.split(), dialect)
    except (RemoteProtocolError, IndexError):
        return None


def _code_value(code: str, argument: list[bytes], dialect: Dialect) -> CodeValue:
    if code in _NUMBER_CODES:
        return number(argument[0], MAX_MOD_SEQ)
    if code in _LIST_CODES:
        return frozenset(_text(word) for word in re.findall(rb'[^\s()"]+', b" ".join(argument)))
    if code in _SET_CODES:
        return NumSet.parse(argument[0])
    if code == "APPENDUID":
        return AppendUid(number(argument[0]), NumSet.parse(argument[1]))
    if code == "COPYUID":
        return _copy_uid(CopyUid(number(argument[0]), _ranges(argument[1]), _ranges(argument[2])), dialect)
    if code == "MESSAGELIMIT":
        return MessageLimit(number(argument[0]), number(argument[1]) if argument[1:] else 0)
    if code == "MAILBOXID":
        return _text(argument[0].strip(b"()"))
    return None


def _ranges(wire: bytes) -> tuple[tuple[int, int], ...]:
    return tuple(parse_ordered(wire))


def _copy_uid(value: CopyUid, dialect: Dialect) -> CopyUid | None:
    """Yahoo's pairs of more than one message say nothing about who became whom."""
    single = len(NumSet(value.source)) == 1
    return value if single or Quirk.COPYUID_PERMUTED not in dialect.quirks else None
