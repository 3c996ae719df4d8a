"""Dialling: only what was checked, the living before the dead, and every way to fail by its name."""

import asyncio
import errno
import socket
import time

import pytest

from tests.net.connecting import dialer
from tests.support.faulty import black_hole, saying, serving
from tests.support.nameserver import answering
from tests.support.ports import free_port
from yizhan.net.deadlines import deadline
from yizhan.net.errors import AddressForbidden, ConnectRefused, DeadlineMissed, LineLost, NameNotResolved


async def test_a_name_is_dialled_at_its_address() -> None:
    with serving(saying("hello")) as server, answering({"mail.example.test": {"A": ["127.0.0.1"]}}) as names:
        stream = await dialer(names.address).dial("mail.example.test", server.port)
        assert (await stream.read(), stream.peer) == (b"hello\r\n", "127.0.0.1")
        await stream.close()


async def test_a_name_with_a_public_and_a_private_address_is_refused_whole() -> None:
    zone = {"trick.example.test": {"A": ["8.8.8.8", "10.0.0.1"]}, "inside.example.test": {"A": ["169.254.169.254"]}}
    with answering(zone) as names:
        with pytest.raises(AddressForbidden):
            await dialer(names.address).dial("trick.example.test", 993)
        with pytest.raises(AddressForbidden):
            await dialer(names.address).dial("inside.example.test", 80)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "167772161", "0xa9fea9fe", "::ffff:192.168.0.1", "64:ff9b::10.0.0.1", "fe80::1", "0"]
)
async def test_a_private_address_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(AddressForbidden):
        await dialer().dial(host, 993)


async def test_the_name_is_looked_up_once_so_that_a_second_answer_cannot_slip_in() -> None:
    with serving(saying("hello")) as server, answering({"mail.example.test": {"A": ["127.0.0.1"]}}) as names:
        stream = await dialer(names.address).dial("mail.example.test", server.port)
        await stream.close()
        assert sorted(names.asked) == ["mail.example.test. A", "mail.example.test. AAAA"]


async def test_a_closed_port_is_refused() -> None:
    with pytest.raises(ConnectRefused):
        await dialer().dial("127.0.0.1", free_port())


async def test_a_connection_that_is_reset_while_it_is_made_was_lost_and_not_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def reset(*_: object) -> None:  # what the system says when the peer is faster than our look
        raise ConnectionResetError(errno.ECONNRESET, "Connect call failed")

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", reset)
    with pytest.raises(LineLost):
        await dialer().dial("127.0.0.1", free_port())


async def test_a_black_hole_ends_with_a_deadline() -> None:
    with black_hole() as port, pytest.raises(DeadlineMissed):
        await dialer().dial("127.0.0.1", port)


async def test_a_dead_address_costs_a_head_start_only() -> None:
    with black_hole() as port, socket.create_server(("127.0.0.2", port)) as living:
        with answering({"mail.example.test": {"A": ["127.0.0.1", "127.0.0.2"]}}) as names:
            begun = time.monotonic()
            stream = await dialer(names.address).dial("mail.example.test", port)
            assert time.monotonic() - begun < 3
            assert stream.peer == "127.0.0.2"
            await stream.close()
        living.accept()[0].close()


async def test_an_attempt_that_is_given_up_leaves_nothing_behind() -> None:
    with black_hole() as port:
        before = asyncio.all_tasks()
        with pytest.raises(DeadlineMissed):
            async with deadline(0.2, "dialling"):
                await dialer().dial("127.0.0.1", port)
        assert asyncio.all_tasks() == before


async def test_a_name_without_an_address_is_named() -> None:
    with answering({}) as names, pytest.raises(NameNotResolved):
        await dialer(names.address).dial("imap.nowhere.test", 993)
