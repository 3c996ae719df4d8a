"""The end of an account: the secret first, then its mail in short steps, then the row.

A crash in between leaves the account in `deleting`, without secret or lease, and `finish_deleting` goes on.
"""

from django.db import connection, connections
from django.db.models import F
from django.db.models.functions import Now

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.store import blobs, changes, lane, requests
from yizhan.store.credentials import erase_secret
from yizhan.store.limits import BATCH_ROWS
from yizhan.store.models import DELETING, Account, Lease, Message, Request, Submission
from yizhan.store.scope import Scope


def delete(scope: Scope, account_id: AccountId | int) -> None:
    """Erase the account here: secret, mail, submissions; the provider keeps what it has.  Raises `NotFound`.

    Takes several transactions, so it is called outside of one.
    """
    if connection.in_atomic_block:
        raise RuntimeError("an account is deleted in several transactions, not inside one")
    _begin(scope, account_id)
    _finish(account_id)


def finish_deleting() -> int:
    """Engine only: go on where a crash cut deleting short; how many accounts went."""
    left = list(Account.objects.filter(status=DELETING).values_list("pk", flat=True))
    for account_id in left:
        _finish(account_id)
    return len(left)


@lane.keeps
def _begin(scope: Scope, account_id: AccountId | int) -> None:
    mine = Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id)
    if not mine.update(status=DELETING, diagnosis=None, next_try_at=None):
        raise NotFound("no such account")
    # The engine's lease ends here: what it still wants to write meets the fence.
    Lease.objects.filter(account_id=account_id).update(owner="", epoch=F("epoch") + 1, until=Now())
    erase_secret(account_id)
    for request_id in Request.objects.filter(account_id=account_id, state="waiting").values_list("pk", flat=True):
        requests.settle(request_id, False, {"error": {"code": "not_found", "detail": "the account was deleted"}})
    changes.record(scope.workspace_id, "account.status", f"account:{account_id}", {"status": DELETING})


def _finish(account_id: AccountId | int) -> None:
    while hashes := _delete_messages(account_id) + _delete_submissions(account_id):
        blobs.free({each for each in hashes if each is not None})
    _delete_row(account_id)
    if connection.vendor == "sqlite":
        connections["default"].truncate_wal()  # type: ignore[attr-defined]


@lane.writes
def _delete_messages(account_id: AccountId | int) -> list[str | None]:
    batch = list(Message.objects.filter(account_id=account_id).values_list("pk", "blob_id")[:BATCH_ROWS])
    Message.objects.filter(pk__in=[pk for pk, _ in batch]).delete()
    return [blob for _, blob in batch]


@lane.writes
def _delete_submissions(account_id: AccountId | int) -> list[str | None]:
    batch = list(Submission.objects.filter(account_id=account_id).values_list("pk", "blob_id")[:BATCH_ROWS])
    Submission.objects.filter(pk__in=[pk for pk, _ in batch]).delete()
    return [blob for _, blob in batch]


@lane.keeps
def _delete_row(account_id: AccountId | int) -> None:
    account = Account.objects.filter(pk=account_id).first()
    if account is not None:
        account.delete()
        changes.record(account.workspace_id, "account.deleted", f"account:{account_id}", {"address": account.address})
