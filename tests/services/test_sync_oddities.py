"""What servers do that no other does, each once, and what a sync makes of it."""

from datetime import timedelta

import pytest

from tests.services.copies import NOON, Copy, Trouble, made_copy
from tests.services.dialogues import check_dialogue
from tests.support.modelserver import FULL, Manners
from yizhan.services.messages.mailboxes import is_cut
from yizhan.store.errors import DiskFull
from yizhan.store.limits import MAX_MAILBOXES
from yizhan.store.models import Account, Mailbox, Message

pytestmark = pytest.mark.usefixtures("sqlite")
SEEN, NONE = frozenset({"\\Seen"}), frozenset[str]()
READING = {"ENABLE", "LIST", "LSUB", "STATUS", "EXAMINE", "SEARCH", "FETCH", "LOGOUT"}
PLAIN = FULL - {"QRESYNC", "CONDSTORE"}
TOMORROW = NOON + timedelta(days=1)


def fill(copy: Copy, count: int, name: str = "INBOX") -> None:
    for number in range(count):
        copy.server.deliver(name, NOON - timedelta(minutes=count - number), NONE)


def verbs(copy: Copy) -> list[str]:
    return [command.removeprefix("UID ").split(" ")[0] for command in copy.commands()]


def held(copy: Copy, name: str = "INBOX") -> Mailbox:
    return Mailbox.objects.get(account_id=copy.account_id, name=name)


@pytest.mark.parametrize("capabilities", [FULL, FULL - {"QRESYNC"}, PLAIN, frozenset()])
def test_a_sync_only_reads(capabilities: frozenset[str]) -> None:
    with made_copy(Manners(capabilities)) as copy:
        fill(copy, 3)
        copy.sync(Trouble())
        copy.server.expunge("INBOX", 1)
        Account.objects.filter(pk=copy.account_id).update(sync_since=TOMORROW.date())
        copy.sync(Trouble())
        assert (copy.ours(), len(copy.server.boxes["INBOX"].letters)) == ({"INBOX": {}}, 2)
        assert set(verbs(copy)) <= READING


def test_where_nothing_happened_the_list_alone_says_so() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 3)
        copy.sync(Trouble())
        copy.sync(Trouble())
        assert copy.commands(-1) == ["ENABLE QRESYNC", *[each for each in copy.commands(-1) if "LIST" in each]]


def test_the_newest_of_every_mailbox_come_before_any_history_and_the_inbox_first() -> None:
    with made_copy(Manners()) as copy:
        copy.server.create("Work")
        fill(copy, 120)
        fill(copy, 60, "Work")
        copy.sync(Trouble())
        asked = [each.split(" ")[2] for each in copy.commands() if "FETCH" in each and "ENVELOPE" in each]
        assert asked == ["71:120", "11:60", "1:70", "1:10"]


def test_without_qresync_a_message_that_went_is_missed_by_its_number_though_the_mod_sequence_stays() -> None:
    with made_copy(Manners(FULL - {"QRESYNC"})) as copy:
        fill(copy, 3)
        copy.sync(Trouble())
        copy.server.expunge("INBOX", 1)
        copy.sync(Trouble())
        assert set(copy.ours()["INBOX"]) == {1, 3}


def test_a_message_that_is_announced_and_not_given_yet_is_asked_for_until_it_comes() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 1)
        copy.server.deliver("INBOX", NOON, SEEN, mute=3)
        copy.sync(Trouble())
        assert (held(copy).held_uids, held(copy).covered_since) == ("1", None)
        copy.sync(Trouble())
        assert held(copy).held_uids == "1"
        check_dialogue(copy, "announced_not_given", "a message is found by SEARCH and not given by FETCH.")
        copy.sync(Trouble())
        assert held(copy).held_uids == "1:2"
        assert held(copy).covered_since is not None


