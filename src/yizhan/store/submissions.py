"""The outbox as kept: what was handed in, to whom, and how far it is.  Its states belong to `services.outbox`.

Everything here is durable: a person was told that it is queued, or a server may have taken it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MessageId, SubmissionId
from yizhan.store import blobs, changes, lane
from yizhan.store.errors import BlobMissing
from yizhan.store.limits import MAX_MESSAGE_ID_CHARS, MAX_SUBJECT_CHARS, SUBMISSION_CLAIM_S
from yizhan.store.models import Account, Blob, Lease, Recipient, Submission
from yizhan.store.scope import Scope
from yizhan.store.text import storable, storable_json

_MAX_SAID_CHARS = 2_000  # an SMTP reply line has at most 512 octets (RFC 5321 §4.5.3.1.5); a few lines of them


@lane.keeps
def create(
    scope: Scope,
    account_id: AccountId | int,
    *,
    state: str,
    subject: str,
    message_id: str,
    mail_from: str,
    recipients: Sequence[tuple[str, str]],
    names: Mapping[str, str] | None = None,
    blob: Blob | None,
    created_at: datetime,
    not_before: datetime | None = None,
    scheduled_at: datetime | None = None,
    zone: str = "",
    together: str = "",
    origin: MessageId | int | None = None,
    act: str = "",
    retried_from: SubmissionId | int | None = None,
) -> Submission:
    """Take a message in; `recipients` are (address, kind), `names` theirs by address; the rest as `Submission` says.

    Raises `NotFound` for an account of somebody else, `BlobMissing` for bytes that were not put just before.
    """
    if not Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id).exists():
        raise NotFound("no such account")
    if blob is not None and not blobs.hold(blob.pk):
        raise BlobMissing(f"blob {blob.pk} was collected meanwhile; put it again")
    submission = Submission.objects.create(
        workspace_id=scope.workspace_id,
        account_id=account_id,
        state=state,
        subject=storable(subject, MAX_SUBJECT_CHARS),
        message_id=storable(message_id, MAX_MESSAGE_ID_CHARS),
        mail_from=mail_from,
        blob=blob,
        created_at=created_at,
        not_before=not_before,
        scheduled_at=scheduled_at,
        zone=zone,
        together=together,
        origin_id=origin,
        act=act,
        retried_from_id=retried_from,
        retries=_retries_before(scope, retried_from),
    )
    _address(submission, recipients, names or {})
    _news(submission)
    return get(scope, SubmissionId(submission.pk))


def _address(submission: Submission, recipients: Sequence[tuple[str, str]], names: Mapping[str, str]) -> None:
    Recipient.objects.bulk_create(
        Recipient(
            submission=submission,
            name=storable(names.get(address, ""), MAX_SUBJECT_CHARS),
            address=address,
            kind=kind,
        )
        for address, kind in recipients
    )


def get(scope: Scope, submission_id: SubmissionId | int) -> Submission:
    """The submission with its account and recipients; raises `NotFound`."""
    return _one(Submission.objects.filter(workspace_id=scope.workspace_id), submission_id)


def lock(scope: Scope, submission_id: SubmissionId | int) -> Submission:
    """As `get`, and inside the caller's transaction nobody else changes it; raises `NotFound`."""
    Submission.objects.select_for_update().filter(workspace_id=scope.workspace_id, pk=submission_id).first()
    return get(scope, submission_id)


def retried_as(submission_ids: Collection[SubmissionId | int]) -> dict[int, int]:
    """Those of these that were handed in again, and as which."""
    again = Submission.objects.filter(retried_from_id__in=list(submission_ids)).order_by("id")
    return dict(again.values_list("retried_from_id", "pk"))


def together(scope: Scope, submission_id: SubmissionId | int) -> list[Submission]:
    """It, and those that the same message was made into for others, in their order; raises `NotFound`."""
    found = get(scope, submission_id)
    if not found.together or found.retried_from_id is not None:
        return [found]
    rows = Submission.objects.filter(workspace_id=scope.workspace_id, together=found.together, retried_from=None)
    return list(_whole(rows).order_by("id"))


def get_for_engine(submission_id: SubmissionId | int) -> Submission:
    """Engine only: the submission, whoever's it is; raises `NotFound`."""
    return _one(Submission.objects.all(), submission_id)


def list_all(
    scope: Scope, account_id: AccountId | int | None = None, limit: int = 200, state: str = ""
) -> list[Submission]:
    """The newest first, with account and recipients; of one state if it is named."""
    rows = Submission.objects.filter(workspace_id=scope.workspace_id)
    if state:
        rows = rows.filter(state=state)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    return list(_whole(rows).order_by("-id")[:limit])


def count(scope: Scope, states: Sequence[str]) -> int:
    """How many submissions of this workspace are in these states."""
    return Submission.objects.filter(workspace_id=scope.workspace_id, state__in=list(states)).count()


