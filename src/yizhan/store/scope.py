"""Whose rows: every function on a user's rows takes a `Scope`, and only this file makes one."""

from dataclasses import dataclass

from yizhan.base.errors import NotFound
from yizhan.base.ids import UserId, WorkspaceId
from yizhan.store import lane
from yizhan.store.models import Workspace

HOME_KEY = "home"


@dataclass(frozen=True, slots=True)
class Scope:
    """One workspace's rows."""

    workspace_id: WorkspaceId


def scope_of_user(user_id: UserId) -> Scope:
    """The workspace that this user owns; raises `NotFound` when there is none."""
    row = Workspace.objects.filter(owner_id=user_id).order_by("id").values_list("id", flat=True).first()
    if row is None:
        raise NotFound("this user has no workspace")
    return Scope(WorkspaceId(row))


def scope_of_home() -> Scope:
    """The one workspace of this home, made when it is not there yet."""
    row = Workspace.objects.filter(key=HOME_KEY).values_list("id", flat=True).first()
    return Scope(WorkspaceId(_make_home() if row is None else row))


@lane.keeps
def _make_home() -> int:
    workspace, _ = Workspace.objects.get_or_create(key=HOME_KEY)
    return workspace.pk
