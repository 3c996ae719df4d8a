"""Why a queued message is not gone yet, and until when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yizhan.base.ids import AccountId
from yizhan.services.accounts.lifecycle import AccountStatus, may_send
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.outbox.lifecycle import SubmissionState
from yizhan.services.outbox.pacing import Past, caps_of, read_past
from yizhan.store.models import Submission


class Wait(StrEnum):
    ACCOUNT = "account"  # until somebody has looked after it, or a limit of its server has passed
    SERVER = "server"  # put off by the server, or the line broke
    UNDO = "undo"  # for the seconds in which it can be taken back
    CAP = "cap"  # the account has sent as much as it may for now
    TURN = "turn"  # it is next, or behind others


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of one queued message; `until` is None where nobody can tell."""

    wait: Wait
    until: datetime | None


class Queues:
    """Asked about each queued message of a list in the order in which they were handed in; reads each account once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._past: dict[int, Past] = {}

    def ask(self, row: Submission) -> Waiting | None:
        """None for what is not queued."""
        if row.state != SubmissionState.QUEUED:
            return None
        now, account = self._now, row.account
        if not may_send(AccountStatus(account.status), account.diagnosis):
            throttled = account.status == AccountStatus.THROTTLED
            return Waiting(Wait.ACCOUNT, account.next_try_at if throttled else None)
        if row.not_before is not None and row.not_before > now:
            return Waiting(Wait.UNDO if row.diagnosis is None else Wait.SERVER, row.not_before)
        past = self._past.get(account.pk)
        if past is None:
            past = self._past[account.pk] = read_past(AccountId(account.pk), now)
        left = sum(not each.state for each in row.recipients.all())
        [slot] = past.slots(caps_of(account, provider_by_id(account.provider)), now, [left])
        return Waiting(Wait.CAP, slot) if slot > now else Waiting(Wait.TURN, None)


def waits_until(row: Submission, now: datetime) -> Waiting | None:
    """Why it is not being sent now; None when nothing is in its way."""
    found = Queues(now).ask(row)
    return None if found is None or found.wait is Wait.TURN else found