def test_a_uid_that_appears_late_below_those_that_are_here_is_fetched() -> None:
    with made_copy(Manners()) as copy:
        copy.server.deliver("INBOX", NOON, SEEN, late=2)
        fill(copy, 1)
        copy.sync(Trouble())
        assert held(copy).held_uids == "2"
        copy.sync(Trouble())
        assert held(copy).held_uids == "1:2"
        check_dialogue(copy, "late_uid", "a UID that appears below one that was seen before.")


def test_a_message_that_goes_while_the_metadata_come_is_no_error() -> None:
    for tells, name in ((True, "expunge_told"), (False, "expunge_untold")):
        with made_copy(Manners(tells_of_expunges=tells)) as copy:
            fill(copy, 5)
            before_the_fetch = 6  # ENABLE, LIST, STATUS, EXAMINE, SEARCH come first
            copy.sync(Trouble(meanwhile=((before_the_fetch, lambda server, _: server.expunge("INBOX", 2)),)))
            assert copy.commands()[before_the_fetch - 1].startswith("UID FETCH")
            assert copy.ours() == copy.theirs()
            check_dialogue(copy, name, "a message goes between SEARCH and the end of FETCH.")


def test_a_new_uid_validity_between_two_commands_makes_all_be_fetched_anew() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 4)
        copy.sync(Trouble())
        copy.server.deliver("INBOX", NOON, SEEN)
        copy.sync(Trouble(meanwhile=((3, lambda server, _: server.renumber("INBOX")),)))
        assert copy.ours() == copy.theirs()
        assert held(copy).uid_validity == copy.server.boxes["INBOX"].uid_validity
        check_dialogue(copy, "uid_validity", "a mailbox gets another UIDVALIDITY between LIST and EXAMINE.")


def test_a_mailbox_that_goes_after_it_was_listed_stops_no_other() -> None:
    with made_copy(Manners()) as copy:
        for name in ("Work", "Zoo"):
            copy.server.create(name)
            fill(copy, 2, name)
        copy.sync(Trouble(meanwhile=((3, lambda server, _: server.remove("Work")),)))
        assert (copy.ours()["Work"], len(copy.ours()["Zoo"])) == ({}, 2)
        check_dialogue(copy, "mailbox_gone", "a mailbox goes after it was listed.")
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


def test_a_renamed_mailbox_keeps_its_rows_where_the_server_has_names_of_its_own() -> None:
    with made_copy(Manners()) as copy:
        copy.server.create("Work")
        fill(copy, 2, "Work")
        copy.sync(Trouble())
        before = set(Message.objects.filter(account_id=copy.account_id).values_list("pk", flat=True))
        copy.server.rename("Work", "Done")
        copy.sync(Trouble())
        assert set(Message.objects.filter(mailbox__name="Done").values_list("pk", flat=True)) == before
        check_dialogue(copy, "mailbox_renamed", "a mailbox has another name and the same MAILBOXID (RFC 8474).")


def test_a_mailbox_restored_under_its_old_uid_validity_is_noticed_by_numbers_that_shrank() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 5)
        copy.sync(Trouble())
        copy.server.expunge("INBOX", 0)
        copy.server.renumber_unlawfully("INBOX")
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        check_dialogue(copy, "renumbered", "a mailbox was restored under its UIDVALIDITY, with smaller numbers.")


def test_numbers_that_shrank_are_noticed_though_there_are_as_many_messages_as_before() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 5)
        copy.sync(Trouble())
        copy.server.expunge("INBOX", 0)
        copy.sync(Trouble())
        copy.server.renumber_unlawfully("INBOX")
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


def test_a_server_that_finds_everything_whatever_is_asked_gets_nothing_fetched_twice() -> None:
    with made_copy(Manners(ignores_keys=True)) as copy:
        fill(copy, 4)
        copy.sync(Trouble())
        fill(copy, 1)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        assert next(each for each in copy.commands(-1) if "ENVELOPE" in each).split(" ")[2] == "5"


