"""Walk an account's path again; its status is what was found."""

import random
from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.net.endpoints import Endpoint, Security
from yizhan.providers.probe import OnStage, ProbeResult, ProbeTarget, probe
from yizhan.services.accounts import tries
from yizhan.services.accounts.lifecycle import AccountStatus, Signal, step
from yizhan.services.accounts.verdicts import Dice, keep_verdict
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.catalogue.matching import make_target
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease


async def check(
    account_id: AccountId,
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    on_stage: OnStage,
    lease: Lease | None = None,
    dice: Dice = random.random,
) -> ProbeResult:
    """Verify again now.  Raises `TriesUsedUp` before any packet is sent."""
    target, route = await lane.run(_begin, account_id, clock.now(), lease)
    return await _walk(account_id, target, route, egress, lane, clock, on_stage, lease, dice)


async def recheck(
    account_id: AccountId,
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    lease: Lease | None,
    dice: Dice = random.random,
) -> ProbeResult:
    """Verify by itself an account that is tried again: its status changes only when the verdict is another.

    Raises `TriesUsedUp`; the account then waits for a person, whoever had sent it here.
    """
    try:
        await lane.read(tries.refuse_more, account_id, clock.now())
    except tries.TriesUsedUp:
        await lane.run(_wait_for_person, account_id, clock.now(), lease)
        raise
    target, route = await lane.read(read_target, account_id)
    return await _walk(account_id, target, route, egress, lane, clock, lambda report: None, lease, dice)


async def _walk(
    account_id: AccountId,
    target: ProbeTarget,
    route: str,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    on_stage: OnStage,
    lease: Lease | None,
    dice: Dice,
) -> ProbeResult:
    result = await probe(target, egress.dialer_for(route), on_stage)
    await lane.run(keep_verdict, account_id, result.diagnosis, now=clock.now(), dice=dice, lease=lease)
    return result


def read_target(account_id: AccountId) -> tuple[ProbeTarget, str]:
    """The account's path and its route; raises `NotFound`."""
    account = accounts.get_for_engine(account_id)
    imap = Endpoint(account.imap_host, account.imap_port, Security(account.imap_security))
    smtp = Endpoint(account.smtp_host, account.smtp_port, Security(account.smtp_security))
    secret = accounts.secret_of(account_id)
    provider = provider_by_id(account.provider)
    target = make_target(provider, account.address, account.login, secret, imap, smtp, account.ca_pem)
    return target, account.route


def _wait_for_person(account_id: AccountId, now: datetime, lease: Lease | None) -> None:
    account = accounts.get_for_engine(account_id)
    after = step(AccountStatus(account.status), Signal.CREDENTIAL_REFUSED)
    accounts.set_status(account_id, after.value, account.diagnosis, at=now, ok=False, lease=lease, next_try_at=None)


def _begin(account_id: AccountId, now: datetime, lease: Lease | None) -> tuple[ProbeTarget, str]:
    tries.refuse_more(account_id, now)
    account = accounts.get_for_engine(account_id)
    status = step(AccountStatus(account.status), Signal.CHECK)
    accounts.set_status(account_id, status.value, account.diagnosis, at=now, ok=None, lease=lease)
    return read_target(account_id)
