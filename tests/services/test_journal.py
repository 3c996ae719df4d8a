"""What a person did here arrives at a real server, whatever that server can, once and in order."""

from collections.abc import Callable
from itertools import count

import pytest

from tests.services.carrying import Post
from tests.store.databases import Home
from tests.support.dovecot import DOMAIN, Dovecot, DovecotOptions
from tests.support.mailhost import Person, add_person
from yizhan.base.errors import BadInput
from yizhan.base.ids import MessageId
from yizhan.services.messages import acting
from yizhan.services.messages.acting import GoneForGood, MailboxOfRoleMissing, Selection, SeveralAccounts
from yizhan.store import blobs, changes, intents, messages
from yizhan.store.checks import inconsistencies
from yizhan.store.models import Intent, Mailbox, Message
from yizhan.store.scope import Scope, scope_of_home

_people = count(1)
# The command arrives as one that nobody knows, and what the server says of it becomes what Exchange says when busy.
BUSY = {
    rb"UID MOVE": rb"UID MVOE",
    rb"BAD [^\r]+": rb"NO Request is throttled. Suggested Backoff Time: 60000 milliseconds",
}
Start = Callable[[DovecotOptions], Dovecot]
WITHOUT = {
    "MOVE": frozenset[str](),
    "COPY": frozenset({"MOVE"}),
    "old": frozenset({"MOVE", "UIDPLUS", "CONDSTORE", "QRESYNC", "ESEARCH"}),
}


@pytest.fixture
def post(sqlite: Home, dovecot: Dovecot, imap_person: Person) -> Post:
    return Post(scope_of_home(), dovecot, imap_person)


@pytest.fixture(params=["MOVE", "COPY", "old"])
def any_post(request: pytest.FixtureRequest, sqlite: Home, start_dovecot_with: Start) -> Post:
    """On a server with MOVE, with UIDPLUS alone, and with neither."""
    return post_without(start_dovecot_with, WITHOUT[request.param])


def post_without(start: Start, words: frozenset[str]) -> Post:
    server = start(DovecotOptions(without=words))
    return Post(scope_of_home(), server, add_person(server, f"mover{next(_people)}@{DOMAIN}"))


def flags_at_server(post: Post) -> list[set[str]]:
    return [post.server.flags(post.person.address, uid) for uid in (1, 2, 3)]


def test_marks_arrive_in_their_order(post: Post) -> None:
    names = post.deliver(3)
    post.sync("INBOX")
    acting.mark(post.scope, post.select(*names), seen=True, flagged=True, clock=post.clock)
    acting.mark(post.scope, post.select(names[0]), seen=False, clock=post.clock)
    assert post.carry() == 3
    assert flags_at_server(post) == [{"\\Flagged"}, {"\\Seen", "\\Flagged"}, {"\\Seen", "\\Flagged"}]
    post.sync("INBOX")
    assert post.numbers("INBOX") == (3, 1)


def test_a_moved_message_is_in_the_other_mailbox_alone_here_and_there(any_post: Post) -> None:
    post = any_post
    names = post.deliver(3)
    post.sync("INBOX", "Archive")
    acted = acting.archive(post.scope, post.select(*names[:2]), clock=post.clock)
    assert (acted.count, acted.mailboxes, post.here("INBOX")) == (2, ("Archive",), names[2:])
    assert post.carry() == 1
    assert post.at_server("Archive") == sorted(names[:2])
    post.sync("INBOX", "Archive")
    assert (post.here("INBOX"), post.here("Archive")) == (names[2:], sorted(names[:2]))
    assert (post.numbers("INBOX"), post.numbers("Archive")) == ((1, 1), (2, 2))


@pytest.mark.parametrize("words", [frozenset[str](), frozenset({"MOVE"})], ids=["MOVE", "COPY"])
def test_a_moved_message_keeps_its_row_and_its_bytes_and_leaves_nothing_behind(
    sqlite: Home, start_dovecot_with: Start, words: frozenset[str]
) -> None:
    post = post_without(start_dovecot_with, words)
    names = post.deliver(2)
    post.sync("INBOX")
    rows = sorted(Message.objects.values_list("pk", flat=True))
    assert messages.attach_blob(rows[0], blobs.put(b"Subject: bytes\r\n\r\n").pk)
    acting.archive(post.scope, post.select(*names), clock=post.clock)
    post.carry()
    assert post.here("Archive") == sorted(names)
    assert sorted(Message.objects.values_list("pk", flat=True)) == rows
    assert Message.objects.get(pk=rows[0]).blob is not None
    assert post.at_server("INBOX") == []


