"""How the first person makes this Yizhan theirs: a link that works once, for a day, while there is no owner."""

import hashlib
from datetime import datetime, timedelta

from django.utils import timezone

from yizhan.base.ids import UserId, make_token
from yizhan.base.secret import Secret
from yizhan.store import changes, lane
from yizhan.store.errors import SetupLinkVoid
from yizhan.store.limits import SETUP_LINK_S
from yizhan.store.models import SetupLink, User, Workspace
from yizhan.store.scope import Scope, scope_of_home


def has_owner() -> bool:
    """Whether somebody has set this Yizhan up."""
    return Workspace.objects.exclude(owner=None).exists()


@lane.keeps
def make_link() -> Secret[str]:
    """A new token, for the link; raises `SetupLinkVoid` when there is an owner.  Earlier links stay good."""
    _refuse_owned()
    SetupLink.objects.filter(expires_at__lte=timezone.now()).delete()
    token = Secret(make_token(24))
    SetupLink.objects.create(token_hash=_hash(token), expires_at=timezone.now() + timedelta(seconds=SETUP_LINK_S))
    return token


def check_link(token: Secret[str]) -> datetime:
    """When the link expires; raises `SetupLinkVoid` when it cannot be used."""
    _refuse_owned()
    link = SetupLink.objects.filter(token_hash=_hash(token)).first()
    if link is None or link.used_at is not None:
        raise SetupLinkVoid("this set-up link is not known here, or was used")
    if link.expires_at <= timezone.now():
        raise SetupLinkVoid("this set-up link is too old; start Yizhan again for a new one", link.expires_at)
    return link.expires_at


@lane.keeps
def redeem(token: Secret[str], owner: User) -> Scope:
    """Use the link up: `owner`, not yet saved and with its password set, gets the home's workspace.

    Raises `SetupLinkVoid`; then nothing was changed.
    """
    scope = scope_of_home()
    workspace = Workspace.objects.select_for_update().get(pk=scope.workspace_id)
    check_link(token)
    SetupLink.objects.filter(token_hash=_hash(token)).update(used_at=timezone.now())
    owner.save(force_insert=True)
    workspace.owner = owner
    workspace.save(update_fields=["owner"])
    changes.record(scope.workspace_id, "workspace.owned", f"user:{UserId(owner.pk)}")
    return scope


def _refuse_owned() -> None:
    if has_owner():
        raise SetupLinkVoid("this Yizhan has an owner already; sign in instead")


def _hash(token: Secret[str]) -> str:
    return hashlib.sha256(token.reveal().encode()).hexdigest()
