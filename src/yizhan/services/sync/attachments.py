"""How many files a message has, by what its server says of its parts.  Pure.

It is what `mime.summary.attached_files` counts, as far as that can be known before the bytes are here: whether a
picture stands in the markup is taken from its having a name for it.
"""

from collections.abc import Iterator

from yizhan.imap.types import BodyStructure, Pairs
from yizhan.mime.summary import SIGNATURES


def count_attachments(structure: BodyStructure) -> int:
    """What is to be kept rather than read.  A message that is attached counts as one file."""
    if not structure.children and structure.content_type in ("text/plain", "text/html"):  # half of all mail
        return 0 if _is_body(structure) else 1
    bodies = {"text/plain": 0, "text/html": 0}
    pictures = files = 0
    for leaf in _leaves(structure):
        kind = leaf.content_type
        if kind.startswith("multipart/"):  # without parts: what there is of it is read as text
            kind = "text/plain"
        if kind in bodies and _is_body(leaf):
            bodies[kind] += 1
        elif kind.startswith("image/") and leaf.content_id:
            pictures += 1
        elif kind not in SIGNATURES:
            files += 1
    more_bodies = sum(max(0, count - 1) for count in bodies.values())
    return files + more_bodies + (0 if bodies["text/html"] else pictures)


def _leaves(structure: BodyStructure) -> Iterator[BodyStructure]:
    stack = [structure]
    while stack:
        part = stack.pop()
        if part.content_type.startswith("multipart/") and part.children:
            stack.extend(part.children)
        else:
            yield part


def _is_body(leaf: BodyStructure) -> bool:
    """Text to be read rather than a file to be kept."""
    if leaf.disposition is None:
        return not _has(leaf.parameters, b"name")
    return leaf.disposition.kind != "attachment"


def _has(pairs: Pairs, name: bytes) -> bool:
    return any(key.lower().rstrip(b"*0") == name and value for key, value in pairs)
