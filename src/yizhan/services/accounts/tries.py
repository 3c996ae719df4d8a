"""How often a refused secret may be tried: providers lock accounts that are tried on and on."""

from datetime import datetime, timedelta

from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.providers.diagnosis import Diagnosis, status_after
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.store import accounts
from yizhan.store import tries as typed

TRIES_AN_HOUR = 3  # more refused logins than that get accounts locked


class TriesUsedUp(YizhanError):
    """A refused secret was tried three times within the hour; another try could lock the account."""

    code = "tries_used_up"


def refuse_more(account_id: AccountId, now: datetime) -> None:
    """Raise `TriesUsedUp` if the account's secret was refused as often as is safe; says when it may be tried again."""
    account = accounts.get_for_engine(account_id)
    refused = [moment for moment in accounts.refusals_of(account) if abs(now - moment) < timedelta(hours=1)]
    if len(refused) >= TRIES_AN_HOUR:
        raise _used_up(min(refused) + timedelta(hours=1))


def begin(address: str, secret: Secret[str], now: datetime) -> int:
    """Count a try with a secret that is not kept, before it is made; raises `TriesUsedUp`.

    Before, because a person may click ten times while the server thinks.
    """
    made, oldest = typed.begin(address, secret, now, TRIES_AN_HOUR)
    if made is None:
        raise _used_up((oldest or now) + timedelta(hours=1))
    return made


def end(try_id: int, diagnosis: Diagnosis | None) -> None:
    """What became of it: a refused secret goes on to count, one that was taken is forgiven what was before."""
    if diagnosis is None or status_after(diagnosis) != AccountStatus.NEEDS_CREDENTIAL:
        typed.forget(try_id, all_alike=diagnosis is None)


def _used_up(until: datetime) -> TriesUsedUp:
    return TriesUsedUp(
        f"the server refused this secret {TRIES_AN_HOUR} times within the hour; so that the account is not "
        f"locked, the next try is possible at {until:%H:%M} UTC"
    )


def note(account_id: AccountId, diagnosis: Diagnosis, now: datetime) -> None:
    """Count the try if it was the account's secret that was refused."""
    if status_after(diagnosis) == AccountStatus.NEEDS_CREDENTIAL:
        accounts.note_refusal(account_id, now)
