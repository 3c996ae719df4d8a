"""The lock of the write lane: one holder among all threads of all processes, and nobody starves.

SQLite lets one write at a time and makes the others poll, with no order among them: an engine once starved for
5 s beside a busy web process.  So every writer of a database queues here first.

Threads of one process queue in the order they came.  Processes use two lock files: who wants the lane takes the
*gate*, waits for the *lane*, and lets the gate go.  A process that has just left the lane finds the gate held by the
next one, so it cannot overtake it.  The kernel drops both when a process dies, however it dies.
"""

import fcntl
import os
import threading
import time
from collections import deque
from pathlib import Path

# The wait for another process is a poll, so that it can end: flock(2) has no time-out.  Its cost is one late wake-up.
POLL_S = 0.0005


class FairLock:
    """First come, first served among threads.  Any thread may release it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._queue: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """True when it is ours; False when the time was up first."""
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            ticket = threading.Lock()
            ticket.acquire()
            self._queue.append(ticket)
        try:
            if ticket.acquire(timeout=timeout):
                return True
        except BaseException:
            self._withdraw(ticket)
            raise
        return self._late(ticket)

    def release(self) -> None:
        with self._mutex:
            if self._queue:
                self._queue.popleft().release()  # handed over: it stays held
            else:
                self._held = False

    def _late(self, ticket: threading.Lock) -> bool:
        with self._mutex:
            if ticket in self._queue:
                self._queue.remove(ticket)
                return False
        return True  # handed to us in the very moment in which we gave up

    def _withdraw(self, ticket: threading.Lock) -> None:
        if self._late(ticket):
            self.release()


class LaneLock:
    """The lane of one database; `path` is its lock file, beside which the gate's stands."""

    def __init__(self, path: Path | None) -> None:
        self._threads = FairLock()
        self._paths = () if path is None else (path.with_suffix(".gate"), path)
        self._files: tuple[int, ...] = ()

    def acquire(self, timeout: float) -> bool:
        """True when the lane is ours; False when `timeout` seconds did not suffice."""
        until = time.monotonic() + timeout
        if not self._threads.acquire(timeout):
            return False
        try:
            entered = self._enter(until)
        except BaseException:
            self._threads.release()
            raise
        if not entered:
            self._threads.release()
        return entered

    def release(self) -> None:
        if self._files:
            fcntl.flock(self._files[1], fcntl.LOCK_UN)
        self._threads.release()

    def forget(self) -> None:
        """Start anew in a forked child: what the parent holds is the parent's."""
        for file in self._files:
            os.close(file)  # the parent's copy keeps the lock
        self._files = ()
        self._threads = FairLock()

    def _enter(self, until: float) -> bool:
        if not self._paths:
            return True
        if not self._files:
            self._files = tuple(os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in self._paths)
        gate, lane = self._files
        if not _poll(gate, until):
            return False
        try:
            return _poll(lane, until)
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)


def _poll(file: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_S)
        else:
            return True


_LOCKS: dict[Path, LaneLock] = {}
_LOCKS_MUTEX = threading.Lock()


def lane_of(directory: Path) -> LaneLock:
    """The one lane of this process for the database in that directory."""
    path = directory / "lane.lock"
    with _LOCKS_MUTEX:
        return _LOCKS.setdefault(path, LaneLock(path))


def _after_fork() -> None:
    global _LOCKS_MUTEX
    _LOCKS_MUTEX = threading.Lock()
    for lock in _LOCKS.values():
        lock.forget()


os.register_at_fork(after_in_child=_after_fork)
