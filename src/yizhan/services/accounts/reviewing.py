"""Which secrets a person should look at again: app passwords that are old, or that nothing has used for long."""

from datetime import datetime, timedelta
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.store import accounts
from yizhan.store.models import Account
from yizhan.store.scope import Scope

OLD_DAYS = 180
UNUSED_DAYS = 60


def list_due(scope: Scope, clock: Clock) -> list[dict[str, Any]]:
    """Accounts whose secret wants a look: `account_id address provider reason age_days idle_days`, oldest first.

    `reason` is `old` (made long ago) or `unused` (nothing has signed in with it for long).
    """
    now = clock.now()
    found = [_due(account, now) for account in accounts.list_all(scope) if account.status != AccountStatus.DELETING]
    return sorted((each for each in found if each is not None), key=lambda each: -int(each["age_days"]))


def mark_reviewed(scope: Scope, account_id: AccountId, clock: Clock) -> None:
    """The person lets it stay: no reminder for as long again.  Raises `NotFound`."""
    accounts.note_review(scope, account_id, clock.now())


def age_days(account: Account, now: datetime) -> int:
    """Whole days since the secret was given."""
    return (now - account.credential.created_at).days


def reason_to_review(account: Account, now: datetime) -> str | None:
    """`old`, `unused`, or None while nothing is to be done."""
    credential = account.credential
    looked_at = credential.reviewed_at or credential.created_at
    if now - looked_at < timedelta(days=UNUSED_DAYS):
        return None
    if now - max(account.last_ok_at or credential.created_at, looked_at) >= timedelta(days=UNUSED_DAYS):
        return "unused"
    return "old" if now - looked_at >= timedelta(days=OLD_DAYS) else None


def _due(account: Account, now: datetime) -> dict[str, Any] | None:
    reason = reason_to_review(account, now)
    if reason is None:
        return None
    used_at = account.last_ok_at or account.credential.created_at
    return {
        "account_id": account.pk,
        "address": account.address,
        "provider": account.provider or None,
        "reason": reason,
        "age_days": age_days(account, now),
        "idle_days": (now - used_at).days,
    }
