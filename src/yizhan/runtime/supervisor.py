"""`serve`: the web and the engine as children of one small process, which starts anew whichever of them dies.

It holds the listening socket, so that browsers wait while the web comes back instead of being refused, and it knows
neither Django nor the store.  A child that cannot start for a reason that a person must mend (exit code 1 or 2)
ends everything: it has said why.
"""

import importlib
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yizhan.base.backoff import Backoff
from yizhan.net.listening import listen
from yizhan.runtime.environment import Environment
from yizhan.runtime.family import PARENT_PIPE
from yizhan.runtime.limits import RESTART_CAP_S, RESTART_FIRST_S, STOP_SECONDS, SUPERVISE_POLL_S, WELL_AFTER_S
from yizhan.services.egress.detour import end_detour

RESTART = Backoff(first=RESTART_FIRST_S, cap=RESTART_CAP_S)
REFUSED_TO_START = (1, 2)
DEMO = "yizhan.runtime.demo"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Child:
    """One of the halves: how it is started, and how it fares."""

    name: str
    arguments: Sequence[str]
    descriptors: tuple[int, ...]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    def start(self) -> None:
        command = [sys.executable, "-m", "yizhan.cli", self.name, *self.arguments]
        # Our own interpreter and our own words, but for host and port, which are arguments and not a shell's.
        self.process = subprocess.Popen(  # noqa: S603
            command, env=self.environment, pass_fds=self.descriptors
        )
        self.started_at = time.monotonic()

    def note_end(self, code: int) -> None:
        """When it is started again: at once at first, later and later if it keeps dying."""
        now = time.monotonic()
        self.failures = 1 if now - self.started_at > WELL_AFTER_S else self.failures + 1
        self.start_at = now + RESTART.delay(self.failures, random.random)
        self.process = None
        log.error("child_died", extra={"child": self.name, "exit_code": code, "failures": self.failures})


class Supervisor:
    """Starts the children, starts them anew, and stops them."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._told: int | None = None

    def run(self) -> int:
        """Until SIGTERM (0), SIGINT (130), or a child that refuses to start (its code)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_signal)
        try:
            while self._told is None:
                refused = self._look_after()
                if refused is not None:
                    return refused
                time.sleep(SUPERVISE_POLL_S)
        finally:
            self._stop()
        return 130 if self._told == signal.SIGINT else 0

    def _note_signal(self, number: int, _: Any) -> None:
        self._told = number

    def _look_after(self) -> int | None:
        for child in self._children:
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    child.start()
            elif (code := child.process.poll()) is not None:
                if code in REFUSED_TO_START:
                    return code
                child.note_end(code)
        return None

    def _stop(self) -> None:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired as error:
                log.warning("child_killed", extra={"pid": process.pid, "after_s": error.timeout})
                process.kill()
                process.wait()


def serve(environment: Environment, host: str, port: int, *, demo: bool) -> int:
    """Run both halves until told to stop; gives the exit code.  Raises `PortTaken` before anything is started."""
    listening = listen(host, port)
    ours, theirs = os.pipe()
    shared = {**os.environ, PARENT_PIPE: str(ours)}
    web = ["--host", host, "--port", str(listening.getsockname()[1]), "--descriptor", str(listening.fileno())]
    children = [
        Child("web", web, (ours, listening.fileno()), environment=shared),
        Child("engine", [], (ours,), environment=shared),
    ]
    end_detour(environment.home)  # of a demo that was killed
    sandbox = importlib.import_module(DEMO).start(environment) if demo else None
    try:
        for line in sandbox.lines if sandbox is not None else ():
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        return Supervisor(children).run()
    finally:
        if sandbox is not None:
            sandbox.stop()
        os.close(theirs)
        listening.close()
