"""What a person does to messages: the rows' new look, the counts, the news and the intent, in one transaction.

Each call takes a batch of ids (`BATCH_ROWS` at most), so that an act on 10,000 messages holds the lane for no longer
than others may wait; all its calls share one `Act`.
"""

from collections.abc import Iterator, Sequence

from yizhan.base.ids import MailboxId
from yizhan.imap.numset import NumSet
from yizhan.store import intents, lane
from yizhan.store.intents import EXPUNGE, FLAG, MOVE, Act
from yizhan.store.models import Mailbox, Message
from yizhan.store.scope import Scope


@lane.keeps
def set_flag(scope: Scope, message_ids: Sequence[int], flag: str, on: bool, act: Act) -> int:
    """These messages have the flag, or have it no more; how many had not been so."""
    changed = 0
    for mailbox, rows in _by_mailbox(scope, message_ids):
        flags = {row.uid: intents.with_flag(row.flags, flag, on) for row in rows}
        other = [row for row in rows if flags[row.uid] != row.flags]
        if not other:
            continue
        intents.add(mailbox, act, FLAG, _uids(other), {"flag": flag, "on": on})
        intents.count(mailbox.pk, 0, intents.write_flags(other, flags))
        intents.tell(mailbox, {"changed": len(other)})
        changed += len(other)
    return changed


@lane.keeps
def move(scope: Scope, message_ids: Sequence[int], mailbox_id: MailboxId | int, act: Act) -> int:
    """These messages are to go to that mailbox, and are shown no more where they are; how many were elsewhere."""
    moved = 0
    for mailbox, rows in _by_mailbox(scope, message_ids):
        if mailbox.pk != mailbox_id:
            moved += _hide(mailbox, rows, act, MOVE, {"to": int(mailbox_id)})
    return moved


@lane.keeps
def expunge(scope: Scope, message_ids: Sequence[int], act: Act) -> int:
    """These messages are to be removed for good, and are shown no more; how many there were."""
    return sum(_hide(mailbox, rows, act, EXPUNGE, {}) for mailbox, rows in _by_mailbox(scope, message_ids))


def _hide(mailbox: Mailbox, rows: list[Message], act: Act, kind: str, payload: dict[str, int]) -> int:
    intents.add(mailbox, act, kind, _uids(rows), payload)
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(hidden=True)
    intents.count(mailbox.pk, -len(rows), -sum(not row.seen for row in rows))
    intents.tell(mailbox, {"removed": len(rows)})
    return len(rows)


def _by_mailbox(scope: Scope, message_ids: Sequence[int]) -> Iterator[tuple[Mailbox, list[Message]]]:
    """Mailboxes in one order, whoever asks, so that two who ask do not wait for each other for ever."""
    wanted = Message.objects.filter(workspace_id=scope.workspace_id, pk__in=list(message_ids), hidden=False)
    for mailbox_id in sorted(set(wanted.values_list("mailbox_id", flat=True))):
        mailbox = intents.lock_mailbox(mailbox_id)
        rows = list(wanted.filter(mailbox_id=mailbox_id).only("uid", "flags", "seen", "hidden"))
        if rows:
            yield mailbox, rows


def _uids(rows: Sequence[Message]) -> NumSet:
    return NumSet.of(row.uid for row in rows)
