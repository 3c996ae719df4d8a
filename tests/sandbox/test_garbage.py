"""Garbage to the sandbox's servers: an answer or a closed line, in bounded time, and the next client is served."""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.browsing import Browser
from tests.support.sandbox import SandboxPerson
from yizhan.base.clock import SystemClock
from yizhan.sandbox.commands import CommandWrong, parse_command
from yizhan.sandbox.fetching import answer, read_items
from yizhan.sandbox.limits import MAX_LINE
from yizhan.sandbox.mailboxes import Ledger, Mailbox, NoRoom
from yizhan.sandbox.numsets import is_in, read_ranges, write_set
from yizhan.sandbox.parts import cut
from yizhan.sandbox.running import Sandbox
from yizhan.sandbox.searching import read_search

NewPerson = Callable[[str], SandboxPerson]
PURE = settings(deadline=None)  # a busy machine is slow; that nothing takes long has a test of its own
LIVE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
EVERYTHING = read_items(
    parse_command(
        [b"a FETCH (FLAGS ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[1.MIME] BODY.PEEK[2.1.HEADER] BODY.PEEK[TEXT])"], []
    ).words
)


@contextlib.contextmanager
def connected(sandbox: Sandbox, port: int) -> Iterator[ssl.SSLSocket]:
    context = ssl.create_default_context(cadata=sandbox.ca_pem)
    plain = socket.create_connection(("127.0.0.1", port), timeout=20)
    with plain, context.wrap_socket(plain, server_hostname="localhost") as line:
        yield line


def say_and_drain(line: ssl.SSLSocket, data: bytes) -> int:
    """Everything said, then half closed by waiting: the bytes that came back within two quiet tenths of a second."""
    line.settimeout(0.2)
    got = 0
    with contextlib.suppress(OSError):
        line.sendall(data)
        while piece := line.recv(65536):
            got += len(piece)
    return got


@PURE
@given(st.binary(max_size=400), st.lists(st.binary(max_size=50), max_size=3))
def test_any_line_is_a_command_or_wrong(line: bytes, literals: list[bytes]) -> None:
    with contextlib.suppress(CommandWrong):
        command = parse_command([line, *([b""] * len(literals))], literals)
        assert command.tag
        assert command.verb


@PURE
@given(st.text(alphabet='ABODY.PEEK[]<>()0123456789 HEADR.FILSTXM"*:,', max_size=80).map(str.encode))
def test_any_items_and_keys_are_read_or_wrong(text: bytes) -> None:
    for read in (read_items, lambda words: read_search(words, 10, 10)):
        with contextlib.suppress(CommandWrong):
            assert read(parse_command([b"a X " + text], []).words) is not None


@PURE
@given(st.binary(max_size=2000))
def test_any_bytes_are_a_message_with_a_structure(raw: bytes) -> None:
    check_described(raw)


HEADERS = st.lists(
    st.sampled_from(
        [
            b"Content-Type: multipart/mixed; boundary=b",
            b'Content-Type: multipart/digest; boundary="b"',
            b"Content-Type: message/rfc822",
            b"Content-Type: text/plain; charset*=utf-8''%ff; name*0=a",
            b"Content-Type: \xff/\xfe; =; boundary*0=b",
            b"Content-Disposition: attachment; filename*=x''%zz",
            b"From: \xff <@>, ((, a:b;",
            b"Subject: =?x?q?=?=",
            b"--b",
            b"--b--",
            b"",
            b"text",
        ]
    ),
    max_size=25,
)


@PURE
@given(HEADERS, st.sampled_from([b"\r\n", b"\n"]))
def test_any_mail_that_means_harm_has_a_structure(lines: list[bytes], end: bytes) -> None:
    check_described(end.join(lines))


def test_parts_within_parts_come_to_an_end() -> None:
    begun = time.monotonic()
    check_described(b"Content-Type: message/rfc822\n\n" * 20_000)
    check_described(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 200_000)
    assert time.monotonic() - begun < 10


def check_described(raw: bytes) -> None:
    mailbox = Mailbox("INBOX", "", 1, Ledger())
    message = mailbox.add(raw, frozenset(), SystemClock().now())
    written = answer(EVERYTHING, message, b"()")
    assert written.startswith(b"(FLAGS () ENVELOPE (")
    assert cut(raw).head + cut(raw).body == raw


@PURE
@given(st.lists(st.integers(1, 200), min_size=1, max_size=30, unique=True))
def test_a_set_of_numbers_holds_what_it_was_made_of(numbers: list[int]) -> None:
    ranges = read_ranges(write_set(sorted(numbers)), 200)
    assert [number for number in range(1, 201) if is_in(number, ranges)] == sorted(numbers)


@LIVE
@given(st.binary(min_size=1, max_size=2000))
def test_garbage_to_imap_never_hangs_the_server(sandbox: Sandbox, data: bytes) -> None:
    begun = time.monotonic()
    with connected(sandbox, sandbox.ports["plain"].imap) as line:
        assert say_and_drain(line, data + b"\r\n") > 0
    assert time.monotonic() - begun < 10


@LIVE
@given(st.binary(min_size=1, max_size=2000))
def test_garbage_to_smtp_never_hangs_the_server(sandbox: Sandbox, data: bytes) -> None:
    begun = time.monotonic()
    with connected(sandbox, sandbox.ports["plain"].smtp) as line:
        assert say_and_drain(line, data + b"\r\n") > 0
    assert time.monotonic() - begun < 10


@LIVE
@given(st.binary(min_size=1, max_size=2000))
def test_garbage_to_the_pages_never_hangs_the_server(sandbox: Sandbox, data: bytes) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.settimeout(0.1)
        with contextlib.suppress(OSError):
            line.sendall(data + b"\r\n\r\n")
            line.recv(100)
    assert "<h1>" in Browser(sandbox.url).open("/")


@pytest.mark.parametrize(
    "flood",
    [
        b"x" * (4 * MAX_LINE),
        b"a LOGIN {99999999}\r\n",
        b"a LOGIN {99999999+}\r\n" + b"x" * 100_000,
        b"a LOGIN {2}\r\n" * 100,
        b"?\r\n" * 1000,
        b"a NOOP " + b"(" * 1000 + b"\r\n",
    ],
    ids=["long line", "huge literal", "huge unasked literal", "many literals", "many bad commands", "deep list"],
)
def test_a_flood_finds_an_end(sandbox: Sandbox, new_sandbox_person: NewPerson, flood: bytes) -> None:
    begun = time.monotonic()
    with connected(sandbox, sandbox.ports["plain"].imap) as line:
        assert say_and_drain(line, flood) < 200_000
    with new_sandbox_person("plain").imap() as client:
        assert client.noop()[0] == "OK"
    assert time.monotonic() - begun < 20


def test_memory_for_mail_is_bounded() -> None:
    ledger = Ledger(used=200 * 1024 * 1024 - 10)
    mailbox = Mailbox("INBOX", "", 1, ledger)
    with pytest.raises(NoRoom):
        mailbox.add(b"x" * 11, frozenset(), SystemClock().now())
    assert mailbox.messages == {}
    mailbox.remove(mailbox.add(b"x" * 10, frozenset(), SystemClock().now()).uid)
    assert ledger.used == 200 * 1024 * 1024 - 10
