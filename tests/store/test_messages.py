from datetime import timedelta

import pytest

from tests.store.making import NOON, VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.base.errors import NotFound
from yizhan.base.ids import WorkspaceId
from yizhan.store import blobs, changes, mailboxes, messages
from yizhan.store.mailboxes import MailboxFacts
from yizhan.store.messages import Counts, MessageFacts, UidValidityChanged
from yizhan.store.models import Lease, Mailbox, Message
from yizhan.store.scope import Scope


@pytest.fixture
def lease(scope: Scope) -> Lease:
    return take_lease(bind(scope))


@pytest.fixture
def inbox(scope: Scope, lease: Lease) -> Mailbox:
    return open_inbox(lease.account, lease, uid_next=100, messages=99, unseen=40)


def test_what_the_server_said_is_what_is_kept(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    said = facts(
        7,
        date=NOON,
        message_id="<7@x>",
        in_reply_to="<6@x>",
        to=[{"name": "", "address": "anna@example.com"}],
        flags=["\\Seen", "$Label1", "\\seen"],
        size_bytes=2**33,
        attachments=2,
        snippet="Привет",
    )
    messages.upsert_batch(inbox.pk, VALIDITY, [said], lease)
    [row] = messages.list_newest(scope)
    assert row.senders == [{"name": "李雷", "address": "lilei@example.cn"}]
    assert row.to == [{"name": "", "address": "anna@example.com"}]
    assert (row.subject, row.date, row.message_id, row.in_reply_to) == ("第 7 封", NOON, "<7@x>", "<6@x>")
    assert (row.flags, row.seen, row.flagged) == (["$Label1", "\\Seen", "\\seen"], True, False)
    assert (row.size_bytes, row.attachments, row.snippet) == (2**33, 2, "Привет")


def test_a_batch_given_twice_changes_nothing_the_second_time(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    batch = [facts(uid, flags=["\\Seen"]) for uid in range(1, 60)]
    assert messages.upsert_batch(inbox.pk, VALIDITY, batch, lease) == Counts(59, 0)
    before = changes.latest(scope)
    assert messages.upsert_batch(inbox.pk, VALIDITY, batch, lease) == Counts(0, 0)
    assert changes.latest(scope) == before
    assert Mailbox.objects.get(pk=inbox.pk).held_uids == "1:59"


def test_a_row_keeps_its_bytes_when_the_server_speaks_again(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    [row] = messages.list_newest(scope)
    blob = blobs.put(b"From: x")
    assert messages.attach_blob(row.pk, blob.pk, snippet="hello", attachments=1)
    assert messages.upsert_batch(inbox.pk, VALIDITY, [facts(1, flags=["\\Flagged"])], lease) == Counts(0, 1)
    again = messages.get(scope, row.pk)
    assert (again.blob_id, again.snippet, again.flagged) == (blob.pk, "hello", True)


def test_bytes_are_not_attached_to_what_is_gone(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    [row] = messages.list_newest(scope)
    assert not messages.attach_blob(row.pk, "0" * 64)
    blob = blobs.put(b"x")
    messages.remove_uids(inbox.pk, VALIDITY, [1], lease)
    assert not messages.attach_blob(row.pk, blob.pk)


def test_pages_of_the_list_meet_without_gap_or_double(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    same_minute = [facts(uid, internal_date=NOON + timedelta(minutes=uid // 4)) for uid in range(1, 31)]
    messages.upsert_batch(inbox.pk, VALIDITY, same_minute, lease)
    uids: list[int] = []
    page = messages.list_newest(scope, limit=7)
    while page:
        uids += [row.uid for row in page]
        page = messages.list_newest(scope, before=page[-1].pk, limit=7)
    assert uids == list(range(30, 0, -1))


def test_a_list_is_of_an_account_a_mailbox_or_a_role(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    other = bind(scope, "boris@example.ru")
    other_lease = take_lease(other)
    other_inbox = open_inbox(other, other_lease, messages=1, unseen=1)
    junk = MailboxFacts(wire_name="Junk", name="Спам", role="junk")
    listed = [MailboxFacts(wire_name="INBOX", name="INBOX", role="inbox"), junk]
    other_junk = mailboxes.store_list(other.pk, listed, other_lease)[1]
    mailboxes.set_selected(other_junk.pk, uid_validity=VALIDITY, messages=1, unseen=1, lease=other_lease)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    messages.upsert_batch(other_inbox.pk, VALIDITY, [facts(2)], other_lease)
    messages.upsert_batch(other_junk.pk, VALIDITY, [facts(3)], other_lease)
    assert [row.uid for row in messages.list_newest(scope)] == [3, 2, 1]
    assert [row.uid for row in messages.list_newest(scope, role="inbox")] == [2, 1]
    assert [row.uid for row in messages.list_newest(scope, other.pk)] == [3, 2]
    assert [row.uid for row in messages.list_newest(scope, mailbox_id=inbox.pk)] == [1]
    assert messages.list_newest(Scope(WorkspaceId(scope.workspace_id + 1))) == []


def test_numbers_of_a_mailbox_follow_its_messages(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    def numbers() -> tuple[int | None, int | None, int | None]:
        row = mailboxes.get_for_engine(inbox.pk)
        return row.messages, row.unseen, row.uid_next

    messages.upsert_batch(inbox.pk, VALIDITY, [facts(98), facts(99, flags=["\\Seen"])], lease)
    assert numbers() == (99, 40, 100)  # the server had counted these
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(100), facts(104, flags=["\\Seen"])], lease)
    assert numbers() == (101, 41, 105)
    assert messages.set_flags(inbox.pk, VALIDITY, {98: ["\\Seen"], 99: ["\\Seen"], 5: []}, lease) == 1
    assert numbers() == (101, 40, 105)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(99)], lease)
    assert numbers() == (101, 41, 105)
    assert messages.remove_uids(inbox.pk, VALIDITY, [99, 104, 3], lease) == 2
    assert numbers() == (99, 40, 105)


def test_a_new_uid_validity_voids_what_is_held(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    assert not mailboxes.set_selected(inbox.pk, uid_validity=VALIDITY, messages=100, lease=lease)
    assert mailboxes.set_selected(inbox.pk, uid_validity=VALIDITY + 1, messages=3, lease=lease)
    assert messages.list_newest(scope) == []
    with pytest.raises(UidValidityChanged):
        messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    row = mailboxes.get_for_engine(inbox.pk)
    assert (row.messages, row.unseen, row.uid_next) == (3, None, None)


def test_hostile_words_are_kept_short_and_fit(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    crowd = [{"name": "a\x00b" * 1000, "address": "\ud83d@x"}] * 5000
    hostile = facts(
        1,
        subject="\x00\ud800" * 5000,
        message_id="m" * 9000,
        to=crowd,
        flags=[f"k{n}" for n in range(5000)],
        snippet="s\x00" * 5000,
    )
    messages.upsert_batch(inbox.pk, VALIDITY, [hostile], lease)
    [row] = messages.list_newest(scope)
    assert row.subject == "\ufffd" * 2000
    assert (len(row.message_id), len(row.to), len(row.flags), len(row.snippet)) == (998, 100, 200, 400)
    assert row.to[0]["address"] == "\ufffd@x"


def test_of_two_facts_about_one_uid_the_last_wins(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    twice: list[MessageFacts] = [facts(1, subject="old"), facts(1, subject="new")]
    assert messages.upsert_batch(inbox.pk, VALIDITY, twice, lease) == Counts(1, 0)
    assert messages.list_newest(scope)[0].subject == "new"


def test_a_message_of_another_workspace_is_not_found(scope: Scope, inbox: Mailbox, lease: Lease) -> None:
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    stranger = Scope(WorkspaceId(scope.workspace_id + 1))
    pk = Message.objects.get().pk
    with pytest.raises(NotFound):
        messages.get(stranger, pk)
    with pytest.raises(NotFound):
        messages.list_newest(stranger, before=pk)
