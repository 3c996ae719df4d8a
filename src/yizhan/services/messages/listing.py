"""Lists of messages as pages show them: one for all accounts, one for each account, mailbox and filter."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, MailboxId, MessageId
from yizhan.services.messages.reading import shape_of_message
from yizhan.store import mailboxes, messages
from yizhan.store.messages import Place, Wanted
from yizhan.store.models import Mailbox, Message
from yizhan.store.scope import Scope

__all__ = [
    "PAGE",
    "Wanted",
    "count_unseen",
    "count_wanted",
    "in_inboxes",
    "list_mailboxes",
    "list_page",
    "neighbours",
    "read_mailbox",
    "write_cursor",
]

PAGE = 50
_CURSOR = re.compile(r"(\d{1,17})-(\d{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def list_page(scope: Scope, wanted: Wanted, cursor: str = "", size: int = PAGE, down_to: str = "") -> dict[str, Any]:
    """`{"messages": [...], "next": cursor, "last": cursor}`, the newest first; `next` is empty on the last page.

    A cursor names an instant, not a message, so a page stays where it is when messages come or go; `last` is that of
    the last row, and `down_to` one after which the page has nothing.  Raises `BadInput`.
    """
    rows = messages.list_page(scope, wanted, _read_cursor(cursor), size + 1, _read_cursor(down_to))
    shown = rows[:size]
    last = write_cursor(shown[-1]) if shown else ""
    return {"messages": [shape_of_row(row) for row in shown], "next": last if len(rows) > size else "", "last": last}


def neighbours(scope: Scope, wanted: Wanted, message_id: MessageId) -> dict[str, int | None]:
    """The ids of the next newer and the next older message of that list; raises `NotFound`."""
    newer, older = messages.neighbours(scope, wanted, messages.get(scope, message_id))
    return {"newer": newer, "older": older}


def count_wanted(scope: Scope, wanted: Wanted) -> int:
    """How many messages the list has in all; it takes longer than a page, so ask when somebody wants to know."""
    return messages.count_wanted(scope, wanted)


def count_unseen(scope: Scope) -> dict[int, int]:
    """Unread messages in each account's inbox as its server counts them, by account id."""
    return {row.account_id: row.unseen or 0 for row in mailboxes.inboxes(scope)}


def list_mailboxes(scope: Scope, account_id: AccountId) -> list[dict[str, Any]]:
    """An account's mailboxes that hold messages, the inbox first."""
    return [_mailbox_shape(row) for row in mailboxes.list_all(scope, account_id) if row.selectable]


def read_mailbox(scope: Scope, mailbox_id: MailboxId) -> dict[str, Any]:
    """One mailbox; raises `NotFound`."""
    return _mailbox_shape(mailboxes.get(scope, mailbox_id))


def in_inboxes(wanted: Wanted) -> Wanted:
    """The same, of inboxes only, when no mailbox is named: what a person means by their mail."""
    return wanted if wanted.mailbox_id is not None or wanted.role is not None else replace(wanted, role="inbox")


def shape_of_row(row: Message) -> dict[str, Any]:
    """The message, and what a row of a page shows beside it."""
    more = {
        "account_id": row.account_id,
        "label": row.account.label or row.account.address,
        "colour": row.account.colour,
        "mailbox_id": row.mailbox_id,
        "role": row.mailbox.role,
        "seen": row.seen,
        "flagged": row.flagged,
        "answered": row.answered,
        "snippet": row.snippet,
    }
    return {**shape_of_message(row), **more}


def _mailbox_shape(row: Mailbox) -> dict[str, Any]:
    names = ("id", "account_id", "name", "role", "messages", "unseen")
    return {name: getattr(row, name) for name in names}


def write_cursor(row: Message) -> str:
    return f"{(row.internal_date - _EPOCH) // timedelta(microseconds=1)}-{row.pk}"


def _read_cursor(cursor: str) -> Place | None:
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadInput("this is no place in a list")
    return Place(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
