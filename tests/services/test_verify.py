"""`verify` names exactly what differs, writes nothing, and mends it when it is asked to."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.copies import NOON, Copy, Trouble, made_copy
from tests.store.making import facts
from tests.support.modelserver import Manners
from yizhan.store import messages
from yizhan.store.models import Account, Mailbox, Message

SEEN = frozenset({"\\Seen"})


@pytest.fixture
def copy(sqlite: object) -> Iterator[Copy]:
    """INBOX with six messages and Work with two, equal on both sides."""
    with made_copy(Manners()) as made:
        made.server.create("Work")
        for _ in range(6):
            made.server.deliver("INBOX", NOON, SEEN)
        for _ in range(2):
            made.server.deliver("Work", NOON, SEEN)
        made.sync(Trouble())
        yield made


def named(verified: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [each for each in verified["mailboxes"] if each["name"] == name]
    return dict(found)


def held(copy: Copy, name: str = "INBOX") -> Mailbox:
    return Mailbox.objects.get(account_id=copy.account_id, name=name)


def nothing(name: str) -> dict[str, Any]:
    return {"name": name, "missing": [], "extra": [], "flags_differ": []}


def test_equal_sides_are_so_in_every_mailbox(copy: Copy) -> None:
    assert copy.verify() == {"ok": True, "since": None, "mailboxes": [nothing("INBOX"), nothing("Work")]}


def test_what_differs_is_named_and_nothing_is_written(copy: Copy) -> None:
    inbox = held(copy)
    Message.objects.filter(mailbox=inbox, uid=2).delete()
    messages.set_flags(inbox.pk, inbox.uid_validity, {3: ["\\Flagged"]}, None)
    messages.upsert_batch(inbox.pk, inbox.uid_validity, [facts(40)], None)
    before = list(Message.objects.order_by("pk").values()), list(Mailbox.objects.order_by("pk").values())
    verified = copy.verify()
    assert (verified["ok"], named(verified, "Work")) == (False, nothing("Work"))
    assert named(verified, "INBOX") == {"name": "INBOX", "missing": [2], "extra": [40], "flags_differ": [3]}
    assert (list(Message.objects.order_by("pk").values()), list(Mailbox.objects.order_by("pk").values())) == before
    copy.verify(repair=True)


def test_what_differs_is_mended_even_where_the_mod_sequences_say_that_all_is_well(copy: Copy) -> None:
    inbox = held(copy)
    Message.objects.filter(mailbox=inbox, uid=2).delete()
    messages.set_flags(inbox.pk, inbox.uid_validity, {3: ["\\Flagged"]}, None)
    messages.upsert_batch(inbox.pk, inbox.uid_validity, [facts(40)], None)
    mended = copy.verify(repair=True)
    assert mended["ok"]
    assert mended["found"] == [{"name": "INBOX", "missing": [2], "extra": [40], "flags_differ": [3]}]
    assert mended["mended"] == {"fetched": 1, "removed": 1, "flags_changed": 1, "bodies": 0}
    assert copy.ours() == copy.theirs()
    assert copy.verify()["ok"]


def test_what_happened_at_the_server_since_the_last_sync_is_a_difference(copy: Copy) -> None:
    copy.server.expunge("INBOX", 0)
    copy.server.deliver("INBOX", NOON, SEEN)
    copy.server.mark("INBOX", 0, frozenset())
    verified = copy.verify()
    assert named(verified, "INBOX") == {"name": "INBOX", "missing": [7], "extra": [1], "flags_differ": [2]}
    copy.sync(Trouble())
    assert copy.verify()["ok"]


def test_a_mailbox_that_only_one_side_has_is_wholly_missing_or_extra(copy: Copy) -> None:
    copy.server.remove("Work")
    copy.server.create("New")
    copy.server.deliver("New", NOON, SEEN)
    verified = copy.verify()
    assert named(verified, "Work")["extra"] == [1, 2]
    assert named(verified, "New")["missing"] == [1]
    assert copy.verify(repair=True)["mended"]["fetched"] == 1
    assert copy.ours() == copy.theirs()


def test_other_messages_under_the_same_uids_are_missing_and_extra(copy: Copy) -> None:
    copy.server.expunge("INBOX", 0)
    copy.server.renumber_unlawfully("INBOX")
    for letter in copy.server.boxes["INBOX"].letters.values():
        letter.arrived = letter.arrived.replace(hour=3)
    verified = copy.verify()
    assert named(verified, "INBOX") == {
        **nothing("INBOX"),
        "missing": [1, 2, 3, 4, 5],
        "extra": [1, 2, 3, 4, 5, 6],
    }
    assert copy.verify(repair=True)["ok"]
    assert copy.ours() == copy.theirs()


def test_only_the_range_that_is_synced_is_compared(copy: Copy) -> None:
    copy.server.deliver("INBOX", NOON.replace(year=2020), SEEN)
    Account.objects.filter(pk=copy.account_id).update(sync_days=30)
    copy.sync(Trouble())
    assert copy.verify() == {"ok": True, "since": "2026-10-25", "mailboxes": [nothing("INBOX"), nothing("Work")]}


def test_a_mailbox_that_is_not_kept_here_has_nothing_missing(copy: Copy) -> None:
    Mailbox.objects.filter(account_id=copy.account_id, name="Work").update(follow=Mailbox.Follow.NEVER)
    copy.sync(Trouble())
    assert copy.verify()["ok"]
    assert copy.ours()["Work"] == {}
