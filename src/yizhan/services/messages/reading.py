"""Messages as doors show them."""

from dataclasses import asdict
from typing import Any

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MessageId
from yizhan.mime.structure import list_parts, text_of
from yizhan.store import blobs, messages
from yizhan.store.models import Message
from yizhan.store.scope import Scope

MAX_LIMIT = 1000


def list_messages(
    scope: Scope, account_id: AccountId | None, mailbox: str | None, limit: int, before: MessageId | None
) -> list[dict[str, Any]]:
    """The newest first, in cli.md's shape; `mailbox` is a role."""
    rows = messages.list_newest(scope, account_id, role=mailbox, before=before, limit=max(1, min(limit, MAX_LIMIT)))
    return [_shape(row) for row in rows]


def show_message(scope: Scope, message_id: MessageId) -> dict[str, Any]:
    """One message with its text; raises `NotFound`."""
    raw = raw_message(scope, message_id)
    text = text_of(raw, "text/plain")
    return {**_shape(messages.get(scope, message_id)), "text": text, "parts": show_parts(raw)}


def raw_message(scope: Scope, message_id: MessageId) -> bytes:
    """The bytes exactly as the server has them; raises `NotFound` for one whose body is not here."""
    row = messages.get(scope, message_id)
    if row.blob_id is None:
        raise NotFound("the body of this message was not fetched")
    return blobs.get(row.blob_id)


def show_parts(raw: bytes) -> list[dict[str, Any]]:
    """The parts in cli.md's shape."""
    return [asdict(part) for part in list_parts(raw)]


def show_text(raw: bytes, content_type: str) -> str:
    """The first text of this type, or nothing."""
    return text_of(raw, content_type)


def _shape(row: Message) -> dict[str, Any]:
    return {
        "id": row.pk,
        "account": row.account.address,
        "mailbox": row.mailbox.name,
        "uid": row.uid,
        "uid_validity": row.uid_validity,
        "message_id": row.message_id,
        "from": row.senders,
        "to": row.to,
        "cc": row.cc,
        "subject": row.subject,
        "date": row.date,
        "internal_date": row.internal_date,
        "flags": row.flags,
        "size_bytes": row.size_bytes,
        "attachments": row.attachments,
    }
