"""Bring mailboxes here: asks the server what there is, and carries out what `plan` says.

Every step is committed by itself and changes `held_uids` with the messages, so that a cut at any moment leaves what
the next run goes on from.  `synced_uid_next` and `highest_mod_seq` move last of all.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from yizhan.base.ids import AccountId
from yizhan.imap.errors import CommandRefused
from yizhan.imap.numset import NumSet
from yizhan.imap.types import Listed, StatusData
from yizhan.net.imap import ImapSession, Selected
from yizhan.services.sync.facts import UNOPENABLE, mailbox_facts
from yizhan.services.sync.limits import FETCH_AT_ONCE, NEWEST, RENAMES_AT_ONCE
from yizhan.services.sync.looking import at_once, enable, examine, held_of, is_unchanged, look
from yizhan.services.sync.metadata import fetch_facts
from yizhan.services.sync.plan import Fetch, Flags, Forget, Reflag, Step, Void, plan
from yizhan.services.sync.range import EVERYTHING, covers, is_due, is_followed, range_of
from yizhan.services.sync.roles import assign_roles
from yizhan.store import accounts, mailboxes, messages
from yizhan.store.arrivals import MessageFacts
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.limits import BATCH_ROWS, NEW_ROWS
from yizhan.store.models import Mailbox

_ROLE_ORDER = ("inbox", "sent", "drafts", "junk", "archive", "", "trash", "all")
_ASKED = ("MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN")

OnBatch = Callable[[Mailbox, int, int], None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Synced:
    """How many messages came, went, and changed their flags."""

    fetched: int = 0
    removed: int = 0
    flags_changed: int = 0

    def __add__(self, other: "Synced") -> "Synced":
        return Synced(
            self.fetched + other.fetched,
            self.removed + other.removed,
            self.flags_changed + other.flags_changed,
        )


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one mailbox's sync needs."""

    session: ImapSession
    lane: Lane
    lease: Lease | None
    on_batch: OnBatch


def _say_nothing(mailbox: Mailbox, held: int, in_range: int) -> None:
    """Nobody watches."""


async def sync_account(
    account_id: AccountId,
    session: ImapSession,
    lane: Lane,
    lease: Lease | None,
    *,
    now: datetime,
    on_batch: OnBatch = _say_nothing,
    after_newest: Callable[[], Awaitable[object]] | None = None,
) -> Synced:
    """Headers and flags of every followed mailbox: the newest of each first, the inbox before all, then history.

    `after_newest` is awaited between the two.  Raises what the server or the line did.
    """
    (rows, told), account = await asyncio.gather(
        _list_with_numbers(account_id, session, lane, lease), lane.read(accounts.get_for_engine, account_id)
    )
    since = range_of(account, now.date())
    ordered = sorted(rows, key=lambda row: (_ROLE_ORDER.index(row.role), row.pk))
    empty = [row.pk for row in ordered if _is_empty(told.get(row.wire_name), row)]
    quiet = [row.pk for row in ordered if _is_quiet(told.get(row.wire_name), row, since, now)]
    for at in range(0, len(empty), BATCH_ROWS):
        await lane.run(mailboxes.note_empty, empty[at : at + BATCH_ROWS], since or EVERYTHING, now, lease)
    for at in range(0, len(quiet), BATCH_ROWS):
        await lane.run(mailboxes.note_unchanged, quiet[at : at + BATCH_ROWS], now, lease)
    done = {*empty, *quiet}
    followed = [row for row in ordered if is_followed(row) and row.pk not in done]
    synced = Synced()
    sync = partial(sync_mailbox, session, since=since, now=now, lane=lane, lease=lease, on_batch=on_batch)
    for row in followed:
        if row.covered_since is None:
            synced += await _unless_gone(row, sync(row, newest=NEWEST))
    if after_newest is not None:
        await after_newest()
    for row in followed:
        synced += await _unless_gone(row, sync(row))
    for row in ordered:
        if row.selectable and not is_followed(row) and row.held_uids:
            synced += await _forget_all(row, lane, lease)
    return synced


async def list_mailboxes(account_id: AccountId, session: ImapSession, lane: Lane, lease: Lease | None) -> list[Mailbox]:
    """The account's mailboxes as the server lists them now, with their roles."""
    rows, _ = await _list_with_numbers(account_id, session, lane, lease)
    return rows


async def _list_with_numbers(
    account_id: AccountId, session: ImapSession, lane: Lane, lease: Lease | None
) -> tuple[list[Mailbox], dict[str, StatusData]]:
    """The mailboxes, and by wire name what the server said of each in the same answer (RFC 5819)."""
    await enable(session)
    listed = await list_at_server(session)
    roles = assign_roles(listed)
    subscribed = await _subscribed(session, listed)
    ids = await _ids_after_rename(account_id, session, lane, listed)
    facts = [
        mailbox_facts(each, roles.get(each.wire_name, ""), each.wire_name in subscribed, ids.get(each.wire_name, ""))
        for each in listed
    ]
    rows = await lane.run(mailboxes.store_list, account_id, facts, lease)
    return rows, {each.wire_name: each.status for each in listed if each.status is not None}


