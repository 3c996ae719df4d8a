"""The people who log in, as rows."""

from collections.abc import Mapping
from typing import Any

from yizhan.base.errors import NotFound
from yizhan.base.ids import UserId
from yizhan.store import lane
from yizhan.store.models import User
from yizhan.store.scope import HOME_KEY, Scope


def find(email: str = "") -> User:
    """Who signs in with this address; without one, who owns the home.  Raises `NotFound`."""
    found = User.objects.filter(email=email.strip().lower()) if email else User.objects.filter(workspaces__key=HOME_KEY)
    user = found.first()
    if user is None:
        raise NotFound(f"nobody signs in as {email[:80]!r}" if email else "nobody owns this Yizhan yet")
    return user


@lane.keeps
def keep_password(user: User) -> None:
    """The password that was set on it; every web session of this person ends with the old one."""
    user.save(update_fields=["password"])


def find_owner(scope: Scope) -> User | None:
    """Whose workspace it is; None before somebody has set Yizhan up."""
    return User.objects.filter(workspaces=scope.workspace_id).first()


@lane.keeps
def set_preferences(user_id: UserId, wanted: Mapping[str, Any]) -> None:
    """How the pages look to this person, by column; raises `NotFound`."""
    if not User.objects.filter(pk=user_id).update(**wanted):
        raise NotFound("no such user")
