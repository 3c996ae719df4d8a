"""Whether what is here is what the server has, over the range that is synced; and if it is not, make it so.

Nothing that an earlier sync learned is believed: the rows themselves are compared, not `held_uids`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId, MessageId
from yizhan.imap.errors import CommandRefused
from yizhan.imap.numset import NumSet
from yizhan.imap.types import Listed
from yizhan.net.imap import ImapSession
from yizhan.services.egress.dialers import Egress
from yizhan.services.sync.bodies import fetch_body
from yizhan.services.sync.engine import Synced, list_at_server, list_mailboxes, sync_mailbox
from yizhan.services.sync.facts import UNOPENABLE, mailbox_facts
from yizhan.services.sync.fetching import session_for
from yizhan.services.sync.looking import enable, examine, search_range, tell_all
from yizhan.services.sync.plan import NOTHING, Flags
from yizhan.services.sync.range import is_followed, range_of
from yizhan.services.sync.roles import assign_roles
from yizhan.store import accounts, blobs, mailboxes, messages
from yizhan.store.errors import BlobDamaged, BlobMissing
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.models import Mailbox


@dataclass(frozen=True, slots=True)
class Difference:
    """How one mailbox here differs from the server's: UIDs only there, only here, and with other flags."""

    name: str
    missing: NumSet = NOTHING
    extra: NumSet = NOTHING
    flags_differ: NumSet = NOTHING
    refused: str = ""  # the server's words when it would not open the mailbox

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.flags_differ)

    def shape(self) -> dict[str, Any]:
        """As cli.md shapes it."""
        told = {name: getattr(self, name).numbers() for name in ("missing", "extra", "flags_differ")}
        return {"name": self.name, **told, **({"refused": self.refused} if self.refused else {})}


async def verify_here(
    account_id: AccountId, *, egress: Egress, lane: Lane, clock: Clock, lease: Lease | None, repair: bool
) -> dict[str, Any]:
    """`verify_account` in a session of its own; raises as `bring_here`."""
    async with session_for(account_id, egress=egress, lane=lane, clock=clock, lease=lease) as session:
        return await verify_account(account_id, session, lane, lease, now=clock.now(), repair=repair)


async def verify_account(
    account_id: AccountId, session: ImapSession, lane: Lane, lease: Lease | None, *, now: datetime, repair: bool
) -> dict[str, Any]:
    """`{"ok", "since", "mailboxes": [{"name", "missing", "extra", "flags_differ"}]}`, every mailbox listed.

    With `repair` that is how it is afterwards, `found` are the mailboxes that differed before, and `mended` counts:
    `{"fetched", "removed", "flags_changed", "bodies"}`.  Without it nothing is written.  Raises what the server or the
    line did.
    """
    since = range_of(await lane.read(accounts.get_for_engine, account_id), now.date())
    before = await _compare_all(account_id, session, lane, since)
    if not repair:
        return _shape(before, since)
    mended = await _mend(account_id, session, lane, lease, now, since, before)
    bodies = await _mend_bodies(account_id, session, lane, lease)
    counts = {"fetched": mended.fetched, "removed": mended.removed, "flags_changed": mended.flags_changed}
    after = _shape(await _compare_all(account_id, session, lane, since), since)
    return {**after, "found": [each.shape() for each in before if each], "mended": {**counts, "bodies": bodies}}


def compare(name: str, present: NumSet, others: NumSet, told: dict[int, Flags], held: dict[int, Flags]) -> Difference:
    """What differs between the server's side (the first three) and ours.  Pure."""
    here = NumSet.of(held)
    common = (here & present) - others
    differing = (uid for uid, flags in told.items() if uid in common and flags != held[uid])
    return Difference(name, present - common, here - common, NumSet.of(differing))


def _shape(differences: list[Difference], since: date | None) -> dict[str, Any]:
    return {
        "ok": not any(differences),
        "since": since.isoformat() if since is not None else None,
        "mailboxes": [each.shape() for each in differences],
    }


async def _compare_all(account_id: AccountId, session: ImapSession, lane: Lane, since: date | None) -> list[Difference]:
    await enable(session)
    listed = await list_at_server(session)
    roles = assign_roles(listed)
    kept = mailboxes.lawful(account_id, [mailbox_facts(each, roles.get(each.wire_name, ""), True) for each in listed])
    names = {each.wire_name for each in kept}
    rows = {row.wire_name: row for row in await lane.read(mailboxes.list_for_engine, account_id)}
    found = [
        await _compare(session, lane, each, rows.get(each.wire_name), since)
        for each in listed
        if each.wire_name in names
    ]
    gone = [row for name, row in rows.items() if name not in names]
    return [*found, *[Difference(row.name, extra=NumSet.of(await _held(lane, row))) for row in gone]]


async def _compare(
    session: ImapSession, lane: Lane, listed: Listed, row: Mailbox | None, since: date | None
) -> Difference:
    there = row or Mailbox(wire_name=listed.wire_name, name=listed.name, selectable=_can_open(listed))
    if not is_followed(there):
        return Difference(there.name, extra=NumSet.of(await _held(lane, row)))
    try:
        selected = await examine(session, there, resync=False)
    except CommandRefused as refusal:
        if refusal.status == "BYE":
            raise
        return Difference(there.name, extra=NumSet.of(await _held(lane, row)), refused=refusal.detail)
    present = await search_range(session, since, selected.exists)
    held = await _held(lane, row)
    if row is None or row.uid_validity != selected.uid_validity:
        return Difference(there.name, missing=present, extra=NumSet.of(held))
    told = await tell_all(session, lane, row, present & NumSet.of(held))
    shown = await lane.read(messages.as_kept, row.pk, selected.uid_validity, told.flags)
    return compare(row.name, present, told.others, shown, held)


async def _held(lane: Lane, row: Mailbox | None) -> dict[int, Flags]:
    return {} if row is None else await lane.read(messages.held_flags, row.pk)


async def _mend(
    account_id: AccountId,
    session: ImapSession,
    lane: Lane,
    lease: Lease | None,
    now: datetime,
    since: date | None,
    found: list[Difference],
) -> Synced:
    """Every mailbox that differs synced again from its rows alone."""
    differing = {each.name for each in found if each and not each.refused}
    mended = Synced()
    for row in await list_mailboxes(account_id, session, lane, lease):
        if row.name in differing:
            await lane.run(mailboxes.set_held, row.pk, lease)
            mended += await sync_mailbox(session, row, since=since, now=now, lane=lane, lease=lease, anew=True)
    return mended


async def _mend_bodies(account_id: AccountId, session: ImapSession, lane: Lane, lease: Lease | None) -> int:
    """Bytes that are gone or altered fetched again; how many messages have theirs back."""
    count = 0
    for row in await lane.read(mailboxes.list_for_engine, account_id):
        for message_id in await lane.read(_damaged, row.pk):
            count += await fetch_body(MessageId(message_id), session, lane, lease)
    return count


def _damaged(mailbox_id: int) -> list[int]:
    return [message_id for message_id, _, blob in messages.held_blobs(mailbox_id) if not _is_whole(blob)]


def _is_whole(blob: str) -> bool:
    try:
        blobs.get(blob)
    except (BlobMissing, BlobDamaged):
        return False
    return True


def _can_open(listed: Listed) -> bool:
    return not listed.attributes & UNOPENABLE
