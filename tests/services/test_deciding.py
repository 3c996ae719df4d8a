"""What a person decides about a submission: of them and the engine exactly one wins."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tests.services.clocks import SetClock
from tests.store.making import NOON, bind
from tests.store.threads import at_once
from yizhan.base.ids import SubmissionId
from yizhan.services.outbox import listing
from yizhan.services.outbox.listing import MayHaveArrived, NobodyLeft, Signal, TooLate
from yizhan.store import blobs, submissions
from yizhan.store.models import Submission
from yizhan.store.scope import Scope

CLOCK = SetClock(NOON)
_numbers = count(1)
RAW = b"Message-ID: <1@example.com>\r\nSubject: hi\r\n\r\nhello\r\n"
LATER = NOON + timedelta(hours=1)


def hand_in(scope: Scope, state: str = "queued", **fields: Any) -> SubmissionId:
    account = bind(scope, f"li{next(_numbers)}@example.com")
    row = submissions.create(
        scope,
        account.pk,
        state=state,
        subject="hi",
        message_id="<1@example.com>",
        mail_from=account.address,
        recipients=[("b@example.com", "to"), ("c@example.com", "bcc")],
        blob=blobs.put(RAW),
        created_at=NOON,
        **fields,
    )
    return SubmissionId(row.pk)


def state_of(submission_id: SubmissionId) -> str:
    return submissions.get_for_engine(submission_id).state


def shape(scope: Scope, submission_id: SubmissionId) -> dict[str, Any]:
    return listing.find_submission(scope, submission_id, "en")


def test_of_a_cancel_and_a_transaction_exactly_one_wins(scope: Scope) -> None:
    submission_id = hand_in(scope)
    acts = [
        lambda: submissions.move(submission_id, "queued", "sending"),
        lambda: _cancelled(scope, submission_id),
    ]
    won = at_once(2, lambda number: acts[number]())
    assert sorted(won) == [False, True]
    assert (won[0], state_of(submission_id)) in [(True, "sending"), (False, "cancelled")]


def _cancelled(scope: Scope, submission_id: SubmissionId) -> bool:
    try:
        listing.cancel(scope, submission_id)
    except TooLate:
        return False
    return True


def test_who_has_it_keeps_it_when_the_rest_is_cancelled(scope: Scope) -> None:
    submission_id = hand_in(scope)
    submissions.set_recipients(submission_id, {"b@example.com": ("accepted", "")})
    listing.cancel(scope, submission_id)
    assert state_of(submission_id) == "sent"


@pytest.mark.parametrize("state", ["sending", "sent", "failed", "uncertain", "cancelled"])
def test_what_is_past_cannot_be_cancelled_put_off_or_hurried(scope: Scope, state: str) -> None:
    submission_id = hand_in(scope, state)
    with pytest.raises(TooLate):
        listing.cancel(scope, submission_id)
    with pytest.raises(TooLate):
        listing.reschedule(scope, submission_id, LATER, "", CLOCK)
    with pytest.raises(TooLate):
        listing.try_now(scope, submission_id)
    assert state_of(submission_id) == state


def test_what_waits_goes_at_another_time_or_at_once(scope: Scope) -> None:
    submission_id = hand_in(scope, "scheduled", scheduled_at=NOON + timedelta(minutes=5))
    listing.reschedule(scope, submission_id, LATER, "Europe/Moscow", CLOCK)
    moved = shape(scope, submission_id)
    assert (moved["state"], moved["scheduled_at"], moved["zone"]) == ("scheduled", LATER, "Europe/Moscow")
    listing.try_now(scope, submission_id)
    assert (state_of(submission_id), shape(scope, submission_id)["scheduled_at"]) == ("queued", None)


def test_a_time_that_the_server_named_is_not_cut_short(scope: Scope) -> None:
    submission_id = hand_in(scope, not_before=LATER)
    submissions.move(submission_id, "queued", "queued", diagnosis=_refusal("after"))
    assert "try_now" not in shape(scope, submission_id)["can"]
    with pytest.raises(TooLate):
        listing.try_now(scope, submission_id)
    submissions.move(submission_id, "queued", "queued", diagnosis=_refusal("later"))
    listing.try_now(scope, submission_id)
    assert submissions.get_for_engine(submission_id).not_before is None


def _refusal(retry: str) -> dict[str, Any]:
    return {
        "stage": "data",
        "cause": "rate_limited",
        "evidence": "451 later",
        "retry": retry,
        "retry_after_s": 60,
        "candidates": [],
    }


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_retry_is_a_new_message_linked_to_the_old(scope: Scope, state: str) -> None:
    old = hand_in(scope, state)
    new = listing.retry(scope, old, CLOCK)
    row = Submission.objects.get(pk=new)
    assert (row.state, row.retried_from_id, row.retries) == ("queued", old, 1)
    assert row.message_id.endswith("@example.com>")
    assert row.message_id != "<1@example.com>"
    raw = blobs.get(str(row.blob_id))
    assert (row.message_id.encode() in raw, b"<1@example.com>" in raw, raw.endswith(b"\r\n\r\nhello\r\n")) == (
        True,
        False,
        True,
    )
    assert (shape(scope, old)["retried_as"], shape(scope, new)["retried_from"]) == (new, old)


def test_a_retry_pressed_twice_is_one(scope: Scope) -> None:
    old = hand_in(scope, "failed")
    listing.retry(scope, old, CLOCK)
    with pytest.raises(TooLate):
        listing.retry(scope, old, CLOCK)
    assert "retry" not in shape(scope, old)["can"]


def test_an_uncertain_one_is_sent_again_only_by_somebody_who_says_that_it_did_not_arrive(scope: Scope) -> None:
    old = hand_in(scope, "uncertain")
    with pytest.raises(MayHaveArrived):
        listing.retry(scope, old, CLOCK)
    assert (state_of(old), len(submissions.list_all(scope))) == ("uncertain", 1)
    listing.retry(scope, old, CLOCK, not_delivered=True)
    assert (state_of(old), len(submissions.list_all(scope))) == ("failed", 2)


def test_only_those_who_have_not_got_it_get_it_again(scope: Scope) -> None:
    old = hand_in(scope, "sent")
    submissions.set_recipients(old, {"b@example.com": ("accepted", ""), "c@example.com": ("refused", "550 no")})
    new = listing.retry(scope, old, CLOCK)
    assert shape(scope, new)["recipients"] == ["c@example.com"]
    done = hand_in(scope, "failed")
    submissions.set_recipients(done, dict.fromkeys(("b@example.com", "c@example.com"), ("accepted", "")))
    with pytest.raises(NobodyLeft):
        listing.retry(scope, done, CLOCK)


def test_a_person_settles_what_is_uncertain(scope: Scope) -> None:
    first = hand_in(scope, "uncertain")
    listing.say(scope, first, Signal.SAID_ARRIVED)
    with pytest.raises(TooLate):
        listing.say(scope, first, Signal.SAID_LOST)
    assert state_of(first) == "sent"
