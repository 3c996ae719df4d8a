"""What a person does to messages, one or ten thousand at once: shown at once, carried to the server by the journal.

Every act but a mark of one message waits ten seconds before it is carried, and can be taken back until then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import uuid4

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, MailboxId, MessageId
from yizhan.services.messages.listing import Wanted
from yizhan.store import accounts, acting, intents, mailboxes, messages
from yizhan.store.intents import Act
from yizhan.store.limits import BATCH_ROWS
from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope
from yizhan.store.search.finding import walk
from yizhan.store.search.query import parse_query

UNDO_S = 10.0
MAX_SELECTED = 100_000  # messages of one act: ten times what the pages promise, and some seconds of short transactions
SEEN, FLAGGED = "\\Seen", "\\Flagged"


class MailboxOfRoleMissing(BadInput):
    """The account has no mailbox of the role that this act needs; `role` and `address` say which."""

    code = "mailbox_of_role_missing"

    def __init__(self, role: str, address: str) -> None:
        super().__init__(f"{address} has no mailbox for {role}; create one, or move the messages to another")
        self.role = role
        self.address = address


class GoneForGood(BadInput):
    """Some of the messages are in Trash already: deleting them removes them for good, which has to be said."""

    code = "gone_for_good"

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} of the messages are in Trash already; deleting them removes them for good")
        self.count = count


class SeveralAccounts(BadInput):
    """A message cannot be moved to another account's mailbox."""

    code = "several_accounts"


@dataclass(frozen=True, slots=True)
class Selection:
    """Messages by their ids, or everything that `wanted` (and `query`, if there is one) shows at the moment.

    Days of the query begin at midnight in `zone`.
    """

    ids: tuple[int, ...] = ()
    wanted: Wanted | None = None
    query: str = ""
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Acted:
    """`count` messages were changed; `undo_until` is None where there is nothing to take back."""

    action: str
    count: int
    undo_until: datetime | None
    mailboxes: tuple[str, ...]  # names of those that messages went to, or are removed from


def mark(
    scope: Scope, selection: Selection, *, seen: bool | None = None, flagged: bool | None = None, clock: Clock
) -> Acted:
    """Give or take `\\Seen` and `\\Flagged`; None leaves one as it is.  Raises `NotFound` or `BadInput`."""
    ids = _resolve(scope, selection)
    act = _make_act(clock, waits=len(ids) > 1)
    counts = [0]
    for flag, on in ((SEEN, seen), (FLAGGED, flagged)):
        if on is not None:
            counts.append(sum(acting.set_flag(scope, part, flag, on, act) for part in _parts(ids)))
    return _acted(act, max(counts), ())


def mark_seen_on_open(scope: Scope, message_id: MessageId, clock: Clock) -> None:
    """Whoever opens a message has seen it; nothing to take back."""
    acting.set_flag(scope, [message_id], SEEN, True, _make_act(clock, waits=False))


def move(scope: Scope, selection: Selection, mailbox_id: MailboxId, *, clock: Clock) -> Acted:
    """Move them to a mailbox of their account.  Raises `NotFound`, `BadInput` or `SeveralAccounts`."""
    target = mailboxes.get(scope, mailbox_id)
    if not target.selectable:
        raise BadInput(f"{target.name} holds other mailboxes, not messages")
    ids = _resolve(scope, selection)
    if set(_by_account(scope, ids)) - {AccountId(target.account_id)}:
        raise SeveralAccounts("messages can be moved within their account only")
    act = _make_act(clock)
    moved = sum(acting.move(scope, part, target.pk, act) for part in _parts(ids))
    return _acted(act, moved, (target.name,))


def find_place(scope: Scope, selection: Selection, role_or_name: str) -> MailboxId:
    """The mailbox of that role or name in the account of these messages.  Raises as `move`."""
    mine = list(_by_account(scope, _resolve(scope, selection)))
    if len(mine) != 1:
        raise SeveralAccounts("messages can be moved within their account only")
    return MailboxId(mailboxes.find(scope, mine[0], role_or_name).pk)


def archive(scope: Scope, selection: Selection, *, clock: Clock) -> Acted:
    """To each account's archive, or where there is none to the mailbox that holds all (Gmail: out of the inbox).

    Raises `NotFound`, `BadInput` or `MailboxOfRoleMissing`; then nothing was done.
    """
    return _to_role(scope, _resolve(scope, selection), ("archive", "all"), clock)


