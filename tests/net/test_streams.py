"""Streams: bytes arrive whole and in order, nothing waits for ever, and TLS is what it says."""

import asyncio
import socket
import ssl
import threading
from contextlib import suppress

import pytest

from tests.net.connecting import connected, read_exactly
from tests.support.certificates import Authority
from tests.support.faulty import Line, garbage, imap, saying, saying_goodbye, serving, silence
from yizhan.net.deadlines import deadline
from yizhan.net.errors import DeadlineMissed, InjectedPlaintext, LineLost, TlsFailed, TlsKind
from yizhan.net.limits import HELD_BYTES
from yizhan.net.tls import client_context

HOST = "127.0.0.1"
BLOCK = bytes(range(256)) * 4096  # 1 MB


async def echo(line: Line) -> None:
    while data := await line.reader.read(65536):
        await line.say_bytes(data)


async def vanish(line: Line) -> None:
    """Takes a line, then crashes."""
    await line.reader.readline()
    line.reset()


async def test_bytes_go_both_ways_in_the_open() -> None:
    with serving(echo) as server:
        async with connected(server.port) as stream:
            await stream.write(b"hello")
            assert (await stream.read(), stream.is_tls, stream.peer) == (b"hello", False, HOST)


@pytest.mark.parametrize("layers", [0, 1, 2])
async def test_large_data_go_both_ways_at_once_under_any_number_of_tls_layers(
    authority: Authority, layers: int
) -> None:
    async def wrapped_echo(line: Line) -> None:
        for _ in range(layers):
            await line.say("begin")
            await line.start_tls(authority.good)
        await echo(line)

    with serving(wrapped_echo) as server:
        async with connected(server.port) as stream:
            for _ in range(layers):
                assert await stream.read() == b"begin\r\n"
                await stream.start_tls(client_context(authority.ca_pem), HOST)
            sent = asyncio.create_task(stream.write(BLOCK * 4))
            assert await read_exactly(stream, len(BLOCK) * 4) == BLOCK * 4
            await sent
            assert stream.is_tls is (layers > 0)


async def test_the_end_is_empty_and_stays_so(authority: Authority) -> None:
    with serving(saying_goodbye("bye"), authority.good) as server:
        async with connected(server.port) as stream:
            await stream.start_tls(client_context(authority.ca_pem), HOST)
            assert await read_exactly(stream, 100) == b"bye\r\n"
            assert [await stream.read(), await stream.read()] == [b"", b""]


async def test_a_peer_that_does_not_read_holds_the_writer_back() -> None:
    with serving(lambda line: asyncio.sleep(60)) as server:
        async with connected(server.port) as stream:
            with pytest.raises(DeadlineMissed):
                async with deadline(0.5, "writing"):
                    await stream.write(BLOCK * 64)


