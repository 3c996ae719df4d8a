"""Make, rename, delete and subscribe mailboxes at the server; what is here follows what the server then lists.

A door reads what was typed into `Change.kept()`, which is refused before any server is asked, and leaves it as a
request; `change_mailboxes` carries it out.
"""

import logging
import random
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as fields_of
from enum import StrEnum
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId, MailboxId
from yizhan.imap.errors import CommandRefused
from yizhan.net.imap import ImapSession
from yizhan.services.accounts.checking import read_target
from yizhan.services.accounts.forms import RANGES
from yizhan.services.accounts.verdicts import Dice, diagnose_failure
from yizhan.services.egress.dialers import Egress
from yizhan.services.sync import names
from yizhan.services.sync.engine import list_mailboxes
from yizhan.services.sync.fetching import SyncRefused, session_for
from yizhan.store import accounts, mailboxes
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope

# What CREATE can be told (RFC 6154 §3); `inbox` and `all` are the server's own.
ROLES = {"sent": "\\Sent", "drafts": "\\Drafts", "junk": "\\Junk", "trash": "\\Trash", "archive": "\\Archive"}
log = logging.getLogger(__name__)


class Act(StrEnum):
    LIST = "list"
    CREATE = "create"
    RENAME = "rename"
    DELETE = "delete"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class MailboxGrew(BadInput):
    """More would be deleted than the person was told."""

    code = "mailbox_grew"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do.  `name` is the new one; `told` is how many messages the person was told would go."""

    act: Act
    mailbox_id: int | None = None
    name: str = ""
    role: str = ""
    told: int | None = None

    def kept(self) -> dict[str, Any]:
        """As the payload of a request."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Losses:
    """What deleting takes: messages at the server (None: not known), messages here, and the mailboxes inside."""

    name: str
    messages: int | None
    held: int
    inside: int


# ---- what doors ask, before anybody is dialled ----


def find_mailbox(scope: Scope, account_id: AccountId, name: str) -> MailboxId:
    """The mailbox that people see by this name, `inbox` in any spelling; raises `NotFound`."""
    separator = names.separator_of(rows := mailboxes.list_all(scope, account_id))
    levels = name.split(separator) if separator else [name]
    if levels[0].upper() == "INBOX":
        levels[0] = "INBOX"
    for wanted in (name, separator.join(levels)):
        for row in rows:
            if row.name == wanted:
                return MailboxId(row.pk)
    raise NotFound(f"no mailbox {names.shown(name)}")


def plan_create(scope: Scope, account_id: AccountId, typed: str, role: str = "") -> Change:
    """Raises `NotFound`, `MailboxNameWrong` or `MailboxTaken`; `typed` is the whole name."""
    accounts.get(scope, account_id)
    if role and role not in ROLES:
        raise BadInput(f"{role} is no role that a mailbox can be given; there are {', '.join(ROLES)}")
    rows = mailboxes.list_all(scope, account_id)
    name = names.read_name(typed, names.separator_of(rows))
    names.refuse_taken(name, rows)
    return Change(Act.CREATE, name=name, role=role)


def plan_create_inside(scope: Scope, account_id: AccountId, parent_id: MailboxId | None, leaf: str) -> Change:
    """The same, where only the last level is typed; `parent_id` None makes it of the first level."""
    parent = mailboxes.get(scope, parent_id).name if parent_id is not None else ""
    separator = names.separator_of(mailboxes.list_all(scope, account_id))
    if parent and not separator:
        raise names.MailboxFixed("this server keeps no mailboxes inside others")
    return plan_create(scope, account_id, names.inside_of(parent, leaf.strip(), separator))


def plan_rename(scope: Scope, mailbox_id: MailboxId, typed: str) -> Change:
    """Raises `NotFound`, `MailboxNameWrong`, `MailboxTaken` or `MailboxFixed`; `typed` is the whole new name."""
    row = mailboxes.get(scope, mailbox_id)
    rows = mailboxes.list_all(scope, AccountId(row.account_id))
    if is_inbox(row):
        raise names.MailboxFixed("INBOX keeps its name; renaming it would move its mail away")
    name = names.read_name(typed, row.delimiter)
    names.refuse_taken(name, rows)
    if row.delimiter and name.startswith(row.name + row.delimiter):
        raise names.MailboxFixed("a mailbox cannot be moved into itself")
    return Change(Act.RENAME, mailbox_id, name)