def test_a_server_without_uidplus_keeps_what_is_deleted_marked_and_it_is_said(
    sqlite: Home, start_dovecot_with: Start
) -> None:
    post = post_without(start_dovecot_with, WITHOUT["old"])
    names = post.deliver(2)
    post.sync("INBOX")
    acting.delete(post.scope, post.select(names[0]), clock=post.clock)
    post.carry()
    assert post.server.flags(post.person.address, 1) == {"\\Deleted"}
    assert Intent.objects.get().said == {"marked_only": 1}
    post.sync("INBOX", "Trash")
    assert (post.here("INBOX"), post.here("Trash")) == (names[1:], names[:1])
    assert post.numbers("INBOX") == (1, 1)


def test_what_others_marked_deleted_stays(any_post: Post) -> None:
    post = any_post
    names = post.deliver(2)
    with post.server.client(post.person.address) as client:
        client.select("INBOX")
        client.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
    post.sync("INBOX")
    acting.delete(post.scope, post.select(names[1]), clock=post.clock)
    post.carry()
    assert names[0] in post.at_server("INBOX")


def test_delete_from_trash_asks_and_then_removes_for_good(post: Post) -> None:
    names = post.deliver(2, "Trash")
    post.sync("Trash")
    with pytest.raises(GoneForGood) as asked:
        acting.delete(post.scope, post.select(*names), clock=post.clock)
    assert (asked.value.count, Intent.objects.count()) == (2, 0)
    acting.delete(post.scope, post.select(names[0]), clock=post.clock, for_good=True)
    post.carry()
    assert (post.at_server("Trash"), post.here("Trash")) == (names[1:], names[1:])
    post.sync("Trash")
    assert post.numbers("Trash") == (1, 1)


def test_what_is_carried_and_what_is_synced_share_a_session(any_post: Post) -> None:
    post = any_post
    names = post.deliver(3)
    post.sync("INBOX")
    acting.archive(post.scope, post.select(names[0]), clock=post.clock)
    acting.mark(post.scope, post.select(names[1]), seen=True, clock=post.clock)
    post.carry_and_sync()
    assert post.flags_here("Archive") == {names[0]: set()}
    assert post.flags_here("INBOX") == {names[1]: {"\\Seen"}, names[2]: set()}


def test_an_act_taken_back_never_reaches_the_server(post: Post) -> None:
    names = post.deliver(2)
    post.sync("INBOX", "Trash")
    acted = acting.delete(post.scope, post.select(*names), clock=post.clock)
    assert acting.undo(post.scope, acted.action, clock=post.clock)
    assert post.carry() == 0
    assert (post.at_server("INBOX"), post.here("INBOX")) == (sorted(names), sorted(names))
    assert not acting.undo(post.scope, acted.action, clock=post.clock)


def test_a_refused_move_is_told_and_the_messages_are_shown_again(post: Post) -> None:
    names = post.deliver(2)
    post.sync("INBOX", "Archive")
    acting.archive(post.scope, post.select(*names), clock=post.clock)
    with post.server.client(post.person.address) as client:
        client.delete("Archive")
    Mailbox.objects.filter(wire_name="Archive").update(wire_name="Archive/gone")
    before = changes.latest(post.scope)
    assert post.carry() == 1
    assert "intent.refused" in [each.kind for each in changes.since(post.scope, before)]
    said = Intent.objects.get().said
    assert said is not None
    assert said["cause"] == "mailbox_missing"
    assert post.here("INBOX") == sorted(names)


@pytest.mark.parametrize("refused", [rb"UID STORE 1:2 \+FLAGS", rb"UID EXPUNGE 1:2"])
def test_copies_go_again_when_their_messages_cannot_be_removed(
    sqlite: Home, start_dovecot_with: Start, refused: bytes
) -> None:
    post = post_without(start_dovecot_with, WITHOUT["COPY"])
    names, others = post.deliver(2), post.deliver(3, "Archive")
    post.sync("INBOX", "Archive")
    acting.archive(post.scope, post.select(*names), clock=post.clock)
    assert post.carry({refused: rb"UID REFUSED"}) == 1
    assert (Intent.objects.get().state, post.here("INBOX")) == ("refused", sorted(names))
    assert (post.at_server("INBOX"), post.at_server("Archive")) == (sorted(names), sorted(others))
    assert post.flags_there("INBOX") == {name: set() for name in names}
    post.sync("INBOX", "Archive")
    assert (post.here("INBOX"), post.here("Archive")) == (sorted(names), sorted(others))