@pytest.mark.parametrize("manners", [Manners(PLAIN, tells_uid_next=False), Manners(has_mod_seqs=False)])
def test_a_server_without_uidnext_or_mod_sequences_is_followed_by_uids_and_flags(manners: Manners) -> None:
    with made_copy(manners) as copy:
        fill(copy, 4)
        copy.sync(Trouble())
        copy.server.mark("INBOX", 1, SEEN)
        copy.server.expunge("INBOX", 2)
        fill(copy, 1)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


def test_what_the_mod_sequence_hides_is_found_on_the_next_day() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 4)
        copy.sync(Trouble())
        copy.server.boxes["INBOX"].letters[2].flags = SEEN  # and its mod-sequence stays as it was
        copy.sync(Trouble())
        assert copy.ours() != copy.theirs()
        copy.sync(Trouble(), TOMORROW)
        assert copy.ours() == copy.theirs()


def test_what_the_differences_leave_out_is_found_by_the_number_of_messages() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 4)
        copy.sync(Trouble())
        box = copy.server.boxes["INBOX"]
        del box.letters[3]  # and nothing is told of it
        copy.server.mark("INBOX", 0, SEEN)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


def test_what_no_mod_sequence_tells_is_found_by_the_number_of_messages() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 4)
        copy.sync(Trouble())
        del copy.server.boxes["INBOX"].letters[3]  # and the mod-sequence stays as it was, against RFC 7162 §3.2.7
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


def test_a_message_that_went_is_missed_though_as_many_are_held_as_the_server_has_left() -> None:
    with made_copy(Manners(FULL - {"QRESYNC"})) as copy:
        copy.server.deliver("INBOX", NOON - timedelta(days=40), NONE)
        fill(copy, 3)
        Account.objects.filter(pk=copy.account_id).update(sync_since=(NOON - timedelta(days=30)).date())
        copy.sync(Trouble())
        copy.server.expunge("INBOX", 1)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


def test_a_clock_that_jumps_forgets_nothing_where_everything_is_kept_and_heals_where_days_are() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 3)
        for at in (NOON, NOON + timedelta(days=4_000), NOON - timedelta(days=4_000), NOON):
            copy.sync(Trouble(), at)
            assert copy.ours() == copy.theirs()
        Account.objects.filter(pk=copy.account_id).update(sync_days=30)
        copy.sync(Trouble(), NOON + timedelta(days=4_000))
        copy.sync(Trouble(), NOON)
        assert copy.ours() == copy.theirs()


def test_a_disk_that_fills_leaves_whole_batches_and_the_next_sync_goes_on() -> None:
    with made_copy(Manners()) as copy:
        fill(copy, 900)
        copy.limit_pages(60)
        with pytest.raises(DiskFull):
            copy.sync(Trouble())
        assert 0 < len(copy.ours()["INBOX"]) < 900
        copy.limit_pages(None)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()


@pytest.mark.parametrize("capabilities", [FULL - {"ESEARCH"}, FULL - {"QRESYNC", "ESEARCH"}, PLAIN - {"ESEARCH"}])
def test_a_uid_of_zero_is_no_message(capabilities: frozenset[str]) -> None:
    with made_copy(Manners(capabilities, says_zero=True)) as copy:
        fill(copy, 3)
        copy.sync(Trouble())
        copy.server.mark("INBOX", 1, SEEN)
        copy.sync(Trouble())
        assert copy.ours() == copy.theirs()
        assert copy.verify()["ok"]


def test_a_list_without_end_is_taken_up_to_its_bound_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with made_copy(Manners()) as copy:
        inbox = copy.server.boxes.pop("INBOX")
        for number in range(MAX_MAILBOXES + 1_000):
            copy.server.create(f"Box{number}")
        copy.server.create("Trash")
        copy.server.boxes["INBOX"] = inbox  # the last of all that are listed
        copy.sync(Trouble())
        rows = Mailbox.objects.filter(account_id=copy.account_id)
        assert (rows.count(), rows.filter(covered_since=None).count()) == (MAX_MAILBOXES, 0)
        assert set(rows.exclude(role="").values_list("name", flat=True)) == {"INBOX", "Trash"}
        assert is_cut(rows.count())
        assert "mailboxes_ignored" in caplog.text
