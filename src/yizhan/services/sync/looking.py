"""What the server has of one mailbox, asked as cheaply as this server lets us.  Nothing here writes.

QRESYNC tells what changed with the SELECT, CONDSTORE which flags did; without them all UIDs and flags are asked for.
A server's mod-sequences are believed for a day: then, and whenever its numbers contradict ours, everything is compared.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date

from yizhan.imap.commands import Resync
from yizhan.imap.dates import make_date
from yizhan.imap.encoder import words
from yizhan.imap.numset import NumSet
from yizhan.imap.types import Fetched, StatusData
from yizhan.net.imap import ImapSession, Selected
from yizhan.services.sync.facts import LONG_AGO, flags_of, uid_of
from yizhan.services.sync.limits import ASK_AT_ONCE, LEAST_AT_ONCE, MAX_PIECES
from yizhan.services.sync.plan import NOTHING, Flags, Local, Remote, leaves
from yizhan.services.sync.range import covers
from yizhan.store import messages
from yizhan.store.lane import Lane
from yizhan.store.models import Mailbox

ALL_FLAGS = "(UID FLAGS INTERNALDATE)"


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of messages that are held: their flags, and which UIDs are of other messages than those here."""

    flags: dict[int, Flags]
    others: NumSet = NOTHING


async def enable(session: ImapSession) -> None:
    """Let the server tell differences, if it can; before any mailbox is opened (RFC 7162 §3.2.3)."""
    if session.capabilities.has("QRESYNC") and "QRESYNC" not in session.enabled:
        await session.enable("QRESYNC")


def held_of(row: Mailbox) -> NumSet:
    """What is held of it, under its UIDVALIDITY."""
    return NumSet.parse(row.held_uids.encode()) if row.held_uids else NumSet()


def is_unchanged(status: StatusData, row: Mailbox, since: date | None) -> bool:
    """Whether STATUS alone proves that nothing happened: a mod-sequence grows with every change (RFC 7162 §3.1.1).

    That it grows when a message goes is promised with QRESYNC only (§3.2.7), so there have to be as many messages as at
    the last sync, too: the row's `messages` may have been written over by LIST a moment ago.
    """
    same = (status.highest_mod_seq, status.uid_next, status.uid_validity)
    return (
        covers(row, since)
        and bool(status.highest_mod_seq)
        and same == (row.highest_mod_seq, row.synced_uid_next, row.uid_validity)
        and (status.messages, status.unseen) == (row.synced_messages, row.unseen)
    )


async def examine(session: ImapSession, row: Mailbox, *, resync: bool) -> Selected:
    """The mailbox opened for reading; with `resync` the differences come too, where the server can."""
    if resync and _can_resync(session, row):
        known = Resync(row.uid_validity or 0, row.highest_mod_seq or 0)
        return await session.examine(row.wire_name, resync=known)
    return await session.examine(row.wire_name, condstore=session.capabilities.has("CONDSTORE"))


async def look(
    session: ImapSession,
    lane: Lane,
    row: Mailbox,
    selected: Selected,
    since: date | None,
    *,
    anew: bool,
    newest: int | None = None,
) -> tuple[Remote, Local]:
    """Both sides of the mailbox that `examine` opened; `anew` believes nothing that was learned before.

    `newest`: so many of the newest will do, where listing all of them takes more than one command.
    """
    same = row.uid_validity == selected.uid_validity
    local = Local(row.uid_validity, held_of(row), {})
    if newest is not None and selected.exists > at_once(session):
        fresh = await _search_newest(session, since, selected.exists, local.held if same else NOTHING, newest)
        return Remote(selected.uid_validity, None, fresh=fresh, is_part=True), local
    anew = anew or _went_back(row, selected)
    anew = anew or selected.is_part
    if same and not anew and _can_resync(session, row) and covers(row, since) and selected.highest_mod_seq is not None:
        remote = await _differences(session, row, selected, local.held, since)
        if since is not None or leaves(remote, local) == selected.exists:
            flags = await lane.read(messages.flags_of, row.pk, list(remote.flags))
            return remote, Local(row.uid_validity, local.held, flags)
        anew = True  # it has more or fewer messages than its differences make
    present = await search_range(session, since, selected.exists)
    common = local.held & present if same else NumSet()
    if newest is not None and not row.highest_mod_seq:
        common = common.largest(newest)  # between two slices of history; the last pass compares all
    told = await _tell(session, lane, row, common, selected, anew=anew)
    remote = Remote(selected.uid_validity, present, others=told.others, flags=told.flags)
    held = await lane.read(messages.held_flags, row.pk) if told.flags else {}
    return remote, Local(row.uid_validity, local.held, held)


async def search_range(session: ImapSession, since: date | None, exists: int, among: NumSet | None = None) -> NumSet:
    """The UIDs of the selected mailbox that are in the range, and in `among` if that is given."""
    found = NumSet()
    if not exists:
        return found
    keys = _keys(since, among)
    for piece in _slices(exists if among is None else min(exists, len(_span(among))), at_once(session)):
        found |= await session.search([words(" ".join((*piece, *keys)) or "ALL")])
    return found if among is None else found & among  # QQ has been seen to ignore what stands in a search