def test_copies_that_cannot_be_removed_either_are_shown_where_they_are(sqlite: Home, start_dovecot_with: Start) -> None:
    post = post_without(start_dovecot_with, WITHOUT["COPY"])
    names = post.deliver(2)
    post.sync("INBOX", "Archive")
    acting.archive(post.scope, post.select(*names), clock=post.clock)
    assert post.carry({rb"UID EXPUNGE": rb"UID REFUSED"}) == 1
    assert Intent.objects.get().state == "refused"
    assert post.flags_there("INBOX") == {name: set() for name in names}
    post.sync("INBOX", "Archive")
    assert (post.here("INBOX"), post.here("Archive")) == (sorted(names), sorted(names))


def test_a_renumbered_mailbox_overtakes_what_was_wished(post: Post) -> None:
    names = post.deliver(2)
    post.sync("INBOX")
    acting.mark(post.scope, post.select(*names), seen=True, clock=post.clock)
    Mailbox.objects.filter(wire_name="INBOX").update(uid_validity=5)
    Message.objects.update(uid_validity=5)
    Intent.objects.update(uid_validity=5)
    assert post.carry() == 1
    assert Intent.objects.get().state == "overtaken"
    assert post.server.flags(post.person.address, 1) == set()


def test_nothing_is_moved_to_another_account_or_to_a_role_that_nobody_has(post: Post) -> None:
    names = post.deliver(1)
    post.sync("INBOX", "Archive")
    Mailbox.objects.filter(role="archive").update(role="")
    with pytest.raises(MailboxOfRoleMissing):
        acting.archive(post.scope, post.select(*names), clock=post.clock)
    other = Post(post.scope, post.server, add_person(post.server, f"mover{next(_people)}@{DOMAIN}"))
    other.sync("INBOX")
    with pytest.raises(SeveralAccounts):
        acting.move(post.scope, post.select(*names), other.place("INBOX"), clock=post.clock)
    assert Intent.objects.count() == 0


def test_everything_that_a_list_or_a_query_shows_is_one_act(post: Post) -> None:
    names = post.deliver(5)
    post.sync("INBOX")
    wanted = acting.Wanted(mailbox_id=post.place("INBOX"), unseen=True)
    one = acting.mark(post.scope, Selection(wanted=wanted, query=f'"{names[2]}"'), flagged=True, clock=post.clock)
    all_of_them = acting.mark(post.scope, Selection(wanted=wanted), seen=True, clock=post.clock)
    assert (one.count, one.undo_until, all_of_them.count) == (1, None, 5)
    assert post.numbers("INBOX") == (5, 0)
    assert len(intents.of_action(post.scope, all_of_them.action)) == 1


@pytest.mark.parametrize(
    "copy_uid",
    [b"1:2 2,1", b"1:2 1:3", b"1:4294967295 1:4294967295", b"7:8 1:2", b"1:2 5:6", b"1:2 *:1"],
    ids=["permuted", "uneven", "endless", "of others", "elsewhere", "open"],
)
@pytest.mark.parametrize("words", [frozenset[str](), frozenset({"MOVE"})], ids=["MOVE", "COPY"])
def test_a_copyuid_that_lies_does_no_harm(
    sqlite: Home, start_dovecot_with: Start, words: frozenset[str], copy_uid: bytes
) -> None:
    post = post_without(start_dovecot_with, words)
    names = post.deliver(2)
    post.sync("INBOX")
    acting.mark(post.scope, post.select(names[0]), flagged=True, clock=post.clock)
    acting.archive(post.scope, post.select(*names), clock=post.clock)
    assert post.carry({rb"(COPYUID \d+) [^]]+": rb"\1 " + copy_uid}) == 2
    post.sync("INBOX", "Archive")
    assert (post.flags_here("INBOX"), post.at_server("INBOX")) == ({}, [])
    assert post.flags_here("Archive") == post.flags_there("Archive")
    uids = Message.objects.order_by("uid").values_list("message_id", flat=True)
    assert list(uids) == names


def test_a_server_that_is_busy_is_asked_again_when_it_said(post: Post) -> None:
    names = post.deliver(2)
    post.sync("INBOX", "Archive")
    acting.archive(post.scope, post.select(*names), clock=post.clock)
    assert post.carry(BUSY) == 0
    waiting = Intent.objects.get()
    assert (waiting.state, waiting.not_before > post.clock.now()) == ("waiting", True)
    assert (post.here("INBOX"), post.at_server("INBOX")) == ([], sorted(names))
    post.clock.move(hours=1)
    assert post.carry() == 1
    assert post.at_server("Archive") == sorted(names)


