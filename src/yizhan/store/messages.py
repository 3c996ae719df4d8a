"""Messages: what the server has, written in batches; what a person sees, newest first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from yizhan.base.errors import NotFound, YizhanError
from yizhan.base.ids import AccountId, MailboxId, MessageId
from yizhan.imap.numset import NumSet
from yizhan.store import arrivals, blobs, changes, intents, lane, threads
from yizhan.store.arrivals import Arrival, MessageFacts
from yizhan.store.leases import fence
from yizhan.store.limits import BATCH_ROWS, MAX_ARMS, MAX_SNIPPET_CHARS
from yizhan.store.models import Lease, Mailbox, Message
from yizhan.store.scope import Scope
from yizhan.store.search import index
from yizhan.store.text import storable, storable_flags

_ANY_BOX = -1  # no mailbox has this number


class UidValidityChanged(YizhanError):
    """The mailbox has another UIDVALIDITY than these UIDs; nothing was written."""

    code = "uid_validity_changed"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows a batch made, and how many of those before it changed."""

    new: int
    changed: int


_FROM_SERVER = [
    *("internal_date", "date", "message_id", "in_reply_to", "subject", "senders", "to", "cc"),
    *("flags", "seen", "flagged", "answered", "size_bytes", "attachments", "server_id"),
]


@lane.writes
def upsert_batch(
    mailbox_id: MailboxId | int, uid_validity: int, facts: Sequence[MessageFacts], lease: Lease | None
) -> Counts:
    """Make the rows of these UIDs say what the server said; the last of two facts about one UID wins.

    Raises `UidValidityChanged` or `LeaseLost`.
    """
    fence(lease)
    mailbox = _open_mailbox(mailbox_id, uid_validity)
    shown = intents.overlay(mailbox_id, uid_validity, {each.uid: each.flags for each in facts})
    rows = {each.uid: arrivals.make(mailbox, uid_validity, each, shown[each.uid]) for each in facts}
    held = {row.uid: row for row in _of(mailbox_id, uid_validity, rows)}
    for uid, row in held.items():
        if row.blob_id is not None:  # counted in the bytes themselves, which says it better than a server
            rows[uid].attachments = row.attachments
    new = [row for uid, row in rows.items() if uid not in held]
    changed = [row for uid, row in rows.items() if uid in held and _differs(row, held[uid])]
    _insert(new)
    _overwrite(changed)
    index.renew([held[row.uid] for row in changed if _differs(row, held[row.uid], index.HEADER_FIELDS)])
    unseen = sum(int(held[row.uid].seen) - int(row.seen) for row in changed if not held[row.uid].hidden)
    _count(mailbox, new, unseen)
    _hold(mailbox, NumSet.of(rows), NumSet())
    _news(mailbox, {"new": len(new), "changed": len(changed)})
    return Counts(len(new), len(changed))


@lane.writes
def set_flags(
    mailbox_id: MailboxId | int, uid_validity: int, flags: Mapping[int, Collection[str]], lease: Lease | None
) -> int:
    """The flags of these UIDs are now these; how many rows changed.  UIDs that are not held are passed over."""
    fence(lease)
    mailbox = _open_mailbox(mailbox_id, uid_validity)
    changed, unseen = [], 0
    shown = intents.overlay(mailbox_id, uid_validity, flags)
    for row in _of(mailbox_id, uid_validity, flags):
        wanted = storable_flags(shown[row.uid])
        if wanted != row.flags:
            was_seen = row.seen
            _set_flags(row, wanted)
            unseen += 0 if row.hidden else int(was_seen) - int(row.seen)
            changed.append(row)
    Message.objects.bulk_update(changed, ["flags", "seen", "flagged", "answered"])
    _count(mailbox, [], unseen)
    _news(mailbox, {"changed": len(changed)})
    return len(changed)


@lane.writes
def remove_uids(mailbox_id: MailboxId | int, uid_validity: int, uids: Collection[int], lease: Lease | None) -> int:
    """These messages are gone from the server; how many were held.  Their blobs are collected later."""
    fence(lease)
    mailbox = _open_mailbox(mailbox_id, uid_validity)
    rows = _of(mailbox_id, uid_validity, uids)
    Message.objects.filter(pk__in=[row.pk for row in rows]).delete()
    counted = [row for row in rows if not row.hidden]
    _count(mailbox, [], -sum(1 for row in counted if not row.seen), gone=len(counted))
    _hold(mailbox, NumSet(), NumSet.of(uids))
    _news(mailbox, {"removed": len(rows)})
    return len(rows)


