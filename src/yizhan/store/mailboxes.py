"""The mailboxes of an account, as the server says they are."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Q

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MailboxId
from yizhan.imap.numset import NumSet
from yizhan.store import changes, intents, lane
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
    object_id: str = ""


_LISTED = ("name", "delimiter", "role", "subscribed", "selectable", "object_id")
_COUNTED = ("messages", "unseen")
_SYNCED = (
    *("uid_next", "highest_mod_seq", "messages", "unseen"),
    *("synced_uid_next", "synced_messages", "covered_since", "in_range", "synced_at", "held_uids"),
)


@lane.writes
def store_list(account_id: AccountId | int, facts: Sequence[MailboxFacts], lease: Lease | None) -> list[Mailbox]:
    """Make the account's mailboxes what the server listed; those it does not list go, with their messages."""
    fence(lease)
    listed = {each.wire_name: each for each in lawful(account_id, facts)}
    held = {each.wire_name: each for each in Mailbox.objects.filter(account_id=account_id)}
    renamed = _renamed(held, listed)
    gone = [row.pk for name, row in held.items() if name not in listed]
    kept = [row for name, row in held.items() if name in listed]
    hidden = intents.uncounted([row.pk for row in kept])
    before = {row.pk: (row.messages or 0, row.unseen or 0) for row in kept}
    changed = [row for row in kept if _take_over(row, listed[row.wire_name], hidden)]
    _count_held(
        row for row in changed if (row.messages or 0) < before[row.pk][0] or (row.unseen or 0) < before[row.pk][1]
    )
    new = [Mailbox(account_id=account_id, wire_name=name) for name in listed if name not in held]
    for row in new:
        _take_over(row, listed[row.wire_name], {})
    if not (gone or changed or new or renamed):
        return sorted(kept, key=lambda row: row.pk)
    Mailbox.objects.filter(pk__in=gone).delete()
    Mailbox.objects.bulk_create(new)
    Mailbox.objects.bulk_update(changed, [*_LISTED, *_COUNTED])
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
    object_id: str | None = None,
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
        _begin_anew(mailbox)
    said = {"uid_next": uid_next, "messages": messages, "unseen": unseen, "highest_mod_seq": highest_mod_seq}
    if object_id and object_id != mailbox.object_id:
        Mailbox.objects.filter(pk=mailbox_id).update(object_id=storable(object_id, 255))
    if _take_numbers(mailbox, {"uid_validity": uid_validity, **said}):
        _news(mailbox.account_id, {"mailbox": mailbox.pk, "voided": voided})
    return voided


@lane.writes
def note_numbers(
    mailbox_id: MailboxId | int,
    *,
    uid_next: int | None,
    messages: int | None,
    unseen: int | None,
    lease: Lease | None,
) -> None:
    """What the server counts now, once what is gone there is gone here; never less than what is held."""
    fence(lease)
    mailbox = Mailbox.objects.select_for_update(no_key=True).get(pk=mailbox_id)
    rows = Message.objects.filter(mailbox_id=mailbox_id, hidden=False)
    messages, unseen = _shown(mailbox.pk, messages, unseen, intents.uncounted([mailbox.pk]))
    held = rows.aggregate(all=Count("pk"), unseen=Count("pk", filter=Q(seen=False)))
    highest = Message.objects.filter(mailbox_id=mailbox_id).aggregate(highest=Max("uid"))["highest"] or 0
    said = {
        "uid_next": max(uid_next or 0, highest + 1) if uid_next or highest else None,
        "messages": None if messages is None else max(messages, held["all"]),
        "unseen": None if unseen is None else max(unseen, held["unseen"]),
    }
    if _take_numbers(mailbox, said):
        _news(mailbox.account_id, {"mailbox": mailbox.pk})


@lane.writes
def note_range(mailbox_id: MailboxId | int, in_range: int, lease: Lease | None) -> None:
    """How many messages the synced range has at the server."""
    fence(lease)
    Mailbox.objects.filter(pk=mailbox_id).exclude(in_range=in_range).update(in_range=in_range)