async def _search_newest(session: ImapSession, since: date | None, exists: int, held: NumSet, newest: int) -> NumSet:
    """So many of the newest that are not held, without a list of all: what came since, then what is older."""
    if not held:
        return await _search_last(session, since, exists, None, newest)
    came = await search_range(session, since, exists, NumSet.from_(held.ranges[-1][1] + 1))
    first = held.ranges[0][0]
    if len(came) >= newest or first == 1:
        return came.largest(newest)
    return came | await _search_last(session, since, exists, NumSet([(1, first - 1)]), newest - len(came))


async def _search_last(
    session: ImapSession, since: date | None, exists: int, among: NumSet | None, most: int
) -> NumSet:
    """The last of what `search_range` finds."""
    keys, found = _keys(since, among), NumSet()
    if session.capabilities.has("PARTIAL"):
        found = await session.search_last([words(" ".join(keys) or "ALL")], most)
    else:
        for piece in _slices(exists, at_once(session)):
            found |= await session.search([words(" ".join((*piece, *keys)))])
            if len(found) >= most:
                break
    return (found if among is None else found & among).largest(most)


def at_once(session: ImapSession) -> int:
    """Messages that one command may be about; a server that bears very few is asked for more, and told to go on."""
    return min(ASK_AT_ONCE, max(LEAST_AT_ONCE, session.capabilities.message_limit or ASK_AT_ONCE))


def _keys(since: date | None, among: NumSet | None) -> list[str]:
    keys = [f"UID {_span(among)}"] if among is not None else []
    return [*keys, *([f"SINCE {make_date(since)}"] if since is not None else [])]


def _slices(count: int, most: int) -> Iterator[tuple[str, ...]]:
    """Message numbers of each search, the last first: what is expunged meanwhile then hides no other message."""
    if count <= most:
        yield ()
        return
    yield (f"{count - most + 1}:*",)
    for last in range(count - most, 0, -most):
        yield (f"{max(1, last - most + 1)}:{last}",)


async def _differences(
    session: ImapSession, row: Mailbox, selected: Selected, held: NumSet, since: date | None
) -> Remote:
    """What QRESYNC told with the SELECT; UIDs that are new, or came late, are asked for with the range."""
    told = {each.uid: flags_of(each) for each in selected.changed if each.flags is not None and each.uid}
    late = NumSet.of(uid for uid in told if uid not in held)
    first = row.synced_uid_next or 1
    if selected.uid_next > first:
        late |= NumSet([(first, selected.uid_next - 1)])
    fresh = (await search_range(session, since, selected.exists, late)) if late else NumSet()
    return Remote(selected.uid_validity, None, selected.vanished, fresh, flags=told)


async def _tell(
    session: ImapSession, lane: Lane, row: Mailbox, common: NumSet, selected: Selected, *, anew: bool
) -> Told:
    """The flags of these messages, or of those whose flags changed."""
    if not common:
        return Told({})
    if anew:
        return await tell_all(session, lane, row, common)
    if row.highest_mod_seq is None or selected.highest_mod_seq is None:
        return Told({uid_of(each): flags_of(each) async for each in _each(session, common, "(UID FLAGS)")})
    told: dict[int, Flags] = {}
    if row.highest_mod_seq != selected.highest_mod_seq:
        for piece in common.split(at_once(session)):
            found, _ = await session.fetch_changes(_span(piece), "(UID FLAGS)", row.highest_mod_seq, vanished=False)
            told |= {each.uid: flags_of(each) for each in found if each.flags is not None and each.uid}
    return Told(told)


async def tell_all(session: ImapSession, lane: Lane, row: Mailbox, common: NumSet) -> Told:
    """The flags of all these, and whether each is the message that we hold: a server may have renumbered."""
    arrived = await lane.read(messages.held_dates, row.pk)
    flags: dict[int, Flags] = {}
    others: list[int] = []
    async for each in _each(session, common, ALL_FLAGS):
        uid = uid_of(each)
        flags[uid] = flags_of(each)
        if uid in common and each.internal_date is not None and arrived.get(uid) not in (each.internal_date, LONG_AGO):
            others.append(uid)
    return Told(flags, NumSet.of(others))


async def _each(session: ImapSession, uids: NumSet, items: str) -> AsyncIterator[Fetched]:
    for piece in uids.split(at_once(session)):
        async with aclosing(session.fetch_each(_span(piece), items, uid=True)) as lines:
            async for each in lines:
                if each.flags is not None and each.uid:
                    yield each


def _span(uids: NumSet) -> NumSet:
    """From the first to the last: a set of a thousand pieces is a longer line than its answer is worth."""
    return NumSet([(uids.ranges[0][0], uids.ranges[-1][1])]) if len(uids.ranges) > MAX_PIECES else uids


def _can_resync(session: ImapSession, row: Mailbox) -> bool:
    known = row.uid_validity is not None and row.highest_mod_seq and row.synced_uid_next
    return "QRESYNC" in session.enabled and bool(known)


def _went_back(row: Mailbox, selected: Selected) -> bool:
    """UIDNEXT and mod-sequences never shrink (RFC 9051 §2.3.1.1, RFC 7162 §3.1.1): the mailbox was remade."""
    shrank = selected.uid_next and selected.uid_next < (row.synced_uid_next or 0)
    return bool(shrank) or (selected.highest_mod_seq or row.highest_mod_seq or 0) < (row.highest_mod_seq or 0)
