"""Drafts as they lie at a server: which are due to be filed there or removed, and what became of it.

A draft that may lie at a server leaves a row until it does not: handed in, or discarded without its words.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, Q, QuerySet

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, DraftId
from yizhan.store import lane
from yizhan.store.leases import fence
from yizhan.store.limits import BATCH_ROWS
from yizhan.store.models import Draft, Lease, Message, Submission
from yizhan.store.scope import Scope

_OPEN = Q(discarded_at=None) & (Q(submission=None) | Q(submission__state="cancelled"))
_MAY_LIE_THERE = ~Q(message_id="") | Q(filed_uid__isnull=False)


def accounts_due(account_ids: Sequence[AccountId], before: datetime) -> list[AccountId]:
    """Engine only: those of these accounts that have a Drafts mailbox and something to do in it.

    What was written after `before` is still being typed.
    """
    rows = _due(before).filter(account_id__in=list(account_ids), account__mailboxes__role="drafts")
    return [AccountId(each) for each in rows.values_list("account_id", flat=True).distinct()]


def list_due(account_id: AccountId, before: datetime) -> list[Draft]:
    """Engine only: an account's drafts to be filed or removed, the oldest first."""
    rows = _due(before).filter(account_id=account_id).select_related("submission", "account")
    return list(rows.prefetch_related("files__blob").order_by("id")[:BATCH_ROWS])


def is_open(draft: Draft) -> bool:
    """Whether it waits for its writer, so that its newest version is to lie at the server."""
    return draft.discarded_at is None and (draft.submission is None or draft.submission.state == "cancelled")


@lane.keeps
def name(draft_id: DraftId | int, message_id: str, lease: Lease | None) -> bool:
    """How all its versions at the server begin; kept before the first is put there, so that none is ever forgotten.

    False when the draft is gone meanwhile.  Raises `LeaseLost`.
    """
    fence(lease)
    return bool(Draft.objects.filter(pk=draft_id).update(message_id=message_id))


@lane.keeps
def note_filed(draft_id: DraftId | int, version: int, uid_validity: int, uid: int | None, lease: Lease | None) -> None:
    """That version lies there; raises `LeaseLost`."""
    fence(lease)
    Draft.objects.filter(pk=draft_id).update(filed_version=version, filed_uid_validity=uid_validity, filed_uid=uid)


@lane.keeps
def note_gone(draft_id: DraftId | int, lease: Lease | None) -> None:
    """Nothing of it lies there any more; raises `LeaseLost`."""
    fence(lease)
    Draft.objects.filter(pk=draft_id).update(message_id="", filed_version=0, filed_uid_validity=None, filed_uid=None)
    clear_away()


@lane.keeps
def clear_away() -> int:
    """Remove what nobody waits for and no server has: drafts that were sent or discarded; how many."""
    gone = Q(discarded_at__isnull=False) & (Q(message_id="", filed_uid=None) | Q(account=None))
    done = Draft.objects.filter(gone).values_list("pk", flat=True)
    sent = Draft.objects.filter(message_id="", filed_uid=None, submission__state="sent").select_related("submission")
    ended = [row.pk for row in sent[:BATCH_ROWS] if row.submission is None or not _is_under_way(row.submission)]
    return Draft.objects.filter(pk__in=[*done[:BATCH_ROWS], *ended]).delete()[0]


def find_filed(scope: Scope, message: Message) -> DraftId | None:
    """The open draft of which this message, in a Drafts mailbox, is a filed version."""
    rows = Draft.objects.filter(_OPEN, workspace_id=scope.workspace_id, account_id=message.account_id)
    here = Q(filed_uid_validity=message.uid_validity, filed_uid=message.uid)
    for row in rows.filter(here | ~Q(message_id="")):
        is_it = (row.filed_uid_validity, row.filed_uid) == (message.uid_validity, message.uid)
        if is_it or (row.message_id and message.message_id.startswith(f"<{row.message_id}.")):
            return DraftId(row.pk)
    return None


@lane.keeps
def adopt(scope: Scope, draft_id: DraftId | int, message: Message) -> None:
    """The draft is what lies there as this message; raises `NotFound`."""
    rows = Draft.objects.filter(workspace_id=scope.workspace_id, pk=draft_id)
    where = {"filed_uid_validity": message.uid_validity, "filed_uid": message.uid}
    if not rows.update(filed_version=F("version"), **where):
        raise NotFound("no such draft")


def leave_behind(draft: Draft, at: datetime) -> None:
    """Another account's now: what lies with the old one is to be removed.  Inside the caller's transaction."""
    if not draft.message_id and draft.filed_uid is None:
        return
    Draft.objects.create(
        workspace_id=draft.workspace_id,
        account_id=draft.account_id,
        message_id=draft.message_id,
        filed_version=draft.filed_version,
        filed_uid_validity=draft.filed_uid_validity,
        filed_uid=draft.filed_uid,
        updated_at=at,
        discarded_at=at,
    )
    draft.message_id, draft.filed_version, draft.filed_uid_validity, draft.filed_uid = "", 0, None, None


def _due(before: datetime) -> QuerySet[Draft]:
    newer = _OPEN & Q(version__gt=F("filed_version"), updated_at__lte=before)
    return Draft.objects.filter(newer | (~_OPEN & _MAY_LIE_THERE), account__status="normal")


def _is_under_way(submission: Submission) -> bool:
    """Whether others that the same message was made into have not gone out."""
    if not submission.together:
        return False
    return Submission.objects.filter(together=submission.together).exclude(state="sent").exists()