@lane.keeps
def claim_due(
    owner: str,
    now: datetime,
    *,
    states: Sequence[str] = ("queued", "scheduled"),
    submission_id: SubmissionId | int | None = None,
    ttl: float = SUBMISSION_CLAIM_S,
) -> Submission | None:
    """The submission that has waited longest, claimed for `ttl` seconds; only of accounts that this owner leases."""
    mine = Lease.objects.filter(owner=owner, until__gt=Now()).values("account_id")
    due = Submission.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        Q(scheduled_at=None) | Q(scheduled_at__lte=now),
        Q(claimed_until=None) | Q(claimed_until__lte=Now()),
        state__in=states,
        account_id__in=mine,
    )
    if submission_id is not None:
        due = due.filter(pk=submission_id)
    found = due.select_for_update(skip_locked=True, of=("self",)).order_by("id").first()
    if found is None:
        return None
    until = Now() + timedelta(seconds=ttl)
    Submission.objects.filter(pk=found.pk).update(claimed_by=owner, claimed_until=until)
    return get_for_engine(SubmissionId(found.pk))


@lane.keeps
def move(submission_id: SubmissionId | int, from_state: str, to_state: str, **fields: Any) -> bool:
    """From one state to another with these columns, and the claim let go; False if it is in another state."""
    if "diagnosis" in fields:
        fields["diagnosis"] = storable_json(fields["diagnosis"])
    rows = Submission.objects.filter(pk=submission_id, state=from_state)
    if not rows.update(state=to_state, claimed_by="", claimed_until=None, **fields):
        return False
    _news(Submission.objects.get(pk=submission_id))
    return True


@lane.keeps
def release_held(account_id: AccountId | int) -> None:
    """What waited for a person goes at once.  What a server put off keeps its time: it has a cause that passes.

    A cause that never passes by itself ends a submission, so in a queued one it is the account's.
    """
    queued = Submission.objects.filter(account_id=account_id, state="queued").exclude(not_before=None)
    for row in queued.filter(Q(diagnosis__isnull=True) | Q(diagnosis__retry="never")):
        move(row.pk, row.state, row.state, not_before=None, diagnosis=None)


@lane.keeps
def mark_final_dot(submission_id: SubmissionId | int, at: datetime | None = None) -> None:
    """Note, before the final dot is written, that from now on the server may have the message."""
    if not Submission.objects.filter(pk=submission_id).update(final_dot_at=at or timezone.now()):
        raise NotFound("no such submission")


@lane.keeps
def set_sent_copy(submission_id: SubmissionId | int, sent_copy: str) -> None:
    """What became of the copy in the Sent mailbox."""
    if Submission.objects.filter(pk=submission_id).update(sent_copy=sent_copy):
        _news(Submission.objects.get(pk=submission_id))


@lane.keeps
def count_retry(submission_id: SubmissionId | int) -> None:
    """One more attempt was made."""
    Submission.objects.filter(pk=submission_id).update(retries=F("retries") + 1)


@lane.keeps
def set_recipients(submission_id: SubmissionId | int, verdicts: Mapping[str, tuple[str, str]]) -> None:
    """What the server said of each address: address to (state, its words)."""
    rows = list(Recipient.objects.filter(submission_id=submission_id, address__in=list(verdicts)))
    for row in rows:
        state, said = verdicts[row.address]
        row.state, row.said = state, storable(said, _MAX_SAID_CHARS)
    Recipient.objects.bulk_update(rows, ["state", "said"])


@lane.keeps
def abandon(owner: str) -> int:
    """End the claims of somebody who is known to be dead; how many."""
    return Submission.objects.filter(claimed_by=owner).update(claimed_by="", claimed_until=None)


def in_state(state: str) -> list[Submission]:
    """Engine only: every submission in that state, the oldest first (what a crash left in `sending`)."""
    return list(_whole(Submission.objects.filter(state=state)).order_by("id"))


def unsettled(account_id: AccountId | int) -> list[Submission]:
    """Engine only: an account's submissions of which something is left to find out: being sent, uncertain, or sent
    without a word on the copy in Sent."""
    open_ones = Q(state__in=["sending", "uncertain"]) | Q(state="sent", sent_copy="")
    return list(_whole(Submission.objects.filter(open_ones, account_id=account_id)).order_by("id"))


def _retries_before(scope: Scope, retried_from: SubmissionId | int | None) -> int:
    return 0 if retried_from is None else get(scope, retried_from).retries + 1


def _whole(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.select_related("account", "blob").prefetch_related("recipients")


def _one(rows: QuerySet[Submission], submission_id: SubmissionId | int) -> Submission:
    submission = _whole(rows).filter(pk=submission_id).first()
    if submission is None:
        raise NotFound("no such submission")
    return submission


def _news(submission: Submission) -> None:
    payload = {"account": submission.account_id, "state": submission.state, "sent_copy": submission.sent_copy}
    changes.record(submission.workspace_id, "submission.changed", f"submission:{submission.pk}", payload)
