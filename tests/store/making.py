"""Rows for tests, made the way the engine makes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from yizhan.base.secret import Secret
from yizhan.store import accounts, leases, mailboxes, messages
from yizhan.store.models import Account, Lease, Mailbox
from yizhan.store.scope import Scope

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
VALIDITY = 17


def new_account(address: str = "anna@example.com", **fields: Any) -> accounts.NewAccount:
    servers = {f"{service}_{part}": value for service in ("imap", "smtp") for part, value in _SERVER.items()}
    return accounts.NewAccount(**{"address": address, "login": address, **servers, **fields})


_SERVER = {"host": "mail.example.com", "port": 993, "security": "tls"}


def bind(scope: Scope, address: str = "anna@example.com", secret: str = "opensesame", **fields: Any) -> Account:
    return accounts.create(scope, new_account(address, **fields), Secret(secret))


def take_lease(account: Account, owner: str = "engine-1", ttl: float = 60.0) -> Lease:
    lease = leases.take(account.pk, owner, ttl)
    assert lease is not None
    return lease


def open_inbox(account: Account, lease: Lease, **said: Any) -> Mailbox:
    inbox = mailboxes.MailboxFacts(wire_name="INBOX", name="INBOX", delimiter="/", role="inbox")
    [mailbox] = mailboxes.store_list(account.pk, [inbox], lease)
    mailboxes.set_selected(mailbox.pk, uid_validity=VALIDITY, lease=lease, **said)
    return mailboxes.get_for_engine(mailbox.pk)


def facts(uid: int, **fields: Any) -> messages.MessageFacts:
    sender = {"name": "李雷", "address": "lilei@example.cn"}
    told = {"internal_date": NOON + timedelta(minutes=uid), "subject": f"第 {uid} 封", "from_": [sender]}
    return messages.MessageFacts(uid=uid, **{**told, **fields})