@lane.writes
def note_synced(
    mailbox_id: MailboxId | int,
    *,
    uid_validity: int,
    uid_next: int | None,
    messages: int,
    highest_mod_seq: int | None,
    covered_since: date | None,
    at: datetime,
    lease: Lease | None,
) -> None:
    """Everything up to here has been written: the next sync goes on from it.

    `covered_since` is None while the range is not whole.
    """
    fence(lease)
    rows = Mailbox.objects.filter(pk=mailbox_id, uid_validity=uid_validity)
    changed = rows.exclude(covered_since=covered_since).update(covered_since=covered_since)
    rows.update(synced_uid_next=uid_next, synced_messages=messages, highest_mod_seq=highest_mod_seq, synced_at=at)
    if changed:
        account_id = rows.values_list("account_id", flat=True).first()
        if account_id is not None:
            _news(account_id, {"mailbox": int(mailbox_id), "covered": covered_since is not None})


@lane.writes
def note_unchanged(mailbox_ids: Collection[int], at: datetime, lease: Lease | None) -> None:
    """The server had nothing new in these."""
    fence(lease)
    Mailbox.objects.filter(pk__in=list(mailbox_ids)).update(synced_at=at)


@lane.writes
def note_empty(mailbox_ids: Collection[int], since: date, at: datetime, lease: Lease | None) -> None:
    """Neither the server nor we have anything in these: they are whole."""
    fence(lease)
    rows = Mailbox.objects.filter(pk__in=list(mailbox_ids), held_uids="")
    rows.update(covered_since=since, in_range=0, synced_at=at)


@lane.writes
def set_held(mailbox_id: MailboxId | int, lease: Lease | None) -> None:
    """Let `held_uids` say what rows there are, and sync anew from nothing that was believed before."""
    fence(lease)
    uids = Message.objects.filter(mailbox_id=mailbox_id).values_list("uid", flat=True)
    Mailbox.objects.filter(pk=mailbox_id).update(
        held_uids=str(NumSet.of(uids)), covered_since=None, synced_uid_next=None, highest_mod_seq=None
    )


@lane.keeps
def set_follow(scope: Scope, mailbox_id: MailboxId | int, follow: str) -> None:
    """Whether this mailbox is kept here: `auto`, `always` or `never`; raises `NotFound`."""
    mailbox = get(scope, mailbox_id)
    Mailbox.objects.filter(pk=mailbox.pk).update(follow=follow, covered_since=None)
    _news(mailbox.account_id, {"mailbox": mailbox.pk})


@lane.writes
def rename(mailbox_id: MailboxId | int, wire_name: str, lease: Lease | None) -> None:
    """A mailbox that we renamed, and those inside it, keep their messages; the next list says their new names."""
    fence(lease)
    mailbox = get_for_engine(mailbox_id)
    rows = Mailbox.objects.filter(account_id=mailbox.account_id)
    before, inside = mailbox.wire_name, mailbox.wire_name + mailbox.delimiter
    moved = [row for row in rows if row.pk == mailbox.pk or (mailbox.delimiter and row.wire_name.startswith(inside))]
    for row in moved:
        row.wire_name = wire_name + row.wire_name[len(before) :]
    taken = {row.wire_name for row in moved}  # by what was deleted at the server and not listed since
    stale = [row.pk for row in rows if row.wire_name in taken and row not in moved]
    rows.filter(pk__in=stale).delete()
    Mailbox.objects.bulk_update(moved, ["wire_name"])
    _news(mailbox.account_id, {"renamed": len(moved)})


def count_held(mailbox_id: MailboxId | int) -> int:
    """How many of its messages are here; 0 for one that is gone."""
    return Message.objects.filter(mailbox_id=mailbox_id).count()


def list_all(scope: Scope, account_id: AccountId | int) -> list[Mailbox]:
    """The account's mailboxes, the inbox first, then by name; none for an account of somebody else."""
    rows = Mailbox.objects.filter(account_id=account_id, account__workspace_id=scope.workspace_id)
    return sorted(rows, key=lambda row: (row.role != "inbox", row.name.casefold(), row.pk))


def list_some(scope: Scope, account_ids: Collection[int], most: int) -> dict[int, list[Mailbox]]:
    """Of each account at most so many, those with a role first, then by name; without `held_uids`.

    Whoever gets exactly `most` of one has to say that there are more.
    """
    found = {}
    for account_id in account_ids:
        rows = Mailbox.objects.filter(account_id=account_id, account__workspace_id=scope.workspace_id)
        found[account_id] = list(rows.defer("held_uids").order_by("-role", "name", "id")[:most])
    return found


def inboxes(scope: Scope) -> list[Mailbox]:
    """The inbox of each account, with its numbers as the server said them."""
    rows = Mailbox.objects.filter(account__workspace_id=scope.workspace_id, role="inbox")
    return list(rows.order_by("account_id", "id"))


