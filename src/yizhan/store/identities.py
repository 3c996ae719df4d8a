"""The names and addresses that an account sends as."""

from typing import Any

from django.db.models import QuerySet

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.store import asking, changes, lane
from yizhan.store.accounts import address_key
from yizhan.store.errors import IdentityExists
from yizhan.store.limits import MAX_NAME_CHARS
from yizhan.store.models import Account, Identity
from yizhan.store.scope import Scope
from yizhan.store.text import storable, storable_json

_REFUSED = "SELECT id FROM store_identity WHERE account_id = %s AND address_key = %s AND diagnosis IS NOT NULL"


def list_all(scope: Scope, account_id: AccountId | int) -> list[Identity]:
    """An account's, the default first, then by address."""
    return list(_mine(scope).filter(account_id=account_id).order_by("-is_default", "address_key"))


def list_every(scope: Scope) -> list[Identity]:
    """Of every account, as `list_all` orders them."""
    return list(_mine(scope).order_by("account_id", "-is_default", "address_key"))


def get(scope: Scope, identity_id: int) -> Identity:
    """One of them with its account; raises `NotFound`."""
    found = _mine(scope).filter(pk=identity_id).first()
    if found is None:
        raise NotFound("no such identity")
    return found


def find(scope: Scope, account_id: AccountId | int, address: str) -> Identity | None:
    """The account's identity of that address, whatever its case."""
    return _mine(scope).filter(account_id=account_id, address_key=address_key(address)).first()


def find_anywhere(scope: Scope, address: str) -> Identity | None:
    """The identity of that address, whichever account has it; the oldest of several."""
    return _mine(scope).filter(address_key=address_key(address)).order_by("pk").first()


def default_of(scope: Scope, account_id: AccountId | int) -> Identity | None:
    """The one that stands in a new message; None where the account's bare address does."""
    return _mine(scope).filter(account_id=account_id, is_default=True).first()


@lane.keeps
def add(scope: Scope, account_id: AccountId | int, address: str, name: str, reply_to: str) -> Identity:
    """A new one; raises `NotFound`, `IdentityExists`."""
    account = Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id).select_for_update().first()
    if account is None:
        raise NotFound("no such account")
    row, made = Identity.objects.get_or_create(
        account=account,
        address_key=address_key(address),
        defaults={"address": address, "name": storable(name, MAX_NAME_CHARS), "reply_to": reply_to},
    )
    if not made:
        raise IdentityExists(f"{row.address} is there already")
    _news(row)
    return row


@lane.keeps
def edit(scope: Scope, identity_id: int, name: str, reply_to: str) -> None:
    """Another name or Reply-To; raises `NotFound`."""
    row = get(scope, identity_id)
    row.name, row.reply_to = storable(name, MAX_NAME_CHARS), reply_to
    row.save(update_fields=["name", "reply_to"])
    _news(row)


@lane.keeps
def choose_default(scope: Scope, identity_id: int) -> None:
    """From now on it stands in new messages; raises `NotFound`."""
    row = get(scope, identity_id)
    Identity.objects.filter(account_id=row.account_id, is_default=True).update(is_default=False)
    Identity.objects.filter(pk=row.pk).update(is_default=True)
    _news(row)


@lane.keeps
def remove(scope: Scope, identity_id: int) -> None:
    """Raises `NotFound`."""
    row = get(scope, identity_id)
    Identity.objects.filter(pk=row.pk).delete()
    _news(row)


@lane.keeps
def set_diagnosis(account_id: AccountId | int, address: str, diagnosis: dict[str, Any] | None) -> None:
    """Engine only: why the server refused it as a sender; None: it took it.  Other addresses are passed over."""
    key = address_key(address)
    if diagnosis is None and not asking.ask(_REFUSED, [account_id, key]):  # asked for every message that is sent
        return
    for row in Identity.objects.filter(account_id=account_id, address_key=key).select_related("account"):
        row.diagnosis = None if diagnosis is None else storable_json(diagnosis)
        row.save(update_fields=["diagnosis"])
        _news(row)


def _mine(scope: Scope) -> QuerySet[Identity]:
    return Identity.objects.filter(account__workspace_id=scope.workspace_id).select_related("account")


def _news(row: Identity) -> None:
    changes.record(row.account.workspace_id, "identities.changed", f"account:{row.account_id}", {})
