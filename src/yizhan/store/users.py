"""The people who log in, as rows."""

from yizhan.base.errors import NotFound
from yizhan.base.ids import UserId
from yizhan.store import lane
from yizhan.store.models import User


@lane.keeps
def set_preferences(user_id: UserId, language: str, theme: str, shortcuts_on: bool) -> None:
    """How the pages look to this person; raises `NotFound`."""
    wanted = {"language": language, "theme": theme, "shortcuts_on": shortcuts_on}
    if not User.objects.filter(pk=user_id).update(**wanted):
        raise NotFound("no such user")
