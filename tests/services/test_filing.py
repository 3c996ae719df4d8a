"""Drafts at a real server: the newest version lies there and no other, whatever is cut at which step."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from itertools import count
from typing import Any

import pytest

from tests.services.carrying import Fuse, FusedDialer, FusedLane, Killed, Post
from tests.store.databases import Home
from tests.support.dovecot import DOMAIN, Dovecot, DovecotOptions
from tests.support.mailhost import Person, add_person
from yizhan.base.ids import DraftId, MessageId
from yizhan.net.errors import LineLost
from yizhan.services.outbox.listing import cancel
from yizhan.services.writing import drafts, filing
from yizhan.services.writing.handing import hand_in
from yizhan.store import blobs, messages, submissions
from yizhan.store import filing as filed
from yizhan.store.lane import Lane
from yizhan.store.models import Draft, Mailbox, Message
from yizhan.store.scope import scope_of_home

_people = count(1)
Start = Callable[[DovecotOptions], Dovecot]
STEPS = 60  # more than the longest filing has


class Desk(Post):
    """Somebody who writes drafts here and files them there."""

    def open(self) -> None:
        self.sync("INBOX")
        Mailbox.objects.filter(account=self.account, wire_name="Drafts").update(role="drafts")
        self.account.__class__.objects.filter(pk=self.account.pk).update(status="normal")

    def write(self, **content: Any) -> dict[str, Any]:
        return drafts.create(self.scope, {"from": self.account.pk, **content}, clock=self.clock)

    def save(self, draft: dict[str, Any], **content: Any) -> dict[str, Any]:
        words = {"from": self.account.pk, **content}
        return drafts.save(self.scope, DraftId(draft["id"]), draft["version"], words, self.clock)

    def file(self) -> int:
        return asyncio.run(self._file())

    def file_until_cut(self, steps: int) -> bool:
        return asyncio.run(self._file_until_cut(steps))

    def bring_bodies(self) -> None:
        rows = Message.objects.filter(mailbox__wire_name="Drafts").order_by("uid")
        for row, raw in zip(rows, self.server.messages(self.person.address, "Drafts"), strict=True):
            messages.attach_blob(row.pk, blobs.put(raw).pk, snippet="", attachments=0, references=())

    def there(self) -> list[tuple[str, str]]:
        """(subject, text) of each draft at the server."""
        raws = self.server.messages(self.person.address, "Drafts")
        read = [message_from_bytes(raw, policy=default) for raw in raws]
        return [(str(each["Subject"]), each.get_body(("plain",)).get_content().strip()) for each in read]  # type: ignore[union-attr]

    async def _file(self) -> int:
        async with Lane() as lane, self.session() as session:
            before = self.clock.now() + timedelta(seconds=1)
            return await filing.file_drafts(self.account_id, session, lane=lane, lease=self.lease, before=before)

    async def _file_until_cut(self, steps: int) -> bool:
        fuse = Fuse(steps)
        lane = FusedLane(fuse)
        before = self.clock.now() + timedelta(seconds=1)
        try:
            async with self.session(FusedDialer(fuse)) as session:
                await filing.file_drafts(self.account_id, session, lane=lane, lease=self.lease, before=before)
            return False
        except (LineLost, Killed):
            return True
        finally:
            await asyncio.to_thread(lane.close)


@pytest.fixture
def desk(sqlite: Home, dovecot: Dovecot, imap_person: Person) -> Desk:
    made = Desk(scope_of_home(), dovecot, imap_person)
    made.open()
    return made


@pytest.fixture
def old_desk(sqlite: Home, start_dovecot_with: Start) -> Desk:
    """On a server without UIDPLUS."""
    server = start_dovecot_with(DovecotOptions(without={"MOVE", "UIDPLUS", "CONDSTORE", "QRESYNC", "ESEARCH"}))
    made = Desk(scope_of_home(), server, add_person(server, f"writer{next(_people)}@{DOMAIN}"))
    made.open()
    return made


def test_the_newest_version_lies_there_with_whom_it_goes_to_in_secret(desk: Desk) -> None:
    draft = desk.write(
        subject="报价", text="first", plain=True, to="陈工 <chen@example.cn>, half@", bcc="b@example.org"
    )
    drafts.attach(desk.scope, DraftId(draft["id"]), "价格.pdf", "application/pdf", b"%PDF")
    assert desk.file() == 1
    second = desk.save(draft, subject="报价", text="second", plain=True, bcc="b@example.org")
    assert desk.file() == 1
    assert desk.there() == [("报价", "second")]
    [raw] = desk.server.messages(desk.person.address, "Drafts")
    assert b"Bcc: b@example.org" in raw
    [flags] = desk.flags_there("Drafts").values()
    assert flags == {"\\Draft", "\\Seen"}
    assert (desk.file(), second["version"]) == (0, 2)


def test_on_a_server_without_uidplus_nobody_elses_mail_is_removed(old_desk: Desk) -> None:
    draft = old_desk.write(subject="a", text="first", plain=True)
    old_desk.file()
    with old_desk.server.client(old_desk.person.address) as client:
        client.append("Drafts", "(\\Deleted)", None, b"Subject: theirs\r\n\r\nkept\r\n")  # type: ignore[arg-type]
    second = old_desk.save(draft, subject="a", text="second", plain=True)
    old_desk.file()
    assert ("theirs", "kept") in old_desk.there()
    assert ("a", "second") in old_desk.there()
    with old_desk.server.client(old_desk.person.address) as client:
        client.select("Drafts")
        client.expunge()
    old_desk.save(second, subject="a", text="third", plain=True)
    old_desk.file()
    assert old_desk.there() == [("a", "third")]


def test_cut_at_every_step_one_lies_there_and_in_the_end_only_the_newest(desk: Desk) -> None:
    draft = desk.write(subject="v1", text="1", plain=True)
    desk.file()
    cuts, counts = 0, set()
    for steps in range(STEPS):
        draft = desk.save(draft, subject=f"v{steps + 2}", text="x", plain=True)
        cuts += desk.file_until_cut(steps)
        counts.add(len(desk.there()) > 0)
        desk.file()
        assert [subject for subject, _ in desk.there()] == [f"v{steps + 2}"]
    assert (counts, cuts > 10, cuts < STEPS) == ({True}, True, True)


def test_handed_in_it_is_removed_there_and_taken_back_it_lies_there_again(desk: Desk) -> None:
    content = {"from": desk.account.pk, "to": "a@example.org", "subject": "x", "text": "y", "plain": True}
    draft = desk.write(**content)
    desk.file()
    [made] = hand_in(desk.scope, DraftId(draft["id"]), 1, content, desk.clock, delay_s=10)
    desk.file()
    assert desk.there() == []
    cancel(desk.scope, made)
    desk.file()
    assert desk.there() == [("x", "y")]
    [again] = hand_in(desk.scope, DraftId(draft["id"]), 1, content, desk.clock)
    submissions.move(again, "queued", "sending")
    submissions.move(again, "sending", "sent")
    desk.file()
    assert (desk.there(), Draft.objects.count()) == ([], 0)


def test_discarded_it_is_removed_there_whenever_that_can_be_done(desk: Desk) -> None:
    draft = desk.write(subject="x", text="secret words", plain=True)
    desk.file()
    drafts.discard(desk.scope, DraftId(draft["id"]), desk.clock)
    assert (drafts.list_drafts(desk.scope), Draft.objects.get().content) == ([], {})
    desk.file()
    assert (desk.there(), Draft.objects.count()) == ([], 0)
    never_filed = desk.write(subject="y")
    drafts.discard(desk.scope, DraftId(never_filed["id"]), desk.clock)
    assert Draft.objects.count() == 0


def test_a_draft_of_elsewhere_is_written_on_here_and_ours_is_known_again(desk: Desk) -> None:
    raw = b"Subject: theirs\r\nTo: a@example.org\r\nBcc: b@example.org\r\nMessage-ID: <t@x>\r\n\r\nbegun there\r\n"
    desk.server.deliver(desk.person.address, raw, mailbox="Drafts")
    ours = desk.write(subject="ours", text="z", plain=True)
    desk.file()
    desk.sync("Drafts")
    rows = {row.subject: row for row in Message.objects.filter(mailbox__wire_name="Drafts")}
    desk.bring_bodies()
    opened = filing.adopt(desk.scope, MessageId(rows["theirs"].pk), desk.clock)
    assert filing.adopt(desk.scope, MessageId(rows["theirs"].pk), desk.clock) == opened
    assert filing.adopt(desk.scope, MessageId(rows["ours"].pk), desk.clock) == ours["id"]
    shape = drafts.find(desk.scope, DraftId(opened))
    assert (shape["content"]["bcc"], shape["content"]["text"].strip()) == ("b@example.org", "begun there")
    assert desk.file() == 0
    desk.save(shape, subject="theirs", text="and finished here", plain=True)
    desk.file()
    assert sorted(desk.there()) == [("ours", "z"), ("theirs", "and finished here")]


def test_changed_elsewhere_meanwhile_both_are_kept(desk: Desk) -> None:
    draft = desk.write(subject="x", text="begun", plain=True)
    desk.file()
    with desk.server.client(desk.person.address) as client:
        client.select("Drafts")
        client.uid("STORE", "1:*", "+FLAGS", "\\Deleted")
        client.expunge()
        client.append("Drafts", "(\\Draft)", None, b"Subject: x\r\n\r\nchanged there\r\n")  # type: ignore[arg-type]
    desk.save(draft, subject="x", text="changed here", plain=True)
    desk.file()
    assert sorted(desk.there()) == [("x", "changed here"), ("x", "changed there")]


def test_from_another_account_it_is_removed_where_it_lay(desk: Desk) -> None:
    draft = desk.write(subject="x", text="y", plain=True)
    desk.file()
    drafts.save(desk.scope, DraftId(draft["id"]), 1, {"subject": "x", "text": "y", "plain": True}, desk.clock)
    desk.file()
    assert desk.there() == []
    assert [each["content"]["subject"] for each in drafts.list_drafts(desk.scope)] == ["x"]
    assert filed.clear_away() == 0
