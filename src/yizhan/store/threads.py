"""Messages that answer one another, by the ids that they name and, where they name none, by subject and people.

Every Message-ID that somebody has or names belongs to one thread, so that it does not matter whether the question or
the answer comes here first.  Two threads that turn out to be one are joined.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yizhan.mime.headers import read_message_ids
from yizhan.mime.subjects import bare_subject
from yizhan.store import inserting
from yizhan.store.arrivals import Arrival
from yizhan.store.limits import BATCH_ROWS, MAX_JOINED, MAX_SUBJECT_CHARS
from yizhan.store.models import Account, Message, Thread, ThreadKey
from yizhan.store.scope import Scope

SUBJECT_DAYS = 30


@dataclass(slots=True)
class _Line:
    """A thread as a batch sees it; `pk` is None until it is written."""

    subject: str
    newest_at: datetime
    pk: int | None = None
    is_renewed: bool = False


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a batch's messages may join: threads by key and by number, new ones by key; and who the owner is."""

    workspace_id: int
    known: dict[str, int]
    threads: dict[int, _Line]
    own: set[str]
    fresh: dict[str, _Line] = field(default_factory=dict)


def assign(rows: Sequence[Arrival]) -> None:
    """Give each of these new messages its thread, before they are written; all of one workspace."""
    if not rows:
        return
    workspace_id = rows[0].workspace_id
    keyed = [(row, _keys((row.message_id, row.in_reply_to))) for row in rows]
    known = _known(workspace_id, {key for _, keys in keyed for key in keys})
    ground = _Ground(workspace_id, known, _lines(set(known.values())), _own_addresses(workspace_id))
    chosen = []
    for row, keys in sorted(keyed, key=_moment):
        line = _line_of(row, keys, ground)
        if line.newest_at < row.internal_date:
            line.newest_at, line.is_renewed = row.internal_date, True
        ground.fresh.update(dict.fromkeys(keys, line))
        chosen.append((row, line))
    _renew([each for each in ground.threads.values() if each.is_renewed])
    _create(workspace_id, list({id(line): line for _, line in chosen if line.pk is None}.values()))
    for row, line in chosen:
        row.thread_id = line.pk
    _name(workspace_id, {key: line.pk or 0 for key, line in ground.fresh.items() if key not in known})
    if known:
        _join_known(keyed, known)


def _moment(keyed: tuple[Arrival, list[str]]) -> datetime:
    return keyed[0].internal_date


def _join_known(keyed: Sequence[tuple[Arrival, list[str]]], known: dict[str, int]) -> None:
    """Threads that these messages show to be one are joined."""
    joined: dict[int, int] = {}
    for row, keys in keyed:
        others = {_survivor(joined, known[key]) for key in keys if key in known}
        joined |= _join(_survivor(joined, row.thread_id or 0), others)
    for row, _ in keyed:
        row.thread_id = _survivor(joined, row.thread_id or 0)


def join(message: Message, references: Sequence[str]) -> None:
    """The message names these as well: what has them, or comes with them later, is of its thread."""
    keys = _keys(references)
    if not keys or message.thread_id is None:
        return
    known = _known(message.workspace_id, keys)
    _name(message.workspace_id, {key: message.thread_id for key in keys if key not in known})
    _join(message.thread_id, set(known.values()))


def list_messages(scope: Scope, thread_id: int, limit: int) -> list[Message]:
    """The newest messages of a thread that people see, oldest first, with their account and mailbox."""
    rows = Message.objects.filter(workspace_id=scope.workspace_id, thread_id=thread_id, hidden=False)
    newest = rows.select_related("account", "mailbox").order_by("-internal_date", "-pk")[:limit]
    return list(reversed(newest))


def forget_empty(workspace_id: int) -> int:
    """Drop threads that no message is in any more; how many."""
    empty = Thread.objects.filter(workspace_id=workspace_id, messages=None).values_list("pk", flat=True)[:BATCH_ROWS]
    gone, _ = Thread.objects.filter(pk__in=list(empty)).delete()
    return gone