def plan_rename_here(scope: Scope, mailbox_id: MailboxId, leaf: str) -> Change:
    """The same, where only the last level is typed and the place stays."""
    return plan_rename(scope, mailbox_id, names.beside(mailboxes.get(scope, mailbox_id), leaf.strip()))


def losses(scope: Scope, mailbox_id: MailboxId) -> Losses:
    """What goes with it; raises `NotFound`."""
    row = mailboxes.get(scope, mailbox_id)
    inside = names.within(row, mailboxes.list_all(scope, AccountId(row.account_id)))
    return Losses(row.name, row.messages, mailboxes.count_held(row.pk), len(inside))


def plan_delete(scope: Scope, mailbox_id: MailboxId, told: int | None) -> Change:
    """Raises `NotFound` or `MailboxFixed`; `told` is the `messages` of `losses` as the person saw them."""
    row = mailboxes.get(scope, mailbox_id)
    if is_inbox(row):
        raise names.MailboxFixed("INBOX cannot be deleted")
    if inside := losses(scope, mailbox_id).inside:
        raise names.MailboxFixed(f"{row.name} has {inside} mailboxes inside; delete those first")
    return Change(Act.DELETE, mailbox_id, told=told)


def plan_subscription(scope: Scope, mailbox_id: MailboxId, subscribed: bool) -> Change:
    """Raises `NotFound`."""
    mailboxes.get(scope, mailbox_id)
    return Change(Act.SUBSCRIBE if subscribed else Act.UNSUBSCRIBE, mailbox_id)


def choose_follow(scope: Scope, mailbox_id: MailboxId, choice: str) -> None:
    """Keep this mailbox here `always` or `never`, or as its kind is (`auto`); raises `NotFound` or `BadInput`.

    `never` forgets only here, and the next sync does it.
    """
    if choice not in set(Mailbox.Follow):
        raise BadInput(f"a mailbox is followed {', '.join(Mailbox.Follow)}")
    mailboxes.set_follow(scope, mailbox_id, choice)


def choose_range(scope: Scope, account_id: AccountId, days: int | None) -> None:
    """Keep so many days of mail here (None: all); raises `NotFound` or `BadInput`.

    A wider range is fetched by the next syncs, newest first; a narrower one forgets only here.
    """
    if days not in RANGES:
        raise BadInput(f"mail is kept for {', '.join(str(each) for each in RANGES if each)} days, or all of it")
    accounts.update(scope, account_id, sync_days=days, sync_since=None)


def read_range(scope: Scope, account_id: AccountId) -> dict[str, Any]:
    """`days` of mail that are kept here (None: all), and `since`, the day that goes before them if one was named."""
    account = accounts.get(scope, account_id)
    return {"days": account.sync_days, "since": account.sync_since}


def is_inbox(row: Mailbox) -> bool:
    """The one mailbox that every account has and keeps (RFC 9051 §5.1)."""
    return row.name.upper() == "INBOX"


# ---- carrying it out ----


async def change_mailboxes(
    account_id: AccountId,
    asked: Mapping[str, Any],
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    lease: Lease | None,
    dice: Dice = random.random,
) -> str:
    """Do what `Change.kept()` says, then bring the list here; the name that the mailbox has now.

    Raises `SyncRefused`: the server's no to the change itself leaves the account's status as it is.  Raises `BadInput`
    where the server's list shows that it cannot be meant, and as `session_for`.
    """
    fields = {each.name: asked.get(each.name, each.default) for each in fields_of(Change)}
    change = Change(**{**fields, "act": Act(asked["act"])})
    target, _ = await lane.read(read_target, account_id)
    async with session_for(account_id, egress=egress, lane=lane, clock=clock, lease=lease, dice=dice) as session:
        rows = await lane.read(mailboxes.list_for_engine, account_id)
        if not rows or change.act is Act.LIST:
            rows = await list_mailboxes(account_id, session, lane, lease)
        if change.act is Act.LIST:
            return ""
        try:
            name = await _act(change, rows, session, lane, lease)
        except CommandRefused as refusal:
            if refusal.status == "BYE":
                raise
            raise SyncRefused(diagnose_failure(refusal, target)) from refusal
        await list_mailboxes(account_id, session, lane, lease)
    return name


