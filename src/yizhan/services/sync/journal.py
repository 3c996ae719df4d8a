"""What a person did here is done at the server: intents in their order, each settled by what the server says.

Whatever may double when it is done twice is written down before and after, so that a cut at any step is made good by
looking: MOVE and EXPUNGE find gone what they did, COPY finds its copies past the UIDNEXT that was noted before it.
Nothing is ever removed but by its UID: no bare EXPUNGE, no CLOSE (RFC 4315 §2.1).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from yizhan.base.ids import AccountId
from yizhan.imap.encoder import words
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.imap.numset import NumSet
from yizhan.imap.types import CopyUid
from yizhan.net.imap import ImapSession
from yizhan.providers.causes import Cause, Retry
from yizhan.providers.diagnosis import Diagnosis
from yizhan.providers.stages import Stage
from yizhan.services.accounts.checking import read_target
from yizhan.services.accounts.verdicts import diagnose_failure
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.sync.facts import METADATA, message_facts
from yizhan.services.sync.looking import enable
from yizhan.store import intents, mailboxes, relocating
from yizhan.store.intents import EXPUNGE, FLAG, read_uids
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.lifecycle import Signal
from yizhan.store.limits import BATCH_ROWS
from yizhan.store.models import Intent, Mailbox

AT_ONCE = 1_000  # messages of one command: what Yahoo bears (MESSAGELIMIT=1000), and a second's work for the others
PATIENCE = timedelta(days=1)  # a server that puts an intent off for longer has refused it
HURRY = timedelta(seconds=10)  # what a person may still take back, unless they ask for a sync
log = logging.getLogger(__name__)


class _Overtaken(Exception):
    """The mailbox has another UIDVALIDITY: nothing there can be named any more."""


class _TargetGone(Exception):
    """The mailbox that the messages were to go to is not there any more."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one intent needs."""

    session: ImapSession
    lane: Lane
    lease: Lease | None
    intent: Intent
    source: Mailbox

    @property
    def at_once(self) -> int:
        return min(AT_ONCE, self.session.capabilities.message_limit or AT_ONCE)


async def carry(
    account_id: AccountId,
    session: ImapSession,
    lane: Lane,
    lease: Lease | None,
    *,
    now: datetime,
    hurry: bool = False,
) -> int:
    """Carry out what is due, in order; how many intents were settled.

    `hurry`: also what could still be taken back.  A refused intent is settled and told, not raised.  Raises what the
    line did, BYE, or `LeaseLost`; what was under way then is looked at again by the next call.
    """
    while await lane.run(intents.restore_some, account_id, lease):
        pass
    settled = 0
    until = now + HURRY if hurry else now
    while (begun := await lane.run(intents.begin_next, account_id, until, lease)) is not None:
        if not await _settle(account_id, *begun, session, lane, lease, now):
            break
        settled += 1
    while await lane.run(intents.restore_some, account_id, lease):
        pass
    await lane.run(intents.forget_settled, account_id, now)
    return settled


async def _settle(
    account_id: AccountId,
    intent: Intent,
    resumed: bool,
    session: ImapSession,
    lane: Lane,
    lease: Lease | None,
    now: datetime,
) -> bool:
    """Carry one out and write down how it ended; False when the server wants to be left alone."""
    desk = _Desk(session, lane, lease, intent, await lane.read(mailboxes.get_for_engine, intent.mailbox_id))
    said: Mapping[str, Any] | None
    try:
        await _carry_out(desk, resumed)
        signal, said = Signal.CONFIRMED, await _marked_only(desk)
    except _Overtaken:
        signal, said = Signal.OVERTAKEN, None
    except _TargetGone:
        diagnosis = Diagnosis(Stage.SELECT, Cause.MAILBOX_MISSING, "", Retry.NEVER)
        signal, said = Signal.REFUSED, kept_form(diagnosis)
    except CommandRefused as refusal:
        if refusal.status == "BYE":
            raise
        target, _ = await lane.read(read_target, account_id)
        diagnosis = diagnose_failure(refusal, target)
        if diagnosis.retry is Retry.AFTER and now < intent.created_at + PATIENCE:
            again_at = now + timedelta(seconds=diagnosis.retry_after_s or 0)
            await lane.run(intents.put_off, intent.pk, again_at, lease)
            return False
        await _take_back(desk)
        signal, said = Signal.REFUSED, kept_form(diagnosis)
    await lane.run(intents.settle, intent.pk, signal, lease, now=now, said=said)
    return True


