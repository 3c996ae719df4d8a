"""The names and addresses that a person sends as: listed, added, changed, and what the provider made of each."""

from typing import Any

from yizhan.base.errors import BadInput, NotFound
from yizhan.base.ids import AccountId
from yizhan.mime.addresses import read_typed
from yizhan.services.catalogue.diagnoses import shape_of
from yizhan.services.catalogue.known import noun_at
from yizhan.services.outbox.senders import check_permitted, from_is_login, is_own
from yizhan.store import accounts, identities
from yizhan.store.models import Identity
from yizhan.store.scope import Scope

MAX_IDENTITIES = 50  # of one account; Gmail lets 99 aliases be, and nobody chooses among more in a form
MAX_NAME = 150


class IdentityWrong(BadInput):
    """The address of the identity, or the one for answers, is none."""

    code = "identity_wrong"

    def __init__(self, part: str) -> None:
        super().__init__(f"{part!r} is not an e-mail address")
        self.part = part


class TooManyIdentities(BadInput):
    """The account has as many as it may."""

    code = "too_many_identities"


def list_identities(scope: Scope, account_id: AccountId, language: str) -> list[dict[str, Any]]:
    """`id name address reply_to is_default is_own diagnosis`, the default first; raises `NotFound`.

    The account's own address is always there; with the id None it has no name of its own yet.
    """
    account = accounts.get(scope, account_id)
    noun = noun_at(account.provider, language)
    found: list[dict[str, Any]] = [
        {
            "id": row.pk,
            "name": row.name,
            "address": row.address,
            "reply_to": row.reply_to,
            "is_default": row.is_default,
            "is_own": is_own(account, row.address),
            "diagnosis": shape_of(row.diagnosis, language, noun),
        }
        for row in identities.list_all(scope, account_id)
    ]
    if not any(each["is_own"] for each in found):
        bare = {"id": None, "name": "", "address": account.address, "reply_to": "", "is_own": True, "diagnosis": None}
        found.insert(0, bare | {"is_default": not any(each["is_default"] for each in found)})
    return sorted(found, key=lambda each: not each["is_default"])


def list_senders(scope: Scope) -> dict[int, list[dict[str, Any]]]:
    """By account `id name address` of what it may send as, the default first; nothing where it is the bare address."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in identities.list_every(scope):
        if row.diagnosis is None:
            found.setdefault(row.account_id, []).append({"id": row.pk, "name": row.name, "address": row.address})
    return found


def may_add(scope: Scope, account_id: AccountId) -> bool:
    """Whether the provider lets the account send as anything but its own address, as far as is known."""
    return not from_is_login(accounts.get(scope, account_id))


def add(
    scope: Scope, account_id: AccountId, address: str, name: str = "", reply_to: str = "", *, default: bool = False
) -> int:
    """A new identity, or a name for the account's own address; its id.

    Raises `IdentityWrong`, `SenderNotPermitted`, `IdentityExists`, `TooManyIdentities`, `NotFound`.
    """
    bare = _one_address(address)
    check_permitted(accounts.get(scope, account_id), bare)
    if len(identities.list_all(scope, account_id)) >= MAX_IDENTITIES:
        raise TooManyIdentities(f"an account has at most {MAX_IDENTITIES} identities")
    row = identities.add(scope, account_id, bare, _tidy(name), _one_address(reply_to) if reply_to.strip() else "")
    if default:
        identities.choose_default(scope, row.pk)
    return int(row.pk)


def edit(scope: Scope, identity_id: int, name: str, reply_to: str) -> None:
    """Another name, another address for answers; raises `IdentityWrong`, `NotFound`."""
    identities.edit(scope, identity_id, _tidy(name), _one_address(reply_to) if reply_to.strip() else "")


def choose_default(scope: Scope, identity_id: int) -> None:
    """From now on it stands in new messages; raises `NotFound`."""
    identities.choose_default(scope, identity_id)


def remove(scope: Scope, identity_id: int) -> None:
    """Forget it; what was sent as it stays.  Raises `NotFound`."""
    identities.remove(scope, identity_id)


def sender_of(scope: Scope, identity_id: int) -> tuple[AccountId, tuple[str, str]]:
    """Whose it is, and (name, address) for `Outgoing.sender`; raises `NotFound`."""
    row: Identity = identities.get(scope, identity_id)
    return AccountId(row.account_id), (row.name, row.address)


def find_sender(scope: Scope, address: str) -> tuple[AccountId, tuple[str, str]]:
    """The account that sends as this address, and (name, address); an account's own goes before another's identity.

    Raises `NotFound`.
    """
    account = accounts.find(scope, address)
    row = identities.find_anywhere(scope, address) if account is None else identities.find(scope, account.pk, address)
    if row is not None:
        return AccountId(row.account_id), (row.name, row.address)
    if account is None:
        raise NotFound(f"{address} is not bound here, and no account sends as it")
    return AccountId(account.pk), ("", account.address)


def _one_address(typed: str) -> str:
    found = read_typed(typed)
    if found.wrong or len(found.people) != 1:
        raise IdentityWrong(typed.strip()[:320])
    return found.people[0][1]


def _tidy(name: str) -> str:
    return " ".join(name.split())[:MAX_NAME]
