"""Every command as its bytes, and nothing in an argument that could end a line."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.imap.reading import read
from yizhan.base.secret import Secret
from yizhan.imap import commands
from yizhan.imap.commands import Command, Resync
from yizhan.imap.dates import make_date_time, parse_date_time
from yizhan.imap.encoder import Part, astring, flag_list, message, quoted, words
from yizhan.imap.errors import LocalProtocolError
from yizhan.imap.limits import MAX_ARGUMENT
from yizhan.imap.numset import NumSet
from yizhan.imap.types import Listed

SET = NumSet.parse(b"1:3,9")
AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=5, minutes=30)))


def line(command: Command) -> bytes:
    return b"".join(b"{%d}%b" % (len(part.data), part.data) if part.literal else part.data for part in command.parts)


@pytest.mark.parametrize(
    ("command", "wire"),
    [
        (commands.identify({}), b"ID NIL"),
        (commands.identify({"name": "Yizhan", "version": "1"}), b'ID ("name" "Yizhan" "version" "1")'),
        (commands.enable(["CONDSTORE", "UTF8=ACCEPT"]), b"ENABLE CONDSTORE UTF8=ACCEPT"),
        (commands.list_mailboxes(selecting=["SUBSCRIBED"]), b'LIST (SUBSCRIBED) "" "*"'),
        (commands.list_mailboxes("a/%", returning=["CHILDREN"]), b'LIST "" "a/%" RETURN (CHILDREN)'),
        (commands.on_mailbox("CREATE", "Sent", " (USE (\\Sent))"), b"CREATE Sent (USE (\\Sent))"),
        (commands.rename("a b", "c"), b'RENAME "a b" c'),
        (commands.select("INBOX", resync=Resync(7, 90, SET)), b"SELECT INBOX (QRESYNC (7 90 1:3,9))"),
        (commands.select("a", read_only=True, condstore=True), b"EXAMINE a (CONDSTORE)"),
        (commands.fetch(SET, "FLAGS", uid=False), b"FETCH 1:3,9 FLAGS"),
        (
            commands.fetch(NumSet.from_(1), "(UID)", changed_since=5, vanished=True),
            b"UID FETCH 1:* (UID) (CHANGEDSINCE 5 VANISHED)",
        ),
        (commands.fetch(NumSet.from_(1), "(UID)", partial=(-1, -50)), b"UID FETCH 1:* (UID) (PARTIAL -1:-50)"),
        (
            commands.fetch(SET, "(UID)", changed_since=5, partial=(1, 9)),
            b"UID FETCH 1:3,9 (UID) (CHANGEDSINCE 5 PARTIAL 1:9)",
        ),
        (
            commands.store(SET, "-FLAGS.SILENT", ["$b", "\\Seen"], unchanged_since=4),
            b"UID STORE 1:3,9 (UNCHANGEDSINCE 4) -FLAGS.SILENT ($b \\Seen)",
        ),
        (commands.copy(SET, "a[b", uid=False), b'COPY 1:3,9 "a[b"'),
        (commands.copy(SET, "x", move=True), b"UID MOVE 1:3,9 x"),
        (
            commands.append("x", b"hi", ["\\Draft"], AT),
            b'APPEND x (\\Draft) "03-Feb-2026 04:05:06 +0530" {2}hi',
        ),
        (commands.search([words("ALL")], returning=["PARTIAL 1:9"]), b"UID SEARCH RETURN (PARTIAL 1:9) ALL"),
        (commands.search([words("ALL")], returning=[]), b"UID SEARCH RETURN () ALL"),
        (commands.notify("NONE"), b"NOTIFY NONE"),
        (commands.get_quota(""), b'GETQUOTA ""'),
        (commands.get_quota_root("INBOX"), b"GETQUOTAROOT INBOX"),
        (commands.other("GENURLAUTH x"), b"GENURLAUTH x"),
        (commands.login("a@b", Secret("simple")), b'LOGIN a@b "simple"'),
        (commands.login("я", Secret('p"w\\')), b'LOGIN {2}\xd1\x8f "p\\"w\\\\"'),
    ],
)
def test_a_command_is_these_bytes(command: Command, wire: bytes) -> None:
    assert line(command) == wire


BAD = ["a\rb", "a\nb", "a\0b", "\r\nA2 LOGOUT"]


@pytest.mark.parametrize("bad", BAD)
def test_no_argument_can_end_a_line(bad: str) -> None:
    makers = [
        lambda: commands.login(bad, Secret("x")),
        lambda: commands.login("x", Secret(bad)),
        lambda: commands.identify({"name": bad}),
        lambda: commands.identify({bad: "x"}),
        lambda: commands.enable([bad]),
        lambda: commands.list_mailboxes(bad),
        lambda: commands.list_mailboxes(reference=bad),
        lambda: commands.list_mailboxes(returning=[bad]),
        lambda: commands.list_old("LSUB", bad),
        lambda: commands.status(bad, ["MESSAGES"]),
        lambda: commands.status("x", [bad]),
        lambda: commands.on_mailbox("DELETE", bad),
        lambda: commands.rename("x", bad),
        lambda: commands.select(bad),
        lambda: commands.fetch(SET, bad),
        lambda: commands.store(SET, bad, []),
        lambda: commands.store(SET, "FLAGS", [bad]),
        lambda: commands.copy(SET, bad),
        lambda: commands.append(bad, b""),
        lambda: commands.append("x", b"", [bad]),
        lambda: commands.search([words(bad)]),
        lambda: commands.search([astring(bad)]),
        lambda: commands.search([words("ALL")], charset=bad),
        lambda: commands.notify(bad),
        lambda: commands.get_quota(bad),
        lambda: commands.get_quota_root(bad),
        lambda: commands.other(bad),
    ]
    for make in makers:
        with pytest.raises(LocalProtocolError):
            make()


@pytest.mark.parametrize("partial", [(0, 5), (1, 0), (1, -5), (-1, 5)])
def test_a_part_lies_on_one_side_and_counts_from_one(partial: tuple[int, int]) -> None:
    with pytest.raises(LocalProtocolError):
        commands.fetch(SET, "(UID)", partial=partial)
    with pytest.raises(LocalProtocolError):
        commands.fetch(SET, "(UID)", uid=False, partial=(1, 5))


@pytest.mark.parametrize("flag", ["", "a b", "(x)", "\\", "a\\b", "\\Seen)", "{5}", '"x"', "a\r", "флаг"])
def test_what_is_no_flag_is_refused(flag: str) -> None:
    with pytest.raises(LocalProtocolError):
        flag_list([flag])


def test_an_argument_that_is_too_long_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        quoted(b"x" * (MAX_ARGUMENT + 1))


def test_a_message_with_nul_needs_binary() -> None:
    with pytest.raises(LocalProtocolError):
        message(b"a\0b")
    assert message(b"a\0b", binary=True) == Part(b"a\0b", literal=True, binary=True)


@given(st.text(st.characters(min_codepoint=1, max_codepoint=126, exclude_characters="\r\n")))
def test_a_name_that_we_write_is_the_name_that_a_reader_reads(name: str) -> None:
    listed = read(b'* LIST () "/" ' + astring(name).data)
    assert isinstance(listed, Listed)
    assert listed.wire_name == name


@pytest.mark.parametrize("name", ["项目", "\udcff\udcfe", "naïve"])
def test_a_name_that_is_not_ascii_goes_as_a_literal(name: str) -> None:
    assert astring(name) == Part(name.encode("utf-8", "surrogateescape"), literal=True)


@given(st.integers(0, 4_000_000_000), st.integers(-23 * 60, 23 * 60))
def test_a_date_comes_back_as_it_went(seconds: int, minutes: int) -> None:
    given_at = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    assert parse_date_time(make_date_time(given_at)) == given_at


def test_a_leap_second_is_read() -> None:
    assert parse_date_time(b"31-Dec-2016 23:59:60 +0000") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