async def list_at_server(session: ImapSession) -> list[Listed]:
    """LIST with roles, subscriptions and numbers, as far as this server tells them in one answer."""
    can = session.capabilities.has
    returning = [each for each, word in (("SUBSCRIBED", "LIST-EXTENDED"), ("SPECIAL-USE", "SPECIAL-USE")) if can(word)]
    if can("LIST-STATUS"):
        returning.append(f"STATUS ({' '.join((*_ASKED, *_modern(session)))})")
    if can("XLIST") and not can("SPECIAL-USE"):
        return await session.list_roles()
    return await session.list_mailboxes(returning=returning if can("LIST-EXTENDED") or can("LIST-STATUS") else ())


async def sync_mailbox(
    session: ImapSession,
    mailbox: Mailbox,
    *,
    since: date | None,
    now: datetime,
    lane: Lane,
    lease: Lease | None,
    newest: int | None = None,
    on_batch: OnBatch = _say_nothing,
    anew: bool = False,
) -> Synced:
    """Headers and flags of one mailbox over its range, newest first; it is left selected for reading.

    `newest`: stop when so many of the newest are here, and leave the rest for another call.  `anew`: compare all, and
    believe nothing that was learned before; it is so once a day by itself.
    """
    await enable(session)
    desk = _Desk(session, lane, lease, on_batch)
    row = await lane.read(mailboxes.get_for_engine, mailbox.pk)
    status = await session.status(row.wire_name, *_ASKED, *_modern(session))
    anew = anew or is_due(row, now)
    if newest is None and not anew and is_unchanged(status, row, since):
        await lane.run(mailboxes.note_unchanged, [row.pk], now, lease)
        return Synced()
    selected = await examine(session, row, resync=covers(row, since) and not anew)
    await _note_selected(desk, row, selected)
    remote, local = await look(session, lane, row, selected, since, anew=anew, newest=newest)
    in_range = selected.exists if remote.is_part else 0
    synced, whole = await _carry_out(desk, row, plan(remote, local), status, selected, newest, in_range)
    if newest is None:
        await lane.run(
            mailboxes.note_synced,
            row.pk,
            uid_validity=selected.uid_validity,
            uid_next=selected.uid_next or None,
            messages=selected.exists,
            highest_mod_seq=selected.highest_mod_seq,
            covered_since=(since or EVERYTHING) if whole else None,
            at=now,
            lease=lease,
        )
    return synced


async def _note_selected(desk: _Desk, row: Mailbox, selected: Selected) -> None:
    await desk.lane.run(
        mailboxes.set_selected,
        row.pk,
        uid_validity=selected.uid_validity,
        # Nothing is held: all that comes is no older than this, so flags of history are not asked for with each slice.
        highest_mod_seq=None if row.held_uids else selected.highest_mod_seq,
        object_id=selected.mailbox_id,
        lease=desk.lease,
    )


def _is_quiet(status: StatusData | None, row: Mailbox, since: date | None, now: datetime) -> bool:
    """Whether LIST alone says that nothing has changed."""
    known = status is not None and row.selectable and not is_due(row, now)
    return known and status is not None and is_unchanged(status, row, since)


async def _ids_after_rename(
    account_id: AccountId, session: ImapSession, lane: Lane, listed: list[Listed]
) -> dict[str, str]:
    """By wire name, the server's own names of new mailboxes that may be old ones under another name (RFC 8474 §4).

    Asked by EXAMINE: Cyrus 3.6.1 answers STATUS with bytes of its own memory where the id should be.
    """
    if not session.capabilities.has("OBJECTID"):
        return {}
    rows = {row.wire_name: row for row in await lane.read(mailboxes.list_for_engine, account_id)}
    names = {each.wire_name for each in listed}
    if not any(row.object_id and name not in names for name, row in rows.items()):
        return {}
    new = [each.wire_name for each in listed if each.wire_name not in rows and not each.attributes & UNOPENABLE]
    return {name: (await session.examine(name)).mailbox_id or "" for name in new[:RENAMES_AT_ONCE]}


def _is_empty(status: StatusData | None, row: Mailbox) -> bool:
    """Whether LIST alone says that there is nothing to fetch, and nothing is here."""
    return status is not None and status.messages == 0 and row.selectable and not row.held_uids


# ---- carrying it out ----


