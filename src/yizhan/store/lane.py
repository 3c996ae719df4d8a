"""The write lane: one short transaction after another, at most one writer at a time on SQLite.

Plain code (web, commands) writes inside `with lane.transaction():`; the asyncio engine says
`await lane.run(fn, ...)`.  No network, no parsing and no file inside a transaction: everyone else waits for it.

*Durable* means that what was committed survives a power cut (SQLite `synchronous=FULL`, PostgreSQL
`synchronous_commit=on`); whatever a person is told is written that way.  Other commits may be undone by a power cut,
in order and never by halves, and the engine finds out again what they said.
"""

import asyncio
import contextvars
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, connections
from django.db import transaction as django_transaction
from django.db.utils import OperationalError

from yizhan.store.errors import DiskFull
from yizhan.store.limits import HELD_UP_S, SLOW_TRANSACTION_S

P = ParamSpec("P")
R = TypeVar("R")
# The standard library's: structlog takes 0.1 s to import, and every command loads this file.
log = logging.getLogger(__name__)


@contextmanager
def transaction(durable: bool = False, name: str = "transaction") -> Iterator[None]:
    """All that is written inside is kept, or nothing is.  Within another one: a savepoint of that.

    A durable one inside one that is not makes the whole durable.  `name` is for the log of slow transactions.
    """
    if connection.in_atomic_block:
        with django_transaction.atomic():
            _demand(durable)
            yield
        return
    asked = begun = time.monotonic()
    connection.durable = durable  # type: ignore[attr-defined]
    try:
        with django_transaction.atomic():
            begun = time.monotonic()
            _demand(durable)
            yield
    except OperationalError as error:
        if not _is_about_room(error):
            raise
        raise DiskFull("the disk that the data are on is full; nothing was written") from error
    finally:
        connection.durable = False  # type: ignore[attr-defined]
        _note_slow(name, asked, begun)


def _is_about_room(error: OperationalError) -> bool:
    """SQLITE_FULL, and PostgreSQL's disk_full (53100)."""
    return "database or disk is full" in str(error) or getattr(error.__cause__, "sqlstate", "") == "53100"


def _demand(durable: bool) -> None:
    if not durable:
        return
    connection.durable = True  # type: ignore[attr-defined]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = on")


def _note_slow(name: str, asked: float, begun: float) -> None:
    held = time.monotonic() - begun
    if held > SLOW_TRANSACTION_S:
        facts = {"function": name, "held_ms": round(held * 1000), "waited_ms": round((begun - asked) * 1000)}
        log.log(logging.WARNING if held > HELD_UP_S else logging.INFO, "slow_transaction", extra=facts)


def durable(name: str = "transaction") -> AbstractContextManager[None]:
    """A transaction that survives a power cut once it is committed."""
    return transaction(durable=True, name=name)


def writes(function: Callable[P, R]) -> Callable[P, R]:
    """A function that runs in a transaction of its own, or in its caller's."""
    return _in_transaction(function, durable=False)


def keeps(function: Callable[P, R]) -> Callable[P, R]:
    """A function that runs in a durable transaction."""
    return _in_transaction(function, durable=True)


def _in_transaction(function: Callable[P, R], durable: bool) -> Callable[P, R]:
    name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction(durable=durable, name=name):
            return function(*args, **kwargs)

    inner.durable = durable  # type: ignore[attr-defined]
    inner.inside = function  # type: ignore[attr-defined]
    return inner


def relax_commits(connection: Any, **_: Any) -> None:
    """Let PostgreSQL answer a COMMIT before the disk does, as SQLite's NORMAL; durable transactions say otherwise."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")


class _Threads:
    """Threads that keep their database connection, and close it when they are told to stop."""

    def __init__(self, name: str, count: int) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, name=f"{name}-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[[], R]) -> "Future[R]":
        future: Future[R] = Future()
        context = contextvars.copy_context()
        self._work.put(lambda: context.run(_settle, future, call))
        return future

    def stop(self) -> None:
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        try:
            while (work := self._work.get()) is not None:
                work()
        finally:
            connections.close_all()


def _settle(future: "Future[R]", call: Callable[[], R]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        connection.close_if_unusable_or_obsolete()  # a PostgreSQL that was restarted gets a new connection
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the answer
        future.set_exception(error)


class Lane:
    """The engine's way to the store: one writing thread, a few reading ones.

    A call that is cancelled while it waits is not made; one that runs is finished and committed all the same.
    """

    def __init__(self, readers: int = 2) -> None:
        self._writer = _Threads("lane-writer", 1)
        self._readers = _Threads("lane-reader", readers)

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function` returns, called in the writing thread in one transaction (durable if it is marked so)."""
        name = getattr(function, "__qualname__", repr(function))
        durable = bool(getattr(function, "durable", False))
        inside: Callable[P, R] = getattr(function, "inside", function)  # it needs no savepoint of its own here

        def call() -> R:
            with transaction(durable=durable, name=name):
                return inside(*args, **kwargs)

        return await asyncio.wrap_future(self._writer.submit(call))

    async def read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `function` returns, called in a reading thread, outside the lane and any transaction.

        Also the place for what touches files before it writes (`blobs.put`).
        """
        return await asyncio.wrap_future(self._readers.submit(lambda: function(*args, **kwargs)))

    def close(self) -> None:
        """Finish what was asked for, then close the threads and their connections."""
        self._writer.stop()
        self._readers.stop()

    async def __aenter__(self) -> "Lane":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)
