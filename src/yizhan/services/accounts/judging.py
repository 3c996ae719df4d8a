"""From a diagnosis to the account's status: the one place where an account's status is set."""

from datetime import datetime, timedelta

from yizhan.base.backoff import Backoff
from yizhan.base.ids import AccountId
from yizhan.providers.diagnosis import Diagnosis, status_after
from yizhan.services.accounts.lifecycle import RETRIED_BY_ITSELF, SIGNAL_OF_STATUS, AccountStatus, Signal, step
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.store import accounts
from yizhan.store.leases import Lease

RETRY = Backoff(first=20.0, cap=1800.0)  # a server that is down is asked again after 20 s at most, then ever more rarely


def note_success(account_id: AccountId, now: datetime, lease: Lease | None) -> None:
    """The path was walked to its end: the account is Normal."""
    account = accounts.get_for_engine(account_id)
    status = step(AccountStatus(account.status), Signal.PROVED)
    accounts.set_status(account_id, status.value, None, at=now, ok=True, lease=lease, next_try_at=None, failures=0)


def note_checking(account_id: AccountId, now: datetime, lease: Lease | None) -> None:
    """A check begins; what was known of the last failure stays until the verdict."""
    account = accounts.get_for_engine(account_id)
    status = step(AccountStatus(account.status), Signal.CHECK)
    accounts.set_status(account_id, status.value, account.diagnosis, at=now, ok=None, lease=lease)


def note_failure(
    account_id: AccountId, diagnosis: Diagnosis, now: datetime, dice: float, lease: Lease | None
) -> AccountStatus:
    """Put the account where the cause leads it, and say when it is tried again (never, for most)."""
    account = accounts.get_for_engine(account_id)
    wanted = status_after(diagnosis)
    status = AccountStatus(account.status)
    if wanted is not None:
        status = step(status, SIGNAL_OF_STATUS[AccountStatus(wanted)])
    elif status is AccountStatus.VERIFYING:
        status = step(status, Signal.LOST)  # the cause is of one message or session, but the proof did not end
    failures = account.failures + 1
    accounts.set_status(
        account_id,
        status.value,
        kept_form(diagnosis),
        at=now,
        ok=False,
        lease=lease,
        next_try_at=_next_try(status, diagnosis, failures, now, dice),
        failures=failures,
    )
    return status


def _next_try(
    status: AccountStatus, diagnosis: Diagnosis, failures: int, now: datetime, dice: float
) -> datetime | None:
    if status not in RETRIED_BY_ITSELF:
        return None
    wait = RETRY.delay(failures, lambda: dice)
    return now + timedelta(seconds=max(wait, float(diagnosis.retry_after_s or 0)))
