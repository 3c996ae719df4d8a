"""Disconnect an account for a while: nothing in, nothing out; its mail and its secret stay.

Going on again is a check (`checking`, `asking`): only what was proved is normal.
"""

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.services.accounts.lifecycle import AccountStatus, Signal, step
from yizhan.store import accounts, lane, leases
from yizhan.store.scope import Scope


def pause(scope: Scope, account_id: AccountId, clock: Clock) -> None:
    """Stop all work on the account; one that is paused stays so.  Raises `NotFound`."""
    with lane.durable("pause"):
        status = AccountStatus(accounts.get(scope, account_id).status)
        if status is AccountStatus.PAUSED:
            return
        leases.revoke(account_id)
        paused = step(status, Signal.PAUSE).value
        accounts.set_status(account_id, paused, None, at=clock.now(), ok=None, next_try_at=None, failures=0)
