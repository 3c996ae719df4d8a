"""Signatures, and which one each account ends with."""

from django.db.models import QuerySet

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.store import lane
from yizhan.store.errors import NameTaken
from yizhan.store.models import Account, Signature
from yizhan.store.scope import Scope
from yizhan.store.text import storable

MAX_NAME_CHARS = 150


def list_all(scope: Scope) -> list[Signature]:
    """By name."""
    return list(_mine(scope).order_by("name"))


@lane.keeps
def keep(scope: Scope, name: str, html: str, signature_id: int | None = None) -> int:
    """A new one, or that one changed; its number.  Raises `NotFound`, `NameTaken`."""
    name = storable(name, MAX_NAME_CHARS)
    if _mine(scope).filter(name=name).exclude(pk=signature_id or 0).exists():
        raise NameTaken(f"there is a signature named {name!r}")
    if signature_id is None:
        return Signature.objects.create(workspace_id=scope.workspace_id, name=name, html=storable(html, len(html))).pk
    row = _get(scope, signature_id)
    row.name, row.html = name, storable(html, len(html))
    row.save()
    return row.pk


@lane.keeps
def remove(scope: Scope, signature_id: int) -> None:
    """It is gone, and accounts that ended with it end with none; raises `NotFound`."""
    _get(scope, signature_id).delete()


def chosen(scope: Scope) -> dict[int, tuple[int | None, int | None]]:
    """By account: the one for new messages, and the one for answers."""
    rows = Account.objects.filter(workspace_id=scope.workspace_id)
    return {row[0]: (row[1], row[2]) for row in rows.values_list("pk", "signature_new_id", "signature_answer_id")}


@lane.keeps
def choose(scope: Scope, account_id: AccountId | int, new: int | None, answer: int | None) -> None:
    """End this account's new messages and its answers so; raises `NotFound`."""
    for each in (new, answer):
        if each is not None:
            _get(scope, each)
    rows = Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id)
    if not rows.update(signature_new=new, signature_answer=answer):
        raise NotFound("no such account")


def _mine(scope: Scope) -> QuerySet[Signature]:
    return Signature.objects.filter(workspace_id=scope.workspace_id)


def _get(scope: Scope, signature_id: int) -> Signature:
    row = _mine(scope).filter(pk=signature_id).first()
    if row is None:
        raise NotFound("no such signature")
    return row