async def _act(
    change: Change,
    rows: Sequence[Mailbox],
    session: ImapSession,
    lane: Lane,
    lease: Lease | None,
) -> str:
    if change.act is Act.CREATE:
        return await _create(change, rows, session)
    row = next((each for each in rows if each.pk == change.mailbox_id), None)
    if row is None:
        raise NotFound("no such mailbox any more")
    match change.act:
        case Act.RENAME:
            return await _rename(row, change.name, rows, session, lane, lease)
        case Act.DELETE:
            await _delete(row, change.told, session)
        case Act.SUBSCRIBE:
            await session.subscribe(row.wire_name)
        case _:
            await session.unsubscribe(row.wire_name)
    return row.name


async def _create(change: Change, rows: Sequence[Mailbox], session: ImapSession) -> str:
    name = await _in_namespace(change.name, rows, session)
    names.refuse_taken(name, rows)
    wire_name = names.wire_of(name, rows, session.wire_name)
    use = ROLES.get(change.role, "") if session.capabilities.has("CREATE-SPECIAL-USE") else ""
    await session.create(wire_name, role=use)
    await _as_well("SUBSCRIBE", session.subscribe(wire_name))
    return name


async def _in_namespace(name: str, rows: Sequence[Mailbox], session: ImapSession) -> str:
    """Where all of a person's mailboxes stand under a prefix, `INBOX.` mostly, a new one does too (RFC 2342)."""
    if not session.capabilities.has("NAMESPACE"):
        return name
    spaces = await session.namespace()
    prefixes = [each.prefix for each in (*spaces.personal, *spaces.others, *spaces.shared)]
    if not spaces.personal or any(name.startswith(prefix) for prefix in prefixes):
        return name
    own = spaces.personal[0].prefix
    return names.read_name(own + name, names.separator_of(rows))


async def _rename(
    row: Mailbox, typed: str, rows: Sequence[Mailbox], session: ImapSession, lane: Lane, lease: Lease | None
) -> str:
    """Its messages stay here under the new name; a server that numbers them anew says so by its UIDVALIDITY."""
    name = await _in_namespace(typed, rows, session)
    wire_name = names.wire_of(name, rows, session.wire_name)
    moved = [row, *names.within(row, rows)]
    await session.rename(row.wire_name, wire_name)
    await lane.run(mailboxes.rename, row.pk, wire_name, lease)
    for each in moved:
        if each.subscribed:  # a subscription is to a name (RFC 9051 §6.3.7), and stays with the old one
            await _as_well("SUBSCRIBE", session.subscribe(wire_name + each.wire_name[len(row.wire_name) :]))
            await _as_well("UNSUBSCRIBE", session.unsubscribe(each.wire_name))
    return name


async def _delete(row: Mailbox, told: int | None, session: ImapSession) -> None:
    if row.selectable and told is not None:
        there = (await session.status(row.wire_name, "MESSAGES")).messages or 0
        if there > told:
            raise MailboxGrew(f"{row.name} has {there} messages by now, not {told}; nothing was deleted")
    await session.delete(row.wire_name)
    if row.subscribed:
        await _as_well("UNSUBSCRIBE", session.unsubscribe(row.wire_name))


async def _as_well(command: str, doing: Awaitable[None]) -> None:
    """What belongs to a change that is done already: a no to it is written down, and undoes nothing."""
    try:
        await doing
    except CommandRefused as refusal:
        if refusal.status == "BYE":
            raise
        log.info("subscription_refused", extra={"command": command, "said": refusal.detail})
