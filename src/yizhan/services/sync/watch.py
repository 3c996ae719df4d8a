"""One account's session that is kept: everything is brought here, then the server is listened to.

All that a session does one after the other is done in short steps, each within a turn of its own (`Ground.busy`), so
that somebody else who syncs the account waits for one step at most; while the session listens, it holds nothing.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.imap.errors import CommandRefused
from yizhan.imap.types import StatusData
from yizhan.net.imap import ImapSession
from yizhan.services.sync.bodies import fetch_bodies
from yizhan.services.sync.engine import METADATA, Synced, list_mailboxes, message_facts, sync_mailbox
from yizhan.services.sync.listening import EVENTS, Ear, Heard, Way, choose_way
from yizhan.services.sync.range import is_followed, range_of
from yizhan.services.sync.watch_limits import (
    AT_ONCE,
    BODIES_S,
    BUDGET_PAUSE_S,
    LOOK_S,
    NOTIFY_ALIVE_S,
    NOTIFY_LOOK_S,
    POLL_S,
    PROGRESS_S,
    SLICE,
    STATUS_A_LOOK,
    WHOLE_S,
)
from yizhan.store import accounts, changes, mailboxes, messages
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.models import Mailbox

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


def next_slice(held: int) -> int:
    """How many of the newest are to be here after the next step, when so many are.  Pure."""
    return held + max(SLICE, held // 2)


def seconds_until(way: Way, now: float, look_at: float) -> float:
    """How long to listen.  Pure."""
    longest = {Way.NOTIFY: NOTIFY_ALIVE_S, Way.IDLE: LOOK_S, Way.POLL: POLL_S}[way]
    return max(0.0, min(longest, look_at - now))


class Watch:
    """Watches through one session until something ends it."""

    def __init__(self, ground: Ground, session: ImapSession, ear: Ear) -> None:
        self._ground = ground
        self._session = session
        self._ear = ear
        self._way = choose_way(session.capabilities)
        self._followed: dict[str, Mailbox] = {}
        self._numbers: dict[str, Numbers] = {}
        self._since: date | None = None
        self._workspace_id = 0
        self._open = ""  # the wire name of the mailbox that is open
        self._uid_next = 0  # of INBOX, as far as it is here
        self._exists = 0
        self._look_at = self._whole_at = self._bodies_at = 0.0
        self._progress: dict[str, tuple[int, int]] = {}
        self._told_at = 0.0

    async def bring_all(self) -> None:
        """Everything: the newest of each mailbox first, then the newest bodies, then history, then its bodies."""
        await self._begin()
        now = time.monotonic()
        self._look_at, self._whole_at = now + self._look_every, now + WHOLE_S
        numbers = await self._ask_numbers(list(self._followed))
        for mailbox in list(self._followed.values()):
            await self._sync(mailbox, AT_ONCE)
        await self._fetch_bodies(AT_ONCE)
        for mailbox in list(self._followed.values()):
            await self._fill(mailbox)
        self._numbers = numbers
        await self._fetch_bodies()

    async def run(self) -> None:
        """Bring everything here, then keep it so until the session ends.  Raises what ended it."""
        await self.bring_all()
        await self._ask_for_news()
        while True:
            await self._open_inbox()
            until = min(self._look_at, self._whole_at, self._bodies_at)
            self._answer_soon = True
            heard = await self._ear.listen(
                self._session, self._way, seconds_until(self._way, time.monotonic(), until)
            )
            await self._answer(heard)

    async def _answer(self, heard: Heard) -> None:
        """Do what was heard, and what the time has come for."""
        if heard.exists is not None and heard.exists > self._exists:
            await self._take_new(heard.exists)
        if heard.is_touched or (heard.exists is not None and heard.exists < self._exists):
            await self._sync(self._inbox, None)
        for name in heard.elsewhere & self._followed.keys():
            await self._sync(self._followed[name], None)
        now = time.monotonic()
        if now >= self._whole_at:
            await self.bring_all()
        elif now >= self._look_at:
            await self._look()
        if now >= self._bodies_at:
            await self._fetch_bodies()

    # ---- steps ----

    async def _begin(self) -> None:
        ground = self._ground
        account = await ground.lane.read(accounts.get_for_engine, ground.account_id)
        self._workspace_id = account.workspace_id
        self._since = range_of(account, ground.clock.now().date())
        async with ground.busy():
            rows = await list_mailboxes(ground.account_id, self._session, ground.lane, ground.lease)
        rows = sorted((row for row in rows if is_followed(row)), key=lambda row: (_FIRST.get(row.role, 9), row.pk))
        self._followed = {row.wire_name: row for row in rows}

    async def _ask_for_news(self) -> None:
        if self._way is Way.NOTIFY:
            try:
                await self._session.notify(EVENTS)
            except CommandRefused:  # RFC 5465 §5: a server may know fewer events, and then tells of none
                self._way = Way.IDLE if self._session.capabilities.has("IDLE") else Way.POLL

    @property
    def _inbox(self) -> Mailbox:
        return next(iter(self._followed.values()))

    @property
    def _look_every(self) -> float:
        return NOTIFY_LOOK_S if self._way is Way.NOTIFY else LOOK_S

    async def _open_inbox(self) -> None:
        """What came while another mailbox was open is found by opening it again."""
        if self._open != self._inbox.wire_name:
            await self._sync(self._inbox, None)

    async def _sync(self, mailbox: Mailbox, newest: int | None) -> Synced:
        ground = self._ground
        async with ground.busy():
            self._open = ""
            synced = await sync_mailbox(
                self._session,
                mailbox,
                since=self._since,
                lane=ground.lane,
                lease=ground.lease,
                newest=newest,
                on_batch=self._note,
            )
            row = await ground.lane.read(mailboxes.get_for_engine, mailbox.pk)
        self._open = mailbox.wire_name
        if mailbox.role == "inbox":
            self._uid_next, self._exists = row.uid_next or 0, row.messages or 0
        if synced.fetched:
            self._bodies_at = 0.0
        await self._tell()
        return synced

    async def _fill(self, mailbox: Mailbox) -> None:
        """History, newest first, in slices; between two of them INBOX has its turn."""
        newest = next_slice(await self._ground.lane.read(messages.count_held, mailbox.pk))
        while (await self._sync(mailbox, newest)).fetched:
            newest = next_slice(newest)
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
        if not self._uid_next or inbox.uid_validity is None:
            await self._sync(inbox, None)
            return
        async with ground.busy():
            found = await self._session.fetch(f"{self._uid_next}:*", METADATA, uid=True)
            facts = [message_facts(each) for each in found if each.envelope is not None]
            new = [each for each in facts if each.uid >= self._uid_next]  # `n:*` gives the last one too
            if new:
                await ground.lane.run(messages.upsert_batch, inbox.pk, inbox.uid_validity, new, ground.lease)
        self._exists = exists
        self._uid_next = max([self._uid_next, *(each.uid + 1 for each in new)])
        self._bodies_at = 0.0

    async def _look(self) -> None:
        """Sync what has other numbers than when it was synced last."""
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
        turn = names[:1] + _rotate(names[1:], STATUS_A_LOOK, time.monotonic())
        return {name: numbers_of(await session.status(name, *items)) for name in turn}

    async def _fetch_bodies(self, limit: int | None = None) -> None:
        """Bodies for a while; then whoever else has something to do comes first."""
        ground, until = self._ground, time.monotonic() + BODIES_S
        async with ground.busy():
            self._open = ""
            await fetch_bodies(
                ground.account_id,
                self._session,
                ground.lane,
                ground.lease,
                now=ground.clock.now(),
                limit=limit,
                go_on=lambda: time.monotonic() < until,
            )
        is_cut = time.monotonic() >= until
        self._bodies_at = 0.0 if is_cut else time.monotonic() + BUDGET_PAUSE_S

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


def _rotate(names: Sequence[str], most: int, now: float) -> list[str]:
    """So many of these, others at each look.  Pure."""
    start = int(now / LOOK_S) * most % max(1, len(names)) if len(names) > most else 0
    return [*names[start:], *names[:start]][:most]