async def _carry_out(
    desk: _Desk,
    row: Mailbox,
    steps: list[Step],
    status: StatusData,
    selected: Selected,
    newest: int | None,
    in_range: int,
) -> tuple[Synced, bool]:
    """What was done, and whether nothing is missing now; `in_range` is a guess where not all were asked about."""
    lane, lease, validity = desk.lane, desk.lease, selected.uid_validity
    missing = NumSet()
    removed = changed = 0
    for step in steps:
        match step:
            case Forget(uids):
                for piece in uids.split(BATCH_ROWS):
                    removed += await lane.run(messages.remove_uids, row.pk, validity, piece.numbers(), lease)
            case Reflag(flags):
                for part in _parts(flags):
                    changed += await lane.run(messages.set_flags, row.pk, validity, part, lease)
            case Fetch(uids):
                missing = uids
            case Void():
                pass  # `set_selected` did it, before anything could be written under the new UIDVALIDITY
    await lane.run(
        mailboxes.note_numbers,
        row.pk,
        uid_next=selected.uid_next or status.uid_next,
        messages=selected.exists,
        unseen=status.unseen,
        lease=lease,
    )
    held = len(held_of(await lane.read(mailboxes.get_for_engine, row.pk)))
    in_range = max(in_range, held + len(missing))
    await lane.run(mailboxes.note_range, row.pk, in_range, lease)
    wanted = missing if newest is None else missing.largest(newest)
    fetched = await _fetch(desk, row, validity, wanted, held, in_range)
    if len(fetched) < len(wanted):
        log.info("messages_not_given", extra={"mailbox": row.pk, "count": len(wanted) - len(fetched)})
    return Synced(len(fetched), removed, changed), not missing - fetched


async def _fetch(desk: _Desk, row: Mailbox, validity: int, wanted: NumSet, held: int, in_range: int) -> NumSet:
    """The UIDs that are here now: those that went meanwhile, or cannot be given yet, are asked for by the next run."""
    came: list[int] = []
    writing: asyncio.Task[object] | None = None
    try:
        async for batch in _batches(desk.session, wanted):
            if writing is not None:
                await writing
                desk.on_batch(row, held + len(came), in_range)
            came += [each.uid for each in batch]
            store = desk.lane.run(messages.upsert_batch, row.pk, validity, batch, desk.lease)
            writing = asyncio.ensure_future(store)
        if writing is not None:
            await writing
            desk.on_batch(row, held + len(came), in_range)
    finally:
        if writing is not None and not writing.done():
            await asyncio.wait([writing])
    return NumSet.of(came)


async def _batches(session: ImapSession, wanted: NumSet) -> AsyncIterator[list[MessageFacts]]:
    """The next answers are read and parsed while the batch before is written."""
    batch: dict[int, MessageFacts] = {}
    for piece in reversed(list(wanted.split(min(FETCH_AT_ONCE, at_once(session))))):
        async with aclosing(fetch_facts(session, piece)) as coming:
            async for each in coming:
                batch[each.uid] = each
                if len(batch) == NEW_ROWS:
                    yield list(batch.values())
                    batch = {}
    if batch:
        yield list(batch.values())


async def _forget_all(row: Mailbox, lane: Lane, lease: Lease | None) -> Synced:
    """A mailbox that is not kept here any more; at the server everything stays."""
    removed = 0
    for piece in held_of(row).split(BATCH_ROWS):
        removed += await lane.run(messages.remove_uids, row.pk, row.uid_validity or 0, piece.numbers(), lease)
    await lane.run(mailboxes.set_held, row.pk, lease)
    return Synced(removed=removed)


async def _unless_gone(row: Mailbox, syncing: Awaitable[Synced]) -> Synced:
    """A mailbox that went since it was listed, or that the server will not open, does not stop the others."""
    try:
        return await syncing
    except CommandRefused as refusal:
        if row.role == "inbox" or refusal.status == "BYE" or refusal.command not in ("STATUS", "EXAMINE"):
            raise
        log.info("mailbox_not_opened", extra={"mailbox": row.pk, "said": refusal.detail})
        return Synced()


# ---- small things ----


def _parts(flags: Mapping[int, Flags]) -> Iterator[dict[int, Flags]]:
    uids = list(flags)
    for at in range(0, len(uids), BATCH_ROWS):
        yield {uid: flags[uid] for uid in uids[at : at + BATCH_ROWS]}


def _modern(session: ImapSession) -> tuple[str, ...]:
    return ("HIGHESTMODSEQ",) if session.capabilities.has("CONDSTORE") or "QRESYNC" in session.enabled else ()


async def _subscribed(session: ImapSession, listed: list[Listed]) -> frozenset[str]:
    if session.capabilities.has("LIST-EXTENDED"):
        return frozenset(each.wire_name for each in listed if "\\subscribed" in each.attributes)
    return frozenset(each.wire_name for each in await session.list_subscribed())