def list_newest(
    scope: Scope,
    account_id: AccountId | int | None = None,
    *,
    mailbox_id: MailboxId | int | None = None,
    role: str | None = None,
    before: MessageId | int | None = None,
    limit: int = 50,
) -> list[Message]:
    """The newest messages with their account and mailbox; `before` is the last one of the page before.

    Raises `NotFound` when `before` is no message of this workspace.
    """
    wanted = Wanted(account_id=account_id, mailbox_id=mailbox_id, role=role)
    return list_page(scope, wanted, None if before is None else _place_of(get(scope, before)), limit)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends; it stays a place when the message that stood there is gone."""

    internal_date: datetime
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages a list shows; what is None or False does not narrow it.  `since` is in it, `until` is not."""

    account_id: AccountId | int | None = None
    mailbox_id: MailboxId | int | None = None
    role: str | None = None
    unseen: bool = False
    flagged: bool = False
    attached: bool = False
    since: datetime | None = None
    until: datetime | None = None


def list_page(
    scope: Scope, wanted: Wanted, after: Place | None, limit: int, down_to: Place | None = None
) -> list[Message]:
    """The newest messages older than `after` and no older than `down_to`, with their account and mailbox."""
    first = _first(scope, wanted, _newer(_older(Message.objects.all(), after), down_to), limit, newest=True)
    rows = Message.objects.filter(pk__in=first).select_related("account", "mailbox")
    return list(rows.order_by("-internal_date", "-pk"))


def ids_of(scope: Scope, wanted: Wanted, limit: int) -> list[int]:
    """The ids of all that the list shows, the newest first."""
    rows = Message.objects.filter(workspace_id=scope.workspace_id, **_conditions(wanted))
    return list(rows.order_by("-internal_date", "-pk").values_list("pk", flat=True)[:limit])


def narrow(scope: Scope, wanted: Wanted, message_ids: Collection[int]) -> list[int]:
    """Those of these ids that the list shows."""
    rows = Message.objects.filter(workspace_id=scope.workspace_id, pk__in=list(message_ids), **_conditions(wanted))
    return list(rows.values_list("pk", flat=True))


def accounts_of(scope: Scope, message_ids: Collection[int]) -> list[tuple[int, int]]:
    """(message, account) of those of these ids that there are."""
    rows = Message.objects.filter(workspace_id=scope.workspace_id, pk__in=list(message_ids))
    return list(rows.values_list("pk", "account_id"))


def neighbours(scope: Scope, wanted: Wanted, message: Message) -> tuple[int | None, int | None]:
    """The ids of the next newer and the next older message of that list."""
    here, others = _place_of(message), Message.objects.exclude(pk=message.pk)
    above = _first(scope, wanted, _newer(others, here), 1, newest=False)
    below = _first(scope, wanted, _older(others, here), 1, newest=True)
    return next(iter(above), None), next(iter(below), None)


def count_wanted(scope: Scope, wanted: Wanted) -> int:
    """How many messages that list has.  It reads an entry of an index for each: ask when somebody wants to know."""
    rows, boxes = Message.objects.filter(**_conditions(wanted)), _boxes(scope, wanted)
    return (
        rows.filter(workspace_id=scope.workspace_id) if boxes is None else rows.filter(mailbox_id__in=boxes)
    ).count()


def _boxes(scope: Scope, wanted: Wanted) -> list[int] | None:
    """The mailboxes of a role, for no index is by role; None where one index leads along the list as it is."""
    if wanted.role is None or wanted.mailbox_id is not None:
        return None
    boxes = Mailbox.objects.filter(account__workspace_id=scope.workspace_id, role=wanted.role)
    if wanted.account_id is not None:
        boxes = boxes.filter(account_id=wanted.account_id)
    return list(boxes.values_list("pk", flat=True))


def _of_boxes(wanted: Wanted) -> Wanted:
    """What is left to say when the mailboxes are named one by one."""
    return replace(wanted, role=None, account_id=None)


def _first(scope: Scope, wanted: Wanted, rows: QuerySet[Message], limit: int, *, newest: bool) -> list[int]:
    """The ids that come first in that list."""
    boxes = _boxes(scope, wanted)
    if boxes is None:
        rows = rows.filter(workspace_id=scope.workspace_id, **_conditions(wanted))
        order = ("-internal_date", "-pk") if newest else ("internal_date", "pk")
        return list(rows.order_by(*order).values_list("pk", flat=True)[:limit])
    rows, found = rows.filter(**_conditions(_of_boxes(wanted))), []
    for start in range(0, len(boxes), MAX_ARMS):
        found += _merge(rows, boxes[start : start + MAX_ARMS], limit, "DESC" if newest else "ASC")
    return [pk for _, pk in sorted(found, reverse=newest)[:limit]]


