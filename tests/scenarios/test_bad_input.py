"""What bad input gets at the command line: a named refusal, no secret shown, nothing half-kept."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from tests.support.home import Home
from tests.support.places import given_file
from tests.support.ports import free_port


class Peer:
    """A made-up server on loopback that writes `greeting` to whoever comes, and then waits."""

    def __init__(self, greeting: bytes) -> None:
        self._greeting = greeting
        self._loop = asyncio.new_event_loop()
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self._greeting)
        await reader.read(1)
        writer.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture
def plain_peer() -> Iterator[Peer]:
    peer = Peer(b"* OK ready\r\n" * 3)
    yield peer
    peer.stop()


@pytest.fixture
def bye_peer() -> Iterator[Peer]:
    peer = Peer(b"* BYE Too many connections\r\n")
    yield peer
    peer.stop()


def add(home: Home, imap: str) -> tuple[int, str]:
    secret = str(given_file("whatever\n"))
    words = ["accounts", "add", "li@example.com", "--secret-file", secret, "--imap", imap, "--smtp", imap, "--json"]
    result = home.cli(*words)
    return result.code, result.json["error"]["code"]


def test_a_closed_port_is_named(home: Home) -> None:
    assert add(home, f"127.0.0.1:{free_port()}/tls") == (3, "connection_refused")


def test_tls_spoken_to_a_plain_port_is_named(home: Home, plain_peer: Peer) -> None:
    assert add(home, f"127.0.0.1:{plain_peer.port}/tls") == (1, "wrong_port_or_tls_mode")


def test_a_bye_at_once_is_named_by_its_words(home: Home, bye_peer: Peer) -> None:
    assert add(home, f"127.0.0.1:{bye_peer.port}/plain") == (3, "too_many_connections")


def test_plain_is_refused_for_any_other_machine(home: Home) -> None:
    assert add(home, "imap.example.com:143/plain") == (1, "bad_input")


def test_a_private_address_is_refused_before_a_packet_is_sent(home: Home) -> None:
    assert add(home, "10.1.2.3:993/tls") == (1, "address_forbidden")


def test_an_address_without_at_is_named(home: Home) -> None:
    refused = home.cli("accounts", "add", "nobody", "--secret-file", str(given_file("x\n")), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "address_syntax")


def test_a_secret_given_as_an_argument_is_refused_and_not_echoed(home: Home) -> None:
    refused = home.cli("accounts", "add", "li@example.com", "hunter2-typed-here", "--json")
    assert refused.code == 2
    assert "hunter2-typed-here" not in refused.out + refused.err
    assert "never from an argument" in refused.json["error"]["detail"]