async def test_what_nobody_reads_is_left_with_the_peer() -> None:
    sent = []

    async def flood(line: Line) -> None:
        for _ in range(100):
            await line.say_bytes(BLOCK)
            sent.append(len(BLOCK))

    with serving(flood) as server:
        async with connected(server.port) as stream:
            await asyncio.sleep(0.5)
            held = sum(sent)
            assert held < 30 * len(BLOCK)  # what two sockets and two loops may hold, of 100
            assert (await read_exactly(stream, held)).startswith(BLOCK * (held // len(BLOCK)))


async def test_a_flood_under_tls_is_bounded_too(authority: Authority) -> None:
    with serving(garbage(100 << 20), authority.good) as server:
        async with connected(server.port) as stream:
            await stream.start_tls(client_context(authority.ca_pem), HOST)
            await asyncio.sleep(0.3)
            assert len(await stream.read()) <= HELD_BYTES


async def test_a_lost_line_wakes_every_waiter_at_once() -> None:
    async def crash(line: Line) -> None:
        await asyncio.sleep(0.3)
        line.reset()

    with serving(crash) as server:
        async with connected(server.port) as stream:
            waiting = [stream.read(), stream.read(), stream.write(BLOCK * 64)]
            async with asyncio.timeout(5):
                ends = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [LineLost, LineLost, LineLost]


async def test_writing_to_a_lost_line_says_so() -> None:
    with serving(vanish) as server:
        async with connected(server.port) as stream:
            await stream.write(b"one\n")
            with pytest.raises(LineLost):
                await stream.read()
            with pytest.raises(LineLost):
                await stream.write(b"two\n")


async def test_closing_ends_who_waits_never_raises_and_may_be_repeated() -> None:
    with serving(silence) as server:
        async with connected(server.port) as stream:
            reading = asyncio.create_task(stream.read())
            await asyncio.sleep(0)
            await stream.close()
            await stream.close()
            async with asyncio.timeout(5):
                assert await reading == b""
            with pytest.raises(LineLost):
                await stream.write(b"too late")


async def test_a_cancelled_read_loses_no_bytes() -> None:
    with serving(echo) as server:
        async with connected(server.port) as stream:
            with pytest.raises(DeadlineMissed):
                async with deadline(0.05, "reading"):
                    await stream.read()
            await stream.write(b"still here")
            assert await stream.read() == b"still here"


async def test_the_context_is_shared_and_an_authority_of_ones_own_stays_apart(authority: Authority) -> None:
    assert client_context() is client_context()
    assert client_context(authority.ca_pem) is client_context(authority.ca_pem)
    with serving(silence, authority.good) as server:
        async with connected(server.port) as stream:
            with pytest.raises(TlsFailed) as failed:
                await stream.start_tls(client_context(), HOST)
    assert failed.value.kind is TlsKind.UNTRUSTED
    assert client_context().check_hostname
    assert client_context().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(("certificate", "kind"), [("expired", TlsKind.EXPIRED), ("wrong_name", TlsKind.HOSTNAME)])
async def test_what_is_wrong_with_a_certificate_is_told_apart(
    authority: Authority, certificate: str, kind: TlsKind
) -> None:
    with serving(silence, getattr(authority, certificate)) as server:
        async with connected(server.port) as stream:
            with pytest.raises(TlsFailed) as failed:
                await stream.start_tls(client_context(authority.ca_pem), HOST)
    assert failed.value.kind is kind


async def test_a_stranger_s_certificate_is_untrusted(authority: Authority, stranger: Authority) -> None:
    with serving(silence, stranger.good) as server:
        async with connected(server.port) as stream:
            with pytest.raises(TlsFailed) as failed:
                await stream.start_tls(client_context(authority.ca_pem), HOST)
    assert failed.value.kind is TlsKind.UNTRUSTED


async def test_no_cipher_in_common_is_a_matter_of_version(authority: Authority) -> None:
    context = authority.good.server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-CCM")

    with socket.create_server((HOST, 0)) as listening:
        old = threading.Thread(target=_shake_hands, args=(listening, context))
        old.start()
        async with connected(listening.getsockname()[1]) as stream:
            with pytest.raises(TlsFailed) as failed:
                await stream.start_tls(client_context(authority.ca_pem), HOST)
        old.join()
    assert failed.value.kind is TlsKind.VERSION


def _shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    """As a blocking server does, for asyncio's hangs up without the alert that says why."""
    connection, _ = listening.accept()
    with connection, suppress(ssl.SSLError):
        context.wrap_socket(connection, server_side=True)


@pytest.mark.parametrize("pause", [0.0, 0.3])
async def test_a_server_that_speaks_in_the_open_is_the_wrong_mode_however_early_it_speaks(pause: float) -> None:
    with serving(saying("* OK ready", "* OK and willing")) as server:
        async with connected(server.port) as stream:
            await asyncio.sleep(pause)
            with pytest.raises(TlsFailed) as failed:
                await stream.start_tls(client_context(), HOST)
    assert failed.value.kind is TlsKind.WRONG_MODE


async def test_bytes_that_wait_before_the_handshake_are_refused_after_words(authority: Authority) -> None:
    with serving(saying("* OK ready")) as server:
        async with connected(server.port) as stream:
            await stream.read()
            await asyncio.to_thread(server.inject, b"Y1 OK injected\r\n")
            await asyncio.sleep(0.2)
            with pytest.raises(InjectedPlaintext):
                await stream.start_tls(client_context(authority.ca_pem), HOST)


async def test_bytes_that_are_no_tls_after_an_agreement_are_an_interception(authority: Authority) -> None:
    async def agree(line: Line) -> None:
        await line.say("OK begin")
        await line.reader.read(1)
        await line.say("OK not really")
        await line.reader.read()

    with serving(agree) as server:
        async with connected(server.port) as stream:
            await stream.read()
            with pytest.raises(TlsFailed) as failed:
                await stream.start_tls(client_context(authority.ca_pem), HOST)
    assert failed.value.kind is TlsKind.INTERCEPTED


async def test_a_server_that_goes_during_the_handshake_is_a_lost_line(authority: Authority) -> None:
    with serving(saying_goodbye()) as server:
        async with connected(server.port) as stream:
            with pytest.raises(LineLost):
                await stream.start_tls(client_context(authority.ca_pem), HOST)


async def test_a_handshake_that_stalls_ends_with_its_deadline(authority: Authority) -> None:
    with serving(silence) as server:
        async with connected(server.port) as stream:
            with pytest.raises(DeadlineMissed):
                async with deadline(0.3, "TLS"):
                    await stream.start_tls(client_context(authority.ca_pem), HOST)


async def test_a_handshake_of_one_byte_at_a_time_succeeds(authority: Authority) -> None:
    async def relay(line: Line) -> None:
        """To a real TLS server, back in single bytes."""
        reader, writer = await asyncio.open_connection(HOST, behind.port)
        forth = asyncio.create_task(_copy(line.reader, writer, 65536))
        try:
            await _copy(reader, line.writer, 1)
        finally:
            forth.cancel()
            writer.transport.abort()

    with serving(saying("* OK ready"), authority.good) as behind, serving(relay) as server:
        async with connected(server.port) as stream:
            await stream.start_tls(client_context(authority.ca_pem), HOST)
            assert await read_exactly(stream, 12) == b"* OK ready\r\n"


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int) -> None:
    while data := await reader.read(size):
        writer.write(data)
        await writer.drain()


async def test_starttls_in_the_middle_of_a_dialogue(authority: Authority) -> None:
    with serving(imap(certificate=authority.good)) as server:
        async with connected(server.port) as stream:
            assert await stream.read() == b"* OK ready\r\n"
            await stream.write(b"a STARTTLS\r\n")
            assert await stream.read() == b"a OK begin\r\n"
            await stream.start_tls(client_context(authority.ca_pem), HOST)
            await stream.write(b"b NOOP\r\n")
            assert await stream.read() == b"b OK done\r\n"
