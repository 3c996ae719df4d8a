"""As whom an account may send: its own address, and its identities unless the provider wants From to be the login."""

from typing import Any

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.providers.entries import Quirk
from yizhan.services.catalogue.known import provider_by_id
from yizhan.store import accounts, identities
from yizhan.store.models import Account, Submission
from yizhan.store.scope import Scope

Pair = tuple[str, str]
REFUSALS = frozenset({"sender_not_allowed", "sender_auth_failed"})  # the causes that are about who sends


class SenderNotPermitted(BadInput):
    """The provider takes no mail of this sender from this account; `part` is the address that it does take."""

    code = "sender_not_permitted"

    def __init__(self, address: str, own: str) -> None:
        super().__init__(f"this provider takes mail from {own} only, not from {address}")
        self.part = own


class SenderUnknown(BadInput):
    """The account has no such identity."""

    code = "sender_unknown"


def choose_sender(scope: Scope, account: Account, wanted: Pair | None) -> tuple[Pair, str]:
    """(name, address) of the sender, the account's default where none is wanted, and where answers go instead.

    Raises `SenderUnknown`, `SenderNotPermitted`.
    """
    account_id = AccountId(account.pk)
    if wanted is None:
        default = identities.default_of(scope, account_id)
        if default is None:
            return ("", account.address), ""
        wanted = (default.name, default.address)
    found = identities.find(scope, account_id, wanted[1])
    if found is None and not is_own(account, wanted[1]):
        raise SenderUnknown(f"{account.address} has no identity {wanted[1]}")
    check_permitted(account, wanted[1])
    return wanted, found.reply_to if found else ""


def check_permitted(account: Account, address: str) -> None:
    """Raises `SenderNotPermitted` where the provider is known to refuse it."""
    if not is_own(account, address) and from_is_login(account):
        raise SenderNotPermitted(address, account.address)


def is_own(account: Account, address: str) -> bool:
    """Whether it is the account's own address."""
    return accounts.address_key(address) == account.address_key


def from_is_login(account: Account) -> bool:
    """Whether its provider refuses every other sender."""
    provider = provider_by_id(account.provider) if account.provider else None
    return provider is not None and Quirk.FROM_IS_LOGIN in provider.quirks


def note_verdict(row: Submission, diagnosis: dict[str, Any] | None) -> None:
    """Engine only: what the server said to the sender of a submission; None when it took the message.  In the lane."""
    if diagnosis is None or diagnosis["cause"] in REFUSALS:
        identities.set_diagnosis(row.account_id, row.mail_from, diagnosis)
