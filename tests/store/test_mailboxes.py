from dataclasses import replace

import pytest

from tests.store.making import VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.base.errors import NotFound
from yizhan.base.ids import WorkspaceId
from yizhan.store import changes, mailboxes, messages
from yizhan.store.mailboxes import MailboxFacts
from yizhan.store.models import Mailbox, Message
from yizhan.store.scope import Scope

INBOX = MailboxFacts(wire_name="INBOX", name="INBOX", delimiter="/", role="inbox")
SENT = MailboxFacts(wire_name="&XfJT0ZAB-", name="已发送", delimiter="/", role="sent", messages=5, unseen=0)


def test_the_list_is_what_the_server_listed(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    mailboxes.store_list(account.pk, [SENT, INBOX], lease)
    assert [(row.name, row.messages) for row in mailboxes.list_all(scope, account.pk)] == [
        ("INBOX", None),
        ("已发送", 5),
    ]
    before = changes.latest(scope)
    mailboxes.store_list(account.pk, [SENT, INBOX], lease)
    assert changes.latest(scope) == before
    renamed = MailboxFacts(wire_name=SENT.wire_name, name="已发送", role="sent", subscribed=False)
    mailboxes.store_list(account.pk, [INBOX, renamed], lease)
    sent = mailboxes.by_role(account.pk, "sent")
    assert sent is not None
    assert (sent.subscribed, sent.messages) == (False, 5)
    assert changes.since(scope, before)[0].kind == "mailboxes.changed"


def test_a_list_that_counts_less_than_is_held_is_not_believed(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    inbox = open_inbox(account, lease)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1), facts(2)], lease)
    mailboxes.store_list(account.pk, [replace(INBOX, messages=7, unseen=7)], lease)
    [row] = mailboxes.store_list(account.pk, [replace(INBOX, messages=1, unseen=0)], lease)
    assert (row.messages, row.unseen) == (2, 2)


def test_a_mailbox_that_is_no_longer_listed_goes_with_its_messages(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    inbox = open_inbox(account, lease)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], lease)
    mailboxes.store_list(account.pk, [SENT], lease)
    assert (Mailbox.objects.count(), Message.objects.count()) == (1, 0)


def test_names_that_no_database_takes_are_left_out(scope: Scope, caplog: pytest.LogCaptureFixture) -> None:
    account = bind(scope)
    lease = take_lease(account)
    names = ["INBOX", "", "n" * 1025, "a\x00b", "x\ud800", "я" * 512]
    kept = mailboxes.store_list(account.pk, [MailboxFacts(wire_name=name, name=name) for name in names], lease)
    assert [row.wire_name for row in kept] == ["INBOX", "я" * 512]
    assert [vars(record)["count"] for record in caplog.records if record.msg == "mailboxes_ignored"] == [4]


def test_a_mailbox_is_found_by_role_and_by_name(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    mailboxes.store_list(account.pk, [INBOX, SENT, MailboxFacts(wire_name="sent", name="sent")], lease)
    assert mailboxes.find(scope, account.pk, "sent").role == "sent"
    assert mailboxes.find(scope, account.pk, "已发送").role == "sent"
    with pytest.raises(NotFound):
        mailboxes.find(scope, account.pk, "Nowhere")
    with pytest.raises(NotFound):
        mailboxes.find(Scope(WorkspaceId(scope.workspace_id + 1)), account.pk, "inbox")


def test_what_select_did_not_say_stays(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    inbox = open_inbox(account, lease, messages=10, unseen=3, uid_next=11, highest_mod_seq=2**62)
    mailboxes.set_selected(inbox.pk, uid_validity=VALIDITY, messages=12, lease=lease)
    row = mailboxes.get_for_engine(inbox.pk)
    assert (row.messages, row.unseen, row.uid_next, row.highest_mod_seq) == (12, 3, 11, 2**62)
