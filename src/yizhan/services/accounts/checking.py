"""Walk an account's path again and say what its status is now."""

import random
from datetime import datetime, timedelta

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.providers.catalogue import find_provider
from yizhan.providers.diagnosis import status_after
from yizhan.providers.probe import ProbeResult, ProbeTarget, probe
from yizhan.services.accounts import judging
from yizhan.services.accounts.binding import OnStage
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.services.accounts.listing import imap_endpoint, smtp_endpoint
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.models import Account

TRIES_AN_HOUR = 3  # more refused logins than that get accounts locked (peers.md 3.1)


class TriesUsedUp(YizhanError):
    """A refused secret was tried three times within the hour; another try could lock the account."""

    code = "tries_used_up"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            f"the server refused this secret {TRIES_AN_HOUR} times within the hour; to keep the account from being "
            f"locked, the next try is possible at {until:%H:%M} UTC, or at once with another secret"
        )
        self.until = until


async def check(
    account_id: AccountId, *, egress: Egress, lane: Lane, clock: Clock, lease: Lease | None, on_stage: OnStage
) -> ProbeResult:
    """Verify again now; the account's status is what was found.  Raises `TriesUsedUp` before any packet is sent."""
    target, route = await lane.run(_begin, account_id, clock.now(), lease)
    result = await probe(target, egress.dialer_for(route), on_stage)
    await lane.run(_end, account_id, result, clock.now(), lease)
    return result


def _begin(account_id: AccountId, now: datetime, lease: Lease | None) -> tuple[ProbeTarget, str]:
    account = accounts.get_for_engine(account_id)
    refuse_when_used_up(account, now)
    judging.note_checking(account_id, now, lease)
    return target_of(account, accounts.secret_of(account_id)), account.route


def target_of(account: Account, secret: Secret[str]) -> ProbeTarget:
    return ProbeTarget(
        address=account.address,
        login=account.login,
        secret=secret,
        imap=imap_endpoint(account),
        smtp=smtp_endpoint(account),
        ca_pem=account.ca_pem or None,
        provider=find_provider(account.provider),
    )


def refuse_when_used_up(account: Account, now: datetime) -> None:
    """Raise `TriesUsedUp` if the kept secret was refused three times within the last hour."""
    refused = [moment for moment in accounts.refusals_of(account) if moment > now - timedelta(hours=1)]
    if len(refused) >= TRIES_AN_HOUR:
        raise TriesUsedUp(min(refused) + timedelta(hours=1))


def _end(account_id: AccountId, result: ProbeResult, now: datetime, lease: Lease | None) -> None:
    if result.diagnosis is None:
        judging.note_success(account_id, now, lease)
        accounts.forget_refusals(account_id)
        return
    judging.note_failure(account_id, result.diagnosis, now, random.random(), lease)  # noqa: S311 - spreading retries
    if status_after(result.diagnosis) == AccountStatus.NEEDS_CREDENTIAL:
        accounts.note_refusal(account_id, now)
