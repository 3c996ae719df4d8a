"""`serve`: two children, the web and the engine, brought back when they die.

This process loads neither Django nor the network code, so that little can kill it.  Each child holds the reading end
of a pipe whose other end is ours: when we are gone, even by SIGKILL, the pipe closes and they stop by themselves.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from yizhan.base.backoff import Backoff

RESTART = Backoff(first=0.5, cap=30.0)
STEADY_SECONDS = 60.0  # a child that lived so long starts counting its failures anew
STOP_SECONDS = 10.0
PIPE_VARIABLE = "YIZHAN_PARENT_PIPE"
EXIT_CANNOT_START = 2  # a child says that another try would end the same


@dataclass
class Child:
    """One child process and its record of failures."""

    name: str
    command: Sequence[str]
    failures: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self, pipe: int) -> None:
        self.started_at = time.monotonic()
        environment = {**os.environ, PIPE_VARIABLE: str(pipe)}
        self.process = subprocess.Popen(self.command, pass_fds=(pipe,), env=environment)  # noqa: S603 - our own command

    def note_death(self, code: int) -> None:
        lived = time.monotonic() - self.started_at
        self.failures = 1 if lived > STEADY_SECONDS else self.failures + 1
        wait = RESTART.bound(self.failures) * (0.5 + random.random() / 2)  # noqa: S311 - spreading, not secrecy
        self.start_at = time.monotonic() + wait
        self.process = None
        print(f"yizhan: {self.name} ended with {code}; it starts again in {wait:.1f} s", file=sys.stderr, flush=True)


class Supervisor:
    """Runs the children until a signal asks for the end; `run` gives the exit code."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._stopping = threading.Event()
        self._read_end, self._write_end = os.pipe()

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        try:
            while not self._stopping.wait(0.1):
                code = self._turn()
                if code is not None:
                    return code
            return 0
        finally:
            self._stop_all()

    def _turn(self) -> int | None:
        """Look after each child once; a number ends the whole."""
        for child in self._children:
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    child.start(self._read_end)
                continue
            code = child.process.poll()
            if code == EXIT_CANNOT_START:
                return EXIT_CANNOT_START
            if code is not None:
                child.note_death(code)
        return None

    def _stop_all(self) -> None:
        os.close(self._write_end)
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def follow_parent() -> None:
    """In a child: end this process by SIGTERM when the supervisor is gone.  Does nothing outside a supervisor."""
    pipe = os.environ.pop(PIPE_VARIABLE, None)
    if pipe is None:
        return
    descriptor = int(pipe)

    def wait_for_the_end() -> None:
        os.read(descriptor, 1)  # nothing is ever written: this returns only when the other end is closed
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_the_end, name="parent", daemon=True).start()
