"""The accounts of a workspace as doors show them, and their end."""

from typing import Any

from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.services.accounts.forms import AddressWrong, read_address
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.services.accounts.reviewing import age_days, reason_to_review
from yizhan.services.catalogue.diagnoses import shape_of
from yizhan.services.catalogue.known import noun_at
from yizhan.store import accounts
from yizhan.store.models import Account
from yizhan.store.scope import Scope, scope_of_home

NEEDS_PERSON = frozenset({AccountStatus.NEEDS_CREDENTIAL, AccountStatus.NEEDS_ACTION, AccountStatus.UNREACHABLE})
__all__ = ["Scope", "delete_account", "find_account_id", "list_accounts", "scope_of_home", "show_account"]


def list_accounts(scope: Scope, language: str) -> list[dict[str, Any]]:
    """Every account in cli.md's shape, in the order they were bound."""
    return [_shape(account, language) for account in accounts.list_all(scope)]


def count_needing_a_person(scope: Scope) -> int:
    """How many accounts wait for somebody to do something."""
    return accounts.count_in(scope, NEEDS_PERSON)


def show_account(scope: Scope, account_id: AccountId, language: str) -> dict[str, Any]:
    """One account in cli.md's shape; raises `NotFound`."""
    return _shape(accounts.get(scope, account_id), language)


def find_account_id(scope: Scope, address: str) -> AccountId:
    """The id of an address as typed; raises `NotFound` that says it is not bound."""
    account = accounts.find(scope, _as_bound(address))
    if account is None:
        raise NotFound(f"{address} is not bound here")
    return AccountId(account.pk)


def _as_bound(typed: str) -> str:
    try:
        return read_address(typed)
    except AddressWrong:
        return typed


def delete_account(scope: Scope, account_id: AccountId) -> None:
    """Erase the secret and the local mail; what the provider holds is not touched."""
    accounts.delete(scope, account_id)


def _shape(account: Account, language: str) -> dict[str, Any]:
    now = timezone.now()
    return {
        "id": account.pk,
        "address": account.address,
        "provider": account.provider or None,
        "status": account.status,
        "diagnosis": _diagnosis(account, language),
        "route": account.route,
        "label": account.label,
        "last_ok_at": account.last_ok_at,
        "last_error_at": account.last_error_at,
        "mailboxes": account.mailbox_count,
        "messages": account.message_count,
        "unseen": account.unseen_count,
        "login": account.login,
        "imap": f"{account.imap_host}:{account.imap_port}/{account.imap_security}",
        "smtp": f"{account.smtp_host}:{account.smtp_port}/{account.smtp_security}",
        "sync_days": account.sync_days,
        "sync_since": account.sync_since,
        "colour": account.colour,
        "created_at": account.created_at,
        "next_try_at": account.next_try_at,
        "secret_kind": account.credential.kind,
        "secret_age_days": age_days(account, now),
        "secret_review": reason_to_review(account, now),
    }


def _diagnosis(account: Account, language: str) -> dict[str, Any] | None:
    """In the provider's own nouns; most accounts are well and need none looked up."""
    noun = noun_at(account.provider, language) if account.diagnosis else None
    return shape_of(account.diagnosis, language, noun)