def _line_of(row: Arrival, keys: Sequence[str], ground: _Ground) -> _Line:
    for key in keys:
        if key in ground.fresh:
            return ground.fresh[key]
        if ground.known.get(key) in ground.threads:
            return ground.threads[ground.known[key]]
    subject = bare_subject(row.subject)[:MAX_SUBJECT_CHARS]
    if subject and subject != row.subject.strip() and not read_message_ids(row.in_reply_to):
        found = _by_subject(row, subject, _people(row) - ground.own)
        if found is not None:
            return ground.threads.setdefault(found.pk or 0, found)
    return _Line(subject, row.internal_date)


def _by_subject(row: Arrival, subject: str, people: set[str]) -> _Line | None:
    """An answer that names nothing: the thread of that subject in these days, if one of these people is in it."""
    since = row.internal_date - timedelta(days=SUBJECT_DAYS)
    until = row.internal_date + timedelta(days=SUBJECT_DAYS)
    near = Thread.objects.filter(workspace_id=row.workspace_id, subject=subject, newest_at__range=(since, until))
    for thread in near.order_by("-newest_at")[:5]:
        others = Message.objects.filter(thread=thread).only("senders", "to", "cc").order_by("-internal_date")[:20]
        if any(people & _people(each) for each in others):
            return _Line(thread.subject, thread.newest_at, thread.pk)
    return None


def _people(row: Arrival | Message) -> set[str]:
    return {each["address"].casefold() for each in (*row.senders, *row.to, *row.cc) if each["address"]}


def _keys(names: Sequence[str]) -> list[str]:
    ids = [each for name in names for each in read_message_ids(name)]
    return [hashlib.sha256(each.encode(errors="replace")).hexdigest()[:32] for each in dict.fromkeys(ids)]


def _known(workspace_id: int, keys: Sequence[str] | set[str]) -> dict[str, int]:
    rows = ThreadKey.objects.filter(workspace_id=workspace_id, key__in=list(keys))
    return dict(rows.values_list("key", "thread_id"))


def _own_addresses(workspace_id: int) -> set[str]:
    return set(Account.objects.filter(workspace_id=workspace_id).values_list("address_key", flat=True))


def _lines(numbers: set[int]) -> dict[int, _Line]:
    found = Thread.objects.filter(pk__in=numbers).values_list("pk", "subject", "newest_at") if numbers else ()
    return {number: _Line(subject, newest_at, number) for number, subject, newest_at in found}


def _renew(lines: Sequence[_Line]) -> None:
    for each in lines:
        Thread.objects.filter(pk=each.pk or 0, newest_at__lt=each.newest_at).update(newest_at=each.newest_at)


def _create(workspace_id: int, lines: Sequence[_Line]) -> None:
    for each, number in zip(lines, inserting.take_numbers(Thread, len(lines)), strict=True):
        each.pk = number
    names = ("id", "workspace_id", "subject", "newest_at")
    inserting.insert(Thread, names, [(each.pk, workspace_id, each.subject, each.newest_at) for each in lines])


def _name(workspace_id: int, named: dict[str, int]) -> None:
    rows = [(workspace_id, key, thread_id) for key, thread_id in named.items()]
    inserting.insert(ThreadKey, ("workspace_id", "key", "thread_id"), rows, unless_there=True)


def _survivor(joined: dict[int, int], thread_id: int) -> int:
    while thread_id in joined:
        thread_id = joined[thread_id]
    return thread_id


def _join(thread_id: int, others: set[int]) -> dict[int, int]:
    """Make them one, in the thread that was there first; which became which.  A monstrous one is left alone."""
    numbers = {thread_id, *others}
    if len(numbers) < 2:
        return {}
    first, *rest = sorted(numbers)
    if Message.objects.filter(thread_id__in=rest)[: MAX_JOINED + 1].count() > MAX_JOINED:
        return {}
    Message.objects.filter(thread_id__in=rest).update(thread_id=first)
    ThreadKey.objects.filter(thread_id__in=rest).update(thread_id=first)
    newest = max(Thread.objects.filter(pk__in=numbers).values_list("newest_at", flat=True))
    Thread.objects.filter(pk=first).update(newest_at=newest)
    Thread.objects.filter(pk__in=rest).delete()
    return dict.fromkeys(rest, first)
