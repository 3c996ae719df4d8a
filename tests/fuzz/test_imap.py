"""Whatever a server sends: events or `RemoteProtocolError`, in bounded time and memory."""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transcripts.reading import read_transcript, say, transcripts
from yizhan.imap import commands
from yizhan.imap.connection import Connection, Event
from yizhan.imap.errors import LocalProtocolError, RemoteProtocolError
from yizhan.imap.limits import MAX_LINE
from yizhan.imap.numset import NumSet

SECONDS = 5.0  # for one example; an honest one takes milliseconds
TIMES_AS_LARGE = 100  # what a value may need for each byte on the wire: ` 1` becomes an object of 34 bytes in a list
FUZZ = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Pieces of the grammar, so that chance gets further than the first byte.
PIECES = [
    b"* ",
    b"+ ",
    b"Y1 OK ",
    b"Y2 NO ",
    b"\r\n",
    b"\n",
    b" ",
    b"(",
    b")",
    b"[",
    b"]",
    b'"',
    b"\\",
    b"{3}\r\nabc",
    b"{3+}\r\n",
    b"~{2}\r\n\0\0",
    b"{99999999999}\r\n",
    b"NIL",
    b"1",
    b"4294967296",
    b"1:*",
    b"FETCH (",
    b"UID ",
    b"FLAGS (\\Seen)",
    b"ENVELOPE (",
    b'BODYSTRUCTURE ("text" "plain" ',
    b"BODY[HEADER.FIELDS (A)]<0> ",
    b"INTERNALDATE ",
    b"MODSEQ (",
    b"LIST ",
    b"STATUS ",
    b"SEARCH ",
    b'ESEARCH (TAG "Y2") ',
    b"VANISHED (EARLIER) ",
    b"NAMESPACE ",
    b"QUOTA ",
    b"CAPABILITY ",
    b"ENABLED UTF8=ACCEPT",
    b"[COPYUID 1 1:9 ",
    b"[CAPABILITY IMAP4rev1",
    b"BYE ",
    b"PREAUTH ",
    b"&",
    b"&2D0-",
    b"\xff",
    b"\0",
]
noise = st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=60).map(b"".join)


def run(connection: Connection, data: bytes, size: int) -> list[Event]:
    """The events up to the end or to the first breach of the protocol; any other error fails the test."""
    begun = time.process_time()
    events: list[Event] = []
    try:
        for at in range(0, len(data), size):
            connection.receive_data(data[at : at + size])
            while (event := connection.next_event()) is not None:
                events.append(event)
    except RemoteProtocolError:
        connection.bytes_to_send()
    assert time.process_time() - begun < SECONDS
    return events


def busy() -> Connection:
    """A connection with a mailbox open and several commands under way."""
    connection = Connection()
    run(connection, b"* PREAUTH [CAPABILITY IMAP4rev1 ESEARCH LITERAL+] hi\r\n", 4096)
    run(connection, connection.send(commands.select("INBOX")) + b" OK open\r\n", 4096)
    connection.send(commands.fetch(NumSet.from_(1), "(UID)"))
    connection.send(commands.status("INBOX", ["MESSAGES"]))
    connection.send(commands.append("INBOX", b"x", ["\\Seen"]))
    return connection


@FUZZ
@given(noise, st.sampled_from([1, 7, 4096]))
def test_noise_at_the_greeting_gives_events_or_a_protocol_error(data: bytes, size: int) -> None:
    assert all(isinstance(event, Event) for event in run(Connection(), data, size))


@FUZZ
@given(noise, st.sampled_from([1, 7, 4096]))
def test_noise_in_the_middle_of_commands_gives_events_or_a_protocol_error(data: bytes, size: int) -> None:
    assert all(isinstance(event, Event) for event in run(busy(), data, size))


@st.composite
def mutations(draw: st.DrawFn) -> list[tuple[str, bytes]]:
    """A real dialogue with some of the server's lines damaged."""
    turns = list(read_transcript(draw(st.sampled_from(transcripts()))).turns)
    server = [at for at, (kind, _) in enumerate(turns) if kind == "S"]
    for at in draw(st.lists(st.sampled_from(server), min_size=1, max_size=3)):
        line = turns[at][1]
        start = draw(st.integers(0, len(line)))
        end = draw(st.integers(start, min(len(line), start + 12)))
        turns[at] = ("S", line[:start] + draw(st.sampled_from(PIECES) | st.binary(max_size=4)) + line[end:])
    return turns


