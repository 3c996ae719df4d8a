"""An attached file looked at: a picture, the first page of a PDF, the beginning of a text."""

from dataclasses import dataclass, replace

from yizhan.base.errors import NotFound
from yizhan.base.ids import MessageId
from yizhan.mime.enclosed import find_leaf
from yizhan.mime.filenames import safe_filename
from yizhan.mime.previews import PDF, PICTURE, TEXT, preview_kind, preview_text
from yizhan.mime.structure import Leaf, parse_message
from yizhan.services.messages.limits import MAX_PREVIEW_BYTES, PREVIEW_MEMORY, PREVIEW_SECONDS
from yizhan.services.messages.reading import files_of, raw_message
from yizhan.services.messages.sidework import run_aside_waiting
from yizhan.store import messages
from yizhan.store.scope import Scope

# By name: what draws is loaded by the child alone.
_TASKS = {PICTURE: "yizhan.mime.pictures:draw_picture", PDF: "yizhan.mime.pdf:draw_first_page"}


@dataclass(frozen=True, slots=True)
class Preview:
    """`kind` is picture, pdf or text, and empty when the file cannot be shown; `picture` is WebP that was drawn here,
    `pages` a document's; `more`: the text goes on; `before` and `after` name its neighbours that can be shown too;
    `subject` is the message's.
    """

    subject: str
    part: str
    filename: str
    size_bytes: int
    kind: str = ""
    picture: bytes = b""
    pages: int = 0
    text: str = ""
    more: bool = False
    before: str = ""
    after: str = ""


def open_preview(scope: Scope, message_id: MessageId, part: str) -> Preview:
    """What can be shown of a part; takes as long as drawing it.  Raises `NotFound`, `BodyNotHere`."""
    parsed = parse_message(raw_message(scope, message_id))
    leaf = find_leaf(parsed, part)
    if leaf is None:
        raise NotFound("the message has no such part")
    data = leaf.data()
    found = Preview(
        messages.get(scope, message_id).subject,
        part,
        safe_filename(leaf.filename, leaf.content_type, leaf.number),
        len(data),
    )
    ways = [way for way, each in files_of(parsed) if preview_kind(each)]
    if part in ways:
        at = ways.index(part)
        found = replace(found, before="".join(ways[:at][-1:]), after="".join(ways[at + 1 :][:1]))
    return _show(found, leaf, data)


def _show(found: Preview, leaf: Leaf, data: bytes) -> Preview:
    kind = preview_kind(leaf)
    if kind == TEXT:
        text, more = preview_text(leaf)
        return replace(found, kind=TEXT, text=text, more=more)
    if kind not in _TASKS or len(data) > MAX_PREVIEW_BYTES:
        return found
    drawn = run_aside_waiting(_TASKS[kind], data, seconds=PREVIEW_SECONDS, memory=PREVIEW_MEMORY)
    if drawn is None:
        return found
    if kind == PICTURE:
        return replace(found, kind=PICTURE, picture=drawn)
    pages, _, picture = drawn.partition(b"\n")
    return replace(found, kind=PDF, picture=picture, pages=int(pages))
