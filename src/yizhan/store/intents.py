"""What a person wants of messages and no server has confirmed: kept, laid over what the server says, and settled.

Kinds: `flag` (`payload`: `flag`, `on`), `move` (`to`: a mailbox's id) and `expunge`.  `uids` shrinks as the wish is
carried out; a settled intent that still has some was undone or refused, and their rows are yet to be shown as before.
Intents of one mailbox are carried in the order in which they were wished, whatever becomes due first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MailboxId
from yizhan.imap.numset import NumSet
from yizhan.store import asking, changes, lane
from yizhan.store.leases import fence
from yizhan.store.lifecycle import FINAL, OPEN, IntentState, Signal, step
from yizhan.store.limits import BATCH_ROWS, INTENTS_KEPT_S
from yizhan.store.models import Intent, Lease, Mailbox, Message
from yizhan.store.scope import Scope
from yizhan.store.text import storable_flags, storable_json

FLAG, MOVE, EXPUNGE = "flag", "move", "expunge"
_LEFT_OVER = (IntentState.UNDONE, IntentState.REFUSED)


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a person: its name, when it was, and until when it can be taken back."""

    action: str
    now: datetime
    not_before: datetime


# ---- laid over what the server says ----


def overlay(
    mailbox_id: MailboxId | int, uid_validity: int, flags: Mapping[int, Collection[str]]
) -> Mapping[int, Collection[str]]:
    """The server's flags with what waiting intents make of them: what a person set stays set until it is settled."""
    if not asking.ask(
        "SELECT 1 FROM store_intent WHERE mailbox_id = %s AND state IN AMONG LIMIT 1", [mailbox_id], OPEN
    ):
        return flags
    wishes = Intent.objects.filter(mailbox_id=mailbox_id, uid_validity=uid_validity, kind=FLAG, state__in=OPEN)
    shown = flags
    for uids, payload in wishes.order_by("id").values_list("uids", "payload"):
        among = read_uids(uids)
        shown = {uid: with_flag(each, **payload) if uid in among else each for uid, each in shown.items()}
    return shown


def with_flag(flags: Collection[str], flag: str, on: bool) -> list[str]:
    """The flags with this one set or not; names do not differ by case (RFC 9051 §2.3.2)."""
    others = [each for each in flags if each.casefold() != flag.casefold()]
    return storable_flags([*others, flag] if on else others)


