"""The mailboxes of an account, as the server says they are."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MailboxId
from yizhan.store import changes, lane
from yizhan.store.leases import fence
from yizhan.store.limits import MAX_MAILBOX_NAME_BYTES, MAX_MAILBOXES
from yizhan.store.models import Account, Lease, Mailbox, Message
from yizhan.store.scope import Scope
from yizhan.store.text import storable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxFacts:
    """One line of LIST, and of its STATUS if there was one."""

    wire_name: str
    name: str
    delimiter: str = ""
    role: str = ""
    subscribed: bool = True
    selectable: bool = True
    messages: int | None = None
    unseen: int | None = None


_LISTED = ("name", "delimiter", "role", "subscribed", "selectable")
_COUNTED = ("messages", "unseen")


@lane.writes
def store_list(account_id: AccountId | int, facts: Sequence[MailboxFacts], lease: Lease | None) -> list[Mailbox]:
    """Make the account's mailboxes what the server listed; those it does not list go, with their messages."""
    fence(lease)
    listed = {each.wire_name: each for each in _lawful(account_id, facts)}
    held = {each.wire_name: each for each in Mailbox.objects.filter(account_id=account_id)}
    gone = [row.pk for name, row in held.items() if name not in listed]
    kept = [row for name, row in held.items() if name in listed]
    changed = [row for row in kept if _take_over(row, listed[row.wire_name])]
    new = [Mailbox(account_id=account_id, wire_name=name) for name in listed if name not in held]
    for row in new:
        _take_over(row, listed[row.wire_name])
    Mailbox.objects.filter(pk__in=gone).delete()
    Mailbox.objects.bulk_create(new)
    Mailbox.objects.bulk_update(changed, [*_LISTED, *_COUNTED])
    if gone or changed or new:
        _news(account_id, {"new": len(new), "gone": len(gone)})
    return list(Mailbox.objects.filter(account_id=account_id).order_by("id"))


@lane.writes
def set_selected(
    mailbox_id: MailboxId | int,
    *,
    uid_validity: int,
    uid_next: int | None = None,
    messages: int | None = None,
    unseen: int | None = None,
    highest_mod_seq: int | None = None,
    lease: Lease | None,
) -> bool:
    """What SELECT said; None leaves what is known.  True when a new UIDVALIDITY voided the messages held.

    UIDs mean nothing across UIDVALIDITY (RFC 9051 §2.3.1.1), so those messages go.
    """
    fence(lease)
    mailbox = Mailbox.objects.select_for_update(no_key=True).filter(pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound("no such mailbox")
    voided = mailbox.uid_validity not in (None, uid_validity)
    if voided:
        Message.objects.filter(mailbox_id=mailbox_id).delete()
        mailbox.uid_next = mailbox.highest_mod_seq = mailbox.messages = mailbox.unseen = None
    said = {"uid_next": uid_next, "messages": messages, "unseen": unseen, "highest_mod_seq": highest_mod_seq}
    if _take_numbers(mailbox, {"uid_validity": uid_validity, **said}):
        _news(mailbox.account_id, {"mailbox": mailbox.pk, "voided": voided})
    return voided


def list_all(scope: Scope, account_id: AccountId | int) -> list[Mailbox]:
    """The account's mailboxes, the inbox first, then by name; none for an account of somebody else."""
    rows = Mailbox.objects.filter(account_id=account_id, account__workspace_id=scope.workspace_id)
    return sorted(rows, key=lambda row: (row.role != "inbox", row.name.casefold(), row.pk))


def inboxes(scope: Scope) -> list[Mailbox]:
    """The inbox of each account, with its numbers as the server said them."""
    rows = Mailbox.objects.filter(account__workspace_id=scope.workspace_id, role="inbox")
    return list(rows.order_by("account_id", "id"))


def get(scope: Scope, mailbox_id: MailboxId | int) -> Mailbox:
    """The mailbox; raises `NotFound`."""
    mailbox = Mailbox.objects.filter(account__workspace_id=scope.workspace_id, pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound("no such mailbox")
    return mailbox


def find(scope: Scope, account_id: AccountId | int, role_or_name: str) -> Mailbox:
    """By role, or by the name that people see; raises `NotFound`."""
    rows = list_all(scope, account_id)
    for row in (*(row for row in rows if row.role == role_or_name), *(row for row in rows if row.name == role_or_name)):
        return row
    raise NotFound(f"no mailbox {role_or_name}")


def by_role(account_id: AccountId | int, role: str) -> Mailbox | None:
    """Engine only: the first mailbox of that role, or None."""
    return Mailbox.objects.filter(account_id=account_id, role=role).order_by("id").first()


def get_for_engine(mailbox_id: MailboxId | int) -> Mailbox:
    """Engine only: the mailbox as it is now; raises `NotFound`."""
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound("no such mailbox")
    return mailbox


def list_for_engine(account_id: AccountId | int) -> list[Mailbox]:
    """Engine only: the account's mailboxes in the order they were found."""
    return list(Mailbox.objects.filter(account_id=account_id).order_by("id"))


def _lawful(account_id: AccountId | int, facts: Sequence[MailboxFacts]) -> list[MailboxFacts]:
    """Those whose name can be kept: a name is what the server knows a mailbox by, so none is shortened."""
    kept = [each for each in facts if 0 < len(each.wire_name.encode(errors="replace")) <= MAX_MAILBOX_NAME_BYTES]
    kept = [each for each in kept if each.wire_name == storable(each.wire_name, len(each.wire_name))][:MAX_MAILBOXES]
    if len(kept) != len(facts):
        log.warning("mailboxes_ignored", extra={"account": account_id, "count": len(facts) - len(kept)})
    return kept


def _take_over(row: Mailbox, facts: MailboxFacts) -> bool:
    """Copy what the server said; True when something is different."""
    said: dict[str, Any] = {name: getattr(facts, name) for name in _LISTED}
    said["name"] = storable(facts.name, MAX_MAILBOX_NAME_BYTES)
    said["delimiter"] = storable(facts.delimiter, 4)
    said |= {name: getattr(facts, name) for name in _COUNTED if getattr(facts, name) is not None}
    different = any(getattr(row, name) != value for name, value in said.items())
    for name, value in said.items():
        setattr(row, name, value)
    return different


def _take_numbers(mailbox: Mailbox, said: Mapping[str, int | None]) -> bool:
    """Keep what was said; True when it is something that people see."""
    before = (mailbox.uid_validity, mailbox.messages, mailbox.unseen)
    for name, value in said.items():
        if value is not None:
            setattr(mailbox, name, value)
    mailbox.save(update_fields=list(said))
    return before != (mailbox.uid_validity, mailbox.messages, mailbox.unseen)


def _news(account_id: AccountId | int, payload: Mapping[str, Any]) -> None:
    workspace_id = Account.objects.values_list("workspace_id", flat=True).get(pk=account_id)
    changes.record(workspace_id, "mailboxes.changed", f"account:{account_id}", payload)
