"""Mailboxes as doors show them: those of an account as a tree, and what every account has, for the side of a page."""

from collections.abc import Collection, Sequence
from typing import Any

from yizhan.base.ids import AccountId, MailboxId
from yizhan.imap.numset import NumSet
from yizhan.store import mailboxes
from yizhan.store.limits import MAX_MAILBOXES
from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope

ROLES = ("inbox", "sent", "drafts", "junk", "trash", "archive", "all")  # in the order of the eye


def list_tree(scope: Scope, account_id: AccountId | int) -> list[dict[str, Any]]:
    """The account's mailboxes, each before those inside it: the inbox, those with a role, then by name.

    `id, account_id, name, leaf, depth, parent, has_inside, role, messages, unseen, held, in_range, subscribed,
    selectable, follow, delimiter`.  `leaf` is the name below the nearest listed mailbox above it, whose id is
    `parent`; numbers that the server has not said are None.
    """
    return shape_tree(mailboxes.list_all(scope, account_id))


def is_cut(count: int) -> bool:
    """Whether an account with so many mailboxes here may have more at the server: past a bound none is kept."""
    return count >= MAX_MAILBOXES


def list_beside(scope: Scope, account_ids: Collection[int], most: int) -> dict[int, list[dict[str, Any]]]:
    """The same for some accounts at once, at most so many of each and without `held`, which takes reading."""
    found = mailboxes.list_some(scope, account_ids, most)
    return {account_id: shape_tree(rows, held=False) for account_id, rows in found.items()}


def show_mailbox(scope: Scope, mailbox_id: MailboxId) -> dict[str, Any]:
    """One mailbox as in `list_tree`; raises `NotFound`."""
    row = mailboxes.get(scope, mailbox_id)
    return next(each for each in list_tree(scope, row.account_id) if each["id"] == row.pk)


def shape_tree(rows: Sequence[Mailbox], *, held: bool = True) -> list[dict[str, Any]]:
    """The same of rows that are at hand.  Pure."""
    by_name = {row.name: row for row in rows}
    inside: dict[int | None, list[tuple[str, Mailbox]]] = {}
    for row in rows:
        parent = _nearest_above(row, by_name)
        leaf = row.name[len(parent.name) + len(row.delimiter) :] if parent else row.name
        inside.setdefault(parent.pk if parent else None, []).append((leaf, row))
    for each in inside.values():
        each.sort(key=lambda pair: (_place(pair[1]), pair[0].casefold(), pair[1].pk))
    found: list[dict[str, Any]] = []
    todo: list[tuple[str, Mailbox, int | None, int]]
    todo = [(leaf, row, None, 0) for leaf, row in reversed(inside.get(None, []))]
    while todo:  # a stack, for a hostile name may have a thousand levels
        leaf, row, parent_id, depth = todo.pop()
        below = inside.get(row.pk, [])
        found.append(
            {**_shape(row, held), "leaf": leaf, "depth": depth, "parent": parent_id, "has_inside": bool(below)}
        )
        todo += [(name, each, row.pk, depth + 1) for name, each in reversed(below)]
    return found


def _nearest_above(row: Mailbox, by_name: dict[str, Mailbox]) -> Mailbox | None:
    name = row.name
    while row.delimiter and row.delimiter in name:
        name = name.rpartition(row.delimiter)[0]
        above = by_name.get(name)
        if above is not None and above is not row:
            return above
    return None


def _place(row: Mailbox) -> int:
    return ROLES.index(row.role) if row.role in ROLES else len(ROLES)


def _shape(row: Mailbox, held: bool) -> dict[str, Any]:
    names = ("account_id", "name", "role", "messages", "unseen", "in_range", "subscribed", "selectable", "follow")
    shape = {"id": row.pk, **{name: getattr(row, name) for name in names}, "delimiter": row.delimiter}
    if held:
        shape["held"] = len(NumSet.parse(row.held_uids.encode())) if row.held_uids else 0
    return shape