async def _carry_out(desk: _Desk, resumed: bool) -> None:
    """Raises `_Overtaken`, `_TargetGone` or what the server or the line did."""
    await _open(desk)
    uids = read_uids(desk.intent.uids)
    if desk.intent.kind == FLAG:
        change = "+FLAGS.SILENT" if desk.intent.payload["on"] else "-FLAGS.SILENT"
        for piece in uids.split(desk.at_once):
            await desk.session.store(piece, change, [desk.intent.payload["flag"]])
        return
    if desk.intent.kind == EXPUNGE:
        for piece in uids.split(desk.at_once):
            await _remove(desk, piece)
        return
    target = await desk.lane.read(mailboxes.find_for_engine, desk.intent.payload["to"])
    if target is None:
        raise _TargetGone
    if desk.session.capabilities.has("MOVE"):
        await _move(desk, target, uids, resumed)
    else:
        await _copy_and_remove(desk, target, uids)


async def _open(desk: _Desk) -> None:
    """Open the intent's mailbox for writing; what a sync after us enables cannot be enabled any more then."""
    await enable(desk.session)
    selected = await desk.session.select(desk.source.wire_name)
    if selected.uid_validity != desk.intent.uid_validity:
        raise _Overtaken


# ---- with MOVE (RFC 6851) ----


async def _move(desk: _Desk, target: Mailbox, uids: NumSet, resumed: bool) -> None:
    if resumed:  # a message is moved or is not: those that are gone from here have been moved
        gone = uids - await _present(desk.session, uids)
        await _let_go(desk, gone)
        uids = uids - gone
    for piece in uids.split(desk.at_once):
        told = await desk.session.move(piece, target.wire_name)
        await _follow(desk, target, piece, _trusted(told, piece))


# ---- without: COPY, STORE, UID EXPUNGE ----


async def _copy_and_remove(desk: _Desk, target: Mailbox, uids: NumSet) -> None:
    under_way = desk.intent.payload.get("copy")
    if under_way is not None:
        await _go_on(desk, target, under_way)
        uids = uids - read_uids(under_way["uids"])
    for piece in uids.split(desk.at_once):
        await _copy_piece(desk, target, piece)


async def _copy_piece(desk: _Desk, target: Mailbox, piece: NumSet) -> None:
    """One piece, each step written down."""
    status = await desk.session.status(target.wire_name, "UIDNEXT", "UIDVALIDITY")
    step = {"uids": str(piece), "next": status.uid_next or 1, "validity": status.uid_validity}
    await _note(desk, step)
    told = _trusted(await desk.session.copy(piece, target.wire_name), piece)
    step = {**step, "copied": _kept(told)}
    await _note(desk, step)
    await _finish_copy(desk, target, step)


async def _go_on(desk: _Desk, target: Mailbox, step: dict[str, Any]) -> None:
    """A piece that was cut off: if nobody knows whether COPY happened, look before it is done again."""
    if "copied" in step:
        await _finish_copy(desk, target, step)
        return
    piece = read_uids(step["uids"])
    pairs, validity = await _find_copies(desk, target, step)
    await _open(desk)
    found = NumSet.of(pairs)
    if found:
        done = {"uids": str(found), "copied": {"validity": validity, "pairs": sorted(pairs.items())}}
        await _note(desk, done)
        await _finish_copy(desk, target, done)
    here = await _present(desk.session, piece - found) if piece - found else NumSet()
    await _let_go(desk, piece - found - here)
    for rest in here.split(desk.at_once):
        await _copy_piece(desk, target, rest)


async def _find_copies(desk: _Desk, target: Mailbox, step: Mapping[str, Any]) -> tuple[dict[int, int], int]:
    """(UID here to UID there, UIDVALIDITY there): what came to the target since, and is one of the piece's messages.

    A copy keeps the Message-ID, the size and the internal date (RFC 9051 §6.4.7).
    """
    rows = await desk.lane.read(_rows_by_face, desk.intent, read_uids(step["uids"]).numbers())
    opened = await desk.session.examine(target.wire_name)
    first = step["next"] if opened.uid_validity == step["validity"] else 1
    if opened.exists == 0 or 0 < opened.uid_next <= first:
        return {}, opened.uid_validity
    pairs: dict[int, int] = {}
    for each in await desk.session.fetch(NumSet.from_(first), f"({METADATA})", uid=True):
        if each.envelope is None or not each.uid or each.uid < first:
            continue
        facts = message_facts(each)
        waiting = rows.get((facts.message_id, facts.size_bytes, facts.internal_date))
        if waiting:
            pairs[waiting.pop(0)] = each.uid
    return pairs, opened.uid_validity


async def _finish_copy(desk: _Desk, target: Mailbox, step: dict[str, Any]) -> None:
    piece = read_uids(step["uids"]) & read_uids((await desk.lane.read(intents.get_for_engine, desk.intent.pk)).uids)
    copied = step["copied"]
    told = None if copied is None else CopyUid(copied["validity"], *_sides(copied["pairs"]))
    if piece:
        await _remove(desk, piece, target, told)
    await _note(desk, None)


