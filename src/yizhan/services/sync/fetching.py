"""Bring an account's mail here, and let the account's status say how that went."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from yizhan.base.clock import Clock
from yizhan.base.errors import NotFound, YizhanError
from yizhan.base.ids import AccountId, MessageId
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.net.errors import NetError
from yizhan.net.imap import ImapSession
from yizhan.providers.diagnosis import Diagnosis
from yizhan.providers.probe import open_imap
from yizhan.services.accounts import tries
from yizhan.services.accounts.checking import read_target
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.services.accounts.verdicts import Dice, diagnose_failure, keep_verdict
from yizhan.services.egress.dialers import Egress
from yizhan.services.sync.bodies import fetch_bodies, fetch_body
from yizhan.services.sync.engine import Synced, sync_account
from yizhan.services.sync.journal import carry
from yizhan.services.sync.limits import NEWEST
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease


class SyncRefused(YizhanError):
    """The server or the line ended it; what is here stays, and `diagnosis` says why."""

    code = "sync_refused"

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(f"the mail could not be fetched: {diagnosis.cause.value} ({diagnosis.stage.value})")
        self.diagnosis = diagnosis


async def bring_here(
    account_id: AccountId,
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    lease: Lease | None = None,
    dice: Dice = random.random,
    hurry: bool = False,
) -> Synced:
    """One whole pass in a session of its own: what the person wants goes there, all mail in range comes here.

    `hurry`: also what the person could still take back, for they asked for it.
    Raises `SyncRefused` (then the account has the status that follows), `TriesUsedUp` or `LeaseLost`.
    """
    async with session_for(account_id, egress=egress, lane=lane, clock=clock, lease=lease, dice=dice) as session:
        await carry(account_id, session, lane, lease, now=clock.now(), hurry=hurry)
        return await make_pass(account_id, session, lane=lane, clock=clock, lease=lease)


async def bring_body(
    account_id: AccountId, message_id: MessageId, *, egress: Egress, lane: Lane, clock: Clock, lease: Lease | None
) -> None:
    """The bytes of one message that somebody waits for, in a session of its own.

    Raises `NotFound` when the server has it no more, else as `bring_here`.
    """
    async with session_for(account_id, egress=egress, lane=lane, clock=clock, lease=lease) as session:
        found = await fetch_body(message_id, session, lane, lease)
    if not found:
        raise NotFound("the server has this message no more, or will not give it")


@asynccontextmanager
async def session_for(
    account_id: AccountId,
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    lease: Lease | None,
    dice: Dice = random.random,
) -> AsyncIterator[ImapSession]:
    """A session over the account's route; what goes wrong in it becomes `SyncRefused` and the account's status."""
    await lane.read(tries.refuse_more, account_id, clock.now())
    target, route = await lane.read(read_target, account_id)
    try:
        session = await open_imap(target, egress.dialer_for(route))
        try:
            yield session
            await session.logout()
        finally:
            await session.close()
    except (NetError, CommandRefused, RemoteProtocolError) as error:
        diagnosis = diagnose_failure(error, target)
        await lane.run(keep_verdict, account_id, diagnosis, now=clock.now(), dice=dice, lease=lease)
        raise SyncRefused(diagnosis) from error
    await lane.run(note_success, account_id, clock.now(), dice, lease)


async def make_pass(
    account_id: AccountId, session: ImapSession, *, lane: Lane, clock: Clock, lease: Lease | None
) -> Synced:
    """The account brought up to date in this session, bodies too; raises what the server or the line did."""
    newest = partial(fetch_bodies, account_id, session, lane, lease, now=clock.now(), limit=NEWEST)
    synced = await sync_account(account_id, session, lane, lease, now=clock.now(), after_newest=newest)
    await fetch_bodies(account_id, session, lane, lease, now=clock.now())
    return synced


def note_success(account_id: AccountId, now: datetime, dice: Dice, lease: Lease | None) -> None:
    """Half of the path is proved: enough for an account that is normal to stay so, not for another to become so."""
    if accounts.get_for_engine(account_id).status == AccountStatus.NORMAL:
        keep_verdict(account_id, None, now=now, dice=dice, lease=lease)
