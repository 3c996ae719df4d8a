"""Walk an account's path again; its status is what was found."""

from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.net.endpoints import Endpoint, Security
from yizhan.providers.diagnosis import status_after
from yizhan.providers.probe import OnStage, ProbeResult, ProbeTarget, probe
from yizhan.services.accounts import tries
from yizhan.services.accounts.lifecycle import SIGNAL_OF_STATUS, AccountStatus, Signal, step
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane


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
    tries.refuse_more(account_id, now)
    account = accounts.get_for_engine(account_id)
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
    tries.note(account_id, result.diagnosis, now)
