"""The bytes of messages: newest first, within what an account may fetch a day."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import groupby

from yizhan.base.ids import AccountId, MessageId
from yizhan.imap.numset import NumSet
from yizhan.mime.summary import summarise
from yizhan.net.imap import ImapSession
from yizhan.services.sync.range import is_followed
from yizhan.store import accounts, blobs, mailboxes, messages
from yizhan.store.lane import Lane
from yizhan.store.models import Account, Message

SNIPPET_CHARS = 200
# Larger ones come when a person opens them: one of them would hold up hundreds of others.
MAX_BODY_BYTES = 40 * 1024 * 1024
# A day's bytes.  Gmail publishes 2,500 MB a day by IMAP and shuts out who takes more; the others publish nothing, so
# all keep below it.  Half an hour's worth may come at once; the rest is spread over the day.
DAY_BYTES = 2_000_000_000
BURST_BYTES = 400_000_000
_PAGE = 50
log = logging.getLogger(__name__)


async def fetch_bodies(
    account_id: AccountId, session: ImapSession, lane: Lane, *, now: datetime, limit: int | None = None
) -> int:
    """The bodies that are not here, newest first over all followed mailboxes; how many came.

    Ends when `limit` have come, all are here, or the day's bytes are used up.  Raises what the server or the line did.
    """
    followed = [row.pk for row in await lane.read(mailboxes.list_for_engine, account_id) if is_followed(row)]
    account = await lane.read(accounts.get_for_engine, account_id)
    allowed = allowance(account, now)
    count, used, passed = 0, 0, set[int]()
    while limit is None or count < limit:
        most = _PAGE if limit is None else min(_PAGE, limit - count)
        wanted = await lane.read(messages.without_blob, account_id, followed, MAX_BODY_BYTES, most, passed)
        affordable = list(_affordable(wanted, allowed - used))
        if not affordable:
            break
        passed |= {row.pk for row in affordable}  # what the server does not give now is for the next run
        for row_count, size in [await _fetch_some(part, session, lane) for part in _by_mailbox(affordable)]:
            count, used = count + row_count, used + size
        await lane.run(accounts.spend_bytes, account_id, now.date(), sum(row.size_bytes for row in affordable))
    return count


async def fetch_body(message_id: MessageId, session: ImapSession, lane: Lane) -> bool:
    """The bytes of one message that somebody waits for, whatever was fetched today; False if the server has it not."""
    row = await lane.read(messages.get_for_engine, message_id)
    count, _ = await _fetch_some([row], session, lane)
    return count == 1


def allowance(account: Account, now: datetime) -> int:
    """How many bytes of bodies may be fetched now, so that the day's are spent evenly.  Pure."""
    used = account.body_bytes if account.body_day == now.date() else 0
    gone = (now.hour * 3600 + now.minute * 60 + now.second) / 86_400
    return max(0, min(DAY_BYTES, int(DAY_BYTES * gone) + BURST_BYTES) - used)


def _affordable(rows: Sequence[Message], allowed: int) -> Iterator[Message]:
    for row in rows:
        allowed -= row.size_bytes
        if allowed < 0:
            return
        yield row


def _by_mailbox(rows: Sequence[Message]) -> Iterator[list[Message]]:
    ordered = sorted(rows, key=lambda row: row.mailbox_id)
    for _, part in groupby(ordered, key=lambda row: row.mailbox_id):
        yield list(part)


async def _fetch_some(rows: Sequence[Message], session: ImapSession, lane: Lane) -> tuple[int, int]:
    """(messages, bytes) that came of these, all of one mailbox; one body at a time is in memory."""
    mailbox = await lane.read(mailboxes.get_for_engine, rows[0].mailbox_id)
    selected = await session.examine(mailbox.wire_name)
    if selected.uid_validity != rows[0].uid_validity:
        return 0, 0  # other messages have these UIDs now: the next sync begins anew
    by_uid = {row.uid: row.pk for row in rows}
    count = size = 0
    async with aclosing(session.fetch_each(NumSet.of(by_uid), "(UID BODY.PEEK[])", uid=True)) as lines:
        async for each in lines:
            raw = each.sections.get("BODY[]")
            if raw is None or each.uid not in by_uid:
                continue
            blob = await lane.read(blobs.put, raw)
            snippet, files = summarise(raw, SNIPPET_CHARS)
            kept = await lane.run(messages.attach_blob, by_uid[each.uid], blob.pk, snippet=snippet, attachments=files)
            count, size = count + int(kept), size + len(raw)
    return count, size
