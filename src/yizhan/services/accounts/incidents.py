"""One alert an incident: it begins when an account leaves normal and ends when it is normal again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from yizhan.base.ids import AccountId
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.store import accounts, incidents

SHORT = timedelta(minutes=1)  # a limit that ends by itself sooner is nobody's business

_SAYS_NOTHING = frozenset({AccountStatus.VERIFYING, AccountStatus.PAUSED, AccountStatus.DELETING})


class News(StrEnum):
    """Kinds of the change feed; pages show each as it comes."""

    ALERT = "account.alert"
    RECOVERED = "account.recovered"


@dataclass(frozen=True, slots=True)
class Incident:
    """`began_at` None: all is well.  `alerted`: the person was told of it."""

    began_at: datetime | None = None
    alerted: bool = False


def decide(
    before: Incident, status: AccountStatus, next_try_at: datetime | None, now: datetime
) -> tuple[Incident, News | None]:
    """The incident after a status, and what a person is told of it.  Pure.

    A check under way and a pause neither end nor begin one: who resumes into the same trouble was told of it.
    """
    if status in _SAYS_NOTHING:
        return before, None
    if status is AccountStatus.NORMAL:
        return Incident(), News.RECOVERED if before.alerted else None
    began_at = before.began_at or now
    if before.alerted or (status is AccountStatus.THROTTLED and (next_try_at or now) - began_at < SHORT):
        return Incident(began_at, before.alerted), None
    return Incident(began_at, alerted=True), News.ALERT


def follow(account_id: AccountId, now: datetime) -> None:
    """Inside the transaction that has set a status: keep the incident, and tell of it."""
    account = accounts.get_for_engine(account_id)
    status = AccountStatus(account.status)
    before = Incident(account.incident_at, account.alerted)
    after, news = decide(before, status, account.next_try_at, now)
    if after != before:
        incidents.keep(account, after.began_at, alerted=after.alerted)
    if news is not None:
        incidents.tell(account, news.value)
