"""What a door asks of the engine: left in the store, claimed, reported on, settled."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, RequestId
from yizhan.base.secret import Secret
from yizhan.store import changes, lane, vault
from yizhan.store.limits import MAX_REQUEST_CLAIMS, REQUEST_CLAIM_S
from yizhan.store.models import Account, Lease, Request
from yizhan.store.scope import Scope
from yizhan.store.sealing import Place
from yizhan.store.text import storable_json

State = Request.State


@lane.keeps
def leave(
    scope: Scope,
    kind: str,
    account_id: AccountId | int | None,
    payload: Mapping[str, Any],
    secret: vault.AnySecret | None = None,
) -> Request:
    """Ask; the secret is sealed and lives as long as the question.  Raises `NotFound` for another's account."""
    if account_id is not None and not Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id).exists():
        raise NotFound("no such account")
    request = Request.objects.create(
        workspace_id=scope.workspace_id, account_id=account_id, kind=kind, payload=storable_json(payload)
    )
    if secret is not None:
        request.sealed_secret, request.key_id = vault.seal_in(place(request.pk), secret)
        request.save(update_fields=["sealed_secret", "key_id"])
    _news(request, "request.left")
    return request


@lane.writes
def claim_next(owner: str, kinds: Sequence[str] | None = None, ttl: float = REQUEST_CLAIM_S) -> Request | None:
    """The oldest waiting request that this owner may do, now running, or None.

    One about an account goes to whoever holds that account's lease; if nobody does, to anyone.
    """
    held_by_others = Lease.objects.filter(until__gt=Now()).exclude(owner__in=["", owner]).values("account_id")
    waiting = Request.objects.filter(state=State.WAITING).filter(Q(account=None) | ~Q(account_id__in=held_by_others))
    if kinds is not None:
        waiting = waiting.filter(kind__in=kinds)
    request = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("id").first()
    if request is None:
        return None
    Request.objects.filter(pk=request.pk).update(
        state=State.RUNNING,
        claims=F("claims") + 1,
        claimed_by=owner,
        claimed_until=Now() + timedelta(seconds=ttl),
    )
    request.refresh_from_db()
    _news(request, "request.running")
    return request


def secret_of(request: Request) -> Secret[str]:
    """The secret that was left with it; raises `NotFound` when there is none (any more)."""
    row = Request.objects.filter(pk=request.pk).values_list("sealed_secret", flat=True)
    return vault.open_from(row.first, place(request.pk))


@lane.writes
def report(request_id: RequestId | int, progress: Mapping[str, Any], ttl: float = REQUEST_CLAIM_S) -> None:
    """How far it is; the claim is good for `ttl` more seconds.  A settled one stays as it is."""
    running = Request.objects.filter(pk=request_id, state=State.RUNNING)
    if running.update(progress=storable_json(progress), claimed_until=Now() + timedelta(seconds=ttl)):
        _news(Request.objects.get(pk=request_id), "request.progress")


@lane.keeps
def settle(request_id: RequestId | int, ok: bool, answer: Mapping[str, Any]) -> bool:
    """Answer it and erase its secret; False when it had been settled before, and that answer stands."""
    open_ones = Request.objects.filter(pk=request_id, state__in=[State.WAITING, State.RUNNING])
    settled = open_ones.update(
        state=State.DONE if ok else State.FAILED,
        answer=storable_json(answer),
        sealed_secret=None,
        key_id="",
        claimed_until=None,
        settled_at=timezone.now(),
    )
    if settled:
        _news(Request.objects.get(pk=request_id), "request.settled")
    return bool(settled)


def get(scope: Scope, request_id: RequestId | int) -> Request:
    """The request as it is now; raises `NotFound`."""
    request = Request.objects.filter(workspace_id=scope.workspace_id, pk=request_id).first()
    if request is None:
        raise NotFound("no such request")
    return request


def find_about(scope: Scope, kind: str, name: str, value: int | str) -> Request | None:
    """The newest of a kind whose payload has this value under that name, or None."""
    mine = Request.objects.filter(workspace_id=scope.workspace_id, kind=kind, **{f"payload__{name}": value})
    return mine.order_by("-pk").first()


def list_newest(scope: Scope, kind: str, limit: int) -> list[Request]:
    """The newest of a kind, whatever became of them, newest first."""
    return list(Request.objects.filter(workspace_id=scope.workspace_id, kind=kind).order_by("-pk")[:limit])


def list_batch(scope: Scope, batch: str) -> list[Request]:
    """The requests whose payload names this batch, in the order they were left."""
    mine = Request.objects.filter(workspace_id=scope.workspace_id, payload__batch=batch)
    return list(mine.order_by("id"))


@lane.keeps
def forget(scope: Scope, request_id: RequestId | int) -> bool:
    """Remove a settled one; False when it is not settled, or not here."""
    settled = Request.objects.filter(workspace_id=scope.workspace_id, pk=request_id).exclude(settled_at=None).first()
    if settled is None:
        return False
    settled.delete()
    changes.record(scope.workspace_id, "request.forgotten", f"request:{request_id}", {"kind": settled.kind})
    return True


def waiting_count(scope: Scope) -> int:
    """How many nobody has claimed yet."""
    return Request.objects.filter(workspace_id=scope.workspace_id, state=State.WAITING).count()


@lane.writes
def abandon(owner: str) -> int:
    """End the claims of somebody who is known to be dead; `reclaim` puts them back.  How many."""
    return Request.objects.filter(state=State.RUNNING, claimed_by=owner).update(claimed_until=Now())


@lane.writes
def reclaim() -> int:
    """Put back what dead workers had claimed; give up what has killed three.  How many were touched."""
    dead = Request.objects.filter(state=State.RUNNING, claimed_until__lte=Now())
    ids = list(dead.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    for request in Request.objects.filter(pk__in=ids).order_by("pk"):
        if request.claims >= MAX_REQUEST_CLAIMS:
            detail = f"the work on this was cut short {request.claims} times"
            settle(request.pk, False, {"error": {"code": "worker_died", "detail": detail}})
        else:
            Request.objects.filter(pk=request.pk).update(state=State.WAITING, claimed_by="", claimed_until=None)
            _news(request, "request.left")
    return len(ids)


@lane.writes
def prune(before: datetime, limit: int = 500) -> int:
    """Forget what was settled before that instant; how many went."""
    old = Request.objects.filter(settled_at__lt=before).order_by("settled_at").values_list("pk", flat=True)[:limit]
    return Request.objects.filter(pk__in=list(old)).delete()[0]


def place(request_id: int) -> Place:
    """Where a request's secret is sealed to."""
    return Place("request", request_id, "secret")


def _news(request: Request, kind: str) -> None:
    payload = {"kind": request.kind, "state": request.state, "account": request.account_id}
    changes.record(request.workspace_id, kind, f"request:{request.pk}", payload)
