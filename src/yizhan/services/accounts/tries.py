"""How often a refused secret may be tried: providers lock accounts that are tried on and on."""

from datetime import datetime, timedelta

from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.providers.diagnosis import Diagnosis, status_after
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.store import accounts

TRIES_AN_HOUR = 3  # more refused logins than that get accounts locked


class TriesUsedUp(YizhanError):
    """A refused secret was tried three times within the hour; another try could lock the account."""

    code = "tries_used_up"


def refuse_more(account_id: AccountId, now: datetime) -> None:
    """Raise `TriesUsedUp` if the account's secret was refused as often as is safe; says when it may be tried again."""
    account = accounts.get_for_engine(account_id)
    refused = [moment for moment in accounts.refusals_of(account) if moment > now - timedelta(hours=1)]
    if len(refused) >= TRIES_AN_HOUR:
        until = min(refused) + timedelta(hours=1)
        raise TriesUsedUp(
            f"the server refused this secret {TRIES_AN_HOUR} times within the hour; so that the account is not "
            f"locked, the next try is possible at {until:%H:%M} UTC"
        )


def note(account_id: AccountId, diagnosis: Diagnosis, now: datetime) -> None:
    """Count the try if it was the account's secret that was refused."""
    if status_after(diagnosis) == AccountStatus.NEEDS_CREDENTIAL:
        accounts.note_refusal(account_id, now)
