"""Bring an account's newest mail here, and let the account's status say how that went."""

import random
from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.net.errors import NetError
from yizhan.providers.diagnosis import Diagnosis
from yizhan.providers.probe import ProbeTarget, open_imap
from yizhan.services.accounts import tries
from yizhan.services.accounts.checking import read_target
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.services.accounts.verdicts import Dice, diagnose_failure, keep_verdict
from yizhan.services.egress.dialers import Egress
from yizhan.services.sync.engine import Synced, sync_newest
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease


class SyncRefused(YizhanError):
    """The server or the line ended it; what is here stays, and `diagnosis` says why."""

    code = "sync_refused"

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(f"the mail could not be fetched: {diagnosis.cause.value} ({diagnosis.stage.value})")
        self.diagnosis = diagnosis


async def fetch_newest(
    account_id: AccountId,
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    lease: Lease | None = None,
    dice: Dice = random.random,
) -> Synced:
    """The newest of INBOX.

    Raises `SyncRefused` (then the account has the status that follows), `TriesUsedUp` or `LeaseLost`.
    """
    await lane.read(tries.refuse_more, account_id, clock.now())
    target, route = await lane.read(read_target, account_id)
    try:
        synced = await _fetch(account_id, target, route, egress, lane, lease)
    except (NetError, CommandRefused, RemoteProtocolError) as error:
        diagnosis = diagnose_failure(error, target)
        await lane.run(keep_verdict, account_id, diagnosis, now=clock.now(), dice=dice, lease=lease)
        raise SyncRefused(diagnosis) from error
    await lane.run(_note_success, account_id, clock.now(), dice, lease)
    return synced


async def _fetch(
    account_id: AccountId, target: ProbeTarget, route: str, egress: Egress, lane: Lane, lease: Lease | None
) -> Synced:
    session = await open_imap(target, egress.dialer_for(route))
    try:
        synced = await sync_newest(account_id, session, lane, lease)
        await session.logout()
        return synced
    finally:
        await session.close()


def _note_success(account_id: AccountId, now: datetime, dice: Dice, lease: Lease | None) -> None:
    """Half of the path is proved: enough for an account that is normal to stay so, not for another to become so."""
    if accounts.get_for_engine(account_id).status == AccountStatus.NORMAL:
        keep_verdict(account_id, None, now=now, dice=dice, lease=lease)
