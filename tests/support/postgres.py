"""A private PostgreSQL: one cluster a test session, one database a use, gone at the end."""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

START_SECONDS = 30.0
MEMORY_BYTES = 1024 * 1024 * 1024
_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2) PR_SET_PDEATHSIG
# Nothing of a test's cluster is worth a wait for the disk.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "autovacuum": "off",
    "max_wal_size": "128MB",
    "log_min_messages": "warning",
}


class PostgresMissing(Exception):
    """No PostgreSQL server is installed here."""


def find_programs() -> Path:
    """The folder with `initdb` and `postgres`, the newest version's; raises `PostgresMissing`."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    beside = shutil.which("postgres")
    if beside is None:
        raise PostgresMissing("apt install postgresql")
    return Path(beside).resolve().parent


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server.  Everybody on this host may connect: it holds test data and lives for a minute."""

    folder: Path
    port: int
    user: str
    _numbers: Iterator[int]

    def url(self, database: str) -> str:
        """What `YIZHAN_DATABASE_URL` takes."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """The name of a new database, equal to `template`, to which nobody may be connected."""
        name = f"yizhan_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop_database(self, name: str) -> None:
        """Remove it, whoever is still connected."""
        self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A cluster of our own, for as long as the block runs."""
    programs = find_programs()
    runner = _runner()
    folder = Path(tempfile.mkdtemp(prefix="yz-pg-", dir=_quick_folder()))
    try:
        if runner:
            os.chown(folder, runner["user"], runner["group"])
        port = _free_port()
        _initialise(programs, folder, runner)
        process = _start(programs, folder, port, runner)
        try:
            cluster = Cluster(folder, port, "yizhan", count(1))
            _wait_until_up(cluster, process)
            yield cluster
        finally:
            process.send_signal(signal.SIGINT)  # "fast": sessions are ended, data are written
            process.wait(timeout=START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quick_folder() -> str:
    """Memory if there is room: a new database is 300 files, which take 20 ms there and 400 ms on a disk.

    Not under pytest's own folder: a socket's path has 107 bytes at most, and another user has to get in.
    """
    memory = "/dev/shm"
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES
    return memory if roomy else "/tmp"


def _runner() -> dict[str, Any]:
    """Who runs the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _initialise(programs: Path, folder: Path, runner: dict[str, Any]) -> None:
    command = [programs / "initdb", "-D", folder / "data", "-U", "yizhan", "-A", "trust", "-E", "UTF8"]
    options = ["--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False, **runner)
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _start(programs: Path, folder: Path, port: int, runner: dict[str, Any]) -> "subprocess.Popen[bytes]":
    settings = {**_SETTINGS, "unix_socket_directories": str(folder), "port": str(port)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_die_with_parent,
            **runner,
        )


def _die_with_parent() -> None:
    """A test run that is killed leaves no server behind."""
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGINT)


def _wait_until_up(cluster: Cluster, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(cluster.url("postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > until:
                log = (cluster.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {log[-2000:]}") from error
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
