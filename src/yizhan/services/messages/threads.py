"""The conversation that a message is part of."""

from typing import Any

from yizhan.base.ids import MessageId
from yizhan.services.messages.listing import shape_of_row
from yizhan.store import messages, threads
from yizhan.store.models import Message
from yizhan.store.scope import Scope

MAX_SHOWN = 200  # a page that a person can still look through; the newest of a longer one


def list_thread(scope: Scope, message_id: MessageId) -> list[dict[str, Any]]:
    """The messages of its thread over all accounts and mailboxes, oldest first, each once; raises `NotFound`.

    Of copies in several mailboxes (Gmail's labels, a letter to oneself) the one asked about is shown, else the first.
    """
    asked = messages.get(scope, message_id)
    if asked.thread_id is None:
        return [shape_of_row(asked)]
    rows = threads.list_messages(scope, asked.thread_id, MAX_SHOWN)
    chosen: dict[str, Message] = {_name(asked): asked}
    for row in rows:
        chosen.setdefault(_name(row), row)
    return [shape_of_row(row) for row in sorted(chosen.values(), key=lambda row: (row.internal_date, row.pk))]


def _name(row: Message) -> str:
    return f"{row.account_id} {row.message_id}" if row.message_id else str(row.pk)
