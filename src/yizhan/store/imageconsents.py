"""Whose pictures a person lets Yizhan fetch without asking."""

from yizhan.base.ids import AccountId
from yizhan.store import changes, lane
from yizhan.store.accounts import address_key
from yizhan.store.models import Account, ImageConsent
from yizhan.store.scope import Scope


def has(scope: Scope, address: str) -> bool:
    """Whether the pictures of this sender are fetched."""
    mine = ImageConsent.objects.filter(workspace_id=scope.workspace_id)
    return mine.filter(address_key=address_key(address)).exists()


def list_all(scope: Scope) -> list[ImageConsent]:
    """All of them, by address."""
    return list(ImageConsent.objects.filter(workspace_id=scope.workspace_id).order_by("address_key"))


@lane.keeps
def give(scope: Scope, address: str, account_id: AccountId, vouched_by: str) -> None:
    """From now on, where these servers say of the account's mail that it is from there; once is enough."""
    key = address_key(address)
    ImageConsent.objects.get_or_create(workspace_id=scope.workspace_id, address_key=key)
    Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id).update(vouched_by=vouched_by)
    changes.record(scope.workspace_id, "images.allowed", f"sender:{key}", {})


@lane.keeps
def withdraw(scope: Scope, consent_id: int) -> bool:
    """No longer; False when there was none."""
    gone, _ = ImageConsent.objects.filter(workspace_id=scope.workspace_id, pk=consent_id).delete()
    if gone:
        changes.record(scope.workspace_id, "images.withdrawn", f"consent:{consent_id}", {})
    return bool(gone)
