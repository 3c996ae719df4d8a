"""Django's SQLite backend with WAL, and with every write in the lane.

A statement that may write takes the lane before it runs; the lane is let go when no transaction is open any more.
So `atomic()` holds it from BEGIN to COMMIT, and a single statement in autocommit for as long as it runs.
Reads outside a transaction never wait: that is what WAL is for.
"""

import os
import re
import sqlite3
import weakref
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base as django_sqlite
from django.db.utils import OperationalError

from yizhan.store.sqlite.lanelock import LaneLock, lane_of

# Anything else may write.  A WITH is looked into; a SAVEPOINT opens a transaction when none is open.
_READS = frozenset({"SELECT", "PRAGMA", "EXPLAIN", "VALUES", "COMMIT", "END", "ROLLBACK", "RELEASE"})
_FIRST_WORD = re.compile(r"[\s(]*(\w+)")
_CHANGES = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)

_SETTINGS = (
    "PRAGMA synchronous = NORMAL",  # a power cut may undo the last commits, never break them; durable ones say FULL
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten: mail and sealed secrets leave no traces
    "PRAGMA cache_size = -8000",  # 8 MB a connection; there are a handful
    "PRAGMA journal_size_limit = 67108864",  # a burst must not leave a WAL of gigabytes behind
    "PRAGMA temp_store = MEMORY",
)


class LaneBusy(OperationalError):
    """Another writer kept the lane for longer than the time-out of the database."""


class Connection(sqlite3.Connection):
    """A plain connection that can be counted (see `_after_fork`)."""


_OPEN: weakref.WeakSet[Connection] = weakref.WeakSet()
_ORPHANS: list[Connection] = []


def _after_fork() -> None:
    """Keep the child away from the parent's connections: even closing one would break the parent's locks.

    SQLite keeps its locks a process, and a forked child inherits the notes on them but not the locks
    (sqlite.org/howtocorrupt.html §2.6).  So a child of a process that had a database open never opens one.
    """
    _ORPHANS.extend(_OPEN)


os.register_at_fork(after_in_child=_after_fork)


def may_write(query: str) -> bool:
    """Whether a statement has to be in the lane; in doubt it has."""
    word = _FIRST_WORD.match(query)
    first = word[1].upper() if word else ""
    if first == "WITH":
        return _CHANGES.search(query) is not None
    return first not in _READS


