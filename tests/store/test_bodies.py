"""Which bodies are missing is told newest first, and what was fetched is counted by the day."""

from datetime import date

from tests.store.making import VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.store import blobs, bodies, messages
from yizhan.store.attaching import Body
from yizhan.store.models import Lease, Mailbox, Message
from yizhan.store.scope import Scope

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def fill(scope: Scope, count: int) -> tuple[Mailbox, Lease]:
    account = bind(scope)
    lease = take_lease(account)
    inbox = open_inbox(account, lease, uid_next=1, messages=0, unseen=0)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(uid, size_bytes=uid) for uid in range(1, count + 1)], lease)
    return inbox, lease


def body_of(inbox: Mailbox, uid: int, raw: bytes = b"hello") -> Body:
    row = Message.objects.get(mailbox=inbox, uid=uid)
    return Body(row.pk, blobs.put(raw).pk, len(raw), "words", 1)


def test_missing_bodies_are_listed_newest_first_from_a_place_on(scope: Scope) -> None:
    inbox, lease = fill(scope, 9)
    bodies.attach(inbox.account_id, [body_of(inbox, 8)], MONDAY, lease)
    first = bodies.list_missing(inbox.account_id, [inbox.pk], None, 1000, 3)
    rest = bodies.list_missing(inbox.account_id, [inbox.pk], first[-1].place, 5, 10)
    assert [[each.uid for each in part] for part in (first, rest)] == [[9, 7, 6], [5, 4, 3, 2, 1]]
    assert bodies.list_missing(inbox.account_id, [], None, 1000, 3) == []


def test_a_message_is_found_whether_its_bytes_are_here_or_not(scope: Scope) -> None:
    inbox, lease = fill(scope, 1)
    body = body_of(inbox, 1)
    before = bodies.find(body.message_id)
    bodies.attach(inbox.account_id, [body], MONDAY, lease)
    assert before == bodies.find(body.message_id)
    assert bodies.find(body.message_id + 1) is None


def test_bytes_are_counted_by_the_day(scope: Scope) -> None:
    inbox, lease = fill(scope, 3)
    for uid, day in ((3, MONDAY), (2, MONDAY), (1, TUESDAY)):
        bodies.attach(inbox.account_id, [body_of(inbox, uid, b"x" * uid)], day, lease)
    assert bodies.fetched_on(inbox.account_id, MONDAY) == 0
    assert bodies.fetched_on(inbox.account_id, TUESDAY) == 1
    assert Message.objects.get(mailbox=inbox, uid=2).snippet == "words"


def test_damaged_bytes_are_written_over(scope: Scope) -> None:
    blob = blobs.put(b"the bytes of a message")
    blobs._write({blob.pk: b"damaged"})
    assert blobs.put_many([b"the bytes of a message"], anew=True) == [blob.pk]
    assert blobs.get(blob.pk) == b"the bytes of a message"
