"""The accounts of a workspace, read and let go."""

from datetime import UTC, datetime

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.net.endpoints import Endpoint, Security
from yizhan.providers.catalogue import find_provider
from yizhan.services.accounts.views import AccountView
from yizhan.services.catalogue.diagnoses import view_of
from yizhan.store import accounts
from yizhan.store.models import Account
from yizhan.store.scope import Scope


def list_accounts(scope: Scope, language: str) -> list[AccountView]:
    """Every account, in the order they were bound."""
    return [view(account, language) for account in accounts.list_all(scope)]


def get_account(scope: Scope, account_id: AccountId, language: str) -> AccountView:
    """One account by id; raises `NotFound`."""
    return view(accounts.get(scope, account_id), language)


def find_account(scope: Scope, address: str) -> Account:
    """One account by address, as typed; raises `NotFound` that says it is not bound."""
    account = accounts.find(scope, address.strip())
    if account is None:
        raise NotFound(f"{address} is not bound here")
    return account


def delete_account(scope: Scope, account_id: AccountId) -> None:
    """Erase the secret and the local mail; what the provider holds is not touched."""
    accounts.delete(scope, account_id)


def view(account: Account, language: str) -> AccountView:
    """The row as doors show it."""
    provider = find_provider(account.provider)
    credential = account.credential
    return AccountView(
        id=account.pk,
        address=account.address,
        label=account.label,
        login=account.login,
        provider=account.provider,
        provider_name=provider.name(language) if provider else "",
        status=account.status,
        diagnosis=view_of(account.diagnosis, language, account.provider),
        route=account.route,
        imap=str(imap_endpoint(account)),
        smtp=str(smtp_endpoint(account)),
        colour=account.colour,
        created_at=account.created_at,
        last_ok_at=account.last_ok_at,
        last_error_at=account.last_error_at,
        mailboxes=account.mailbox_count,
        messages=account.message_count,
        unseen=account.unseen_count,
        credential_kind=credential.kind,
        credential_age_days=(datetime.now(UTC) - credential.created_at).days,
    )


def imap_endpoint(account: Account) -> Endpoint:
    return Endpoint(account.imap_host, account.imap_port, Security(account.imap_security))


def smtp_endpoint(account: Account) -> Endpoint:
    return Endpoint(account.smtp_host, account.smtp_port, Security(account.smtp_security))