async def _take_back(desk: _Desk) -> None:
    """What came after COPY was refused: the messages stay where they are, so their copies go again.

    First the mark of deletion is taken off, then only copies go whose message is still here.  A server that refuses
    this too, or cannot remove by UID, keeps both, which the next sync of the other mailbox shows.
    """
    payload = (await desk.lane.read(intents.get_for_engine, desk.intent.pk)).payload
    copied = (payload.get("copy") or {}).get("copied")
    if copied is None or not desk.session.capabilities.has("UIDPLUS"):
        return
    pairs = dict(copied["pairs"])
    try:
        await _open(desk)
        here = await _present(desk.session, NumSet.of(pairs))
        target = await desk.lane.read(mailboxes.find_for_engine, payload["to"])
        if not here or target is None:
            return
        await desk.session.store(here, "-FLAGS.SILENT", ["\\Deleted"])
        if (await desk.session.select(target.wire_name)).uid_validity != copied["validity"]:
            return
        copies = NumSet.of(pairs[uid] for uid in here.numbers())
        await desk.session.store(copies, "+FLAGS.SILENT", ["\\Deleted"])
        await desk.session.expunge(copies)
    except _Overtaken:
        return
    except CommandRefused as refusal:
        if refusal.status == "BYE":
            raise
        log.info("copies_not_taken_back", extra={"intent": desk.intent.pk, "said": refusal.detail})


async def _remove(desk: _Desk, piece: NumSet, target: Mailbox | None = None, told: CopyUid | None = None) -> None:
    """Take them out of this mailbox, their rows following where `told` says.

    Without UIDPLUS what is marked deleted cannot be removed without removing what others marked: it stays, hidden here.
    """
    await desk.session.store(piece, "+FLAGS.SILENT", ["\\Deleted"])
    if not desk.session.capabilities.has("UIDPLUS"):
        await desk.lane.run(relocating.leave_marked, desk.intent.pk, piece.numbers(), desk.lease)
        return
    await desk.session.expunge(piece)
    if target is None:
        await _let_go(desk, piece)
    else:
        await _follow(desk, target, piece, told)


# ---- small things ----


async def _follow(desk: _Desk, target: Mailbox, piece: NumSet, told: CopyUid | None) -> None:
    """The rows go where the server said; those of which it said nothing come with the target's next sync."""
    pairs = list(told.pairs().items()) if told is not None else []
    for at in range(0, len(pairs), BATCH_ROWS):
        part = dict(pairs[at : at + BATCH_ROWS])
        validity = told.uid_validity if told is not None else 0
        await desk.lane.run(relocating.relocate, desk.intent.pk, target.pk, validity, part, desk.lease)
    await _let_go(desk, piece - NumSet.of(uid for uid, _ in pairs))


async def _let_go(desk: _Desk, uids: NumSet) -> None:
    for part in uids.split(BATCH_ROWS):
        await desk.lane.run(relocating.let_go, desk.intent.pk, part.numbers(), desk.lease)


async def _note(desk: _Desk, step: dict[str, Any] | None) -> None:
    await desk.lane.run(intents.note_copy, desk.intent.pk, step, desk.lease)


async def _present(session: ImapSession, uids: NumSet) -> NumSet:
    """Those of these UIDs that the selected mailbox has."""
    found = NumSet()
    for piece in uids.split(AT_ONCE):
        found |= await session.search([words(f"UID {piece}")]) & piece
    return found


def _trusted(told: CopyUid | None, piece: NumSet) -> CopyUid | None:
    """COPYUID if it can be true: as many on both sides, of this piece, both ascending, as every honest server says."""
    if told is None:
        return None
    try:
        pairs = list(told.pairs().items())
    except RemoteProtocolError:
        return None
    is_ascending = all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))
    return told if is_ascending and all(uid in piece for uid, _ in pairs) else None


def _kept(told: CopyUid | None) -> dict[str, Any] | None:
    return None if told is None else {"validity": told.uid_validity, "pairs": sorted(told.pairs().items())}


def _sides(pairs: list[list[int]]) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    return tuple((old, old) for old, _ in pairs), tuple((new, new) for _, new in pairs)


async def _marked_only(desk: _Desk) -> dict[str, Any] | None:
    """What a person is told of messages that this server keeps, marked deleted."""
    count = (await desk.lane.read(intents.get_for_engine, desk.intent.pk)).payload.get("marked_only", 0)
    return {"marked_only": count} if count else None


def _rows_by_face(intent: Intent, uids: list[int]) -> dict[tuple[str, int, datetime], list[int]]:
    found: dict[tuple[str, int, datetime], list[int]] = {}
    for row in intents.rows_of(intent, uids):
        found.setdefault((row.message_id, row.size_bytes, row.internal_date), []).append(row.uid)
    return found