def junk(scope: Scope, selection: Selection, *, clock: Clock) -> Acted:
    """To each account's mailbox for junk, as `archive`."""
    return _to_role(scope, _resolve(scope, selection), ("junk",), clock)


def not_junk(scope: Scope, selection: Selection, *, clock: Clock) -> Acted:
    """Back to each account's inbox, as `archive`."""
    return _to_role(scope, _resolve(scope, selection), ("inbox",), clock)


def delete(scope: Scope, selection: Selection, *, clock: Clock, for_good: bool = False) -> Acted:
    """To each account's Trash, as `archive`; with `for_good` all of them are removed for good.

    Raises `GoneForGood` without it when some are in Trash already; then nothing was done.
    """
    ids = _resolve(scope, selection)
    if for_good:
        act = _make_act(clock)
        return _acted(act, sum(acting.expunge(scope, part, act) for part in _parts(ids)), ())
    trashed = sum(len(messages.narrow(scope, Wanted(role="trash"), part)) for part in _parts(ids))
    if trashed:
        raise GoneForGood(trashed)
    return _to_role(scope, ids, ("trash",), clock)


def undo(scope: Scope, action: str, *, clock: Clock) -> bool:
    """Take the whole act back; False when a part of it has been carried to the server, or there is no such act."""
    taken = intents.of_action(scope, action)
    if not intents.take_back(scope, action, clock.now()):
        return False
    for account_id in {row.account_id for row in taken}:
        while intents.restore_some(account_id):
            pass
    return True


def _to_role(scope: Scope, ids: Sequence[int], roles: Sequence[str], clock: Clock) -> Acted:
    by_account = _by_account(scope, ids)
    targets = {account_id: _place(scope, account_id, roles) for account_id in by_account}
    act = _make_act(clock)
    moved = 0
    for account_id, mine in by_account.items():
        moved += sum(acting.move(scope, part, targets[account_id].pk, act) for part in _parts(mine))
    return _acted(act, moved, tuple(sorted({target.name for target in targets.values()})))


def _place(scope: Scope, account_id: AccountId, roles: Sequence[str]) -> Mailbox:
    rows = mailboxes.list_all(scope, account_id)
    for role in roles:
        for row in rows:
            if row.role == role and row.selectable:
                return row
    raise MailboxOfRoleMissing(roles[0], accounts.get(scope, account_id).address)


def _by_account(scope: Scope, ids: Sequence[int]) -> dict[AccountId, list[int]]:
    found: dict[AccountId, list[int]] = {}
    for part in _parts(ids):
        for message_id, account_id in messages.accounts_of(scope, part):
            found.setdefault(AccountId(account_id), []).append(message_id)
    return found


def _resolve(scope: Scope, selection: Selection) -> list[int]:
    """The ids, read before anything is changed, so that a change does not move what is still to come."""
    if selection.query:
        ids = list(_found(scope, selection))
    elif selection.wanted is not None:
        ids = messages.ids_of(scope, selection.wanted, MAX_SELECTED + 1)
    else:
        ids = list(dict.fromkeys(selection.ids))
    if len(ids) > MAX_SELECTED:
        raise BadInput(f"more than {MAX_SELECTED} messages at once; narrow it")
    if selection.ids and sum(len(messages.accounts_of(scope, part)) for part in _parts(ids)) != len(ids):
        raise NotFound("no such message")
    return ids


def _found(scope: Scope, selection: Selection) -> Iterator[int]:
    query, before, count = parse_query(selection.query, selection.zone), None, 0
    while count <= MAX_SELECTED:
        found = walk(scope, query, before, BATCH_ROWS)
        ids = [hit.message_id for hit in found.found]
        if selection.wanted is not None:
            fitting = set(messages.narrow(scope, selection.wanted, ids))
            ids = [number for number in ids if number in fitting]
        yield from ids
        count, before = count + len(ids), found.next
        if before is None:
            return


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), BATCH_ROWS):
        yield ids[at : at + BATCH_ROWS]


def _make_act(clock: Clock, *, waits: bool = True) -> Act:
    now = clock.now()
    return Act(uuid4().hex, now, now + timedelta(seconds=UNDO_S if waits else 0))


def _acted(act: Act, count: int, names: tuple[str, ...]) -> Acted:
    until = act.not_before if count and act.not_before > act.now else None
    return Acted(act.action, count, until, names)