def _make_private(path: str) -> None:
    """The database holds mail: only its owner may read it.  SQLite gives the WAL the same mode.

    A file that is there is not touched.  Closing it, were it only opened here, would drop every lock that this process
    has on it (fcntl(2)); the next process that closes its last connection would then remove the WAL from under us,
    with all that is written to it afterwards (sqlite.org/howtocorrupt.html §2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


class LaneCursor(django_sqlite.SQLiteCursorWrapper):
    """Django's cursor, which takes the lane before it writes and reads a write's answer before it lets go."""

    def __init__(self, connection: Connection, wrapper: "DatabaseWrapper") -> None:
        super().__init__(connection)
        self._wrapper = wrapper
        self._answer: list[Any] | None = None

    def execute(self, query: str, params: Any = None) -> "LaneCursor":
        self._answer = None
        self._wrapper.enter_lane(query)
        try:
            super().execute(query, params)
            if self._wrapper.in_lane and not self.connection.in_transaction:
                # RETURNING: SQLite ends a statement, and with it the write, when its last row is read.
                self._answer = super().fetchall()
        finally:
            self._wrapper.leave_lane()
        return self

    def executemany(self, query: str, param_list: Iterable[Any]) -> "LaneCursor":
        self._answer = None
        self._wrapper.enter_lane(query)
        try:
            super().executemany(query, param_list)
        finally:
            self._wrapper.leave_lane()
        return self

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        return _converted(query) if param_names is None else super().convert_query(query, param_names=param_names)

    def fetchone(self) -> Any:
        if self._answer is None:
            return super().fetchone()
        return self._answer.pop(0) if self._answer else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        if self._answer is None:
            return super().fetchmany(size)
        taken, self._answer = self._answer[:size], self._answer[size:]
        return taken

    def fetchall(self) -> list[Any]:
        if self._answer is None:
            return super().fetchall()
        taken, self._answer = self._answer, []
        return taken

    def __next__(self) -> Any:
        if self._answer is None:
            return super().__next__()
        if not self._answer:
            raise StopIteration
        return self._answer.pop(0)


@lru_cache(maxsize=128)
def _converted(query: str) -> str:
    """The statement with SQLite's marks: one of a hundred rows has thousands of them, and comes again and again."""
    return django_sqlite.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseWrapper(django_sqlite.DatabaseWrapper):
    """One thread's connection.  `durable`, set by `store.lane`: this transaction has to survive a power cut."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.durable = False
        self.in_lane = False
        self._synchronous = "NORMAL"

    def enter_lane(self, query: str) -> None:
        """Take the lane if this statement needs it and it is not ours yet; raises `LaneBusy`."""
        if self.in_lane or not may_write(query):
            return
        timeout = float(self.settings_dict["OPTIONS"].get("timeout", 20))
        if not self._lane().acquire(timeout):
            raise LaneBusy(f"another writer kept the database for {timeout:g} s")
        self.in_lane = True

    def leave_lane(self) -> None:
        """Let the lane go unless a transaction is open."""
        if self.in_lane and not (self.connection is not None and self.connection.in_transaction):
            self.in_lane = False
            self._lane().release()

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "factory": Connection}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        if _ORPHANS:
            raise RuntimeError("this process was forked while the database was open; start it with exec instead")
        if not self.is_in_memory_db():
            _make_private(conn_params["database"])
        connection: Connection = super().get_new_connection(conn_params)
        self._switch_to_wal(connection)
        for setting in _SETTINGS:
            connection.execute(setting)
        self._synchronous = "NORMAL"
        _OPEN.add(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> LaneCursor:
        cursor: LaneCursor = self.connection.cursor(factory=lambda connection: LaneCursor(connection, self))
        return cursor

    def truncate_wal(self) -> None:
        """Move the WAL into the database and empty it, if no reader is in the way; outside a transaction."""
        self.enter_lane("CHECKPOINT")
        try:
            self.connection.execute("PRAGMA busy_timeout = 0")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            timeout_ms = int(float(self.settings_dict["OPTIONS"].get("timeout", 20)) * 1000)
            self.connection.execute(f"PRAGMA busy_timeout = {timeout_ms}")
            self.leave_lane()

    def _lane(self) -> LaneLock:
        if self.is_in_memory_db():
            return _MEMORY_LANE
        return lane_of(Path(self.settings_dict["NAME"]).parent)

    def _switch_to_wal(self, connection: Connection) -> None:
        if self.is_in_memory_db() or connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        self.enter_lane("PRAGMA-WRITE")
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        finally:
            self.leave_lane()

    def _start_transaction_under_autocommit(self) -> None:
        self._set_synchronous("FULL" if self.durable else "NORMAL")
        super()._start_transaction_under_autocommit()  # type: ignore[misc]

    def _set_synchronous(self, wanted: str) -> None:
        if wanted != self._synchronous:
            self.connection.execute(f"PRAGMA synchronous = {wanted}")  # not possible inside a transaction
            self._synchronous = wanted

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
            if self.durable and self._synchronous == "NORMAL":
                self._flush()
        finally:
            self._end()

    def _flush(self) -> None:
        """Make the commit that was just made durable: a FULL one after it brings the whole WAL to the disk."""
        self._set_synchronous("FULL")
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("PRAGMA user_version = 1")  # writes a page, whatever the version was
        self.connection.execute("COMMIT")

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._end()

    def _end(self) -> None:
        self.durable = False  # said of one transaction only
        self.leave_lane()

    def _close(self) -> None:
        if self.connection is not None:
            _OPEN.discard(self.connection)
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self.in_lane:
                self.in_lane = False
                self._lane().release()


_MEMORY_LANE = LaneLock(None)