def uncounted(mailbox_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """(messages, unseen) by mailbox: by how much the server's numbers exceed what is shown here."""
    hidden = Message.objects.filter(mailbox_id__in=mailbox_ids, hidden=True).values("mailbox_id")
    found = {
        row["mailbox_id"]: (row["all"], row["unseen"])
        for row in hidden.annotate(all=Count("pk"), unseen=Count("pk", filter=Q(seen=False)))
    }
    wishes = Intent.objects.filter(mailbox_id__in=mailbox_ids, kind=FLAG, state__in=OPEN, payload__flag="\\Seen")
    for mailbox_id, payload, uids in wishes.values_list("mailbox_id", "payload", "uids"):
        messages, unseen = found.get(mailbox_id, (0, 0))
        count = len(read_uids(uids))
        found[mailbox_id] = (messages, unseen + (count if payload["on"] else -count))
    return found


# ---- wished ----


def add(mailbox: Mailbox, act: Act, kind: str, uids: NumSet, payload: Mapping[str, Any]) -> None:
    """Inside the transaction that shows it: the act's intent about this mailbox has these UIDs too."""
    same = Intent.objects.select_for_update().filter(
        mailbox=mailbox,
        action=act.action,
        kind=kind,
        payload=dict(payload),
        uid_validity=mailbox.uid_validity or 0,
        state=IntentState.WAITING,
    )
    held = same.first()
    if held is not None:
        same.filter(pk=held.pk).update(uids=str(read_uids(held.uids) | uids))
        return
    Intent.objects.create(
        workspace_id=mailbox.account.workspace_id,
        account_id=mailbox.account_id,
        mailbox=mailbox,
        action=act.action,
        kind=kind,
        uid_validity=mailbox.uid_validity or 0,
        uids=str(uids),
        payload=dict(payload),
        created_at=act.now,
        not_before=act.not_before,
    )


@lane.keeps
def take_back(scope: Scope, action: str, now: datetime) -> bool:
    """The whole act is undone, if no part of it has been begun; `restore_some` then shows its messages as before."""
    rows = list(Intent.objects.select_for_update().filter(workspace_id=scope.workspace_id, action=action))
    if not rows or any(row.state != IntentState.WAITING for row in rows):
        return False
    for row in rows:
        _step(row, Signal.UNDO, settled_at=now)
    return True


def of_action(scope: Scope, action: str) -> list[Intent]:
    """The intents of one act, in order."""
    return list(Intent.objects.filter(workspace_id=scope.workspace_id, action=action).order_by("id"))


# ---- carried ----


def accounts_due(account_ids: Sequence[int], now: datetime) -> list[int]:
    """Engine only: which of these accounts have something to carry, or to show as before, now."""
    due = {account_id for account_id, _ in _due(account_ids, now)}
    due |= set(_left_over(account_ids).values_list("account_id", flat=True))
    return sorted(due)


@lane.keeps
def begin_next(account_id: AccountId | int, now: datetime, lease: Lease | None) -> tuple[Intent, bool] | None:
    """Engine only: the next intent that is due, now `carrying`, and whether it was so before: then look first.

    None when nothing is due.  Raises `LeaseLost`.
    """
    fence(lease)
    for _, intent_id in _due([int(account_id)], now):
        row = Intent.objects.select_for_update().filter(pk=intent_id, state__in=OPEN).first()
        if row is not None:  # else a person took it back just now
            resumed = row.state == IntentState.CARRYING
            _step(row, Signal.CARRY)
            return row, resumed
    return None


def get_for_engine(intent_id: int) -> Intent:
    """Engine only: the intent as it is now."""
    return Intent.objects.get(pk=intent_id)


@lane.keeps
def note_copy(intent_id: int, copying: Mapping[str, Any] | None, lease: Lease | None) -> None:
    """Engine only: how far a COPY is, kept before the server is told to go on; None when it is over."""
    fence(lease)
    row = Intent.objects.select_for_update().get(pk=intent_id)
    others = {name: value for name, value in row.payload.items() if name != "copy"}
    payload = others if copying is None else {**others, "copy": copying}
    Intent.objects.filter(pk=intent_id).update(payload=storable_json(payload))


@lane.keeps
def settle(
    intent_id: int, signal: Signal, lease: Lease | None, *, now: datetime, said: Mapping[str, Any] | None = None
) -> None:
    """Engine only: how it ended, told as `intent.done`, `intent.refused` or `intent.overtaken`.

    A refused one keeps its UIDs for `restore_some`.  `said` is the diagnosis of a refusal, or `{"marked_only": n}`.
    """
    fence(lease)
    row = Intent.objects.select_for_update().get(pk=intent_id)
    uids = row.uids if signal is Signal.REFUSED else ""
    _step(row, signal, settled_at=now, uids=uids, said=None if said is None else storable_json(said))
    news = {"account": row.account_id, "mailbox": row.mailbox_id, "action": row.action, "kind": row.kind}
    changes.record(row.workspace_id, f"intent.{row.state}", f"intent:{row.pk}", {**news, "said": said})


@lane.keeps
def put_off(intent_id: int, until: datetime, lease: Lease | None) -> None:
    """Engine only: the server did nothing and wants to be asked again then."""
    fence(lease)
    row = Intent.objects.select_for_update().get(pk=intent_id)
    _step(row, Signal.DEFERRED, not_before=until)


@lane.keeps
def restore_some(account_id: AccountId | int, lease: Lease | None = None) -> bool:
    """Show up to a batch of messages as they were before an intent that was undone or refused; False: none are left.

    Their flags are compared with the server's at the next sync, which may have been told otherwise meanwhile.
    """
    fence(lease)
    row = _left_over([int(account_id)]).select_for_update(of=("self",)).order_by("id").first()
    if row is None:
        return False
    left = read_uids(row.uids)
    piece = next(left.split(BATCH_ROWS, size=1 << 20))
    mailbox = lock_mailbox(row.mailbox_id)
    rows = list(rows_of(row, piece.numbers()).only("uid", "flags", "seen", "hidden"))
    if row.kind == FLAG:
        undone = {each.uid: with_flag(each.flags, row.payload["flag"], not row.payload["on"]) for each in rows}
        unseen = write_flags(rows, overlay(mailbox.pk, row.uid_validity, undone))
        Mailbox.objects.filter(pk=mailbox.pk).update(highest_mod_seq=None)
        count(mailbox.pk, 0, unseen)
    else:
        Message.objects.filter(pk__in=[each.pk for each in rows]).update(hidden=False)
        count(mailbox.pk, len(rows), sum(not each.seen for each in rows))
    Intent.objects.filter(pk=row.pk).update(uids=str(left - piece))
    tell(mailbox, {"changed" if row.kind == FLAG else "new": len(rows)})
    return True


@lane.writes
def forget_settled(account_id: AccountId | int, now: datetime) -> int:
    """Engine only: how many intents went that were settled long ago."""
    old = Intent.objects.filter(account_id=account_id, state__in=FINAL, uids="")
    old = old.filter(settled_at__lt=now - timedelta(seconds=INTENTS_KEPT_S)).order_by("id")
    return Intent.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH_ROWS])).delete()[0]


