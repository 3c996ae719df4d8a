"""What parts hold inside themselves: messages that were forwarded whole, and the files of a winmail.dat.

A part inside is named by its way: `2:1.3` is part 1.3 of the message that part 2 holds.
"""

from collections.abc import Iterator

from yizhan.mime.limits import MAX_ENCLOSED, MAX_ENCLOSED_DEPTH
from yizhan.mime.structure import Leaf, Parsed, make_leaf, parse_message
from yizhan.mime.tnef import read_tnef

_BYTES = "application/octet-stream"
_MESSAGES = ("message/rfc822", "message/global")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


def is_message(leaf: Leaf) -> bool:
    """Whether it is a message inside the message."""
    return leaf.content_type in _MESSAGES


def is_tnef(leaf: Leaf) -> bool:
    """Whether it is Outlook's wrapping."""
    return leaf.content_type in _TNEF or leaf.filename.lower() == "winmail.dat"


def open_leaf(leaf: Leaf) -> Parsed | None:
    """What the part holds, as a message; None when it holds nothing that can be shown."""
    if is_message(leaf):
        return parse_message(leaf.data())
    return _unwrap(leaf.data()) if is_tnef(leaf) else None


def find_leaf(parsed: Parsed, way: str) -> Leaf | None:
    """The part that is named so, or None."""
    *outer, last = way.split(":")[: MAX_ENCLOSED_DEPTH + 1]
    for number in outer:
        leaf = _numbered(parsed, number)
        inner = None if leaf is None else open_leaf(leaf)
        if inner is None:
            return None
        parsed = inner
    return _numbered(parsed, last)


def enclosed(parsed: Parsed, before: str = "") -> Iterator[tuple[str, Leaf, Parsed]]:
    """(way, part, what is in it) of each part that holds something, the outer before the inner."""
    room = MAX_ENCLOSED
    waiting = [(before, parsed)]
    while waiting:
        way, holder = waiting.pop(0)
        for leaf in holder.leaves:
            inner = open_leaf(leaf) if room and way.count(":") < MAX_ENCLOSED_DEPTH else None
            if inner is not None:
                room -= 1
                yield f"{way}{leaf.number}", leaf, inner
                waiting.append((f"{way}{leaf.number}:", inner))


def _numbered(parsed: Parsed, number: str) -> Leaf | None:
    return next((leaf for leaf in parsed.leaves if leaf.number == number), None)


def _unwrap(data: bytes) -> Parsed | None:
    found = read_tnef(data)
    if found is None:
        return None
    bodies = [("text/plain", found.text), ("text/html", found.html)]
    leaves = [make_leaf(str(at), kind, "", text.encode()) for at, (kind, text) in enumerate(bodies, 1) if text.strip()]
    files = [make_leaf(str(at), _BYTES, file.name or "file", file.data) for at, file in enumerate(found.files, 3)]
    return Parsed((), (*leaves, *files), ())
