"""The processes behind a running `yizhan serve`, looked at and killed as a power cut or the kernel would."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.home import Serving


def half(serving: Serving, name: str) -> int:
    """The process that is `yizhan web` or `yizhan engine` now; raises `KeyError` when there is none."""
    return _halves(serving.server.process.pid)[name]


def kill_half(serving: Serving, name: str) -> int:
    """Kill it and give its number."""
    pid = half(serving, name)
    os.kill(pid, signal.SIGKILL)
    return pid


def is_alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for(what: str, true: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"{what} did not come true within {seconds:g} s"
        time.sleep(0.05)


def wait_for_another(serving: Serving, name: str, than: int) -> None:
    wait_for(f"another {name}", lambda: _halves(serving.server.process.pid).get(name, than) != than)


def _halves(parent: int) -> dict[str, int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = {}
    for child in children:
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        if "yizhan.cli" in words and is_alive(int(child)):
            found[words[words.index("yizhan.cli") + 1]] = int(child)
    return found
