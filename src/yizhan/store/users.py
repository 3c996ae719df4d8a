"""The people who log in, as rows."""

from yizhan.base.errors import NotFound
from yizhan.base.ids import UserId
from yizhan.store import lane
from yizhan.store.models import User
from yizhan.store.scope import HOME_KEY


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


@lane.keeps
def set_preferences(user_id: UserId, language: str, theme: str, shortcuts_on: bool) -> None:
    """How the pages look to this person; raises `NotFound`."""
    wanted = {"language": language, "theme": theme, "shortcuts_on": shortcuts_on}
    if not User.objects.filter(pk=user_id).update(**wanted):
        raise NotFound("no such user")
