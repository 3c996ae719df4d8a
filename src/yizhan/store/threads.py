"""Messages that answer one another, by the ids that they name and, where they name none, by subject and people.

Every Message-ID that somebody has or names belongs to one thread, so that it does not matter whether the question or
the answer comes here first.  Two threads that turn out to be one are joined.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from yizhan.mime.headers import read_message_ids
from yizhan.mime.subjects import bare_subject
from yizhan.store.limits import BATCH_ROWS, MAX_JOINED, MAX_SUBJECT_CHARS
from yizhan.store.models import Account, Message, Thread, ThreadKey
from yizhan.store.scope import Scope

SUBJECT_DAYS = 30


def assign(rows: Sequence[Message]) -> None:
    """Give each of these new messages its thread, before they are written; all of one workspace."""
    if not rows:
        return
    workspace_id = rows[0].workspace_id
    keys = {id(row): _keys([row.message_id, row.in_reply_to]) for row in rows}
    wanted = {key for each in keys.values() for key in each}
    known = _known(workspace_id, wanted)
    threads = {thread.pk: thread for thread in Thread.objects.filter(pk__in=set(known.values()))}
    fresh: dict[str, Thread] = {}
    for row in sorted(rows, key=lambda each: each.internal_date):
        thread = _thread_of(row, keys[id(row)], known, threads, fresh)
        thread.newest_at = max(thread.newest_at, row.internal_date)
        row.thread = thread
        fresh |= dict.fromkeys(keys[id(row)], thread)
    chosen = {id(row.thread): row.thread for row in rows if row.thread is not None}
    Thread.objects.bulk_create([each for each in chosen.values() if each.pk is None])
    for each in chosen.values():
        if each.pk in threads:
            Thread.objects.filter(pk=each.pk, newest_at__lt=each.newest_at).update(newest_at=each.newest_at)
    for row in rows:
        row.thread_id = row.thread.pk if row.thread is not None else None
    _name(workspace_id, {key: thread for key, thread in fresh.items() if key not in known})
    joined: dict[int, int] = {}
    for row in rows:
        others = {_survivor(joined, known[key]) for key in keys[id(row)] if key in known}
        joined |= _join(_survivor(joined, row.thread_id or 0), others)
    for row in rows:
        row.thread_id = _survivor(joined, row.thread_id or 0)


def join(message: Message, references: Sequence[str]) -> None:
    """The message names these as well: what has them, or comes with them later, is of its thread."""
    keys = _keys(references)
    if not keys or message.thread_id is None:
        return
    known = _known(message.workspace_id, keys)
    _name(message.workspace_id, {key: message.thread for key in keys if key not in known and message.thread})
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


def _thread_of(
    row: Message, keys: Sequence[str], known: dict[str, int], threads: dict[int, Thread], fresh: dict[str, Thread]
) -> Thread:
    for key in keys:
        if key in fresh:
            return fresh[key]
        if known.get(key) in threads:
            return threads[known[key]]
    subject = bare_subject(row.subject)[:MAX_SUBJECT_CHARS]
    if subject and subject != row.subject.strip() and not read_message_ids(row.in_reply_to):
        found = _by_subject(row, subject)
        if found is not None:
            return threads.setdefault(found.pk, found)
    return Thread(workspace_id=row.workspace_id, subject=subject, newest_at=row.internal_date)


def _by_subject(row: Message, subject: str) -> Thread | None:
    """An answer that names nothing: the thread of that subject in these days, if somebody of its people is in it."""
    since = row.internal_date - timedelta(days=SUBJECT_DAYS)
    until = row.internal_date + timedelta(days=SUBJECT_DAYS)
    near = Thread.objects.filter(workspace_id=row.workspace_id, subject=subject, newest_at__range=(since, until))
    own = set(Account.objects.filter(workspace_id=row.workspace_id).values_list("address_key", flat=True))
    people = _people(row) - own
    for thread in near.order_by("-newest_at")[:5]:
        others = Message.objects.filter(thread=thread).only("senders", "to", "cc").order_by("-internal_date")[:20]
        if any(people & _people(each) for each in others):
            return thread
    return None


def _people(row: Message) -> set[str]:
    return {each["address"].casefold() for each in (*row.senders, *row.to, *row.cc) if each["address"]}


def _keys(names: Sequence[str]) -> list[str]:
    ids = [each for name in names for each in read_message_ids(name)]
    return [hashlib.sha256(each.encode(errors="replace")).hexdigest()[:32] for each in dict.fromkeys(ids)]


def _known(workspace_id: int, keys: Sequence[str] | set[str]) -> dict[str, int]:
    rows = ThreadKey.objects.filter(workspace_id=workspace_id, key__in=list(keys))
    return dict(rows.values_list("key", "thread_id"))


def _name(workspace_id: int, named: dict[str, Thread | None]) -> None:
    rows = [ThreadKey(workspace_id=workspace_id, key=key, thread=thread) for key, thread in named.items()]
    ThreadKey.objects.bulk_create(rows, ignore_conflicts=True)


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
