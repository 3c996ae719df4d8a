"""The bytes of messages: they follow the headers, newest first, and no more a day than the provider bears."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import groupby

from yizhan.base.ids import AccountId, MessageId
from yizhan.imap.numset import NumSet
from yizhan.mime.summary import summarise
from yizhan.net.imap import ImapSession
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.sync.range import is_followed
from yizhan.services.sync.watch_limits import (
    AT_ONCE,
    BATCH_BYTES,
    BODIES_A_BATCH,
    BODY_BYTES_A_DAY,
    HEAD_START,
    HELD_BYTES,
    MAX_BODY_BYTES,
    SHARE_OF_DAY,
)
from yizhan.store import accounts, blobs, bodies, mailboxes
from yizhan.store.bodies import Body, Missing
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.limits import MAX_BLOB_BYTES, MAX_SNIPPET_CHARS

GoOn = Callable[[], bool]
Got = tuple[Missing, bytes]
_DAY_S = 24 * 3600.0
_SNIPPET_CHARS = MAX_SNIPPET_CHARS // 2  # what a row of a list has room for


def allowance(a_day: int, now: datetime) -> int:
    """Bytes that may have been fetched by this instant of its day (UTC): a head start, and the rest evenly.  Pure."""
    elapsed = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() / _DAY_S
    return int(a_day * (HEAD_START + (1.0 - HEAD_START) * elapsed))


def budget_of(provider: str) -> int:
    """Bytes of bodies that an account of this provider (by id, or empty) fetches a day."""
    found = provider_by_id(provider)
    told = None if found is None else found.limits.fetched_bytes_a_day
    return BODY_BYTES_A_DAY if told is None else int(told * SHARE_OF_DAY)


async def fetch_bodies(
    account_id: AccountId,
    session: ImapSession,
    lane: Lane,
    lease: Lease | None,
    *,
    now: datetime,
    limit: int | None = None,
    go_on: GoOn = lambda: True,
) -> int:
    """Bodies that are not here, newest first over all followed mailboxes, inside the day's budget; how many came.

    The newest of INBOX come at once, whatever of the day has gone by.  Ends early after `limit` that were asked for, or
    when `go_on` says so; then and after any error what came is kept.  Leaves some mailbox selected.
    """
    fetcher = Fetcher(account_id, session, lane, lease, now)
    return await fetcher.fetch(limit, go_on)


async def fetch_body(message_id: MessageId, session: ImapSession, lane: Lane, lease: Lease | None) -> bool:
    """One message's bytes, at once and whatever the budget; False when the server has it no more.

    Bytes that are here already are put in order again (`BlobMissing`, `BlobDamaged`).
    """
    wanted = await lane.read(bodies.find, message_id)
    if wanted is None or wanted.size_bytes > MAX_BLOB_BYTES:
        return False
    mailbox = await lane.read(mailboxes.get_for_engine, wanted.mailbox_id)
    selected = await session.examine(mailbox.wire_name)
    if selected.uid_validity != wanted.uid_validity:
        return False
    async with aclosing(_ask(session, [wanted])) as coming:
        found = [got async for got in coming]
    await lane.run(
        bodies.attach, mailbox.account_id, await lane.read(_keep, found, True), datetime.now(UTC).date(), lease
    )
    return bool(found)


class Fetcher:
    """One walk from the newest missing body to the oldest."""

    def __init__(
        self, account_id: AccountId, session: ImapSession, lane: Lane, lease: Lease | None, now: datetime
    ) -> None:
        self._account_id = account_id
        self._session = session
        self._lane = lane
        self._lease = lease
        self._day = now.date()
        self._now = now
        self._selected: int | None = None
        self._validity = 0
        self._spent = 0
        self._bound = 0
        self._fetched = 0

    async def fetch(self, limit: int | None, go_on: GoOn) -> int:
        followed, inbox, budget = await self._lane.read(_read_ground, self._account_id)
        self._spent = await self._lane.read(bodies.fetched_on, self._account_id, self._day)
        self._bound = budget
        at_once = AT_ONCE if limit is None else min(AT_ONCE, limit)
        asked = await self._walk([inbox], at_once, go_on) if inbox is not None else 0
        self._bound = allowance(budget, self._now)
        await self._walk(followed, None if limit is None else limit - asked, go_on)
        return self._fetched

    async def _walk(self, among: Sequence[int], limit: int | None, go_on: GoOn) -> int:
        """How many were asked for."""
        asked, after = 0, None
        while go_on() and self._spent < self._bound and (limit is None or asked < limit):
            most = BODIES_A_BATCH if limit is None else min(BODIES_A_BATCH, limit - asked)
            rows = await self._lane.read(bodies.list_missing, self._account_id, among, after, MAX_BODY_BYTES, most)
            if not rows:
                break
            rows = list(_within(rows, min(BATCH_BYTES, self._bound - self._spent)))
            for mailbox_id, group in groupby(await self._unshared(rows), key=lambda row: row.mailbox_id):
                await self._fetch_of(mailbox_id, list(group))
            after, asked = rows[-1].place, asked + len(rows)
        return asked

    async def _unshared(self, rows: list[Missing]) -> list[Missing]:
        """Those whose bytes are not here in another mailbox, and of those that are the same the first: Gmail's labels
        are mailboxes, and a byte is fetched once."""
        if not any(row.server_id for row in rows):
            return rows
        ids = [row.message_id for row in rows]
        shared = await self._lane.run(bodies.share, self._account_id, ids, self._lease)
        first = {(row.server_id, row.size_bytes): row.message_id for row in reversed(rows)}
        left = [row for row in rows if not row.server_id or first[row.server_id, row.size_bytes] == row.message_id]
        return [row for row in left if row.message_id not in shared]

    async def _fetch_of(self, mailbox_id: int, rows: list[Missing]) -> None:
        if self._selected != mailbox_id:
            mailbox = await self._lane.read(mailboxes.get_for_engine, mailbox_id)
            self._validity = (await self._session.examine(mailbox.wire_name)).uid_validity
            self._selected = mailbox_id
        held: list[Got] = []
        async with aclosing(_ask(self._session, [row for row in rows if row.uid_validity == self._validity])) as coming:
            async for got in coming:
                held.append(got)
                if sum(len(raw) for _, raw in held) >= HELD_BYTES:
                    await self._keep(held)
        await self._keep(held)

    async def _keep(self, held: list[Got]) -> None:
        if held:
            kept = await self._lane.read(_keep, held)
            held.clear()
            await self._lane.run(bodies.attach, self._account_id, kept, self._day, self._lease)
            self._fetched += len(kept)
            self._spent += sum(each.size_bytes for each in kept)


async def _ask(session: ImapSession, rows: Sequence[Missing]) -> AsyncGenerator[Got, None]:
    """What the server gives of these, all of the selected mailbox, one by one."""
    by_uid = {row.uid: row for row in rows}
    if by_uid:
        async with aclosing(session.fetch_each(NumSet.of(by_uid), "(UID BODY.PEEK[])", uid=True)) as coming:
            async for fetched in coming:
                raw = fetched.sections.get("BODY[]")
                if raw is not None and fetched.uid in by_uid:
                    yield by_uid[fetched.uid], raw


def _within(rows: Iterable[Missing], most: int) -> Iterator[Missing]:
    """The first of these, up to so many bytes; one at least."""
    size = 0
    for row in rows:
        if size and size + row.size_bytes > most:
            return
        size += row.size_bytes
        yield row


def _keep(got: Sequence[Got], anew: bool = False) -> list[Body]:
    """Outside the lane: compressing and reading take time."""
    return [_keep_one(row, raw, anew) for row, raw in got]


def _keep_one(row: Missing, raw: bytes, anew: bool) -> Body:
    blob = blobs.put_anew(raw) if anew else blobs.put(raw)
    return Body(row.message_id, blob.pk, len(raw), *summarise(raw, _SNIPPET_CHARS))


def _read_ground(account_id: AccountId) -> tuple[list[int], int | None, int]:
    """The mailboxes whose bodies are wanted, INBOX, and the day's bytes."""
    rows = [row for row in mailboxes.list_for_engine(account_id) if is_followed(row)]
    inbox = next((row.pk for row in rows if row.role == "inbox"), None)
    return [row.pk for row in rows], inbox, budget_of(accounts.get_for_engine(account_id).provider)
