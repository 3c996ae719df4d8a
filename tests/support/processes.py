"""Servers as child processes that never outlive the test run."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60.0  # a first start makes the database, and two processes share a busy machine with other tests
STOP_SECONDS = 10.0
# Waits until the pipe from us is closed, by us or by our death, then ends the server.  (The kernel's parent death
# signal would do, but Postfix's master changes its user on the way up, and that forgets it.)
_WATCH = 'read -r line; kill -TERM "-$1" 2>/dev/null'


class ServerDidNotStart(Exception):
    """A real server that a test needs refused to come up; its log is in the message."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running child, and the watcher that ends it if we are killed."""

    process: subprocess.Popen[bytes]
    watcher: subprocess.Popen[bytes]
    log: Path

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait_until(self, answers: Callable[[], bool]) -> None:
        """Return when it answers; raises `ServerDidNotStart` with the end of its log, and ends it."""
        until = time.monotonic() + START_SECONDS
        while not answers():
            if not self.is_running or time.monotonic() > until:
                self.stop()
                raise ServerDidNotStart(self.log.read_text(encoding="utf-8", errors="replace")[-3000:])
            time.sleep(0.02)

    def stop(self) -> int:
        """Ask the server and all its parts to end (a master alone takes a second over it); gives its exit code."""
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGTERM)
        return self.wait_for_end()

    def wait_for_end(self) -> int:
        """Wait for a server that was told to end, insist after ten seconds; gives its exit code."""
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait(STOP_SECONDS)
        finally:
            self.watcher.kill()
            self.watcher.communicate()


def start_server(command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> Server:
    """A child whose output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            start_new_session=True,  # Ctrl-C in the terminal is for pytest, which then stops the servers in order
        )
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", _WATCH, "watch", str(process.pid)], stdin=subprocess.PIPE, start_new_session=True
    )
    return Server(process, watcher, log)
