"""The message and its final dot: what arrives, and on which side of the dot a line broke."""

import asyncio

import pytest

from tests.net.submitting import MESSAGE, Mark, hand_in, session_with
from tests.support.faulty import Line, Script, serving, smtp
from yizhan.net.errors import LineLost
from yizhan.net.smtp import SmtpRefused


@pytest.mark.parametrize("raw", [b".\r\n", b"..\n.\n\n.", b"no end", b"a\rb\n\r\nc\r\n", b"\r\n" * 3, b"x" * 300_000])
async def test_the_server_gets_the_message_and_no_early_dot(raw: bytes) -> None:
    with serving(smtp()) as server:
        await hand_in(server, raw)
        said = server.heard.partition(b"DATA\r\n")[2]
    lines = said.removesuffix(b".\r\n").split(b"\r\n")
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == _ended(raw)


def _ended(raw: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in raw.splitlines())


async def _vanish(line: Line) -> None:
    line.reset()


async def _hang_up(line: Line) -> None:
    line.writer.close()


async def _babble(line: Line) -> None:
    await line.say("what a fine message")
    await line.reader.read()


async def _go_on(line: Line) -> None:
    await line.say("354 and more")
    await line.reader.read()


async def _say_nothing(line: Line) -> None:
    await line.reader.read()


@pytest.mark.parametrize("at_dot", [_vanish, _hang_up, _babble, _go_on, _say_nothing])
async def test_after_the_dot_anything_but_a_verdict_is_uncertain(at_dot: Script) -> None:
    mark = Mark()
    with serving(smtp(at_dot=at_dot)) as server:
        async with session_with(server, final_seconds=0.5) as session:
            with pytest.raises(LineLost) as lost:
                await session.send("li@example.test", ["a@example.test"], MESSAGE, mark)
    assert (lost.value.after_dot, mark.count) == (True, 1)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
async def test_before_the_dot_a_lost_line_is_certain(verb: str) -> None:
    async def script(line: Line) -> None:
        await line.say("220 hi")
        while not (said := await line.hear()).startswith(verb):
            await line.say("250 ok")
            assert said
        line.reset()

    mark = Mark()
    with serving(script) as server:
        async with session_with(server) as session:
            with pytest.raises(LineLost) as lost:
                await session.send("li@example.test", ["a@example.test"], MESSAGE, mark)
    assert (lost.value.after_dot, mark.count) == (False, 0)


async def test_a_line_lost_in_the_middle_of_the_message_is_before_the_dot() -> None:
    async def script(line: Line) -> None:
        await line.say("220 hi")
        while not (await line.hear()).startswith("DATA"):
            await line.say("250 ok")
        await line.say("354 go")
        await line.reader.readexactly(100_000)
        line.reset()

    mark = Mark()
    with serving(script) as server:
        async with session_with(server) as session:
            with pytest.raises(LineLost) as lost:
                await session.send("li@example.test", ["a@example.test"], b"x" * 50_000_000, mark)
    assert (lost.value.after_dot, mark.count) == (False, 0)


async def test_a_mark_that_fails_leaves_the_message_unsent() -> None:
    async def fail() -> None:
        raise OSError("the disk is full")

    with serving(smtp()) as server:
        async with session_with(server) as session:
            with pytest.raises(OSError, match="disk"):
                await session.send("li@example.test", ["a@example.test"], MESSAGE, fail)
        assert not server.heard.endswith(b"\r\n.\r\n")


async def test_what_a_server_said_while_it_hung_up_is_heard() -> None:
    async def script(line: Line) -> None:
        await line.say("220 hi")
        await line.hear()
        await line.say("250 hi", "421 4.4.2 idle for too long")
        line.writer.close()

    with serving(script) as server:
        async with session_with(server) as session:
            await asyncio.sleep(0.3)
            with pytest.raises(SmtpRefused) as refused:
                await session.send("li@example.test", ["a@example.test"], MESSAGE, Mark())
    assert (refused.value.reply_code, refused.value.text) == (421, b"4.4.2 idle for too long")


async def test_a_slow_reader_does_not_lose_the_message() -> None:
    async def slow(line: Line) -> None:
        await line.say("220 hi")
        while not (await line.hear()).startswith("DATA"):
            await line.say("250 ok")
        await line.say("354 go")
        await asyncio.sleep(0.5)
        received = b""
        while not received.endswith(b"\r\n.\r\n"):
            received += await line.reader.read(1 << 20)
        await line.say(f"250 {len(received)}")
        await line.hear()

    with serving(slow) as server:
        assert (await hand_in(server, b"y" * 5_000_000)).count == 1
