import time
from datetime import timedelta

import pytest

from tests.store.making import NOON, bind, take_lease
from tests.store.threads import at_once
from yizhan.base.errors import NotFound
from yizhan.base.ids import WorkspaceId
from yizhan.store import blobs, changes, submissions
from yizhan.store.errors import BlobMissing
from yizhan.store.models import Account, Blob, Submission
from yizhan.store.scope import Scope

MESSAGES, WORKERS = 16, 6


@pytest.fixture
def account(scope: Scope) -> Account:
    return bind(scope)


def hand_in(scope: Scope, account: Account, **fields: object) -> Submission:
    told: dict[str, object] = {
        "state": "queued",
        "subject": "Привет\x00",
        "message_id": "<1@example.com>",
        "mail_from": account.address,
        "recipients": [("b@example.com", "to"), ("c@example.com", "bcc")],
        "blob": None,
        "created_at": NOON,
    }
    return submissions.create(scope, account.pk, **{**told, **fields})  # type: ignore[arg-type]


def test_what_is_handed_in_is_kept_with_its_recipients(scope: Scope, account: Account) -> None:
    blob = blobs.put(b"From: anna")
    submission = hand_in(scope, account, blob=blob)
    kept = submissions.get(scope, submission.pk)
    assert (kept.subject, kept.state, kept.blob_id) == ("Привет\ufffd", "queued", blob.pk)
    assert [(each.address, each.kind) for each in kept.recipients.all()] == [
        ("b@example.com", "to"),
        ("c@example.com", "bcc"),
    ]
    assert changes.since(scope, 0)[-1].payload["state"] == "queued"
    assert blobs.collect_unheld(grace=0) == 0


def test_bytes_that_were_collected_are_not_named(scope: Scope, account: Account) -> None:
    blob = blobs.put(b"gone")
    blobs.free([blob.pk])
    with pytest.raises(BlobMissing):
        hand_in(scope, account, blob=Blob(hash=blob.hash))
    assert submissions.list_all(scope) == []


def test_a_state_is_left_only_by_who_finds_it(scope: Scope, account: Account) -> None:
    submission = hand_in(scope, account)
    moved = at_once(WORKERS, lambda _: submissions.move(submission.pk, "queued", "sending", not_before=NOON))
    assert sorted(moved) == [False] * (WORKERS - 1) + [True]
    assert submissions.move(submission.pk, "sending", "failed", diagnosis={"evidence": "550 \x00"})
    assert submissions.get(scope, submission.pk).diagnosis == {"evidence": "550 \ufffd"}


def test_each_is_claimed_once_and_only_by_who_leases_its_account(scope: Scope, account: Account) -> None:
    handed_in = [hand_in(scope, account).pk for _ in range(MESSAGES)]
    assert submissions.claim_due("engine", NOON) is None
    take_lease(account, "engine")
    assert submissions.claim_due("stranger", NOON) is None

    def work(_: int) -> list[int]:
        got = []
        while submission := submissions.claim_due("engine", NOON):
            got.append(submission.pk)
        return got

    assert sorted(pk for got in at_once(WORKERS, work) for pk in got) == handed_in


def test_what_is_not_due_waits(scope: Scope, account: Account) -> None:
    take_lease(account, "engine")
    later = hand_in(scope, account, state="scheduled", scheduled_at=NOON + timedelta(hours=1))
    again = hand_in(scope, account)
    submissions.move(again.pk, "queued", "queued", not_before=NOON + timedelta(minutes=5))
    assert submissions.claim_due("engine", NOON) is None
    due = submissions.claim_due("engine", NOON + timedelta(minutes=5))
    assert due is not None
    assert due.pk == again.pk
    assert submissions.claim_due("engine", NOON + timedelta(hours=1), submission_id=later.pk) is not None


def test_what_a_dead_worker_claimed_is_due_again(scope: Scope, account: Account) -> None:
    take_lease(account, "engine")
    hand_in(scope, account)
    assert submissions.claim_due("engine", NOON, ttl=0.02) is not None
    time.sleep(0.05)
    assert submissions.claim_due("engine", NOON) is not None


def test_the_point_of_no_return_is_kept(scope: Scope, account: Account) -> None:
    submission = hand_in(scope, account)
    submissions.mark_final_dot(submission.pk, NOON)
    submissions.set_sent_copy(submission.pk, "appended")
    submissions.set_recipients(submission.pk, {"b@example.com": ("refused", "550 5.1.1 \x00no"), "x@y": ("", "")})
    submissions.count_retry(submission.pk)
    kept = submissions.get_for_engine(submission.pk)
    assert (kept.final_dot_at, kept.sent_copy, kept.retries) == (NOON, "appended", 1)
    assert [(each.state, each.said) for each in kept.recipients.all()] == [("refused", "550 5.1.1 \ufffdno"), ("", "")]
    assert [each.pk for each in submissions.in_state("queued")] == [submission.pk]
    with pytest.raises(NotFound):
        submissions.mark_final_dot(submission.pk + 1)


def test_a_retry_names_what_it_repeats(scope: Scope, account: Account) -> None:
    first = hand_in(scope, account)
    second = hand_in(scope, account, retried_from=first.pk)
    assert (second.retried_from_id, second.retries) == (first.pk, 1)
    assert [each.pk for each in submissions.list_all(scope, account.pk)] == [second.pk, first.pk]


def test_another_workspace_sends_nothing_from_here(scope: Scope, account: Account) -> None:
    stranger = Scope(WorkspaceId(scope.workspace_id + 1))
    submission = hand_in(scope, account)
    with pytest.raises(NotFound):
        hand_in(stranger, account)
    with pytest.raises(NotFound):
        submissions.get(stranger, submission.pk)
    assert submissions.list_all(stranger) == []
