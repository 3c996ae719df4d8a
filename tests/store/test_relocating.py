"""Rows that follow their messages to another mailbox."""

import pytest

from tests.store.making import VALIDITY, facts
from tests.store.test_acting import Desk
from yizhan.store import acting, mailboxes, messages, relocating
from yizhan.store.models import Message
from yizhan.store.scope import Scope


@pytest.fixture
def desk(scope: Scope) -> Desk:
    return Desk(scope)


def begin_move(desk: Desk) -> int:
    acting.move(desk.scope, desk.ids[:2], desk.other.pk, desk.act())
    return desk.begin().pk


def places() -> list[tuple[int, int, int, bool]]:
    rows = Message.objects.order_by("mailbox_id", "uid")
    return list(rows.values_list("pk", "mailbox_id", "uid", "hidden"))


def test_a_moved_message_keeps_its_row_in_the_mailbox_that_it_is_in_now(desk: Desk) -> None:
    mailboxes.set_selected(desk.other.pk, uid_validity=3, uid_next=40, messages=0, unseen=0, lease=desk.lease)
    relocating.relocate(begin_move(desk), desk.other.pk, 3, {1: 40, 2: 41}, desk.lease)
    moved = [(desk.ids[0], desk.other.pk, 40, False), (desk.ids[1], desk.other.pk, 41, False)]
    assert places()[-2:] == moved
    source, target = mailboxes.list_for_engine(desk.account.pk)
    assert (source.held_uids, source.messages, source.unseen) == ("3:5", 3, 3)
    assert (target.held_uids, target.messages, target.unseen, target.uid_next) == ("40:41", 2, 2, 42)


def test_a_mailbox_never_opened_before_learns_its_uid_validity(desk: Desk) -> None:
    relocating.relocate(begin_move(desk), desk.other.pk, 3, {1: 1, 2: 2}, desk.lease)
    assert mailboxes.get_for_engine(desk.other.pk).uid_validity == 3
    assert len(places()) == 5


def test_a_message_that_a_sync_brought_before_is_not_doubled(desk: Desk) -> None:
    mailboxes.set_selected(desk.other.pk, uid_validity=3, lease=desk.lease)
    intent_id = begin_move(desk)
    messages.upsert_batch(desk.other.pk, 3, [facts(40)], desk.lease)
    relocating.relocate(intent_id, desk.other.pk, 3, {1: 40, 2: 41}, desk.lease)
    assert sorted(uid for _, mailbox_id, uid, _ in places() if mailbox_id == desk.other.pk) == [40, 41]
    assert len(places()) == 5


def test_a_renumbered_mailbox_is_left_to_its_sync(desk: Desk) -> None:
    mailboxes.set_selected(desk.other.pk, uid_validity=4, lease=desk.lease)
    relocating.relocate(begin_move(desk), desk.other.pk, 3, {1: 40, 2: 41}, desk.lease)
    assert [uid for _, _, uid, _ in places()] == [3, 4, 5]


def test_what_is_gone_is_let_go_and_counted_once(desk: Desk) -> None:
    relocating.let_go(begin_move(desk), [1, 2], desk.lease)
    assert [uid for _, _, uid, _ in places()] == [3, 4, 5]
    assert desk.numbers() == (3, 3)
    assert mailboxes.get_for_engine(desk.inbox.pk).held_uids == "3:5"
    assert mailboxes.get_for_engine(desk.inbox.pk).uid_validity == VALIDITY
