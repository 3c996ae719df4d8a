"""The outbox as doors show it."""

from collections.abc import Mapping
from typing import Any

from yizhan.base.clock import Clock, SystemClock
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.providers.words import SecretNoun
from yizhan.services.catalogue.diagnoses import diagnose_recipient, shape_of
from yizhan.services.catalogue.known import noun_at
from yizhan.services.outbox.deciding import (
    MayHaveArrived,
    NobodyLeft,
    TooLate,
    cancel,
    may_retry,
    may_try_now,
    reschedule,
    retry,
    say,
    sayable,
    try_now,
)
from yizhan.services.outbox.lifecycle import TRANSITIONS, Signal, SubmissionState
from yizhan.services.outbox.waiting import Queues, Wait, Waiting
from yizhan.store import submissions
from yizhan.store.models import Account, Recipient, Submission
from yizhan.store.scope import Scope

__all__ = [
    "MayHaveArrived",
    "NobodyLeft",
    "Signal",
    "TooLate",
    "cancel",
    "count_waiting",
    "find_submission",
    "list_submissions",
    "reschedule",
    "retry",
    "say",
    "try_now",
]

_CLOCK = SystemClock()


def list_submissions(
    scope: Scope,
    language: str,
    limit: int = 200,
    account_id: AccountId | None = None,
    state: str = "",
    clock: Clock = _CLOCK,
) -> list[dict[str, Any]]:
    """The newest first, in cli.md's shape and with `account_id label colour not_before scheduled_at zone people`.

    `people` are the recipients with `address kind state said diagnosis`, the last of a refused one; `can` what a
    person may do with it now: `cancel said_arrived said_lost retry try_now reschedule`.  `retried_from` and
    `retried_as` name the submission that it repeats and the one that repeats it; `size_bytes` is the whole message,
    `handed_bytes` what of a large one has gone out.  Of a queued one `waits` says why, `account server undo cap turn`,
    and `not_before` until when, as far as that is known; the diagnosis is then what it waits for.
    """
    rows = submissions.list_all(scope, account_id, limit, state)
    again = submissions.retried_as([row.pk for row in rows])
    queues = Queues(clock.now())
    waiting = {row.pk: queues.ask(row) for row in reversed(rows)}  # the first handed in has the first turn
    return [_shape(row, language, again, waiting[row.pk]) for row in rows]


def find_submission(scope: Scope, submission_id: SubmissionId, language: str, clock: Clock = _CLOCK) -> dict[str, Any]:
    """One of them; raises `NotFound`."""
    row = submissions.get(scope, submission_id)
    return _shape(row, language, submissions.retried_as([row.pk]), Queues(clock.now()).ask(row))


def count_waiting(scope: Scope) -> int:
    """How many wait for a person: failed ones they have not seen are not counted, uncertain ones are."""
    return submissions.count(scope, [SubmissionState.UNCERTAIN.value])


def _can(row: Submission, again: Mapping[int, int]) -> list[str]:
    state = SubmissionState(row.state)
    more = {
        "retry": may_retry(row) and row.pk not in again,
        "try_now": may_try_now(row),
        "reschedule": (state, Signal.RESCHEDULE) in TRANSITIONS,
    }
    return [*(signal.value for signal in sayable(state)), *(name for name, may in more.items() if may)]


def _recipient(row: Recipient, account: Account, language: str, noun: SecretNoun | None) -> dict[str, Any]:
    """With the cause of a refusal, which is read off the server's words."""
    is_refused = row.state == "refused"
    refused = diagnose_recipient(row.said, account.smtp_host, account.provider) if is_refused else None
    shape = {"address": row.address, "kind": row.kind, "state": row.state, "said": row.said}
    return {**shape, "diagnosis": shape_of(refused, language, noun)}


def _shape(row: Submission, language: str, again: Mapping[int, int], waiting: Waiting | None) -> dict[str, Any]:
    why = row.account.diagnosis if waiting is not None and waiting.wait is Wait.ACCOUNT else row.diagnosis
    noun = noun_at(row.account.provider, language)
    people = [_recipient(each, row.account, language, noun) for each in row.recipients.all()]
    names = ("state", "subject", "message_id", "created_at", "sent_at", "sent_copy", "retries")
    more = ("scheduled_at", "zone", "final_dot_at", "account_id", "handed_bytes")
    return {
        "id": row.pk,
        "account": row.account.address,
        **{name: getattr(row, name) for name in (*names, *more)},
        "recipients": [each["address"] for each in people],
        "people": people,
        "diagnosis": shape_of(why, language, noun),
        "waits": waiting.wait.value if waiting is not None else "",
        "not_before": waiting.until if waiting is not None else None,
        "label": row.account.label or row.account.address,
        "colour": row.account.colour,
        "size_bytes": row.blob.size_bytes if row.blob else 0,
        "retried_from": row.retried_from_id,
        "retried_as": again.get(row.pk),
        "can": _can(row, again),
    }
