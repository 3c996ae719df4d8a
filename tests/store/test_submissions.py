from datetime import datetime, timedelta

import pytest

from tests.store.making import NOON, bind
from tests.store.threads import at_once
from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, WorkspaceId
from yizhan.store import blobs, changes, lane, submissions
from yizhan.store.errors import BlobMissing
from yizhan.store.models import Account, Blob, Submission
from yizhan.store.scope import Scope

WORKERS = 6


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


def test_what_is_due_is_found_by_account_the_first_first(scope: Scope, account: Account) -> None:
    other = bind(scope, "li@example.com")
    first, second, theirs = hand_in(scope, account), hand_in(scope, account), hand_in(scope, other)
    both = [AccountId(account.pk), AccountId(other.pk)]
    assert [row.pk for row in submissions.accounts_due(both, NOON)] == both
    assert [row.pk for row in submissions.accounts_due(both[:1], NOON)] == both[:1]
    assert _next(account, NOON) == first.pk
    submissions.move(first.pk, "queued", "sending")
    assert (_next(account, NOON), _next(other, NOON)) == (second.pk, theirs.pk)


def _next(account: Account, now: datetime) -> int | None:
    with lane.transaction():
        due = submissions.next_due(account.pk, now)
    return None if due is None else due.pk


def test_what_is_not_due_waits(scope: Scope, account: Account) -> None:
    later = hand_in(scope, account, state="scheduled", scheduled_at=NOON + timedelta(hours=1))
    again = hand_in(scope, account, not_before=NOON + timedelta(minutes=5))
    assert _next(account, NOON) is None
    assert submissions.accounts_due([AccountId(account.pk)], NOON) == []
    assert _next(account, NOON + timedelta(minutes=5)) == again.pk
    submissions.move(again.pk, "queued", "cancelled")
    assert _next(account, NOON + timedelta(minutes=59)) is None
    assert _next(account, NOON + timedelta(hours=1)) == later.pk


def test_final_dots_and_waiting_ones_are_counted_by_account(scope: Scope, account: Account) -> None:
    rows = [hand_in(scope, account) for _ in range(3)]
    submissions.mark_final_dot(rows[1].pk, NOON)
    submissions.mark_final_dot(rows[0].pk, NOON - timedelta(hours=2))
    submissions.move(rows[0].pk, "queued", "sent", sent_at=NOON)
    hour = NOON - timedelta(hours=1)
    assert submissions.dots_since(account.pk, NOON - timedelta(days=1)) == [(NOON - timedelta(hours=2), 2), (NOON, 2)]
    assert submissions.sent_by_account(scope, hour) == {account.pk: 1}
    assert submissions.waiting_by_account(scope) == {account.pk: 2}


def test_a_copy_is_missing_until_it_is_settled(scope: Scope, account: Account) -> None:
    rows = [hand_in(scope, account) for _ in range(4)]
    for row, sent_copy in zip(rows, ["", "appending", "failed", "appended"], strict=True):
        submissions.move(row.pk, "queued", "sent", sent_at=NOON)
        submissions.set_sent_copy(row.pk, sent_copy)
    since = NOON - timedelta(hours=1)
    assert [row.pk for row in submissions.without_copy(account.pk, since)] == [row.pk for row in rows[:3]]
    assert submissions.without_copy(account.pk, NOON) == []
    submissions.fail_copies([row.pk for row in rows], {"stage": "login"})
    kept = [submissions.get(scope, row.pk) for row in rows]
    assert [row.sent_copy for row in kept] == ["failed", "appending", "failed", "appended"]
    assert [row.diagnosis for row in kept] == [{"stage": "login"}, None, {"stage": "login"}, None]
    submissions.set_sent_copy(rows[0].pk, "appended", forget=True)
    assert submissions.get(scope, rows[0].pk).diagnosis is None


def test_the_point_of_no_return_is_kept(scope: Scope, account: Account) -> None:
    submission = hand_in(scope, account)
    submissions.mark_final_dot(submission.pk, NOON)
    submissions.set_sent_copy(submission.pk, "appended")
    submissions.set_recipients(submission.pk, {"b@example.com": ("refused", "550 5.1.1 \x00no"), "x@y": ("", "")})
    kept = submissions.get_for_engine(submission.pk)
    assert (kept.final_dot_at, kept.sent_copy) == (NOON, "appended")
    assert [(each.state, each.said) for each in kept.recipients.all()] == [("refused", "550 5.1.1 \ufffdno"), ("", "")]
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
