"""One account's session that is kept: everything is brought here, then the server is listened to.

All that a session does one after the other is done in short steps, each within a turn of its own (`Ground.busy`), so
that somebody else who syncs the account waits for one step at most; while the session listens, it holds nothing.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.imap.errors import CommandRefused
from yizhan.imap.numset import NumSet
from yizhan.imap.types import StatusData
from yizhan.net.imap import ImapSession
from yizhan.services.sync.bodies import fetch_bodies
from yizhan.services.sync.engine import Synced, list_mailboxes, sync_account, sync_mailbox
from yizhan.services.sync.fetching import note_success
from yizhan.services.sync.journal import carry
from yizhan.services.sync.listening import EVENTS, Ear, Heard, Way, choose_way
from yizhan.services.sync.metadata import fetch_facts
from yizhan.services.sync.range import covers, is_followed, range_of
from yizhan.services.sync.watch_limits import (
    AT_ONCE,
    BODIES_S,
    BUDGET_PAUSE_S,
    LOOK_S,
    NOTIFY_ALIVE_S,
    NOTIFY_LOOK_S,
    OPENED_S,
    POLL_S,
    PROGRESS_S,
    SLICE,
    STATUS_A_LOOK,
    WELL_EVERY_S,
    WHOLE_S,
)
from yizhan.store import accounts, changes, mailboxes, messages
from yizhan.store.errors import DiskFull
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.models import Mailbox

log = logging.getLogger(__name__)
Numbers = tuple[int | None, ...]
Busy = Callable[[], AbstractAsyncContextManager[None]]
_STATUS = ("MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN")
_FIRST = {"inbox": 0, "sent": 1, "junk": 2, "drafts": 3, "archive": 4, "trash": 5}


@dataclass(frozen=True, slots=True)
class Ground:
    """What an account's watch stands on; `busy` gives a turn in which to bring things here."""

    account_id: AccountId
    lane: Lane
    clock: Clock
    lease: Lease | None
    busy: Busy


def numbers_of(status: StatusData) -> Numbers:
    """What changes when something in the mailbox does.  Pure."""
    return (status.messages, status.uid_next, status.uid_validity, status.unseen, status.highest_mod_seq)


def seconds_until(way: Way, now: float, look_at: float, just_opened: bool = False) -> float:
    """How long to listen.  Pure."""
    alive = OPENED_S if just_opened else NOTIFY_ALIVE_S
    longest = {Way.NOTIFY: alive, Way.IDLE: LOOK_S, Way.POLL: POLL_S}[way]
    return max(0.0, min(longest, look_at - now))


def turn_of(names: Sequence[str], most: int, at: int) -> list[str]:
    """So many of these at the look of that number, and others at the next.  Pure."""
    start = at * most % len(names) if len(names) > most else 0
    return [*names[start:], *names[:start]][:most]


class Followed(NamedTuple):
    """A mailbox that is kept here; a row of the store would take ten times the memory."""

    pk: int
    wire_name: str
    role: str
    is_whole: bool


