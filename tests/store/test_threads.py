"""Which messages are one conversation, whichever of them comes first."""

from itertools import permutations

import pytest

from tests.store.making import VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.services.messages.threads import list_thread
from yizhan.store import blobs, messages, threads
from yizhan.store.models import Lease, Mailbox, Message, Thread, ThreadKey
from yizhan.store.scope import Scope

ANNA = {"name": "Анна", "address": "anna@example.ru"}
BOB = {"name": "Bob", "address": "bob@example.com"}
ME = {"name": "", "address": "anna@example.com"}


@pytest.fixture
def inbox(scope: Scope) -> tuple[Mailbox, Lease]:
    account = bind(scope)
    lease = take_lease(account)
    return open_inbox(account, lease), lease


def receive(inbox: tuple[Mailbox, Lease], uid: int, **fields: object) -> Message:
    mailbox, lease = inbox
    messages.upsert_batch(mailbox.pk, VALIDITY, [facts(uid, **fields)], lease)
    return Message.objects.get(mailbox=mailbox, uid=uid)


def threads_of(scope: Scope) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for row in messages.list_newest(scope):
        assert row.thread_id is not None
        found.setdefault(row.thread_id, set()).add(row.uid)
    return {frozenset(uids) for uids in found.values()}


CHAIN = {
    1: {"message_id": "<1@x>"},
    2: {"message_id": "<2@x>", "in_reply_to": "<1@x>"},
    3: {"message_id": "<3@x>", "in_reply_to": "<2@x>"},
    4: {"message_id": "<4@x>"},
}


@pytest.mark.parametrize("order", list(permutations([1, 2, 3]))[:6], ids=str)
def test_answers_and_questions_find_one_another_in_any_order(
    scope: Scope, inbox: tuple[Mailbox, Lease], order: tuple[int, ...]
) -> None:
    for uid in (*order, 4):
        receive(inbox, uid, **CHAIN[uid])
    assert threads_of(scope) == {frozenset({1, 2, 3}), frozenset({4})}
    assert Thread.objects.count() == 2


def test_a_whole_batch_is_put_together_at_once(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    receive(inbox, 2, **CHAIN[2])
    mailbox, lease = inbox
    rest = [facts(uid, **CHAIN[uid]) for uid in (4, 3, 1)]
    messages.upsert_batch(mailbox.pk, VALIDITY, rest, lease)
    assert threads_of(scope) == {frozenset({1, 2, 3}), frozenset({4})}


def test_references_of_the_bytes_join_what_was_apart(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    receive(inbox, 1, message_id="<1@x>")
    late = receive(inbox, 2, message_id="<2@x>", in_reply_to="<lost@x>")
    assert len(threads_of(scope)) == 2
    messages.attach_blob(late.pk, blobs.put(b"From: x").pk, references=("<1@x>", "<lost@x>"))
    assert threads_of(scope) == {frozenset({1, 2})}
    assert ThreadKey.objects.count() == 3


def test_the_same_subject_is_one_thread_only_among_the_same_people_in_an_answer(
    scope: Scope, inbox: tuple[Mailbox, Lease]
) -> None:
    receive(inbox, 1, message_id="<1@x>", subject="报价单", from_=[ANNA], to=[ME])
    receive(inbox, 2, message_id="<2@x>", subject="回复: 报价单", from_=[ANNA], to=[ME])
    receive(inbox, 3, message_id="<3@x>", subject="Re: 报价单", from_=[BOB], to=[ME])
    receive(inbox, 4, message_id="<4@x>", subject="报价单", from_=[ANNA], to=[ME])
    assert threads_of(scope) == {frozenset({1, 2}), frozenset({3}), frozenset({4})}


def test_a_conversation_is_shown_once_over_all_mailboxes(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    first = receive(inbox, 1, **CHAIN[1])
    receive(inbox, 2, **CHAIN[2])
    receive(inbox, 7, **CHAIN[2])
    shown = list_thread(scope, first.pk)
    assert [each["message_id"] for each in shown] == ["<1@x>", "<2@x>"]


def test_threads_that_nobody_is_in_any_more_are_forgotten(scope: Scope, inbox: tuple[Mailbox, Lease]) -> None:
    mailbox, lease = inbox
    receive(inbox, 1, **CHAIN[1])
    receive(inbox, 4, **CHAIN[4])
    messages.remove_uids(mailbox.pk, VALIDITY, [1], lease)
    threads.forget_empty(scope.workspace_id)
    assert Thread.objects.count() == 1
