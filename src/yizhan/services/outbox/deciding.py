"""What a person decides about one submission, in one transaction each: of a click and the engine exactly one wins."""

from datetime import datetime
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, SubmissionId, make_token
from yizhan.mime.renewing import domain_of_id, renew
from yizhan.services.outbox.lifecycle import INITIAL, TRANSITIONS, Signal, SubmissionState, step
from yizhan.services.outbox.scheduling import check_time
from yizhan.store import blobs, lane, submissions
from yizhan.store.models import Submission
from yizhan.store.scope import Scope

S = SubmissionState
SAYABLE = frozenset({Signal.CANCEL, Signal.SAID_ARRIVED, Signal.SAID_LOST})
_RETRIED = frozenset({S.FAILED, S.CANCELLED, S.SENT, S.UNCERTAIN})


class TooLate(BadInput):
    """The submission is in another state by now; nothing was changed."""

    code = "submission_moved_on"


class MayHaveArrived(BadInput):
    """It is uncertain whether the message arrived, so only a person who knows that it did not may send it again."""

    code = "may_have_arrived"


class NobodyLeft(BadInput):
    """Every recipient's server has taken it; there is nobody to send it to again."""

    code = "nobody_left"


def say(scope: Scope, submission_id: SubmissionId, said: Signal) -> None:
    """Cancel what waits, or say what became of an uncertain one.  Raises `NotFound`, `TooLate`."""
    with lane.durable("say"):
        row = submissions.lock(scope, submission_id)
        if said not in sayable(S(row.state)):
            raise TooLate(f"the message is {row.state} by now")
        if said is Signal.CANCEL and _some_have_it(row):
            said = Signal.LEAVE_AT_THAT
        _move(row, said)


def cancel(scope: Scope, submission_id: SubmissionId) -> None:
    """Not to be sent; whoever has it already keeps it.  Raises `NotFound`, `TooLate`."""
    say(scope, submission_id, Signal.CANCEL)


def reschedule(scope: Scope, submission_id: SubmissionId, at: datetime, zone: str, clock: Clock) -> None:
    """To go at another instant, named by the clocks of `zone`.  Raises `NotFound`, `TooLate`, `TimeWrong`."""
    check_time(at, clock.now())
    with lane.durable("reschedule"):
        row = submissions.lock(scope, submission_id)
        if (S(row.state), Signal.RESCHEDULE) not in TRANSITIONS or _some_have_it(row):
            raise TooLate(f"the message is {row.state} by now")
        _move(row, Signal.RESCHEDULE, scheduled_at=at, zone=zone, not_before=None, diagnosis=None)


def try_now(scope: Scope, submission_id: SubmissionId) -> None:
    """Not to wait any longer; raises `NotFound`, or `TooLate` if it does not wait, or its server said until when."""
    with lane.durable("try_now"):
        row = submissions.lock(scope, submission_id)
        if not may_try_now(row):
            raise TooLate(f"the message is {row.state} by now")
        after = step(S.SCHEDULED, Signal.DUE) if row.state == S.SCHEDULED else S.QUEUED
        submissions.move(row.pk, row.state, after.value, not_before=None, scheduled_at=None)


def retry(scope: Scope, submission_id: SubmissionId, clock: Clock, *, not_delivered: bool = False) -> SubmissionId:
    """Hand it in once more, as a new submission with a new Message-ID, for those whose server has not taken it.

    Raises `NotFound`, `TooLate` while it is under way or when it was sent again already, `NobodyLeft`, and
    `MayHaveArrived` for an uncertain one without `not_delivered`.
    """
    old = submissions.get(scope, submission_id)
    _check_retry(old, not_delivered)
    message_id = f"<{make_token(18)}@{domain_of_id(old.message_id)}>"
    blob = blobs.put(renew(blobs.get(str(old.blob_id)), message_id, clock.now()))
    with lane.durable("retry"):
        row = submissions.lock(scope, submission_id)
        _check_retry(row, not_delivered)
        if S(row.state) is S.UNCERTAIN:
            _move(row, Signal.SAID_LOST)
        again = submissions.create(
            scope,
            AccountId(row.account_id),
            state=step(INITIAL, Signal.HANDED_IN).value,
            subject=row.subject,
            message_id=message_id,
            mail_from=row.mail_from,
            recipients=[(each.address, each.kind) for each in row.recipients.all() if each.state != "accepted"],
            blob=blob,
            created_at=clock.now(),
            origin=row.origin_id,
            act=row.act,
            retried_from=SubmissionId(row.pk),
        )
    return SubmissionId(again.pk)


def sayable(state: SubmissionState) -> list[Signal]:
    """What a person may say of a submission in this state."""
    return [signal for signal in Signal if signal in SAYABLE and (state, signal) in TRANSITIONS]


def may_try_now(row: Submission) -> bool:
    """Whether it waits for something that a person may cut short: never for the time that a server named."""
    waits = row.not_before is not None and (row.diagnosis or {}).get("retry") != "after"
    return row.state == S.SCHEDULED or (row.state == S.QUEUED and waits)


def may_retry(row: Submission) -> bool:
    """Whether it can be handed in once more, if that was not done yet."""
    return S(row.state) in _RETRIED and any(each.state != "accepted" for each in row.recipients.all())


def _check_retry(row: Submission, not_delivered: bool) -> None:
    state, again = S(row.state), submissions.retried_as([row.pk]).get(row.pk)
    if state not in _RETRIED or again is not None:
        raise TooLate(f"the message is {state} by now" if again is None else f"it was handed in again as {again}")
    if state is S.UNCERTAIN and not not_delivered:
        raise MayHaveArrived("the message may have arrived; say that it did not before it is sent again")
    if not any(each.state != "accepted" for each in row.recipients.all()):
        raise NobodyLeft("the servers of all recipients have taken it")


def _some_have_it(row: Submission) -> bool:
    return any(each.state == "accepted" for each in row.recipients.all())


def _move(row: Submission, signal: Signal, **fields: Any) -> None:
    submissions.move(row.pk, row.state, step(S(row.state), signal).value, **fields)
