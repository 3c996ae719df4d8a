"""Walk an account's path again; its status is what was found."""

from datetime import datetime, timedelta

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.net.endpoints import Endpoint, Security
from yizhan.providers.diagnosis import status_after
from yizhan.providers.probe import OnStage, ProbeResult, ProbeTarget, probe
from yizhan.services.accounts.lifecycle import SIGNAL_OF_STATUS, AccountStatus, Signal, step
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane

TRIES_AN_HOUR = 3  # more refused logins than that get accounts locked


class TriesUsedUp(YizhanError):
    """A refused secret was tried three times within the hour; another try could lock the account."""

    code = "tries_used_up"


async def check(account_id: AccountId, *, egress: Egress, lane: Lane, clock: Clock, on_stage: OnStage) -> ProbeResult:
    """Verify again now.  Raises `TriesUsedUp` before any packet is sent."""
    target, route = await lane.run(_begin, account_id, clock.now())
    result = await probe(target, egress.dialer_for(route), on_stage)
    await lane.run(_end, account_id, result, clock.now())
    return result


def read_target(account_id: AccountId) -> tuple[ProbeTarget, str]:
    """The account's path and its route."""
    account = accounts.get_for_engine(account_id)
    imap = Endpoint(account.imap_host, account.imap_port, Security(account.imap_security))
    smtp = Endpoint(account.smtp_host, account.smtp_port, Security(account.smtp_security))
    secret = accounts.secret_of(account_id)
    return ProbeTarget(account.login, secret, imap, smtp, account.ca_pem or None), account.route


def _begin(account_id: AccountId, now: datetime) -> tuple[ProbeTarget, str]:
    account = accounts.get_for_engine(account_id)
    refused = [moment for moment in accounts.refusals_of(account) if moment > now - timedelta(hours=1)]
    if len(refused) >= TRIES_AN_HOUR:
        until = min(refused) + timedelta(hours=1)
        raise TriesUsedUp(
            f"the server refused this secret {TRIES_AN_HOUR} times within the hour; so that the account is not "
            f"locked, the next try is possible at {until:%H:%M} UTC"
        )
    status = step(AccountStatus(account.status), Signal.CHECK)
    accounts.set_status(account_id, status.value, account.diagnosis, at=now, ok=None)
    return read_target(account_id)


def _end(account_id: AccountId, result: ProbeResult, now: datetime) -> None:
    status = AccountStatus(accounts.get_for_engine(account_id).status)
    if result.diagnosis is None:
        accounts.set_status(account_id, step(status, Signal.PROVED).value, None, at=now, ok=True)
        accounts.forget_refusals(account_id)
        return
    wanted = AccountStatus(status_after(result.diagnosis) or AccountStatus.UNREACHABLE)
    after = step(status, SIGNAL_OF_STATUS[wanted])
    accounts.set_status(account_id, after.value, kept_form(result.diagnosis), at=now, ok=False)
    if after is AccountStatus.NEEDS_CREDENTIAL:
        accounts.note_refusal(account_id, now)