def test_a_server_that_is_busy_for_days_has_refused(post: Post) -> None:
    names = post.deliver(1)
    post.sync("INBOX", "Archive")
    acting.archive(post.scope, post.select(*names), clock=post.clock)
    post.clock.move(days=2)
    assert post.carry(BUSY) == 1
    assert (Intent.objects.get().state, post.here("INBOX")) == ("refused", names)


def test_a_refused_mark_shows_what_the_server_has_after_the_next_sync(post: Post) -> None:
    names = post.deliver(1)
    post.sync("INBOX")
    acting.mark(post.scope, post.select(*names), seen=True, clock=post.clock)
    with post.server.client(post.person.address) as client:
        client.select("INBOX")
        client.uid("STORE", "1", "+FLAGS", "(\\Seen)")
    assert post.carry({rb"UID STORE": rb"UID STROE"}) == 1
    assert post.flags_here("INBOX") == {names[0]: set()}
    post.sync("INBOX")
    assert post.flags_here("INBOX") == {names[0]: {"\\Seen"}}
    assert post.numbers("INBOX") == (1, 0)


def test_whoever_opens_a_message_has_seen_it_and_that_goes_at_once(post: Post) -> None:
    names = post.deliver(1)
    post.sync("INBOX")
    [message_id] = post.select(*names).ids
    acting.mark_seen_on_open(post.scope, MessageId(message_id), post.clock)
    acting.mark_seen_on_open(post.scope, MessageId(message_id), post.clock)
    assert Intent.objects.count() == 1
    assert intents.accounts_due([post.account_id], post.clock.now()) == [post.account_id]
    assert post.numbers("INBOX") == (1, 0)


def test_what_is_done_here_arrives_whichever_database_keeps_it(
    scope: Scope, dovecot: Dovecot, imap_person: Person
) -> None:
    post = Post(scope, dovecot, imap_person)
    names = post.deliver(4)
    post.sync("INBOX", "Archive", "Trash")
    acting.mark(scope, post.select(*names), seen=True, clock=post.clock)
    acting.archive(scope, post.select(*names[:2]), clock=post.clock)
    acting.delete(scope, post.select(names[2]), clock=post.clock)
    post.carry_until_cut(9)
    assert post.carry() > 0
    post.sync("INBOX", "Archive", "Trash")
    for name, there in (("INBOX", names[3:]), ("Archive", names[:2]), ("Trash", names[2:3])):
        assert (post.at_server(name), post.here(name)) == (sorted(there), sorted(there))
        assert post.flags_here(name) == post.flags_there(name)
    assert inconsistencies() == []


def test_more_messages_than_one_act_takes_are_refused_before_anything_is_done(post: Post) -> None:
    far_too_many = Selection(tuple(range(acting.MAX_SELECTED + 1)))
    with pytest.raises(BadInput, match="at once"):
        acting.mark(post.scope, far_too_many, seen=True, clock=post.clock)
    assert Intent.objects.count() == 0


def cut_everywhere(post: Post, kind: str) -> int:
    """Move two messages again and again, cut at each step once, and finish each time; how many cuts there were."""
    post.sync("INBOX", "Archive")
    moved: list[str] = []
    for steps in count():
        names = post.deliver(2)
        post.sync("INBOX")
        if kind == "move":
            acting.archive(post.scope, post.select(*names), clock=post.clock)
            moved += names
        else:
            acting.delete(post.scope, post.select(*names), clock=post.clock, for_good=True)
        was_cut = post.carry_until_cut(steps)
        post.carry()
        assert (steps, post.at_server("INBOX"), post.at_server("Archive")) == (steps, [], sorted(moved))
        post.sync("INBOX", "Archive")
        assert (steps, post.here("INBOX"), post.here("Archive")) == (steps, [], sorted(moved))
        assert (steps, inconsistencies()) == (steps, [])
        if not was_cut:
            return steps
    raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("words", "kind"),
    [(frozenset[str](), "move"), (frozenset({"MOVE"}), "move"), (frozenset({"MOVE"}), "delete")],
    ids=["MOVE", "COPY", "EXPUNGE"],
)
def test_cut_at_any_step_nothing_is_lost_and_nothing_doubled(
    sqlite: Home, start_dovecot_with: Start, words: frozenset[str], kind: str
) -> None:
    assert cut_everywhere(post_without(start_dovecot_with, words), kind) > 15
