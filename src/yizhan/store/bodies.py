"""Which messages' bytes are not here yet, and how many were fetched on a day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, Q, Value, When

from yizhan.base.ids import AccountId, MessageId
from yizhan.store import lane, messages
from yizhan.store.leases import fence
from yizhan.store.limits import BATCH_ROWS
from yizhan.store.messages import Place
from yizhan.store.models import Account, Lease, Message


@dataclass(frozen=True, slots=True)
class Missing:
    """A message whose bytes are wanted, and where its server has them."""

    message_id: int
    mailbox_id: int
    uid_validity: int
    uid: int
    size_bytes: int
    place: Place
    server_id: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that are kept under `blob`, of this message, what a list shows of them, and what the message answers."""

    message_id: int
    blob: str
    size_bytes: int
    snippet: str
    attachments: int
    references: tuple[str, ...] = ()
    is_report: bool = False


def list_missing(
    account_id: AccountId | int, mailbox_ids: Collection[int], after: Place | None, most: int, limit: int
) -> list[Missing]:
    """Engine only: of these mailboxes the newest without bytes, older than `after`, of `most` bytes each at most."""
    rows = Message.objects.filter(account_id=account_id, mailbox_id__in=mailbox_ids, blob=None, size_bytes__lte=most)
    if after is not None:
        older = Q(internal_date__lt=after.internal_date) | Q(internal_date=after.internal_date, pk__lt=after.message_id)
        rows = rows.filter(older, internal_date__lte=after.internal_date)
    return [_missing(row) for row in rows.order_by("-internal_date", "-pk")[:limit]]


def find(message_id: MessageId | int) -> Missing | None:
    """Engine only: where the server has this message, whether its bytes are here or not; None when it is gone."""
    row = Message.objects.filter(pk=message_id).first()
    return None if row is None else _missing(row)


@lane.writes
def attach(account_id: AccountId | int, bodies: Sequence[Body], day: date, lease: Lease | None) -> None:
    """These are the messages' bytes, and that many were fetched on `day`.  Raises `LeaseLost`."""
    fence(lease)
    twins = _twins(account_id, [each.message_id for each in bodies])
    for each in bodies:
        for message_id in (each.message_id, *twins.get(each.message_id, ())):
            messages.attach_blob(
                message_id,
                each.blob,
                snippet=each.snippet,
                attachments=each.attachments,
                references=each.references,
                is_report=each.is_report,
            )
    size = sum(each.size_bytes for each in bodies)
    so_far = Case(When(body_day=day, then=F("body_bytes")), default=Value(0))
    Account.objects.filter(pk=account_id).update(body_bytes=so_far + size, body_day=day)


@lane.writes
def share(account_id: AccountId | int, message_ids: Collection[int], lease: Lease | None) -> set[int]:
    """Give these messages the bytes that the account has of them in other mailboxes; which of them have theirs now."""
    fence(lease)
    wanted = _named(account_id, message_ids)
    there = Message.objects.filter(account_id=account_id, server_id__in={name for name, _ in wanted.values()})
    rows = there.exclude(blob=None).values_list("server_id", "size_bytes", "blob_id", "snippet", "attachments")
    held = {(name, size): (blob, snippet, attachments) for name, size, blob, snippet, attachments in rows}
    shared = set()
    for message_id, name in wanted.items():
        blob, snippet, attachments = held.get(name, (None, "", 0))
        if blob is not None and messages.attach_blob(message_id, blob, snippet=snippet, attachments=attachments):
            shared.add(message_id)
    return shared


def fetched_on(account_id: AccountId | int, day: date) -> int:
    """Engine only: how many bytes were fetched as bodies on that day."""
    found = Account.objects.filter(pk=account_id, body_day=day).values_list("body_bytes", flat=True).first()
    return found or 0


def _missing(row: Message) -> Missing:
    place = Place(row.internal_date, row.pk)
    return Missing(row.pk, row.mailbox_id, row.uid_validity, row.uid, row.size_bytes, place, row.server_id)


def _named(account_id: AccountId | int, message_ids: Collection[int]) -> dict[int, tuple[str, int]]:
    """The server's own name and the size of those that have one; a server that lies of names seldom does of sizes."""
    rows = Message.objects.filter(account_id=account_id, pk__in=list(message_ids)).exclude(server_id="")
    return {pk: (name, size) for pk, name, size in rows.values_list("pk", "server_id", "size_bytes")}


def _twins(account_id: AccountId | int, message_ids: Collection[int]) -> dict[int, list[int]]:
    """Of each of these messages those in other mailboxes that have the same bytes, and not here yet."""
    named = _named(account_id, message_ids)
    if not named:
        return {}
    rows = Message.objects.filter(account_id=account_id, server_id__in={name for name, _ in named.values()}, blob=None)
    waiting: dict[tuple[str, int], list[int]] = {}
    rows = rows.exclude(pk__in=list(named))
    for pk, name, size in rows.values_list("pk", "server_id", "size_bytes")[:BATCH_ROWS]:  # more: as each is due
        waiting.setdefault((name, size), []).append(pk)
    return {message_id: waiting.pop(name, []) for message_id, name in named.items()}
