"""Rows follow their messages: to another mailbox as COPYUID said, or away.  Bytes, text and thread stay with them."""

from collections.abc import Collection, Mapping

from yizhan.imap.numset import NumSet
from yizhan.store import lane
from yizhan.store.intents import count, lock_mailbox, read_uids, rows_of, tell
from yizhan.store.leases import fence
from yizhan.store.models import Intent, Lease, Mailbox, Message

_PLACE = ["mailbox", "uid_validity", "uid", "hidden"]


@lane.keeps
def relocate(intent_id: int, mailbox_id: int, uid_validity: int, pairs: Mapping[int, int], lease: Lease | None) -> None:
    """The messages of these UIDs stand in that mailbox now, each under the UID that is paired with it.

    Where the mailbox is known under another UIDVALIDITY they go instead, and the next sync brings them.  The intent
    has these UIDs no more.
    """
    fence(lease)
    intent = Intent.objects.select_for_update().get(pk=intent_id)
    locked = {number: lock_mailbox(number) for number in sorted((intent.mailbox_id, mailbox_id))}
    source, target = locked[intent.mailbox_id], locked[mailbox_id]
    if target.uid_validity is None:
        Mailbox.objects.filter(pk=target.pk).update(uid_validity=uid_validity)
        target.uid_validity = uid_validity
    rows = {row.uid: row for row in rows_of(intent, pairs)}
    taken = Message.objects.filter(mailbox=target, uid_validity=uid_validity, uid__in=list(pairs.values()))
    there = set(taken.values_list("uid", flat=True))
    is_known = target.uid_validity == uid_validity
    moved = [row for uid, row in rows.items() if is_known and pairs[uid] not in there]
    Message.objects.filter(pk__in=[row.pk for row in rows.values() if row not in moved]).delete()
    _put(moved, target, pairs)
    _hold(source, less=NumSet.of(pairs))
    _hold(target, more=NumSet.of(row.uid for row in moved))
    _greet(target, moved)
    _shrink(intent, pairs)


@lane.keeps
def let_go(intent_id: int, uids: Collection[int], lease: Lease | None) -> None:
    """The messages of these UIDs are not there any more; what became of them elsewhere, a sync will tell."""
    fence(lease)
    intent = Intent.objects.select_for_update().get(pk=intent_id)
    source = lock_mailbox(intent.mailbox_id)
    Message.objects.filter(pk__in=[row.pk for row in rows_of(intent, uids)]).delete()
    _hold(source, less=NumSet.of(uids))
    _shrink(intent, uids)


@lane.keeps
def leave_marked(intent_id: int, uids: Collection[int], lease: Lease | None) -> None:
    """The server keeps the messages of these UIDs, marked deleted: they stay hidden here."""
    fence(lease)
    intent = Intent.objects.select_for_update().get(pk=intent_id)
    marked = {**intent.payload, "marked_only": intent.payload.get("marked_only", 0) + len(uids)}
    Intent.objects.filter(pk=intent.pk).update(payload=marked)
    _shrink(intent, uids)


def _put(rows: list[Message], target: Mailbox, pairs: Mapping[int, int]) -> None:
    for row in rows:
        row.mailbox, row.uid_validity, row.uid, row.hidden = target, target.uid_validity or 0, pairs[row.uid], False
    # An upsert of whole rows: Django's bulk_update takes 2 ms a row.
    Message.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=_PLACE)


def _greet(target: Mailbox, rows: list[Message]) -> None:
    """Count what the server has not counted yet: UIDs from `uid_next` on, or all where it has named none."""
    new = [row for row in rows if row.uid >= (target.uid_next or 0)]
    if new:
        Mailbox.objects.filter(pk=target.pk).update(uid_next=max(row.uid for row in new) + 1)
        count(target.pk, len(new), sum(not row.seen for row in new))
    tell(target, {"new": len(rows)})


def _hold(mailbox: Mailbox, more: NumSet | None = None, less: NumSet | None = None) -> None:
    held = (read_uids(mailbox.held_uids) | (more or NumSet())) - (less or NumSet())
    Mailbox.objects.filter(pk=mailbox.pk).update(held_uids=str(held))


def _shrink(intent: Intent, uids: Collection[int]) -> None:
    Intent.objects.filter(pk=intent.pk).update(uids=str(read_uids(intent.uids) - NumSet.of(uids)))