# ---- what acts and intents do to rows ----


def read_uids(text: str) -> NumSet:
    """The set as it is kept."""
    return NumSet.parse(text.encode()) if text else NumSet()


def rows_of(intent: Intent, uids: Collection[int]) -> QuerySet[Message]:
    """The messages of these UIDs that are held."""
    return Message.objects.filter(mailbox_id=intent.mailbox_id, uid_validity=intent.uid_validity, uid__in=list(uids))


def lock_mailbox(mailbox_id: int) -> Mailbox:
    """The mailbox with its account, held until the transaction ends; raises `NotFound`."""
    rows = Mailbox.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
    mailbox = rows.filter(pk=mailbox_id).first()
    if mailbox is None:
        raise NotFound("no such mailbox")
    return mailbox


def write_flags(rows: Sequence[Message], flags: Mapping[int, Collection[str]]) -> int:
    """Give the rows these flags, one statement for all that get the same; by how many more are unseen now."""
    alike: dict[tuple[str, ...], list[int]] = {}
    unseen = 0
    for row in rows:
        wanted = storable_flags(flags[row.uid])
        if wanted != row.flags:
            alike.setdefault(tuple(wanted), []).append(row.pk)
            unseen += 0 if row.hidden else int(row.seen) - int(_has(wanted, "\\seen"))
    for wanted_flags, numbers in alike.items():
        Message.objects.filter(pk__in=numbers).update(
            flags=list(wanted_flags),
            **{name: _has(wanted_flags, f"\\{name}") for name in ("seen", "flagged", "answered")},
        )
    return unseen


def count(mailbox_id: int, messages: int, unseen: int) -> None:
    """Let the mailbox's numbers follow what is shown; those that the server has not told stay untold."""
    if messages:
        Mailbox.objects.filter(pk=mailbox_id, messages__gte=-messages).update(messages=F("messages") + messages)
    if unseen:
        Mailbox.objects.filter(pk=mailbox_id, unseen__gte=-unseen).update(unseen=F("unseen") + unseen)


def tell(mailbox: Mailbox, payload: Mapping[str, int]) -> None:
    """The news of a mailbox's messages, as `messages.changed`."""
    if any(payload.values()):
        news = {"account": mailbox.account_id, "role": mailbox.role, **payload}
        changes.record(mailbox.account.workspace_id, "messages.changed", f"mailbox:{mailbox.pk}", news)


def _has(flags: Collection[str], flag: str) -> bool:
    return any(each.casefold() == flag for each in flags)


def _due(account_ids: Sequence[int], now: datetime) -> list[tuple[int, int]]:
    """(account, intent) of the first open intent of each mailbox, if its time has come; in order."""
    first: dict[int, tuple[int, int, bool]] = {}
    rows = Intent.objects.filter(account_id__in=list(account_ids), state__in=OPEN).order_by("id")
    for number, account_id, mailbox_id, state, not_before in rows.values_list(
        "pk", "account_id", "mailbox_id", "state", "not_before"
    ):
        is_due = state == IntentState.CARRYING or not_before <= now
        first.setdefault(mailbox_id, (account_id, number, is_due))
    return sorted(((account, number) for account, number, is_due in first.values() if is_due), key=lambda each: each[1])


def _left_over(account_ids: Sequence[int]) -> Any:
    return Intent.objects.filter(account_id__in=list(account_ids), state__in=_LEFT_OVER).exclude(uids="")


def _step(row: Intent, signal: Signal, **fields: Any) -> None:
    row.state = step(IntentState(row.state), signal).value
    Intent.objects.filter(pk=row.pk).update(state=row.state, **fields)
