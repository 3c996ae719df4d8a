"""The outbox as doors show it, and what a person can say about one submission."""

from typing import Any

from yizhan.base.errors import BadInput
from yizhan.base.ids import SubmissionId
from yizhan.providers.words import SecretNoun
from yizhan.services.catalogue.diagnoses import diagnose_recipient, shape_of
from yizhan.services.catalogue.known import noun_at
from yizhan.services.outbox.lifecycle import TRANSITIONS, Signal, SubmissionState, step
from yizhan.store import submissions
from yizhan.store.models import Account, Recipient, Submission
from yizhan.store.scope import Scope

__all__ = ["Signal", "TooLate", "count_waiting", "find_submission", "list_submissions", "say"]

SAYABLE = frozenset({Signal.CANCEL, Signal.SAID_ARRIVED, Signal.SAID_LOST})  # by a person


class TooLate(BadInput):
    """The submission is in another state by now; nothing was changed."""

    code = "submission_moved_on"


def list_submissions(scope: Scope, language: str, limit: int = 200) -> list[dict[str, Any]]:
    """The newest first, in cli.md's shape and with `account_id label colour not_before scheduled_at people`.

    `people` are the recipients with `address kind state said diagnosis`, the last of a refused one; `can` what a
    person may say of it now.
    """
    return [_shape(row, language) for row in submissions.list_all(scope, limit=limit)]


def find_submission(scope: Scope, submission_id: SubmissionId, language: str) -> dict[str, Any]:
    """One of them; raises `NotFound`."""
    return _shape(submissions.get(scope, submission_id), language)


def say(scope: Scope, submission_id: SubmissionId, said: Signal) -> None:
    """Cancel what waits, or say what became of an uncertain one.  Raises `NotFound`, `TooLate`."""
    state = SubmissionState(submissions.get(scope, submission_id).state)
    if said not in _sayable(state) or not submissions.move(submission_id, state.value, step(state, said).value):
        raise TooLate(f"the message is {state} by now")


def count_waiting(scope: Scope) -> int:
    """How many wait for a person: failed ones they have not seen are not counted, uncertain ones are."""
    return submissions.count(scope, [SubmissionState.UNCERTAIN.value])


def _sayable(state: SubmissionState) -> list[Signal]:
    return [signal for signal in Signal if signal in SAYABLE and (state, signal) in TRANSITIONS]


def _recipient(row: Recipient, account: Account, language: str, noun: SecretNoun | None) -> dict[str, Any]:
    """With the cause of a refusal, which is read off the server's words."""
    is_refused = row.state == "refused"
    refused = diagnose_recipient(row.said, account.smtp_host, account.provider) if is_refused else None
    shape = {"address": row.address, "kind": row.kind, "state": row.state, "said": row.said}
    return {**shape, "diagnosis": shape_of(refused, language, noun)}


def _shape(row: Submission, language: str) -> dict[str, Any]:
    noun = noun_at(row.account.provider, language)
    people = [_recipient(each, row.account, language, noun) for each in row.recipients.all()]
    names = ("state", "subject", "message_id", "created_at", "sent_at", "sent_copy", "retries")
    more = ("not_before", "scheduled_at")
    return {
        "id": row.pk,
        "account": row.account.address,
        **{name: getattr(row, name) for name in (*names, *more)},
        "recipients": [each["address"] for each in people],
        "people": people,
        "diagnosis": shape_of(row.diagnosis, language, noun),
        "account_id": row.account_id,
        "label": row.account.label or row.account.address,
        "colour": row.account.colour,
        "can": [signal.value for signal in _sayable(SubmissionState(row.state))],
    }
