"""What a person does to messages, in the store alone."""

from datetime import timedelta

import pytest

from tests.store.making import NOON, VALIDITY, bind, facts, take_lease
from yizhan.store import acting, changes, intents, mailboxes, messages
from yizhan.store.intents import Act
from yizhan.store.lifecycle import Signal
from yizhan.store.mailboxes import MailboxFacts
from yizhan.store.messages import Wanted
from yizhan.store.models import Intent, Lease, Mailbox, Message
from yizhan.store.scope import Scope

LATER = NOON + timedelta(seconds=10)
SEEN = "\\Seen"


class Desk:
    """An inbox with five messages, and a mailbox beside it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.account = bind(scope)
        self.lease: Lease = take_lease(self.account)
        inbox = MailboxFacts(wire_name="INBOX", name="INBOX", delimiter="/", role="inbox")
        other = MailboxFacts(wire_name="Work", name="Work", delimiter="/")
        mailboxes.store_list(self.account.pk, [inbox, other], self.lease)
        self.inbox, self.other = mailboxes.list_for_engine(self.account.pk)
        mailboxes.set_selected(self.inbox.pk, uid_validity=VALIDITY, uid_next=6, messages=5, unseen=5, lease=self.lease)
        messages.upsert_batch(self.inbox.pk, VALIDITY, [facts(uid) for uid in range(1, 6)], self.lease)
        self.ids = list(Message.objects.order_by("uid").values_list("pk", flat=True))

    def act(self, name: str = "act-1", *, at_once: bool = False) -> Act:
        return Act(name, NOON, NOON if at_once else LATER)

    def numbers(self) -> tuple[int | None, int | None]:
        row = mailboxes.get_for_engine(self.inbox.pk)
        return row.messages, row.unseen

    def shown(self) -> dict[int, bool]:
        """UID to whether it was seen, of what the inbox shows."""
        rows = messages.list_page(self.scope, Wanted(mailbox_id=self.inbox.pk), None, 50)
        return {row.uid: row.seen for row in rows}

    def begin(self) -> Intent:
        begun = intents.begin_next(self.account.pk, LATER, self.lease)
        assert begun is not None
        return begun[0]


@pytest.fixture
def desk(scope: Scope) -> Desk:
    return Desk(scope)


def test_a_mark_shows_at_once_with_its_count_its_news_and_its_intent(desk: Desk) -> None:
    before = changes.latest(desk.scope)
    assert acting.set_flag(desk.scope, desk.ids[:3], SEEN, True, desk.act()) == 3
    assert desk.shown() == {1: True, 2: True, 3: True, 4: False, 5: False}
    assert desk.numbers() == (5, 2)
    news = changes.since(desk.scope, before)
    assert [(each.kind, each.payload["changed"]) for each in news] == [("messages.changed", 3)]
    [intent] = intents.of_action(desk.scope, "act-1")
    assert (intent.kind, intent.uids, intent.payload) == ("flag", "1:3", {"flag": SEEN, "on": True})


def test_a_mark_of_what_is_marked_wishes_nothing(desk: Desk) -> None:
    acting.set_flag(desk.scope, desk.ids[:1], SEEN, True, desk.act())
    assert acting.set_flag(desk.scope, desk.ids[:1], SEEN, True, desk.act("act-2")) == 0
    assert intents.of_action(desk.scope, "act-2") == []


def test_batches_of_one_act_are_one_intent(desk: Desk) -> None:
    acting.set_flag(desk.scope, desk.ids[:2], SEEN, True, desk.act())
    acting.set_flag(desk.scope, desk.ids[2:], SEEN, True, desk.act())
    assert [each.uids for each in intents.of_action(desk.scope, "act-1")] == ["1:5"]


def test_a_moved_message_is_shown_no_more_and_not_counted(desk: Desk) -> None:
    assert acting.move(desk.scope, desk.ids[:2], desk.other.pk, desk.act()) == 2
    assert set(desk.shown()) == {3, 4, 5}
    assert desk.numbers() == (3, 3)


def test_a_move_to_where_it_is_wishes_nothing(desk: Desk) -> None:
    assert acting.move(desk.scope, desk.ids, desk.inbox.pk, desk.act()) == 0
    assert Intent.objects.count() == 0


@pytest.mark.parametrize("kind", ["mark", "move", "expunge"])
def test_an_act_taken_back_leaves_everything_as_it_was(desk: Desk, kind: str) -> None:
    act = {
        "mark": lambda: acting.set_flag(desk.scope, desk.ids[:4], SEEN, True, desk.act()),
        "move": lambda: acting.move(desk.scope, desk.ids[:4], desk.other.pk, desk.act()),
        "expunge": lambda: acting.expunge(desk.scope, desk.ids[:4], desk.act()),
    }[kind]
    before = desk.shown(), desk.numbers()
    act()
    assert (desk.shown(), desk.numbers()) != before
    assert intents.take_back(desk.scope, "act-1", NOON)
    assert intents.restore_some(desk.account.pk)
    assert not intents.restore_some(desk.account.pk)
    assert (desk.shown(), desk.numbers()) == before
    assert intents.begin_next(desk.account.pk, LATER, desk.lease) is None


def test_what_was_begun_cannot_be_taken_back(desk: Desk) -> None:
    acting.move(desk.scope, desk.ids[:2], desk.other.pk, desk.act())
    desk.begin()
    assert not intents.take_back(desk.scope, "act-1", LATER)
    assert set(desk.shown()) == {3, 4, 5}


def test_nobody_takes_back_what_another_workspace_did(desk: Desk) -> None:
    acting.move(desk.scope, desk.ids[:2], desk.other.pk, desk.act())
    assert not intents.take_back(Scope(desk.scope.workspace_id + 1), "act-1", NOON)  # type: ignore[arg-type]


def test_a_sync_does_not_undo_a_waiting_mark(desk: Desk) -> None:
    acting.set_flag(desk.scope, desk.ids[:2], SEEN, True, desk.act())
    messages.set_flags(desk.inbox.pk, VALIDITY, {1: [], 2: ["\\Answered"], 3: [SEEN]}, desk.lease)
    messages.upsert_batch(desk.inbox.pk, VALIDITY, [facts(1), facts(4)], desk.lease)
    assert desk.shown() == {1: True, 2: True, 3: True, 4: False, 5: False}
    assert desk.numbers() == (5, 2)


def test_a_sync_does_not_show_what_waits_to_be_moved(desk: Desk) -> None:
    acting.move(desk.scope, desk.ids[:2], desk.other.pk, desk.act())
    messages.upsert_batch(desk.inbox.pk, VALIDITY, [facts(uid, flags=[SEEN]) for uid in (1, 2)], desk.lease)
    mailboxes.note_numbers(desk.inbox.pk, uid_next=6, messages=5, unseen=3, lease=desk.lease)
    assert set(desk.shown()) == {3, 4, 5}
    assert desk.numbers() == (3, 3)


def test_the_server_counts_what_is_hidden_and_we_do_not(desk: Desk) -> None:
    acting.expunge(desk.scope, desk.ids[:2], desk.act())
    inbox = MailboxFacts(wire_name="INBOX", name="INBOX", delimiter="/", role="inbox", messages=7, unseen=6)
    work = MailboxFacts(wire_name="Work", name="Work", delimiter="/")
    mailboxes.store_list(desk.account.pk, [inbox, work], desk.lease)
    assert desk.numbers() == (5, 4)


def test_a_hidden_message_that_goes_at_the_server_is_not_counted_twice(desk: Desk) -> None:
    acting.expunge(desk.scope, desk.ids[:2], desk.act())
    messages.remove_uids(desk.inbox.pk, VALIDITY, [1, 3], desk.lease)
    assert desk.numbers() == (2, 2)


def test_a_refused_intent_is_told_and_its_messages_are_shown_again(desk: Desk) -> None:
    acting.move(desk.scope, desk.ids[:2], desk.other.pk, desk.act())
    before = changes.latest(desk.scope)
    intents.settle(desk.begin().pk, Signal.REFUSED, desk.lease, now=LATER, said={"cause": "quota_exceeded"})
    assert [each.kind for each in changes.since(desk.scope, before)] == ["intent.refused"]
    assert intents.accounts_due([desk.account.pk], NOON) == [desk.account.pk]
    assert intents.restore_some(desk.account.pk, desk.lease)
    assert set(desk.shown()) == {1, 2, 3, 4, 5}
    assert intents.accounts_due([desk.account.pk], NOON) == []


def test_a_refused_mark_leaves_later_wishes_alone(desk: Desk) -> None:
    acting.set_flag(desk.scope, desk.ids[:1], SEEN, True, desk.act("one", at_once=True))
    acting.set_flag(desk.scope, desk.ids[:1], SEEN, False, desk.act("two"))
    acting.set_flag(desk.scope, desk.ids[:1], SEEN, True, desk.act("three"))
    intents.settle(desk.begin().pk, Signal.REFUSED, desk.lease, now=LATER, said={})
    assert intents.restore_some(desk.account.pk, desk.lease)
    assert desk.shown()[1] is True
    assert desk.numbers() == (5, 4)


def test_after_a_refusal_the_flags_are_compared_anew(desk: Desk) -> None:
    mailboxes.set_selected(desk.inbox.pk, uid_validity=VALIDITY, highest_mod_seq=9, lease=desk.lease)
    acting.set_flag(desk.scope, desk.ids[:1], SEEN, True, desk.act())
    intents.settle(desk.begin().pk, Signal.REFUSED, desk.lease, now=LATER, said={})
    assert intents.restore_some(desk.account.pk, desk.lease)
    assert mailboxes.get_for_engine(desk.inbox.pk).highest_mod_seq is None


def test_intents_of_a_mailbox_keep_their_order_whatever_is_due_first(desk: Desk) -> None:
    acting.set_flag(desk.scope, desk.ids, SEEN, True, desk.act("bulk"))
    acting.set_flag(desk.scope, desk.ids[:1], SEEN, False, desk.act("single", at_once=True))
    assert intents.accounts_due([desk.account.pk], NOON) == []
    assert intents.begin_next(desk.account.pk, NOON, desk.lease) is None
    assert intents.accounts_due([desk.account.pk], LATER) == [desk.account.pk]
    assert desk.begin().action == "bulk"


def test_an_intent_that_was_being_carried_is_looked_at_again(desk: Desk) -> None:
    acting.move(desk.scope, desk.ids[:2], desk.other.pk, desk.act())
    first = desk.begin()
    begun = intents.begin_next(desk.account.pk, NOON, desk.lease)
    assert begun is not None
    assert (begun[0].pk, begun[1]) == (first.pk, True)


def test_settled_intents_are_forgotten_after_a_week(desk: Desk) -> None:
    acting.set_flag(desk.scope, desk.ids[:1], SEEN, True, desk.act())
    intents.settle(desk.begin().pk, Signal.CONFIRMED, desk.lease, now=LATER)
    assert intents.forget_settled(desk.account.pk, LATER + timedelta(days=6)) == 0
    assert intents.forget_settled(desk.account.pk, LATER + timedelta(days=8)) == 1
    assert Mailbox.objects.count() == 2
