"""How the first person comes to own this Yizhan, as doors and the plant use it."""

from yizhan.store.errors import SetupLinkVoid
from yizhan.store.scope import Scope, scope_of_home
from yizhan.store.setup import check_link, has_owner, make_link

__all__ = ["Scope", "SetupLinkVoid", "check_link", "has_owner", "make_link", "scope_of_home"]
