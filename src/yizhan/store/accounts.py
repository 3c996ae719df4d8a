"""Accounts: bound, read, changed.  (`credentials` has their secrets, `deleting` their end.)"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final
from unicodedata import normalize

import idna
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.store import changes, lane, spans, vault
from yizhan.store.credentials import (
    forget_refusals,
    note_refusal,
    note_review,
    place,
    refusals_of,
    replace_secret,
    secret_of,
)
from yizhan.store.deleting import begin_deleting, delete, finish_deleting, undo_deleting
from yizhan.store.errors import AccountExists
from yizhan.store.leases import fence
from yizhan.store.models import Account, Credential, Lease
from yizhan.store.scope import Scope
from yizhan.store.text import storable_json

__all__ = [
    "AccountExists",
    "NewAccount",
    "at_work",
    "begin_deleting",
    "create",
    "delete",
    "due",
    "find",
    "finish_deleting",
    "forget_refusals",
    "get",
    "get_for_engine",
    "list_all",
    "list_for_engine",
    "note_refusal",
    "note_review",
    "refusals_of",
    "replace_secret",
    "secret_of",
    "set_capabilities",
    "set_status",
    "undo_deleting",
    "update",
]

_EDITABLE = frozenset(
    {"label", "login", "provider", "ca_pem", "route", "sync_since", "sync_days", "colour", "capabilities"}
    | {f"{service}_{part}" for service in ("imap", "smtp") for part in ("host", "port", "security")}
)
_COLOURS = 8


class _Unchanged:
    pass


UNCHANGED: Final = _Unchanged()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What is known of an account when it is bound, but for its secret."""

    address: str
    login: str
    imap_host: str
    imap_port: int
    imap_security: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    label: str = ""
    provider: str = ""
    ca_pem: str = ""
    route: str = "auto"
    sync_days: int | None = 90
    sync_since: date | None = None
    status: str = "verifying"
    capabilities: Sequence[str] = field(default_factory=list)
    last_ok_at: datetime | None = None


def address_key(address: str) -> str:
    """The address as it is compared: RFC 5321 lets local parts differ by case alone, but no provider does."""
    local, at, domain = normalize("NFC", address.strip()).casefold().rpartition("@")
    return f"{local}{at}{_read_domain(domain)}"


