"""What an observation makes of an account: its status by the table, and when it is tried again by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

from yizhan.base.backoff import Backoff
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.net.errors import NameNotResolved, NetError, TlsFailed
from yizhan.providers.diagnosis import Diagnosis, diagnose, observe, status_after
from yizhan.providers.limits import MAX_WAIT_S
from yizhan.providers.probe import ProbeTarget
from yizhan.providers.stages import Stage
from yizhan.services.accounts import incidents, tries
from yizhan.services.accounts.lifecycle import (
    RETRIED_BY_ITSELF,
    SIGNAL_OF_STATUS,
    TRANSITIONS,
    AccountStatus,
    Signal,
    step,
)
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.store import accounts
from yizhan.store.leases import Lease

RETRY = Backoff(first=30.0, cap=3600.0)
LONGEST_WAIT = timedelta(seconds=MAX_WAIT_S + RETRY.cap)
Dice = Callable[[], float]
_STAGE_OF_COMMAND = {
    "greeting": Stage.GREETING,
    "LOGIN": Stage.LOGIN,
    "AUTHENTICATE": Stage.LOGIN,
    "ID": Stage.ID,
    "SELECT": Stage.SELECT,
    "EXAMINE": Stage.SELECT,
    "LIST": Stage.LIST,
    **dict.fromkeys(("CREATE", "RENAME", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE"), Stage.CREATE),
}


def diagnose_failure(error: YizhanError, target: ProbeTarget) -> Diagnosis:
    """Name what ended an IMAP session at `target`, without its secret; the stage is read off the error."""
    host, provider = target.imap.host, target.provider
    return diagnose(observe(_stage_of(error), error, host=host, provider=provider, secrets=(target.secret,)))


def keep_verdict(
    account_id: AccountId, diagnosis: Diagnosis | None, *, now: datetime, dice: Dice, lease: Lease | None
) -> AccountStatus:
    """Give the account the status that follows; None means that all is well.  Raises `LeaseLost` or `NotFound`.

    A cause that is not the account's (a full mailbox, a session that ended) leaves it as it is, and so does every
    verdict on an account that was paused or is being deleted meanwhile.
    """
    account = accounts.get_for_engine(account_id)
    before = AccountStatus(account.status)
    signal = _signal(before, diagnosis)
    if signal is None or (before, signal) not in TRANSITIONS:
        return before
    after = step(before, signal)
    failures = 0 if diagnosis is None else account.failures + 1
    accounts.set_status(
        account_id,
        after.value,
        None if diagnosis is None else kept_form(diagnosis),
        at=now,
        ok=diagnosis is None,
        lease=lease,
        next_try_at=_next_try(after, diagnosis, failures, now, dice),
        failures=failures,
    )
    incidents.follow(account_id, now)
    if diagnosis is None:
        accounts.forget_refusals(account_id)
    else:
        tries.note(account_id, diagnosis, now)
    return after


def is_due(next_try_at: datetime | None, now: datetime) -> bool:
    """Whether an account is tried again now.  Pure.

    A time that is further away than any that we set was written by a clock that had jumped.
    """
    return next_try_at is None or next_try_at <= now or next_try_at > now + LONGEST_WAIT


def _signal(before: AccountStatus, diagnosis: Diagnosis | None) -> Signal | None:
    if diagnosis is None:
        return Signal.PROVED
    wanted = status_after(diagnosis)
    if wanted is not None:
        return SIGNAL_OF_STATUS[AccountStatus(wanted)]
    return Signal.LOST if before is AccountStatus.VERIFYING else None  # an account is not left in `verifying`


def _next_try(
    after: AccountStatus, diagnosis: Diagnosis | None, failures: int, now: datetime, dice: Dice
) -> datetime | None:
    if diagnosis is None or after not in RETRIED_BY_ITSELF:
        return None
    return now + timedelta(seconds=float(diagnosis.retry_after_s or 0) + RETRY.delay(failures, dice))


def _stage_of(error: YizhanError) -> Stage:
    match error:
        case CommandRefused():
            return _STAGE_OF_COMMAND.get(error.command, Stage.FETCH)
        case NameNotResolved():
            return Stage.RESOLVE
        case TlsFailed():
            return Stage.TLS
        case NetError():
            return Stage.CONNECT
        case RemoteProtocolError():
            return Stage.FETCH
        case _:
            return Stage.CONNECT