def on_the_way(scope: Scope) -> list[Mailbox]:
    """Mailboxes whose range was counted at the server and is not whole here, by account."""
    rows = Mailbox.objects.filter(account__workspace_id=scope.workspace_id, covered_since=None, in_range__gt=0)
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


def find_for_engine(mailbox_id: MailboxId | int) -> Mailbox | None:
    """Engine only: the mailbox as it is now, or None."""
    return Mailbox.objects.filter(pk=mailbox_id).first()


def list_for_engine(account_id: AccountId | int) -> list[Mailbox]:
    """Engine only: the account's mailboxes in the order they were found."""
    return list(Mailbox.objects.filter(account_id=account_id).order_by("id"))


def _renamed(held: dict[str, Mailbox], listed: Mapping[str, MailboxFacts]) -> int:
    """Rows of mailboxes that have another name now keep their messages: the server's own name for them is the same."""
    lost = {row.object_id: name for name, row in held.items() if row.object_id and name not in listed}
    found = [
        (lost[each.object_id], name) for name, each in listed.items() if name not in held and each.object_id in lost
    ]
    for before, name in found:
        row = held.pop(before)
        row.wire_name = name
        row.save(update_fields=["wire_name"])
        held[name] = row
    return len(found)


def _begin_anew(mailbox: Mailbox) -> None:
    """Nothing is known of it any more."""
    mailbox.uid_next = mailbox.highest_mod_seq = mailbox.messages = mailbox.unseen = None
    mailbox.synced_uid_next = mailbox.synced_messages = mailbox.covered_since = mailbox.in_range = mailbox.synced_at = (
        None
    )
    mailbox.held_uids = ""
    mailbox.save(update_fields=_SYNCED)


def lawful(account_id: AccountId | int, facts: Sequence[MailboxFacts]) -> list[MailboxFacts]:
    """Those whose name can be kept: a name is what the server knows a mailbox by, so none is shortened."""
    kept = [each for each in facts if 0 < len(each.wire_name.encode(errors="replace")) <= MAX_MAILBOX_NAME_BYTES]
    kept = [each for each in kept if each.wire_name == storable(each.wire_name, len(each.wire_name))]
    kept = sorted(kept, key=lambda each: not each.role)[:MAX_MAILBOXES]  # the inbox is never the one that is too many
    if len(kept) != len(facts):
        log.warning("mailboxes_ignored", extra={"account": account_id, "count": len(facts) - len(kept)})
    return kept


def _take_over(row: Mailbox, facts: MailboxFacts, hidden: Mapping[int, tuple[int, int]]) -> bool:
    """Copy what the server said; True when something is different."""
    said: dict[str, Any] = {name: getattr(facts, name) for name in _LISTED}
    said["name"] = storable(facts.name, MAX_MAILBOX_NAME_BYTES)
    said["delimiter"] = storable(facts.delimiter, 4)
    said["object_id"] = storable(facts.object_id, 255) or row.object_id
    numbers = dict(zip(_COUNTED, _shown(row.pk, facts.messages, facts.unseen, hidden), strict=True))
    said |= {name: value for name, value in numbers.items() if value is not None}
    different = any(getattr(row, name) != value for name, value in said.items())
    for name, value in said.items():
        setattr(row, name, value)
    return different


def _is_at_least(row: Mailbox, messages: int, unseen: int) -> bool:
    return (row.messages or 0) >= messages and (row.unseen or 0) >= unseen


def _count_held(fewer: Iterable[Mailbox]) -> None:
    """Never less than what is held: a server may announce a message before its LIST counts it."""
    rows = {row.pk: row for row in fewer}
    held = Message.objects.filter(mailbox_id__in=rows, hidden=False).values_list("mailbox_id")
    for number, messages, unseen in held.annotate(all=Count("pk"), unseen=Count("pk", filter=Q(seen=False))):
        rows[number].messages = max(rows[number].messages or 0, messages)
        rows[number].unseen = max(rows[number].unseen or 0, unseen)


def _shown(
    mailbox_id: int, messages: int | None, unseen: int | None, hidden: Mapping[int, tuple[int, int]]
) -> tuple[int | None, int | None]:
    """The server's numbers without what is hidden here, or seen here and not there yet."""
    more, more_unseen = hidden.get(mailbox_id, (0, 0))
    return (
        None if messages is None else max(0, messages - more),
        None if unseen is None else max(0, unseen - more_unseen),
    )


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
