"""The secret that proves an account, sealed; and how often a server refused it."""

from datetime import datetime, timedelta

from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.store import lane, vault
from yizhan.store.limits import REFUSALS_KEPT_S
from yizhan.store.models import Account, Credential
from yizhan.store.scope import Scope
from yizhan.store.sealing import Place


def place(account_id: int) -> Place:
    """Where an account's secret is sealed to."""
    return Place("credential", account_id, "secret")


def secret_of(account_id: AccountId | int) -> Secret[str]:
    """The account's secret; raises `NotFound` when it has none (any more)."""
    row = Credential.objects.filter(pk=account_id).values_list("sealed", flat=True)
    return vault.open_from(row.first, place(account_id))


@lane.keeps
def replace_secret(account_id: AccountId | int, secret: vault.AnySecret, kind: str | None = None) -> None:
    """Another secret for the account; what was refused before counts no more."""
    sealed, key_id = vault.seal_in(place(account_id), secret)
    fresh = {"sealed": sealed, "key_id": key_id, "created_at": timezone.now(), "refused_at": [], "reviewed_at": None}
    if kind is not None:
        fresh["kind"] = kind
    Credential.objects.update_or_create(account_id=account_id, defaults=fresh)


@lane.keeps
def erase_secret(account_id: AccountId | int) -> None:
    """Nothing of the secret stays; the row does."""
    Credential.objects.filter(pk=account_id).update(sealed=b"", key_id="", refused_at=[])


@lane.keeps
def note_refusal(account_id: AccountId | int, at: datetime) -> list[datetime]:
    """A server refused the secret; gives the refusals of the last hour, oldest first."""
    credential = Credential.objects.select_for_update().get(pk=account_id)
    recent = [moment for moment in _refusals(credential) if abs(at - moment) < timedelta(seconds=REFUSALS_KEPT_S)]
    recent.append(at)
    credential.refused_at = [moment.isoformat() for moment in recent]
    credential.save(update_fields=["refused_at"])
    return recent


@lane.keeps
def note_review(scope: Scope, account_id: AccountId | int, at: datetime) -> None:
    """A person looked at the secret and lets it stay; raises `NotFound`."""
    mine = Credential.objects.filter(account__workspace_id=scope.workspace_id, pk=account_id)
    if not mine.update(reviewed_at=at):
        raise NotFound("no such account")


@lane.writes
def forget_refusals(account_id: AccountId | int) -> None:
    """The secret was taken: earlier refusals count no more."""
    Credential.objects.filter(pk=account_id).update(refused_at=[])


def refusals_of(account: Account) -> list[datetime]:
    """When servers refused the secret, oldest first; the caller says how far back counts."""
    return _refusals(account.credential)


def _refusals(credential: Credential) -> list[datetime]:
    return [datetime.fromisoformat(moment) for moment in credential.refused_at]
