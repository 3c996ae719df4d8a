"""How accounts stood over time: written where a status is written, read for the timeline."""

from datetime import datetime

from django.db.models import Q

from yizhan.base.ids import AccountId
from yizhan.store import lane
from yizhan.store.limits import MAX_SPANS
from yizhan.store.models import Account, StatusSpan
from yizhan.store.scope import Scope

UNDER_WAY = "verifying"


def note(account: Account, at: datetime) -> None:
    """Inside the transaction that sets the status: end the span that lasts and begin another, if it differs.

    A check under way says nothing yet, so it ends nothing.
    """
    last = StatusSpan.objects.filter(account=account).order_by("-began_at", "-id").first()
    if last is not None and (account.status == UNDER_WAY or _cause(last) == _cause(account)):
        return
    StatusSpan.objects.filter(account=account, ended_at=None).update(ended_at=at)
    StatusSpan.objects.create(account=account, status=account.status, diagnosis=account.diagnosis, began_at=at)


def between(scope: Scope, account_id: AccountId | int, since: datetime) -> list[StatusSpan]:
    """The spans that reach past `since`, oldest first; at most the newest `MAX_SPANS`."""
    mine = StatusSpan.objects.filter(account_id=account_id, account__workspace_id=scope.workspace_id)
    newest = mine.filter(Q(ended_at=None) | Q(ended_at__gt=since)).order_by("-began_at", "-id")[:MAX_SPANS]
    return list(reversed(newest))


@lane.writes
def prune(before: datetime, limit: int = 1000) -> int:
    """Forget spans that ended before that instant; how many went."""
    old = StatusSpan.objects.filter(ended_at__lt=before).order_by("ended_at").values_list("pk", flat=True)[:limit]
    return StatusSpan.objects.filter(pk__in=list(old)).delete()[0]


def _cause(seen: Account | StatusSpan) -> tuple[str, str | None]:
    return seen.status, seen.diagnosis.get("cause") if seen.diagnosis else None
