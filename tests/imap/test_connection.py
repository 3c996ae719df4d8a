"""The connection without its wire: what is said when, what may be under way together, and whose an answer is."""

import zlib
from base64 import b64encode

import pytest

from yizhan.base.secret import Secret
from yizhan.imap import commands
from yizhan.imap.capabilities import Capabilities
from yizhan.imap.commands import Command
from yizhan.imap.connection import Connection, Event
from yizhan.imap.encoder import astring, words
from yizhan.imap.errors import InjectedResponse, LocalProtocolError, RemoteProtocolError
from yizhan.imap.limits import MAX_CHALLENGES, MAX_IN_FLIGHT
from yizhan.imap.numset import NumSet
from yizhan.imap.sasl import Login, Plain
from yizhan.imap.states import State
from yizhan.imap.types import Continuation, ESearch, Exists, Fetched, SearchData, Status, StatusData

ONE = NumSet.of([1])
TWO = NumSet.of([2])


def connected(capabilities: str = "IMAP4rev1", *, selected: bool = True) -> Connection:
    """Signed in by PREAUTH, with a mailbox open if `selected`; its first tag is Y1, or Y2 after the SELECT."""
    connection = Connection()
    connection.receive_data(b"* PREAUTH [CAPABILITY %b] hi\r\n" % capabilities.encode())
    drain(connection)
    if selected:
        tag = connection.send(commands.select("INBOX"))
        connection.receive_data(tag + b" OK [READ-WRITE] open\r\n")
        drain(connection)
        connection.bytes_to_send()
    return connection


def drain(connection: Connection) -> list[Event]:
    found = []
    while (event := connection.next_event()) is not None:
        found.append(event)
    return found


def said(connection: Connection, *sent: Command) -> list[bytes]:
    """The first words of what goes out when these are sent one after another."""
    for command in sent:
        connection.send(command)
    return [b" ".join(line.split(b" ")[1:3]) for line in connection.bytes_to_send().splitlines()]


def test_commands_that_cannot_be_confused_are_under_way_together() -> None:
    fetches = commands.fetch(ONE, "(UID)"), commands.fetch(TWO, "(UID)")
    statuses = commands.status("a", ["MESSAGES"]), commands.status("b", ["MESSAGES"])
    sent = said(connected(), *fetches, *statuses, commands.namespace(), commands.noop())
    assert sent == [b"UID FETCH", b"UID FETCH", b"STATUS a", b"STATUS b", b"NAMESPACE", b"NOOP"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (commands.search([words("ALL")]), commands.search([words("SEEN")])),  # SEARCH names no command
        (commands.list_mailboxes(), commands.list_old("LSUB")),
        (commands.status("a", ["UNSEEN"]), commands.status("a", ["MESSAGES"])),
        (commands.fetch(ONE, "(FLAGS)"), commands.store(ONE, "+FLAGS", ["\\Seen"])),
        (commands.noop(), commands.fetch(ONE, "(UID)", uid=False)),  # an EXPUNGE would move the numbers
        (commands.noop(), commands.select("Sent")),
        (commands.select("Sent"), commands.noop()),
        (commands.idle(), commands.noop()),
        (commands.compress(), commands.noop()),
        (commands.leave("CLOSE"), commands.noop()),
        (commands.copy(ONE, "a", move=True), commands.fetch(ONE, "(UID)")),
        (commands.logout(), commands.noop()),
        (commands.unauthenticate(), commands.noop()),
    ],
)
def test_a_command_whose_answer_would_be_ambiguous_waits_its_turn(first: Command, second: Command) -> None:
    connection = connected()
    assert len(said(connection, first, second)) == 1
    connection.receive_data(b"Y2 OK done\r\n")
    drain(connection)
    assert connection.bytes_to_send() != b"" or connection.state is State.LOGOUT


def test_searches_that_name_their_command_run_together_and_get_their_own() -> None:
    connection = connected("IMAP4rev1 ESEARCH")
    first, second = (connection.send(commands.search([words(key)], returning=["ALL"])) for key in ("ALL", "SEEN"))
    connection.receive_data(b'* ESEARCH (TAG "%b") UID ALL 2\r\n* ESEARCH (TAG "%b") UID ALL 1\r\n' % (second, first))
    answers = {event.tag: event.response for event in drain(connection)}
    assert {tag: found.all for tag, found in answers.items() if isinstance(found, ESearch)} == {first: ONE, second: TWO}


