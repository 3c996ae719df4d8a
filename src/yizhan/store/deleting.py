"""The end of an account: the secret first, then its mail in short steps, then the row.

Until `erase_at` nothing is erased and all can be taken back.  A crash in between leaves the account in `deleting`,
without a lease, and `finish_deleting` goes on.
"""

from datetime import datetime

from django.db import connection, connections
from django.db.models import Q

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.store import blobs, changes, lane, leases, requests, threads
from yizhan.store.credentials import erase_secret
from yizhan.store.errors import TooLate
from yizhan.store.limits import BATCH_ROWS
from yizhan.store.models import DELETING, Account, Message, Request, Submission
from yizhan.store.scope import Scope
from yizhan.store.search.index import clear_traces


def delete(scope: Scope, account_id: AccountId | int) -> None:
    """Erase the account here: secret, mail, submissions; the provider keeps what it has.  Raises `NotFound`.

    Takes several transactions, so it is called outside of one.
    """
    if connection.in_atomic_block:
        raise RuntimeError("an account is deleted in several transactions, not inside one")
    begin_deleting(scope, account_id, None)
    _finish(account_id)


@lane.keeps
def undo_deleting(scope: Scope, account_id: AccountId | int, status: str) -> None:
    """Take it back: the account stands in `status` again.  Raises `NotFound`, or `TooLate` when erasing has begun."""
    mine = Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id, status=DELETING)
    if not mine.exists():
        raise NotFound("no such account is being deleted")
    if not mine.exclude(erase_at=None).update(status=status, erase_at=None):
        raise TooLate("the account is being erased already")
    changes.record(scope.workspace_id, "account.status", f"account:{account_id}", {"status": status})


def finish_deleting(now: datetime) -> int:
    """Engine only: erase what is due, and go on where a crash cut erasing short; how many accounts went."""
    due = Account.objects.filter(Q(erase_at=None) | Q(erase_at__lte=now), status=DELETING)
    left = list(due.values_list("pk", flat=True))
    for account_id in left:
        _finish(account_id)
    return len(left)


@lane.keeps
def begin_deleting(scope: Scope, account_id: AccountId | int, erase_at: datetime | None) -> None:
    """Stop all work on the account; the engine erases it after `erase_at`.  Raises `NotFound`."""
    mine = Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id)
    if not mine.update(status=DELETING, diagnosis=None, next_try_at=None, erase_at=erase_at):
        raise NotFound("no such account")
    leases.revoke(account_id)
    for request_id in Request.objects.filter(account_id=account_id, state="waiting").values_list("pk", flat=True):
        requests.settle(request_id, False, {"error": {"code": "not_found", "detail": "the account was deleted"}})
    changes.record(scope.workspace_id, "account.status", f"account:{account_id}", {"status": DELETING})


def _finish(account_id: AccountId | int) -> None:
    _erase_secret(account_id)
    while hashes := _delete_messages(account_id) + _delete_submissions(account_id):
        blobs.free({each for each in hashes if each is not None})
    _delete_row(account_id)
    clear_traces()
    if connection.vendor == "sqlite":
        connections["default"].truncate_wal()  # type: ignore[attr-defined]


@lane.keeps
def _erase_secret(account_id: AccountId | int) -> None:
    Account.objects.filter(pk=account_id).update(erase_at=None)  # from here on it cannot be taken back
    erase_secret(account_id)


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
        while threads.forget_empty(account.workspace_id):
            pass
        changes.record(account.workspace_id, "account.deleted", f"account:{account_id}", {"address": account.address})
