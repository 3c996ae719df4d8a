"""What is asked of messages besides their headers: their parts, and the server's own name for their bytes."""

from datetime import timedelta

import pytest

from tests.services.copies import NOON, Copy, Trouble, made_copy
from tests.support.modelserver import FULL, Manners
from yizhan.imap.types import BodyStructure, Disposition
from yizhan.services.sync.attachments import count_attachments
from yizhan.store.models import Mailbox, Message

pytestmark = pytest.mark.usefixtures("sqlite")
NONE = frozenset[str]()
GMAIL = (FULL - {"OBJECTID", "QRESYNC"}) | {"X-GM-EXT-1"}
TEXT = '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 100 3)'
PDF = '("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 900 NIL ("ATTACHMENT" ("FILENAME" "a.pdf")) NIL NIL)'
MIXED = f'({TEXT}{PDF}{PDF} "MIXED" ("BOUNDARY" "b") NIL NIL NIL)'


def fill(copy: Copy, count: int) -> None:
    for number in range(count):
        copy.server.deliver("INBOX", NOON - timedelta(minutes=count - number), NONE)


def part(content_type: str, **fields: object) -> BodyStructure:
    return BodyStructure(content_type)._replace(**fields)


def attachments(copy: Copy) -> dict[int, int]:
    return dict(Message.objects.filter(account_id=copy.account_id).values_list("uid", "attachments"))


ATTACHED = Disposition("attachment", ())
INLINE = Disposition("inline", ())
PLAIN, MARKUP = part("text/plain"), part("text/html")
PICTURE = part("image/png", content_id=b"<logo>", disposition=INLINE)


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        (PLAIN, 0),
        (part("application/pdf"), 1),
        (part("multipart/mixed"), 0),
        (part("multipart/alternative", children=(PLAIN, MARKUP)), 0),
        (part("multipart/mixed", children=(PLAIN, part("text/plain"))), 1),
        (part("multipart/mixed", children=(PLAIN, part("text/plain", disposition=ATTACHED))), 1),
        (part("multipart/mixed", children=(PLAIN, part("text/csv", parameters=((b"name", b"a.csv"),)))), 1),
        (part("multipart/mixed", children=(part("text/plain", parameters=((b"NAME*0*", b"a"),)), PLAIN)), 1),
        (part("multipart/related", children=(MARKUP, PICTURE)), 0),
        (part("multipart/mixed", children=(PLAIN, PICTURE)), 1),
        (part("multipart/signed", children=(PLAIN, part("application/pgp-signature"))), 0),
        (part("multipart/mixed", children=(PLAIN, part("message/rfc822", children=(PLAIN,)))), 1),
    ],
)
def test_what_is_kept_rather_than_read_is_counted_by_the_parts(parts: BodyStructure, count: int) -> None:
    assert count_attachments(parts) == count


def test_attachments_are_counted_before_the_bytes_are_here() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 2)
        copy.server.boxes["INBOX"].letters[2].parts = MIXED
        copy.sync(Trouble())
        assert attachments(copy) == {1: 0, 2: 2}


@pytest.mark.parametrize("parts", ["()", '("TEXT")', "NIL", "(" * 150 + ")" * 150, '(("TEXT" "PLAIN") "MIXED"'])
def test_parts_that_nobody_can_read_hide_no_message(parts: str) -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 3)
        copy.server.boxes["INBOX"].letters[2].parts = parts
        copy.server.boxes["INBOX"].letters[3].parts = MIXED
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        assert attachments(copy) == {1: 0, 2: 0, 3: 2}


def test_a_letter_of_fifty_thousand_parts_is_listed_like_any_other() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 2)
        copy.server.boxes["INBOX"].letters[1].parts = f'({PDF * 50_000} "MIXED")'
        copy.sync(Trouble())
        assert (set(copy.ours()["INBOX"]), attachments(copy)[2]) == ({1, 2}, 0)


def test_a_server_that_refuses_the_parts_is_asked_without_them() -> None:
    with made_copy(Manners(refuses_parts=True)) as copy:
        fill(copy, 3)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        asked = [each for each in copy.commands() if "ENVELOPE" in each]
        assert [("BODYSTRUCTURE" in each, each.split(" ")[2]) for each in asked] == [(True, "1:3"), (False, "2:3")]


def test_the_count_of_the_bytes_stays_when_the_server_is_asked_again() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 1)
        copy.server.boxes["INBOX"].letters[1].parts = MIXED
        copy.sync(Trouble())
        copy.fetch_bodies()
        assert attachments(copy) == {1: 0}
        nothing = {"held_uids": "", "covered_since": None, "highest_mod_seq": None}
        Mailbox.objects.filter(account_id=copy.account_id).update(**nothing)
        copy.sync(Trouble())
        assert attachments(copy) == {1: 0}


@pytest.mark.parametrize("capabilities", [FULL, GMAIL])
def test_bytes_that_stand_in_several_mailboxes_are_fetched_once(capabilities: frozenset[str]) -> None:
    with made_copy(Manners(capabilities)) as copy:
        for name in ("Work", "All"):
            copy.server.create(name)
        fill(copy, 3)
        for number in range(3):
            copy.server.copy("INBOX", number, "All")
        copy.server.copy("INBOX", 1, "Work")
        copy.sync(Trouble())
        assert copy.fetch_bodies() == 3
        assert not Message.objects.filter(account_id=copy.account_id, blob=None).exists()


def test_a_label_that_is_given_later_costs_no_byte() -> None:
    with made_copy(Manners(GMAIL)) as copy:
        copy.server.create("Work")
        fill(copy, 2)
        copy.sync(Trouble())
        assert copy.fetch_bodies() == 2
        copy.server.copy("INBOX", 0, "Work")
        copy.sync(Trouble())
        assert copy.fetch_bodies() == 0
        assert not Message.objects.filter(account_id=copy.account_id, blob=None).exists()
        assert not [each for each in copy.commands(-1) if "BODY" in each]


def test_the_same_name_with_another_size_is_another_message() -> None:
    with made_copy(Manners(GMAIL)) as copy:
        fill(copy, 2)
        for letter in copy.server.boxes["INBOX"].letters.values():
            letter.bytes_id = "7"
        copy.sync(Trouble())
        Message.objects.filter(account_id=copy.account_id, uid=1).update(size_bytes=99)
        assert copy.fetch_bodies() == 2
