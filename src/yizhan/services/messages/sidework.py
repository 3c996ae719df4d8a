"""A stranger's pictures and documents are opened in a child of ours, never here: libraries that read them have holes.

The child has a bound on memory, time and answer, no environment and so no secret, and nothing of the store.  When it
dies of what it reads, that file cannot be shown, and nothing else happens.
"""

import asyncio
import logging
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, cast

from yizhan.services.messages.limits import ASIDE_AT_ONCE, ASIDE_START_SECONDS, MAX_ASIDE_BYTES

_CHILD = "yizhan.services.messages.aside"
_places = threading.BoundedSemaphore(ASIDE_AT_ONCE)
_log = logging.getLogger(__name__)


async def run_aside(task: str, data: bytes, *, seconds: float, memory: int) -> bytes | None:
    """What the task makes of the bytes, or None when it refused, died, or took more than it may.

    `task` is a function of ours, `module:function`, from bytes to at most `MAX_ASIDE_BYTES`; by name, so that its
    libraries are loaded over there only.  `seconds` of processor, and with its start of waiting; `memory` in bytes of
    address space (a bare child takes 80 MB).
    """
    child = _start(task, seconds, memory)
    try:
        return await asyncio.to_thread(_converse, child, task, data, seconds)
    finally:
        child.kill()  # when we are cancelled; one that has ended is not touched


def run_aside_waiting(task: str, data: bytes, *, seconds: float, memory: int) -> bytes | None:
    """The same for a plain function that answers a person; some at once, the others wait for their turn."""
    with _places:
        return _converse(_start(task, seconds, memory), task, data, seconds)


def _start(task: str, seconds: float, memory: int) -> subprocess.Popen[bytes]:
    """Isolated (`-I`): no path of ours or of the person's leads to other modules than those installed."""
    module, function = task.split(":")
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-I", "-m", _CHILD, module, function, str(seconds), str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )


def _converse(child: subprocess.Popen[bytes], task: str, data: bytes, seconds: float) -> bytes | None:
    """It reads all before it answers, so nobody waits for the other."""
    alarm = threading.Timer(seconds + ASIDE_START_SECONDS, child.kill)
    alarm.start()
    try:
        with child:
            _hand_in(child, data)
            answer = cast("IO[bytes]", child.stdout).read(MAX_ASIDE_BYTES + 1)
            if len(answer) > MAX_ASIDE_BYTES:
                child.kill()
    finally:
        alarm.cancel()
    if child.returncode:
        _log.info("the task %s ended with status %s", task, child.returncode)
        return None
    return answer


def _hand_in(child: subprocess.Popen[bytes], data: bytes) -> None:
    with suppress(BrokenPipeError), cast("IO[bytes]", child.stdin) as pipe:  # one that died early says so by its status
        pipe.write(data)
