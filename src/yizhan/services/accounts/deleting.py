"""Delete an account, with some seconds to take it back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.services.accounts.lifecycle import AccountStatus, Signal, step
from yizhan.store import accounts
from yizhan.store.scope import Scope

GRACE_SECONDS = 20.0  # ui.md "Toast": ten seconds at least; reading the sentence takes some more


@dataclass(frozen=True, slots=True)
class Losses:
    """What deleting takes away here; nothing goes at the provider."""

    messages: int
    mailboxes: int
    submissions: int


def losses(scope: Scope, account_id: AccountId) -> Losses:
    """What would go; raises `NotFound`."""
    account = accounts.get(scope, account_id)
    return Losses(account.message_count, account.mailbox_count, account.submissions.count())


def delete_later(scope: Scope, account_id: AccountId, clock: Clock) -> datetime:
    """Stop all work on the account now; gives the instant until which `undo` takes it back.  Raises `NotFound`."""
    step(AccountStatus(accounts.get(scope, account_id).status), Signal.DELETE)
    until = clock.now() + timedelta(seconds=GRACE_SECONDS)
    accounts.begin_deleting(scope, account_id, until)
    return until


def undo(scope: Scope, account_id: AccountId) -> None:
    """The account is there again and waits to be checked; raises `NotFound` or `TooLate`."""
    accounts.undo_deleting(scope, account_id, step(AccountStatus.DELETING, Signal.UNDO).value)


def erase_due(clock: Clock) -> int:
    """Engine only: erase what nobody can take back any more; how many accounts went."""
    return accounts.finish_deleting(clock.now())