def _merge(rows: QuerySet[Message], boxes: Sequence[int], limit: int, order: str) -> list[tuple[Any, int]]:
    """The first (date, id) over these mailboxes, each of which is in order along its index.

    Both databases merge the arms of such a UNION ALL and read little more than is asked for.  The arms differ in one
    number: Django writes the first, and writing 200 takes it twenty times as long as the database takes to answer.
    """
    arm = rows.filter(mailbox_id=_ANY_BOX).order_by().values_list("internal_date", "pk")
    sql, params = arm.query.sql_with_params()
    values = [box if value == _ANY_BOX else value for box in boxes for value in params]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{' UNION ALL '.join([sql] * len(boxes))} ORDER BY 1 {order}, 2 {order} LIMIT {limit:d}", values
        )
        return [(moment, number) for moment, number in cursor.fetchall()]


def _conditions(wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = {
        "hidden": False,
        "account_id": wanted.account_id,
        "mailbox_id": wanted.mailbox_id,
        "mailbox__role": wanted.role,
        "seen": False if wanted.unseen else None,
        "flagged": True if wanted.flagged else None,
        "attachments__gt": 0 if wanted.attached else None,
        "internal_date__gte": wanted.since,
        "internal_date__lt": wanted.until,
    }
    return {name: value for name, value in found.items() if value is not None}


def _place_of(message: Message) -> Place:
    return Place(message.internal_date, message.pk)


def _older(rows: QuerySet[Message], place: Place | None) -> QuerySet[Message]:
    if place is None:
        return rows
    older = Q(internal_date__lt=place.internal_date) | Q(internal_date=place.internal_date, pk__lt=place.message_id)
    return rows.filter(older, internal_date__lte=place.internal_date)


def _newer(rows: QuerySet[Message], place: Place | None) -> QuerySet[Message]:
    """From that place on, with what stands there."""
    if place is None:
        return rows
    newer = Q(internal_date__gt=place.internal_date) | Q(internal_date=place.internal_date, pk__gte=place.message_id)
    return rows.filter(newer, internal_date__gte=place.internal_date)


def get(scope: Scope, message_id: MessageId | int) -> Message:
    """The message with its account and mailbox; raises `NotFound`."""
    rows = Message.objects.filter(workspace_id=scope.workspace_id, pk=message_id)
    message = rows.select_related("account", "mailbox").first()
    if message is None:
        raise NotFound("no such message")
    return message


@lane.writes
def attach_blob(
    message_id: MessageId | int,
    blob_hash: str,
    *,
    snippet: str | None = None,
    attachments: int | None = None,
    references: Sequence[str] = (),
    is_report: bool = False,
) -> bool:
    """The message's bytes are these (`blobs.put` first); False when the message or the blob is gone meanwhile."""
    if not blobs.hold(blob_hash):
        return False
    fresh: dict[str, Any] = {"blob_id": blob_hash, "report_due": is_report}
    if snippet is not None:
        fresh["snippet"] = storable(snippet, MAX_SNIPPET_CHARS)
    if attachments is not None:
        fresh["attachments"] = attachments
    message = Message.objects.select_related("mailbox", "account").filter(pk=message_id).first()
    if message is None:
        return False
    Message.objects.filter(pk=message_id).update(**fresh)
    threads.join(message, references)
    index.mark_due(message.pk)
    _news(message.mailbox, {"message": message.pk, "changed": 1})
    return True


def flags_of(mailbox_id: MailboxId | int, uids: Collection[int]) -> dict[int, frozenset[str]]:
    """Engine only: the flags of those of these UIDs that are held."""
    found: dict[int, frozenset[str]] = {}
    wanted = list(uids)
    for at in range(0, len(wanted), BATCH_ROWS):
        rows = Message.objects.filter(mailbox_id=mailbox_id, uid__in=wanted[at : at + BATCH_ROWS])
        found |= {uid: frozenset(flags) for uid, flags in rows.values_list("uid", "flags")}
    return found


def held_flags(mailbox_id: MailboxId | int) -> dict[int, frozenset[str]]:
    """Engine only: the flags of every message held, by UID."""
    rows = Message.objects.filter(mailbox_id=mailbox_id).values_list("uid", "flags")
    return {uid: frozenset(flags) for uid, flags in rows.iterator(chunk_size=5_000)}


def as_kept(
    mailbox_id: MailboxId | int, uid_validity: int, flags: Mapping[int, Collection[str]]
) -> dict[int, frozenset[str]]:
    """Engine only: what the rows of these UIDs say when the server says this of their flags."""
    shown = intents.overlay(mailbox_id, uid_validity, flags)
    return {uid: frozenset(storable_flags(each)) for uid, each in shown.items()}


def held_dates(mailbox_id: MailboxId | int) -> dict[int, datetime]:
    """Engine only: the INTERNALDATE of every message held, by UID."""
    rows = Message.objects.filter(mailbox_id=mailbox_id).values_list("uid", "internal_date")
    return dict(rows.iterator(chunk_size=5_000))


def list_after(mailbox_id: MailboxId | int, uid: int, limit: int) -> list[Message]:
    """Messages of a mailbox in the order of their UIDs, from the one after `uid` on."""
    mine = Message.objects.filter(mailbox_id=mailbox_id, uid__gt=uid, hidden=False)
    return list(mine.order_by("uid")[:limit])


def held_blobs(mailbox_id: MailboxId | int) -> list[tuple[int, int, str]]:
    """Engine only: (message, UID, blob) of every message whose bytes are here."""
    rows = Message.objects.filter(mailbox_id=mailbox_id).exclude(blob=None)
    return list(rows.order_by("uid").values_list("pk", "uid", "blob_id"))


def _open_mailbox(mailbox_id: MailboxId | int, uid_validity: int) -> Mailbox:
    rows = Mailbox.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
    mailbox = rows.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound("no such mailbox")
    if mailbox.uid_validity != uid_validity:
        raise UidValidityChanged(f"mailbox {mailbox_id} has UIDVALIDITY {mailbox.uid_validity}, not {uid_validity}")
    return mailbox


def _of(mailbox_id: MailboxId | int, uid_validity: int, uids: Collection[int]) -> list[Message]:
    return list(Message.objects.filter(mailbox_id=mailbox_id, uid_validity=uid_validity, uid__in=list(uids)))


def _insert(rows: Sequence[Arrival]) -> None:
    arrivals.number(rows)
    threads.assign(rows)
    arrivals.write(rows)
    index.add(rows)


def _overwrite(arrived: Sequence[Arrival]) -> None:
    """Rows that are held already; the upsert writes many with one statement."""
    fields, rows = ["mailbox", "uid_validity", "uid"], [each.as_row() for each in arrived]
    Message.objects.bulk_create(rows, update_conflicts=True, unique_fields=fields, update_fields=_FROM_SERVER)


def _set_flags(row: Message, flags: Collection[str]) -> None:
    row.flags, row.seen, row.flagged, row.answered = arrivals.shown_flags(frozenset(flags))


def _differs(row: Arrival, held: Message, names: Sequence[str] = _FROM_SERVER) -> bool:
    return any(getattr(row, name) != getattr(held, name) for name in names)


def _count(mailbox: Mailbox, new: Sequence[Arrival], unseen: int, gone: int = 0) -> None:
    """Keep the mailbox's numbers true.  UIDs from `uid_next` on came after the server had counted."""
    uncounted = [row for row in new if mailbox.uid_next is not None and row.uid >= mailbox.uid_next]
    more, unseen = len(uncounted) - gone, unseen + sum(1 for row in uncounted if not row.seen)
    if uncounted:
        Mailbox.objects.filter(pk=mailbox.pk).update(uid_next=max(row.uid for row in uncounted) + 1)
    if more:
        Mailbox.objects.filter(pk=mailbox.pk, messages__gte=-more).update(messages=F("messages") + more)
    if unseen:
        Mailbox.objects.filter(pk=mailbox.pk, unseen__gte=-unseen).update(unseen=F("unseen") + unseen)


def _hold(mailbox: Mailbox, more: NumSet, less: NumSet) -> None:
    """What is held, said in the transaction that writes it."""
    held = NumSet.parse(mailbox.held_uids.encode()) if mailbox.held_uids else NumSet()
    said = str((held | more) - less)
    if said != mailbox.held_uids:
        mailbox.held_uids = said
        Mailbox.objects.filter(pk=mailbox.pk).update(held_uids=said)


def _news(mailbox: Mailbox, payload: Mapping[str, int]) -> None:
    if any(payload.values()):
        news = {"account": mailbox.account_id, "role": mailbox.role, **payload}
        changes.record(mailbox.account.workspace_id, "messages.changed", f"mailbox:{mailbox.pk}", news)
