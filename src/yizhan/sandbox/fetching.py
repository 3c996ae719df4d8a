"""What FETCH asks for, and a message's answer to it (RFC 9051 §6.4.5)."""

import re
from dataclasses import dataclass

from yizhan.sandbox.commands import Atom, CommandWrong, Word
from yizhan.sandbox.mailboxes import Message
from yizhan.sandbox.parts import Part, cut, find_part
from yizhan.sandbox.structure import body_structure, envelope, write_list, write_string

_MACROS = {
    "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
    "FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    "FULL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"],
}
_SIMPLE = {"FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE"}
_OLD = {"RFC822": "BODY[]", "RFC822.HEADER": "BODY.PEEK[HEADER]", "RFC822.TEXT": "BODY[TEXT]"}
_SECTION = re.compile(
    r"BODY(?P<peek>\.PEEK)?\[(?P<path>\d{1,5}(?:\.\d{1,5}){0,40})?(?P<dot>\.)?"
    r"(?P<what>HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT|MIME)?(?: \((?P<names>[^()]*)\))?\]"
    r"(?:<(?P<start>\d{1,10})\.(?P<size>\d{1,10})>)?",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:.*(?:\r?\n[ \t].*)*(?:\r?\n)?")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked for: `name` as it is answered, `marks_seen` for BODY[...] without PEEK."""

    name: str
    label: bytes = b""
    path: tuple[int, ...] = ()
    what: str = ""
    names: frozenset[bytes] = frozenset()
    start: int | None = None
    size: int = 0
    marks_seen: bool = False


def read_items(words: list[Word]) -> list[Item]:
    """The items of a FETCH; raises `CommandWrong`."""
    asked = words[0] if len(words) == 1 and isinstance(words[0], list) else words
    names = [word.decode("ascii", "replace") for word in asked if isinstance(word, Atom)]
    if not names or len(names) != len(asked) or len(names) > 100:
        raise CommandWrong("these are no items to fetch")
    if len(names) == 1 and names[0].upper() in _MACROS:
        names = _MACROS[names[0].upper()]
    return [_read_item(name) for name in names]


def _read_item(name: str) -> Item:
    upper = name.upper()
    if upper in _SIMPLE:
        return Item(upper, upper.encode())
    match = _SECTION.fullmatch(_OLD.get(upper, name))
    if match is None or bool(match["path"] and match["what"]) != bool(match["dot"]):
        raise CommandWrong("there is no such item")
    what = (match["what"] or "").upper()
    if (match["names"] is not None) != what.startswith("HEADER.FIELDS"):
        raise CommandWrong("HEADER.FIELDS and only it takes a list of fields")
    names = frozenset(word.strip('"').lower().encode() for word in (match["names"] or "").split())
    start = int(match["start"]) if match["start"] else None
    label = upper.encode() if upper in _OLD else _label(match, what, start)
    return Item(
        name="SECTION",
        label=label,
        path=tuple(int(number) for number in (match["path"] or "").split(".") if number),
        what=what,
        names=names,
        start=start,
        size=int(match["size"] or 0),
        marks_seen=not match["peek"],
    )


def _label(match: re.Match[str], what: str, start: int | None) -> bytes:
    names = f" ({match['names']})" if match["names"] is not None else ""
    origin = f"<{start}>" if start is not None else ""
    return f"BODY[{match['path'] or ''}{match['dot'] or ''}{what}{names}]{origin}".encode()


def answer(items: list[Item], message: Message, flags: bytes) -> bytes:
    """The list of pairs of one FETCH response; the message is cut once, and only if needed."""
    tree: list[Part] = []

    def root() -> Part:
        if not tree:
            tree.append(cut(message.raw))
        return tree[0]

    pairs: list[bytes] = []
    for item in items:
        if item.name == "SECTION":
            value = _part_of(write_section(item, root() if item.path or item.what else None, message.raw), item)
        elif item.name == "FLAGS":
            value = flags
        elif item.name == "UID":
            value = b"%d" % message.uid
        elif item.name == "RFC822.SIZE":
            value = b"%d" % len(message.raw)
        elif item.name == "INTERNALDATE":
            value = message.internal_date.strftime('"%d-%b-%Y %H:%M:%S %z"').encode()
        elif item.name == "ENVELOPE":
            value = envelope(root())
        else:
            value = body_structure(root(), extended=item.name == "BODYSTRUCTURE")
        pairs += [item.label, value]
    return write_list(pairs)


def _part_of(data: bytes | None, item: Item) -> bytes:
    if data is None:
        return b"NIL"
    if item.start is not None:
        data = data[item.start : item.start + item.size]
    return write_string(data) if not data else b"{%d}\r\n%b" % (len(data), data)


def write_section(item: Item, root: Part | None, raw: bytes) -> bytes | None:
    """The bytes of one section; None where the message has no such part."""
    if root is None:
        return raw
    part = find_part(root, list(item.path))
    if part is None:
        return None
    if not item.what:
        return part.body
    if item.what == "MIME":
        return part.head
    if item.path:  # HEADER and TEXT are those of a message inside
        if not (part.is_message and part.children):
            return None
        part = part.children[0]
    if item.what == "HEADER":
        return part.head
    if item.what == "TEXT":
        return part.body
    wanted = item.what == "HEADER.FIELDS"
    fields = [match[0] for match in _FIELD.finditer(part.head) if (match[1].lower() in item.names) == wanted]
    return b"".join(fields) + b"\r\n"