def test_each_fetch_gets_the_uids_that_it_asked_for() -> None:
    connection = connected()
    first, second = connection.send(commands.fetch(ONE, "(UID)")), connection.send(commands.fetch(TWO, "(UID)"))
    connection.receive_data(b"* 8 FETCH (UID 2)\r\n* 7 FETCH (UID 1)\r\n* 9 FETCH (UID 3)\r\n* 9 FETCH (FLAGS ())\r\n")
    assert [event.tag for event in drain(connection)] == [second, first, b"", b""]


def test_each_status_gets_its_mailbox() -> None:
    connection = connected()
    first, second = (connection.send(commands.status(name, ["MESSAGES"])) for name in ("a", "b"))
    connection.receive_data(b"* STATUS b (MESSAGES 2)\r\n* STATUS a (MESSAGES 1)\r\n")
    events = drain(connection)
    assert [event.tag for event in events] == [second, first]
    assert [event.response for event in events if isinstance(event.response, StatusData)] != []


def test_only_so_many_commands_are_under_way() -> None:
    connection = connected()
    sent = said(connection, *(commands.fetch(NumSet.of([number]), "(UID)") for number in range(1, 100)))
    assert len(sent) == MAX_IN_FLIGHT


def test_a_literal_waits_for_its_go_ahead_and_everything_behind_it_too() -> None:
    connection = connected()
    append = connection.send(commands.append("INBOX", b"hello", ["\\Seen"]))
    noop = connection.send(commands.noop())
    assert connection.bytes_to_send() == append + b" APPEND INBOX (\\Seen) {5}\r\n"
    connection.receive_data(b"+ go\r\n")
    drain(connection)
    assert connection.bytes_to_send() == b"hello\r\n" + noop + b" NOOP\r\n"


@pytest.mark.parametrize(
    ("capabilities", "size", "waits"),
    [
        ("IMAP4rev1", 1, True),
        ("IMAP4rev1 LITERAL-", 4096, False),
        ("IMAP4rev1 LITERAL-", 4097, True),
        ("IMAP4rev2", 4096, False),
        ("IMAP4rev1 LITERAL+", 100_000, False),
    ],
)
def test_a_literal_goes_at_once_where_the_server_allows_it(capabilities: str, size: int, waits: bool) -> None:
    connection = connected(capabilities)
    connection.send(commands.append("INBOX", b"x" * size))
    assert (b"{%d}" % size in connection.bytes_to_send()) is waits


def test_a_refused_literal_lets_the_next_command_go() -> None:
    connection = connected()
    connection.send(commands.append("INBOX", b"hello"))
    connection.send(commands.noop())
    connection.bytes_to_send()
    connection.receive_data(b"Y2 NO [OVERQUOTA] full\r\n")
    drain(connection)
    assert connection.bytes_to_send() == b"Y3 NOOP\r\n"


def test_a_command_that_was_not_sent_whole_cannot_succeed() -> None:
    connection = connected()
    connection.send(commands.append("INBOX", b"hello"))
    connection.receive_data(b"Y2 OK done\r\n")
    with pytest.raises(RemoteProtocolError):
        drain(connection)


def test_a_go_ahead_that_nobody_needs_is_passed_over() -> None:
    connection = connected("IMAP4rev1 LITERAL+")
    connection.send(commands.append("INBOX", b"hello"))
    connection.receive_data(b"+ go\r\nY2 OK done\r\n")
    assert [type(event.response) for event in drain(connection)] == [Continuation, Status]


@pytest.mark.parametrize(
    "command",
    [commands.login("a", Secret("b")), commands.starttls(), commands.authenticate(Plain("a", Secret("b")))],
)
def test_signing_in_twice_is_our_own_mistake(command: Command) -> None:
    with pytest.raises(LocalProtocolError):
        connected(selected=False).send(command)


