"""Servers that deal with so many messages a command and no more (RFC 9738), and those that give pages (RFC 9394)."""

from datetime import timedelta

import pytest

from tests.services.copies import NOON, Copy, Trouble, made_copy
from tests.services.dialogues import check_dialogue
from tests.support.modelserver import FULL, Manners
from yizhan.store.models import Account, Mailbox

pytestmark = pytest.mark.usefixtures("sqlite")
SEEN, NONE = frozenset({"\\Seen"}), frozenset[str]()
PLAIN = FULL - {"QRESYNC", "CONDSTORE"}
OLD = frozenset({"OBJECTID"})
ANNOUNCED = {"MESSAGELIMIT=7"}


def fill(copy: Copy, count: int, days: int = 0) -> None:
    for number in range(count):
        copy.server.deliver("INBOX", NOON - timedelta(days=days, minutes=count - number), NONE)


def asked(copy: Copy, verb: str) -> list[str]:
    return [each for each in copy.commands() if each.startswith(f"UID {verb}")]


@pytest.mark.parametrize("capabilities", [FULL, FULL | ANNOUNCED, FULL - {"QRESYNC"}, PLAIN | ANNOUNCED, OLD])
def test_a_server_that_stops_at_a_few_messages_is_asked_for_the_rest(capabilities: frozenset[str]) -> None:
    with made_copy(Manners(capabilities, limit=7)) as copy:
        fill(copy, 130)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        for number in (3, 60, 120):
            copy.server.mark("INBOX", number, SEEN)
            copy.server.expunge("INBOX", number)
        fill(copy, 20)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        assert copy.verify()["ok"]
        assert held(copy).covered_since is not None


def held(copy: Copy) -> Mailbox:
    return Mailbox.objects.get(account_id=copy.account_id, name="INBOX")


@pytest.mark.parametrize("cut_after", range(1_000, 12_000, 1_500))
def test_what_a_limited_server_has_not_given_is_not_taken_for_gone_nor_for_held(cut_after: int) -> None:
    with made_copy(Manners(PLAIN, limit=5)) as copy:
        fill(copy, 40)
        copy.sync_or_break(Trouble(cut_after=cut_after))
        assert copy.ours().get("INBOX", {}).items() <= copy.theirs()["INBOX"].items()
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


def test_the_newest_of_a_large_mailbox_come_before_its_messages_are_listed() -> None:
    for capabilities in (PLAIN | ANNOUNCED | {"PARTIAL"}, PLAIN | ANNOUNCED):
        with made_copy(Manners(capabilities, limit=100)) as copy:
            fill(copy, 450)
            copy.sync(Trouble())
            assert copy.ours() == copy.theirs()
            first = next(at for at, each in enumerate(copy.commands()) if "ENVELOPE" in each)
            before = [each for each in copy.commands()[:first] if "SEARCH" in each]
            assert (len(before), copy.commands()[first].split(" ")[2]) == (1, "401:450")


def test_a_search_and_a_fetch_that_stop_are_gone_on_with_below() -> None:
    with made_copy(Manners(PLAIN, limit=3)) as copy:
        fill(copy, 5)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        check_dialogue(copy, "message_limit", "each command is about three messages at most (RFC 9738).")


def test_pages_are_asked_for_where_the_server_has_them() -> None:
    with made_copy(Manners(PLAIN | {"MESSAGELIMIT=100", "PARTIAL"}, limit=20)) as copy:
        fill(copy, 60, days=40)
        fill(copy, 90)
        Account.objects.filter(pk=copy.account_id).update(sync_since=(NOON - timedelta(days=90)).date())
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        assert "PARTIAL -1:-50" in asked(copy, "SEARCH")[0]


def test_a_server_that_stops_where_it_was_is_not_asked_for_ever() -> None:
    with made_copy(Manners(PLAIN, limit=5, lies_of_limit=True)) as copy:
        fill(copy, 20)
        copy.sync_or_break(Trouble())
        assert len(copy.commands()) < 20