def _read_domain(domain: str) -> str:
    """A domain in its ASCII form is the one that people read (RFC 5891 §5.4)."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain


@lane.keeps
def create(scope: Scope, new: NewAccount, secret: vault.AnySecret, kind: str = "password") -> Account:
    """The account, its sealed secret and a free lease; raises `AccountExists`."""
    account = Account(workspace_id=scope.workspace_id, address_key=address_key(new.address), **asdict(new))
    account.last_checked_at = new.last_ok_at
    account.colour = 1 + Account.objects.filter(workspace_id=scope.workspace_id).count() % _COLOURS
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        existing = find(scope, new.address)
        if existing is None:
            raise
        raise AccountExists(existing.address, existing.pk) from None
    sealed, key_id = vault.seal_in(place(account.pk), secret)
    Credential.objects.create(account=account, kind=kind, sealed=sealed, key_id=key_id, created_at=timezone.now())
    Lease.objects.create(account=account, until=Now())
    spans.note(account, new.last_ok_at or timezone.now())
    changes.record(scope.workspace_id, "account.created", f"account:{account.pk}", {"address": account.address})
    return get(scope, account.pk)


def find(scope: Scope, address: str) -> Account | None:
    """The account of that address, whatever its case; None when it is not bound."""
    return _with_counts(
        Account.objects.filter(workspace_id=scope.workspace_id, address_key=address_key(address))
    ).first()


def get(scope: Scope, account_id: AccountId | int) -> Account:
    """The account with its counts and credential; raises `NotFound`."""
    account = _with_counts(Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id)).first()
    if account is None:
        raise NotFound("no such account")
    return account


def count_in(scope: Scope, statuses: Collection[str]) -> int:
    """How many accounts have one of these statuses."""
    return Account.objects.filter(workspace_id=scope.workspace_id, status__in=statuses).count()


def list_all(scope: Scope) -> list[Account]:
    """Every account with its counts and credential, in the order they were bound."""
    return list(_with_counts(Account.objects.filter(workspace_id=scope.workspace_id)).order_by("id"))


@lane.writes
def set_status(
    account_id: AccountId | int,
    status: str,
    diagnosis: Mapping[str, Any] | None,
    *,
    at: datetime,
    ok: bool | None,
    lease: Lease | None = None,
    next_try_at: datetime | _Unchanged | None = UNCHANGED,
    failures: int | _Unchanged = UNCHANGED,
) -> None:
    """What was found; `ok` None means that the verdict is not known yet.  Raises `NotFound` or `LeaseLost`.

    A change is recorded when the status or the diagnosis is another than before.
    """
    fence(lease)
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise NotFound("no such account")
    before = (account.status, account.diagnosis)
    account.status, account.diagnosis = status, None if diagnosis is None else storable_json(diagnosis)
    for name, value in {**_moments(ok, at), "next_try_at": next_try_at, "failures": failures}.items():
        if not isinstance(value, _Unchanged):
            setattr(account, name, value)
    account.save(update_fields=_STATUS_FIELDS)
    spans.note(account, at)
    if before != (account.status, account.diagnosis):
        _news(account, "account.status", {"status": status})


_STATUS_FIELDS = ["status", "diagnosis", "last_ok_at", "last_error_at", "last_checked_at", "next_try_at", "failures"]


def _moments(ok: bool | None, at: datetime) -> dict[str, Any]:
    if ok is None:
        return {}
    return {"last_checked_at": at, "last_ok_at" if ok else "last_error_at": at}


@lane.keeps
def update(scope: Scope, account_id: AccountId | int, **fields: Any) -> Account:
    """Change what a person may change; raises `NotFound`, and `TypeError` for anything else."""
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise TypeError(f"not to be edited: {', '.join(sorted(unknown))}")
    account = get(scope, account_id)
    for name, value in fields.items():
        setattr(account, name, value)
    account.save(update_fields=sorted(fields))
    _news(account, "account.edited", {"fields": sorted(fields)})
    return get(scope, account_id)


@lane.writes
def set_capabilities(account_id: AccountId | int, capabilities: Sequence[str], lease: Lease | None) -> None:
    """What the server can do, as it said last."""
    fence(lease)
    Account.objects.filter(pk=account_id).update(capabilities=storable_json(list(capabilities)))


@lane.writes
def remember_files_copy(account_id: AccountId | int, files_copy: bool | None) -> None:
    """Engine only: whether the server was seen to file sent mail by itself; None: nobody knows any more."""
    Account.objects.filter(pk=account_id).exclude(files_copy=files_copy).update(files_copy=files_copy)


def due(now: datetime) -> list[Account]:
    """Engine only: accounts whose next try has come, the longest waiting first."""
    return list(Account.objects.filter(next_try_at__lte=now).order_by("next_try_at").select_related("credential"))


def get_for_engine(account_id: AccountId | int) -> Account:
    """Engine only: the account, whoever's it is; raises `NotFound`."""
    account = _with_counts(Account.objects.filter(pk=account_id)).first()
    if account is None:
        raise NotFound("no such account")
    return account


def at_work(account_ids: Sequence[AccountId]) -> list[Account]:
    """Engine only: of these accounts, what says when each is to be looked at next."""
    rows = Account.objects.filter(pk__in=account_ids).only("pk", "status", "diagnosis", "imap_host", "next_try_at")
    return list(rows.order_by("pk"))


def list_for_engine() -> list[Account]:
    """Engine only: every account of every workspace."""
    return list(_with_counts(Account.objects.all()).order_by("id"))


def _with_counts(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Sums over the mailboxes; `all` (Gmail's All Mail) repeats the messages of the others."""
    counted = ~Q(mailboxes__role="all")
    sums = {
        "mailbox_count": Count("mailboxes"),
        "message_count": Coalesce(Sum("mailboxes__messages", filter=counted), 0),
        "unseen_count": Coalesce(Sum("mailboxes__unseen", filter=counted), 0),
    }
    return accounts.select_related("credential").annotate(**sums)


def _news(account: Account, kind: str, payload: Mapping[str, Any]) -> None:
    changes.record(account.workspace_id, kind, f"account:{account.pk}", payload)
