"""What a stranger's file does to the child that opens it, it does to nobody else."""

import asyncio
import os
import pickle
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.mime.pictures import look, make_pdf, make_picture
from yizhan.services.messages.limits import MAX_ASIDE_BYTES
from yizhan.services.messages.sidework import run_aside, run_aside_waiting

MEMORY = 512 * 1024 * 1024
PICTURE, PAGE = "yizhan.mime.pictures:draw_picture", "yizhan.mime.pdf:draw_first_page"
ECHO, TAKEN_OVER = (
    "builtins:bytes",
    "pickle:loads",
)  # the second is a child in a stranger's hands: it runs what it reads


class Does:
    """Runs there what is given here."""

    def __init__(self, act: Callable[..., Any], *words: Any) -> None:
        self._reduced = act, words

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._reduced


def done_there(code: str, seconds: float = 5) -> bytes | None:
    """What a child answers that was made to evaluate this."""
    return run_aside_waiting(TAKEN_OVER, pickle.dumps(Does(eval, code)), seconds=seconds, memory=MEMORY)


async def test_bytes_go_in_and_bytes_come_out() -> None:
    sent = os.urandom(3_000_000)
    assert await run_aside(ECHO, sent, seconds=10, memory=MEMORY) == sent
    assert run_aside_waiting(ECHO, b"", seconds=10, memory=MEMORY) == b""


def test_a_picture_and_a_page_are_drawn_there() -> None:
    drawn = run_aside_waiting(PICTURE, make_picture((300, 200)), seconds=10, memory=MEMORY)
    assert drawn is not None
    assert look(drawn).size == (300, 200)
    page = run_aside_waiting(PAGE, make_pdf((300, 200)), seconds=10, memory=MEMORY)
    assert page is not None
    assert page.startswith(b"1\nRIFF")


def test_a_picture_that_takes_more_memory_than_it_may_is_none() -> None:
    bomb = make_picture((9_000, 9_000), "PNG", "RGB")
    assert run_aside_waiting(PICTURE, bomb, seconds=20, memory=200 * 1024 * 1024) is None


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').abort()",
        "1 / 0",
        "exec('while True: pass')",
        "bytearray(10 ** 10)",
        "[open('/dev/null') for _ in range(100)]",
        f"b'x' * {MAX_ASIDE_BYTES + 1}",
        "__import__('os')._exit(0) or b'' if open('/tmp/aside', 'wb').write(b'x' * 10_000) else b''",
    ],
    ids=["dies", "refuses", "never-ends", "memory", "files", "answers-too-much", "writes"],
)
def test_a_child_that_was_taken_over_gives_nothing_and_ends(code: str) -> None:
    assert done_there(code, seconds=1) is None


def test_a_child_that_only_sleeps_is_ended_too() -> None:
    assert done_there("__import__('signal').pause()", seconds=0.1) is None


def test_a_child_knows_no_secret_of_ours() -> None:
    told = done_there("repr(dict(__import__('os').environ)).encode()")
    assert told is not None
    assert b"HOME" not in told
    assert b"YIZHAN" not in told


async def test_a_child_is_ended_with_whoever_waits_for_it() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        port = listener.getsockname()[1]
        code = f"(c := __import__('socket').create_connection(('127.0.0.1', {port}))) and __import__('signal').pause()"
        task = asyncio.create_task(run_aside(TAKEN_OVER, pickle.dumps(Does(eval, code)), seconds=60, memory=MEMORY))
        listener.setblocking(False)
        line, _ = await asyncio.get_running_loop().sock_accept(listener)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with line:
            assert await asyncio.get_running_loop().sock_recv(line, 1) == b""