def replay(turns: list[tuple[str, bytes]]) -> Iterator[Event]:
    """The dialogue as far as it goes: what the damage makes impossible to say is not said."""
    connection, tag = Connection(), b""
    for kind, line in turns:
        if kind == "S":
            yield from run(connection, line + b"\r\n", 4096)
            continue
        try:
            tag = say(connection, line.decode("utf-8"), tag)
        except LocalProtocolError:
            connection.bytes_to_send()


@FUZZ
@given(mutations())
def test_a_damaged_dialogue_gives_events_or_a_protocol_error(turns: list[tuple[str, bytes]]) -> None:
    assert all(isinstance(event, Event) for event in replay(turns))


def filled(head: bytes, piece: bytes, tail: bytes = b"") -> Callable[[int], bytes]:
    """A line of about so many bytes that is mostly one piece."""
    return lambda size: head + piece * (size // len(piece)) + tail


def counted(head: bytes, piece: bytes, tail: bytes = b"") -> Callable[[int], bytes]:
    """The same with pieces that are all different."""
    return lambda size: head + b" ".join(piece % number for number in range(size // (len(piece) + 6))) + tail


NILS = b" NIL NIL NIL NIL NIL NIL NIL"
BOMBS: dict[str, Callable[[int], bytes]] = {
    "brackets": filled(b"* 1 FETCH ", b"("),
    "squares": filled(b"* X ", b"["),
    "quotes": filled(b"* X ", b'"'),
    "escapes": filled(b'* X "', b'\\"'),
    "numbers": filled(b"* SEARCH", b" 1"),
    "all": lambda _: b"* ESEARCH ALL 1:4294967295",
    "ranges": lambda size: b"* VANISHED " + b",".join(b"%d" % number for number in range(1, size // 4, 2)),
    "flags": filled(b"* FLAGS (", b"a ", b")"),
    "sections": counted(b"* 1 FETCH (", b'BODY[%d] ""', b")"),
    "items": counted(b"* 1 FETCH (", b"X%d 1", b")"),
    "shifts": filled(b'* LIST () "/" "', b"&A", b'"'),
    "half an envelope": filled(b"* 1 FETCH (ENVELOPE (NIL NIL (", b'(NIL NIL "a" "b")', b"))"),
    "addresses": filled(b"* 1 FETCH (ENVELOPE (NIL NIL (", b'(NIL NIL "a" "b")', b")" + NILS + b"))"),
    "parts": filled(b"* 1 FETCH (BODYSTRUCTURE (", b'("a" "b" NIL NIL NIL NIL 1)', b"))"),
    "parameters": filled(b'* 1 FETCH (BODYSTRUCTURE ("a" "b" (', b'"k" "v" ', b'"x") NIL NIL NIL 1))'),
    "literals": lambda size: b"* 1 FETCH (" + b"A {1}\r\nx" * min(4090, size // 8) + b")",
    "status": filled(b"* STATUS a (", b"MESSAGES 1 ", b")"),
    "code": filled(b"* OK [", b"x"),
    "capabilities": filled(b"* CAPABILITY", b" A"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_line_made_to_burden_us_takes_little_time(name: str) -> None:
    """As long as a line may be, and a quarter of it: four times as much takes four times the time, not sixteen."""

    def seconds(size: int) -> float:
        line = BOMBS[name](size) + b"\r\n"
        gc.collect()
        gc.disable()  # the heap of a whole test run is not what is measured
        try:
            begun = time.process_time()
            run(busy(), line, 65536)
            return time.process_time() - begun
        finally:
            gc.enable()

    quarter = min(seconds(MAX_LINE // 4 - 50) for _ in range(3))
    assert min(seconds(MAX_LINE - 100) for _ in range(3)) < max(12 * quarter, 0.6)


@pytest.mark.parametrize("name", BOMBS)
def test_a_line_made_to_burden_us_takes_little_memory(name: str) -> None:
    connection, line = busy(), BOMBS[name](50_000) + b"\r\n"
    tracemalloc.start()
    try:
        run(connection, line, 4096)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000 + TIMES_AS_LARGE * len(line)
