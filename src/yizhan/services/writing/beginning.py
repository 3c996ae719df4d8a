"""The beginning of a draft: an empty one, or one that answers or forwards a message."""

from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import DraftId, MessageId
from yizhan.mime.compose import answer_references
from yizhan.mime.filenames import safe_filename
from yizhan.mime.structure import Parsed, parse_message
from yizhan.mime.summary import attached_files
from yizhan.services.writing import drafts
from yizhan.store import blobs, messages
from yizhan.store.scope import Scope

ACTS = frozenset({"", "reply", "reply_all", "forward", "forward_attached", "redirect"})
_ANSWERS = frozenset({"reply", "reply_all"})


def begin(scope: Scope, content: object, clock: Clock, *, origin: MessageId | None, act: str) -> dict[str, Any]:
    """A new draft, in the thread of `origin`, with the files that a forwarded message brings along.

    Raises `BadInput`, and `NotFound` for a message of somebody else.
    """
    if act not in ACTS or (origin is None) != (not act):
        raise BadInput("an answer names the message and how it is answered")
    if origin is None:
        return drafts.create(scope, content, clock=clock)
    row = messages.get(scope, origin)
    raw = b"" if row.blob_id is None else blobs.get(row.blob_id)
    parsed = parse_message(raw)
    own_id = (parsed.header("message-id") or row.message_id).strip()
    made = drafts.create(
        scope,
        content,
        clock=clock,
        origin=origin,
        act=act,
        in_reply_to=own_id if act in _ANSWERS else "",
        references=answer_references(parsed.header("references"), parsed.header("in-reply-to"), own_id),
    )
    for name, kind, data in _files(parsed, raw, row.subject, act):
        drafts.attach(scope, DraftId(made["id"]), name, kind, data)
    return drafts.find(scope, DraftId(made["id"]))


def _files(parsed: Parsed, raw: bytes, subject: str, act: str) -> list[tuple[str, str, bytes]]:
    if act == "forward_attached":
        return [(f"{safe_filename(subject, 'message/rfc822')[:100]}.eml", "message/rfc822", raw)]
    if act != "forward":
        return []
    return [
        (safe_filename(leaf.filename, leaf.content_type, leaf.number), leaf.content_type, leaf.data())
        for leaf in attached_files(parsed)
    ]