@pytest.mark.parametrize("command", [commands.fetch(ONE, "(UID)"), commands.leave("CLOSE"), commands.expunge()])
def test_messages_are_not_touched_without_a_mailbox(command: Command) -> None:
    with pytest.raises(LocalProtocolError):
        connected(selected=False).send(command)


def test_nothing_is_said_before_the_greeting() -> None:
    with pytest.raises(LocalProtocolError):
        Connection().send(commands.capability())


@pytest.mark.parametrize("line", [b"* 3 EXISTS", b"A1 OK hi", b"+ go", b"* NO hi", b"HTTP/1.1 400 Bad Request", b""])
def test_what_is_no_greeting_is_refused(line: bytes) -> None:
    connection = Connection()
    connection.receive_data(line + b"\r\n")
    with pytest.raises(RemoteProtocolError):
        connection.next_event()


def test_capabilities_are_forgotten_when_we_sign_in_or_begin_tls() -> None:
    connection = Connection()
    connection.receive_data(b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi\r\n")
    drain(connection)
    connection.send(commands.starttls())
    connection.receive_data(b"Y1 OK go\r\n")
    drain(connection)
    connection.tls_started()
    assert connection.capabilities == Capabilities()
    connection.send(commands.login("a", Secret("b")))
    connection.receive_data(b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nY2 OK in\r\n")
    drain(connection)
    assert connection.capabilities == Capabilities()


@pytest.mark.parametrize("glued", [b"* OK injected\r\n", b"x"])
def test_starttls_refuses_bytes_that_come_before_the_handshake(glued: bytes) -> None:
    connection = Connection()
    connection.receive_data(b"* OK hi\r\n")
    drain(connection)
    connection.send(commands.starttls())
    connection.receive_data(b"Y1 OK go\r\n" + glued)
    with pytest.raises(InjectedResponse):
        drain(connection)


def test_starttls_refuses_bytes_that_come_late_too() -> None:
    connection = Connection()
    connection.receive_data(b"* OK hi\r\n")
    drain(connection)
    connection.send(commands.starttls())
    connection.receive_data(b"Y1 OK go\r\n")
    drain(connection)
    with pytest.raises(InjectedResponse):
        connection.receive_data(b"* OK injected\r\n")


def test_compression_takes_over_in_the_middle_of_a_packet() -> None:
    connection = connected()
    connection.send(commands.compress())
    connection.bytes_to_send()
    packer, unpacker = zlib.compressobj(wbits=-15), zlib.decompressobj(-15)
    packed = packer.compress(b"* 4 EXISTS\r\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    connection.receive_data(b"Y2 OK go\r\n" + packed[:5])
    connection.receive_data(packed[5:])
    assert drain(connection)[-1].response == Exists(4)
    connection.send(commands.noop())
    assert unpacker.decompress(connection.bytes_to_send()) == b"Y3 NOOP\r\n"


def test_a_broken_compressed_stream_is_a_protocol_error() -> None:
    connection = connected()
    connection.send(commands.compress())
    connection.receive_data(b"Y2 OK go\r\n\xff\xff\xff\xff")
    with pytest.raises(RemoteProtocolError):
        drain(connection)


def test_the_first_answer_of_a_sign_in_goes_with_the_command_only_where_it_may() -> None:
    for capabilities, line in [
        (b"SASL-IR", b"Y1 AUTHENTICATE PLAIN AGEAYg==\r\n"),
        (b"X", b"Y1 AUTHENTICATE PLAIN\r\n"),
    ]:
        connection = Connection()
        connection.receive_data(b"* OK [CAPABILITY IMAP4rev1 %b] hi\r\n" % capabilities)
        drain(connection)
        connection.send(commands.authenticate(Plain("a", Secret("b"))))
        assert connection.bytes_to_send() == line


def test_a_sign_in_that_never_ends_is_refused() -> None:
    class Patient(Login):
        def respond(self, challenge: bytes) -> bytes:
            return b"x"

    connection = Connection()
    connection.receive_data(b"* OK hi\r\n")
    drain(connection)
    connection.send(commands.authenticate(Patient("a", Secret("b"))))
    connection.receive_data(b"+ eA==\r\n" * (MAX_CHALLENGES + 1))
    with pytest.raises(RemoteProtocolError):
        drain(connection)


def test_a_transcript_strikes_the_secret_out_even_if_the_server_says_it_back() -> None:
    lines: list[bytes] = []
    connection = Connection(trace=lambda who, line: lines.append(line))
    connection.receive_data(b"* OK [CAPABILITY IMAP4rev1 SASL-IR] hi\r\n")
    drain(connection)
    connection.send(commands.authenticate(Plain("me", Secret("hunter2"))))
    connection.receive_data(b"Y1 NO no such thing as " + b64encode(b"\0me\0hunter2") + b"\r\n")
    drain(connection)
    connection.send(commands.login("me", Secret("hunter2")))
    connection.receive_data(b"Y2 BAD LOGIN me hunter2 is not understood\r\n")
    drain(connection)
    shown = b"".join(lines)
    assert b"hunter2" not in shown
    assert b64encode(b"\0me\0hunter2") not in shown
    assert shown.count(b"******") == 4


def test_a_command_given_up_before_it_began_is_never_sent() -> None:
    connection = connected()
    connection.send(commands.idle())
    waiting = connection.send(commands.noop())
    connection.bytes_to_send()
    assert connection.abandon(waiting)
    connection.receive_data(b"Y2 BAD no\r\n")
    drain(connection)
    assert connection.bytes_to_send() == b""


@pytest.mark.parametrize(
    ("command", "usable"),
    [
        (commands.fetch(ONE, "(UID)"), True),
        (commands.noop(), True),
        (commands.select("Sent"), False),
        (commands.idle(), False),
        (commands.append("INBOX", b"waits"), False),
    ],
)
def test_a_command_given_up_leaves_the_line_usable_if_its_end_changes_nothing(command: Command, usable: bool) -> None:
    connection = connected()
    tag = connection.send(command)
    assert connection.abandon(tag) is usable


def test_an_answer_to_no_command_is_refused() -> None:
    connection = connected()
    connection.receive_data(b"Y99 OK done\r\n")
    with pytest.raises(RemoteProtocolError):
        drain(connection)


def test_after_a_bye_nothing_more_can_be_sent_and_the_farewell_is_still_heard() -> None:
    connection = connected()
    connection.send(commands.logout())
    connection.receive_data(b"* BYE bye\r\nY2 OK done\r\n")
    assert [event.tag for event in drain(connection)] == [b"", b"Y2"]
    with pytest.raises(LocalProtocolError):
        connection.send(commands.noop())


def test_a_line_that_ends_is_the_end_of_the_life() -> None:
    connection = connected()
    connection.receive_data(b"")
    assert connection.state is State.LOGOUT


def test_utf8_names_are_read_as_such_once_they_are_switched_on() -> None:
    connection = connected("IMAP4rev1 UTF8=ACCEPT", selected=False)
    connection.send(commands.enable(["UTF8=ACCEPT"]))
    connection.receive_data('* ENABLED UTF8=ACCEPT\r\nY1 OK on\r\n* LIST () "/" "A&Jjo-项目"\r\n'.encode())
    assert getattr(drain(connection)[-1].response, "name", "") == "A&Jjo-项目"


def test_messages_may_be_large_only_after_login() -> None:
    connection = Connection()
    connection.receive_data(b"* OK hi\r\n* X {1000000}\r\n")
    connection.next_event()
    with pytest.raises(RemoteProtocolError):
        connection.next_event()
    late = connected()
    late.receive_data(b"* 1 FETCH (BODY[] {1000000}\r\n" + b"x" * 1_000_000 + b")\r\n")
    assert isinstance(drain(late)[0].response, Fetched)


def test_a_search_by_words_is_one_command() -> None:
    connection = connected()
    connection.send(commands.search([words("SUBJECT "), astring("询价")], charset="UTF-8"))
    assert connection.bytes_to_send() == b"Y2 UID SEARCH CHARSET UTF-8 SUBJECT {6}\r\n"
    connection.receive_data(b"+\r\n* SEARCH 3 4\r\n")
    assert drain(connection) == [Event(SearchData((3, 4)), b"Y2")]
    assert connection.bytes_to_send() == "询价\r\n".encode()
