"""Messages that are being written, and the files that go along.

A draft that was handed in is tied to its submission, so that it can be taken back; it is open again once that is
cancelled.  What a person was told is saved is durable.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, DraftId, MessageId, SubmissionId
from yizhan.store import blobs, changes, filing, lane
from yizhan.store.errors import BlobMissing
from yizhan.store.limits import MAX_DRAFTS_SHOWN, MAX_MESSAGE_ID_CHARS
from yizhan.store.models import Account, Blob, Draft, DraftFile, Message
from yizhan.store.scope import Scope
from yizhan.store.text import storable, storable_json

_OPEN = Q(discarded_at=None) & (Q(submission=None) | Q(submission__state="cancelled"))
MAX_NAME_CHARS = 255
MAX_TYPE_CHARS = 150


@lane.keeps
def create(
    scope: Scope,
    content: Mapping[str, Any],
    at: datetime,
    *,
    account_id: AccountId | int | None = None,
    origin: MessageId | int | None = None,
    act: str = "",
    in_reply_to: str = "",
    references: Sequence[str] = (),
) -> Draft:
    """A new draft; raises `NotFound` for an account or a message of somebody else."""
    _check_account(scope, account_id)
    if origin is not None and not Message.objects.filter(workspace_id=scope.workspace_id, pk=origin).exists():
        raise NotFound("no such message")
    draft = Draft.objects.create(
        workspace_id=scope.workspace_id,
        account_id=account_id,
        content=storable_json(content),
        origin_id=origin,
        act=act,
        in_reply_to=storable(in_reply_to, MAX_MESSAGE_ID_CHARS),
        references=[storable(each, MAX_MESSAGE_ID_CHARS) for each in references],
        updated_at=at,
    )
    _news(draft.workspace_id, draft.pk)
    return get(scope, DraftId(draft.pk))


def get(scope: Scope, draft_id: DraftId | int) -> Draft:
    """The draft with its files and what became of it; raises `NotFound`."""
    rows = Draft.objects.filter(workspace_id=scope.workspace_id, pk=draft_id, discarded_at=None)
    draft = _whole(rows).first()
    if draft is None:
        raise NotFound("no such draft")
    return draft


def list_open(scope: Scope) -> list[Draft]:
    """Those that wait for their writer, the newest first."""
    rows = Draft.objects.filter(_OPEN, workspace_id=scope.workspace_id)
    return list(_whole(rows).order_by("-updated_at", "-id")[:MAX_DRAFTS_SHOWN])


def count_open(scope: Scope) -> int:
    return Draft.objects.filter(_OPEN, workspace_id=scope.workspace_id).count()


@lane.keeps
def save(
    scope: Scope,
    draft_id: DraftId | int,
    version: int,
    content: Mapping[str, Any],
    at: datetime,
    account_id: AccountId | int | None,
) -> bool:
    """The next version, if `version` is the newest and it is open; else False, and nothing is changed."""
    _check_account(scope, account_id)
    draft = _locked(scope, draft_id)
    if draft.version != version or not filing.is_open(draft):
        return False
    if draft.account_id != account_id:
        filing.leave_behind(draft, at)
    draft.version, draft.content, draft.updated_at = version + 1, storable_json(content), at
    draft.account_id, draft.submission = account_id, None
    draft.save()
    _news(scope.workspace_id, draft_id)
    return True


@lane.keeps
def copy(
    scope: Scope,
    draft_id: DraftId | int,
    content: Mapping[str, Any],
    at: datetime,
    account_id: AccountId | int | None,
) -> DraftId:
    """A draft of its own with other words and the same files; raises `NotFound`."""
    found = get(scope, draft_id)
    made = create(
        scope,
        content,
        at,
        account_id=account_id,
        origin=None if found.origin_id is None else MessageId(found.origin_id),
        act=found.act,
        in_reply_to=found.in_reply_to,
        references=found.references,
    )
    for each in found.files.all():
        DraftFile.objects.create(
            draft_id=made.pk, name=each.name, content_type=each.content_type, cid=each.cid, blob_id=each.blob_id
        )
    return DraftId(made.pk)


@lane.keeps
def add_file(
    scope: Scope, draft_id: DraftId | int, blob: Blob | str, *, name: str, content_type: str, cid: str = ""
) -> DraftFile:
    """One more file; raises `NotFound`, and `BlobMissing` for bytes that were not put just before."""
    name_of_blob = blob if isinstance(blob, str) else blob.pk
    _locked_open(scope, draft_id)
    if not blobs.hold(name_of_blob):
        raise BlobMissing(f"blob {name_of_blob} was collected meanwhile; put it again")
    made = DraftFile.objects.create(
        draft_id=draft_id,
        blob_id=name_of_blob,
        name=storable(name, MAX_NAME_CHARS),
        content_type=storable(content_type, MAX_TYPE_CHARS),
        cid=storable(cid, MAX_TYPE_CHARS),
    )
    _news(scope.workspace_id, draft_id)
    return DraftFile.objects.select_related("blob").get(pk=made.pk)


def get_file(scope: Scope, draft_id: DraftId | int, file_id: int) -> DraftFile:
    """One file of a draft; raises `NotFound`."""
    files = DraftFile.objects.select_related("blob").filter(draft__workspace_id=scope.workspace_id)
    found = files.filter(draft_id=draft_id, pk=file_id).first()
    if found is None:
        raise NotFound("no such file")
    return found


@lane.keeps
def remove_file(scope: Scope, draft_id: DraftId | int, file_id: int) -> None:
    """It does not go along; raises `NotFound`."""
    get_file(scope, draft_id, file_id)
    _locked_open(scope, draft_id)
    DraftFile.objects.filter(pk=file_id).delete()
    _news(scope.workspace_id, draft_id)


@lane.keeps
def tie(scope: Scope, draft_id: DraftId | int, version: int, submission_id: SubmissionId | int) -> bool:
    """It was handed in as that; False, and nothing is changed, if it is no longer this version or was handed in."""
    draft = _locked(scope, draft_id)
    if draft.version != version or not filing.is_open(draft):
        return False
    draft.submission_id = submission_id
    draft.save(update_fields=["submission"])
    _news(scope.workspace_id, draft_id)
    return True


@lane.keeps
def reopen(scope: Scope, draft_id: DraftId | int, at: datetime, content: Mapping[str, Any] | None = None) -> None:
    """It is written on; `content` in place of its own.  Raises `NotFound`."""
    rows = Draft.objects.filter(workspace_id=scope.workspace_id, pk=draft_id)
    fresh = {} if content is None else {"content": storable_json(content)}
    if not rows.update(submission=None, version=F("version") + 1, updated_at=at, **fresh):
        raise NotFound("no such draft")
    _news(scope.workspace_id, draft_id)


def of_submissions(scope: Scope, submission_ids: Sequence[int]) -> DraftId | None:
    """The draft that became one of these."""
    rows = Draft.objects.filter(workspace_id=scope.workspace_id, submission_id__in=list(submission_ids))
    found = rows.order_by("-id").values_list("pk", flat=True).first()
    return None if found is None else DraftId(found)


@lane.keeps
def remove(scope: Scope, draft_id: DraftId | int, at: datetime) -> None:
    """It and its files are gone, and it is left to the engine to remove it from the server.

    Raises `NotFound`, also when it was handed in.
    """
    draft = _locked_open(scope, draft_id)
    if draft.message_id or draft.filed_uid is not None:
        draft.files.all().delete()
        draft.content, draft.discarded_at, draft.origin = {}, at, None
        draft.save()
    else:
        draft.delete()
    _news(scope.workspace_id, draft_id)


def _locked(scope: Scope, draft_id: DraftId | int) -> Draft:
    """The row, which nobody else changes until the transaction ends."""
    rows = Draft.objects.select_for_update(of=("self",)).select_related("submission")
    draft = rows.filter(workspace_id=scope.workspace_id, pk=draft_id, discarded_at=None).first()
    if draft is None:
        raise NotFound("no such draft")
    return draft


def _locked_open(scope: Scope, draft_id: DraftId | int) -> Draft:
    draft = _locked(scope, draft_id)
    if not filing.is_open(draft):
        raise NotFound("the draft was handed in")
    return draft


def _whole(rows: QuerySet[Draft]) -> QuerySet[Draft]:
    return rows.select_related("submission", "account").prefetch_related("files__blob")


def _check_account(scope: Scope, account_id: AccountId | int | None) -> None:
    if account_id is None:
        return
    if not Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id).exists():
        raise NotFound("no such account")


def _news(workspace_id: int, draft_id: DraftId | int) -> None:
    changes.record(workspace_id, "draft.changed", f"draft:{draft_id}")