class Watch:
    """Watches through one session until something ends it."""

    def __init__(self, ground: Ground, session: ImapSession, ear: Ear) -> None:
        self._ground = ground
        self._session = session
        self._ear = ear
        self._way = choose_way(session.capabilities)
        self._followed: dict[str, Followed] = {}
        self._numbers: dict[str, Numbers] = {}
        self._since: date | None = None
        self._workspace_id = 0
        self._is_open = False  # INBOX is, and nothing has come since that is not here
        self._uid_validity = self._uid_next = self._exists = 0  # of INBOX, as far as it is here
        self._look_at = self._whole_at = self._bodies_at = self._well_at = 0.0
        self._looks = 0
        self._elsewhere: set[str] = set()
        self._progress: dict[str, tuple[int, int]] = {}
        self._told_at = 0.0

    async def bring_all(self) -> None:
        """Everything: what the person wants goes first, then the newest of each mailbox comes, the newest bodies, and
        history; its bodies are due then.
        """
        await self._carry()
        await self._begin()
        ground, now = self._ground, time.monotonic()
        self._look_at, self._whole_at = now + self._look_every, now + WHOLE_S
        numbers = await self._ask_numbers(list(self._followed))
        lacking = [each for each in self._followed.values() if not each.is_whole]
        for mailbox in lacking:
            await self._sync(mailbox, AT_ONCE)
        await self._fetch_bodies(AT_ONCE)
        for mailbox in lacking:
            await self._fill(mailbox)
        async with ground.busy():
            self._is_open = False
            await sync_account(ground.account_id, self._session, ground.lane, ground.lease, now=ground.clock.now())
        self._numbers = numbers
        self._bodies_at = 0.0
        await self._note_well()

    async def run(self) -> None:
        """Bring everything here, then keep it so until the session ends.  Raises what ended it."""
        await self.bring_all()
        await self._ask_for_news()
        while True:
            was_open = self._is_open
            await self._open_inbox()
            until = min(self._look_at, self._whole_at, self._bodies_at)
            seconds = seconds_until(self._way, time.monotonic(), until, just_opened=not was_open)
            await self._answer(await self._ear.listen(self._session, self._way, seconds))

    async def _answer(self, heard: Heard) -> None:
        """Do what was heard, what a person wants of the server, and what the time has come for."""
        if self._ear.take_woken():
            await self._carry()
        if heard.exists is not None and heard.exists > self._exists:
            await self._take_new(heard.exists)
        if heard.is_touched or (heard.exists is not None and heard.exists < self._exists):
            await self._sync(self._inbox, None)
        named, self._elsewhere = heard.elsewhere | self._elsewhere, set()
        for mailbox in [each for each in self._followed.values() if each.wire_name in named]:
            await self._sync(mailbox, None)
        now = time.monotonic()
        if now >= self._whole_at:
            await self.bring_all()
        elif now >= self._look_at:
            await self._look()
        if now >= self._bodies_at:
            await self._fetch_bodies()
        if now >= self._well_at:
            await self._note_well()

    # ---- steps ----

    async def _carry(self) -> None:
        ground = self._ground
        async with ground.busy():
            self._is_open = False
            await carry(ground.account_id, self._session, ground.lane, ground.lease, now=ground.clock.now())

    async def _begin(self) -> None:
        ground = self._ground
        account = await ground.lane.read(accounts.get_for_engine, ground.account_id)
        self._workspace_id = account.workspace_id
        self._since = range_of(account, ground.clock.now().date())
        async with ground.busy():
            rows = await list_mailboxes(ground.account_id, self._session, ground.lane, ground.lease)
        followed = [row for row in rows if is_followed(row)]
        followed.sort(key=lambda row: (_FIRST.get(row.role, len(_FIRST)), row.pk))
        self._followed = {
            row.wire_name: Followed(row.pk, row.wire_name, row.role, covers(row, self._since)) for row in followed
        }

    async def _ask_for_news(self) -> None:
        if self._way is Way.NOTIFY:
            try:
                await self._session.notify(EVENTS)
            except CommandRefused:  # RFC 5465 §5: a server may know fewer events, and then tells of none
                self._way = Way.IDLE if self._session.capabilities.has("IDLE") else Way.POLL

    @property
    def _inbox(self) -> Followed:
        return next(iter(self._followed.values()))

    @property
    def _look_every(self) -> float:
        return NOTIFY_LOOK_S if self._way is Way.NOTIFY else LOOK_S

    async def _open_inbox(self) -> None:
        """What came while another mailbox was open, or none, is found by opening it again."""
        ground = self._ground
        for _ in range(2):  # what came between the two is found at the next look
            if self._is_open:
                return
            self._keep_news()
            async with ground.busy():
                selected = await self._session.examine(self._inbox.wire_name)
                row = await ground.lane.read(mailboxes.get_for_engine, self._inbox.pk)
            # The row's own `messages` and `uid_next` prove nothing: LIST writes there what the server has.
            synced = (row.uid_validity, row.synced_messages, row.synced_uid_next or 0)
            heard = (self._uid_validity, self._exists, self._uid_next)
            now = (selected.uid_validity, selected.exists, selected.uid_next)
            self._uid_validity, self._exists, self._uid_next = now
            self._is_open = True
            if now not in (synced, heard):
                await self._sync(self._inbox, None)

    def _keep_news(self) -> None:
        """Of another mailbox, but for what NOTIFY tells of those that are not open."""
        news = self._session.take_news()
        self._elsewhere |= {each.wire_name for each in news if isinstance(each, StatusData)}

    async def _sync(self, mailbox: Followed, newest: int | None) -> Synced:
        ground = self._ground
        async with ground.busy():
            self._is_open = False
            try:
                synced = await sync_mailbox(
                    self._session,
                    Mailbox(pk=mailbox.pk, wire_name=mailbox.wire_name),
                    since=self._since,
                    now=ground.clock.now(),
                    lane=ground.lane,
                    lease=ground.lease,
                    newest=newest,
                    on_batch=self._note,
                )
            except CommandRefused as refusal:
                self._leave_out(mailbox, refusal)
                return Synced()
        if synced.fetched:
            self._bodies_at = 0.0
        await self._tell()
        return synced

    def _leave_out(self, mailbox: Followed, refusal: CommandRefused) -> None:
        """One that went, or that the server will not open, does not stop the others; the next listing asks again."""
        if mailbox is self._inbox or refusal.status == "BYE" or refusal.command not in ("STATUS", "EXAMINE"):
            raise refusal
        log.info("mailbox_not_opened", extra={"mailbox": mailbox.pk, "said": refusal.detail})
        self._followed.pop(mailbox.wire_name, None)

    async def _fill(self, mailbox: Followed) -> None:
        """History, newest first, in slices; between two of them INBOX has its turn."""
        while (await self._sync(mailbox, SLICE)).fetched:
            if mailbox is not self._inbox:
                await self._glance()
        await self._sync(mailbox, None)

    async def _glance(self) -> None:
        """New mail in INBOX does not wait for another mailbox's history."""
        name = self._inbox.wire_name
        numbers = await self._ask_numbers([name])
        if numbers.get(name) != self._numbers.get(name):
            self._numbers |= numbers
            await self._sync(self._inbox, AT_ONCE)

    async def _take_new(self, exists: int) -> None:
        """What was announced a moment ago, and nothing else: no mailbox is gone through for it."""
        ground, inbox = self._ground, self._inbox
        if not self._uid_next:  # NetEase does not tell it
            await self._sync(inbox, None)
            return
        async with ground.busy():
            async with aclosing(fetch_facts(self._session, NumSet.from_(self._uid_next))) as coming:
                # `n:*` is answered with the last message even where that is older (RFC 9051 §9, seq-range).
                new = [each async for each in coming if each.uid >= self._uid_next]
            if new:
                await ground.lane.run(messages.upsert_batch, inbox.pk, self._uid_validity, new, ground.lease)
        self._is_open = len(new) >= exists - self._exists  # announced, and not there: it is looked for by a sync
        self._exists += len(new)
        self._uid_next = max([self._uid_next, *(each.uid + 1 for each in new)])
        self._bodies_at = 0.0

    async def _look(self) -> None:
        """Sync what has other numbers than when it was synced last."""
        self._looks += 1
        self._look_at = time.monotonic() + self._look_every
        numbers = await self._ask_numbers(list(self._followed))
        for name, mailbox in list(self._followed.items()):
            if name in numbers and numbers[name] != self._numbers.get(name):
                await self._sync(mailbox, None)
        self._numbers |= numbers

    async def _ask_numbers(self, names: Sequence[str]) -> dict[str, Numbers]:
        """What the server says of these mailboxes; of some of them where it has to be asked for each."""
        session = self._session
        items = [*_STATUS, *(["HIGHESTMODSEQ"] if session.capabilities.has("CONDSTORE") else [])]
        if len(names) > 1 and session.capabilities.has("LIST-STATUS"):
            listed = await session.list_mailboxes(returning=[f"STATUS ({' '.join(items)})"])
            return {each.wire_name: numbers_of(each.status) for each in listed if each.status is not None}
        turn = [*names[:1], *turn_of(names[1:], STATUS_A_LOOK, self._looks)]
        return {name: numbers_of(await session.status(name, *items)) for name in turn}

    async def _fetch_bodies(self, limit: int | None = None) -> None:
        """Bodies for a while; then whoever else has something to do comes first."""
        ground, until = self._ground, time.monotonic() + BODIES_S
        is_full = False
        async with ground.busy():
            self._is_open = False
            try:
                await fetch_bodies(
                    ground.account_id,
                    self._session,
                    ground.lane,
                    ground.lease,
                    now=ground.clock.now(),
                    limit=limit,
                    go_on=lambda: time.monotonic() < until,
                )
            except DiskFull as full:  # headers are small, and may fit when bodies do not
                is_full = True
                log.warning("bodies_wait_for_room", extra={"account": ground.account_id, "said": full.detail})
        is_cut = time.monotonic() >= until and not is_full
        self._bodies_at = 0.0 if is_cut else time.monotonic() + BUDGET_PAUSE_S

    async def _note_well(self) -> None:
        ground = self._ground
        self._well_at = time.monotonic() + WELL_EVERY_S
        await ground.lane.run(note_success, ground.account_id, ground.clock.now(), random.random, ground.lease)

    # ---- progress ----

    def _note(self, mailbox: Mailbox, held: int, in_range: int) -> None:
        self._progress[mailbox.wire_name] = (held, in_range)

    async def _tell(self) -> None:
        """How much of what is wanted is here, to whoever looks at it."""
        if not self._progress or time.monotonic() < self._told_at + PROGRESS_S:
            return
        self._told_at = time.monotonic()
        held, in_range = (sum(column) for column in zip(*self._progress.values(), strict=True))
        self._progress = {} if held >= in_range else self._progress
        account_id = self._ground.account_id
        news = {"account": account_id, "held": held, "in_range": in_range}
        await self._ground.lane.run(changes.record, self._workspace_id, "sync.progress", f"account:{account_id}", news)
