import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, connections

from tests.store.databases import Home
from tests.store.running import read_line, say, start_worker
from yizhan.store import changes, lane
from yizhan.store.models import SetupLink, Workspace
from yizhan.store.scope import scope_of_home
from yizhan.store.sqlite.base import LaneBusy, may_write
from yizhan.store.sqlite.lanelock import FairLock, LaneLock

PROCESSES, THREADS, SECONDS = 4, 3, 2.0


def in_thread(work: object) -> threading.Thread:
    def run() -> None:
        work()  # type: ignore[operator]
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_no_writer_meets_a_locked_database_and_none_starves(sqlite: Home) -> None:
    scope = scope_of_home()
    workers = [start_worker(sqlite, "counting", str(SECONDS), str(THREADS)) for _ in range(PROCESSES)]
    for worker in workers:
        assert read_line(worker) == "ready"
    for worker in workers:
        say(worker, "go")
    outputs = [worker.communicate(timeout=60) for worker in workers]
    results = [result for out, _ in outputs for result in json.loads(out)]
    rounds = [result["rounds"] for result in results]
    assert [result["errors"] for result in results] == [[]] * (PROCESSES * THREADS)
    assert min(rounds) * 4 > sum(rounds) / len(rounds)
    assert max(result["longest_wait"] for result in results) < 2.0
    assert changes.latest(scope) == sum(rounds)
    seen = [change.payload["before"] for change in changes.since(scope, 0, limit=10**6)]
    assert seen == list(range(sum(rounds)))
    assert SetupLink.objects.count() == sum(rounds)


def test_a_process_killed_in_a_transaction_leaves_the_lane_free_and_nothing_half(sqlite: Home) -> None:
    scope = scope_of_home()
    worker = start_worker(sqlite, "halting")
    assert read_line(worker) == "writing"
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    began = time.monotonic()
    with lane.transaction():
        changes.record(scope.workspace_id, "whole")
    assert time.monotonic() - began < 1.0
    assert [change.kind for change in changes.since(scope, 0)] == ["whole"]


def test_who_waits_too_long_is_told_so_and_the_lane_stays_whole(sqlite: Home) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with lane.transaction():
            inside.set()
            leave.wait(10)

    holder = in_thread(hold)
    inside.wait()
    connection.settings_dict["OPTIONS"]["timeout"] = 0.1
    with pytest.raises(LaneBusy, match=r"for 0\.1 s"):
        Workspace.objects.create(key="late")
    leave.set()
    holder.join()
    Workspace.objects.create(key="in time")
    assert list(Workspace.objects.values_list("key", flat=True)) == ["in time"]


def test_a_connection_closed_in_a_transaction_lets_the_lane_go(sqlite: Home) -> None:
    with lane.transaction():
        Workspace.objects.create(key="lost")
        connection.close()
    in_thread(lambda: Workspace.objects.create(key="other")).join()
    assert list(Workspace.objects.values_list("key", flat=True)) == ["other"]


def test_a_single_statement_holds_the_lane_only_while_it_runs(sqlite: Home) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_workspace (key, name, change_seq, created_at) VALUES ('a','',0,'') RETURNING id"
        )
        assert not connection.in_lane
        other = in_thread(lambda: Workspace.objects.create(key="b"))
        other.join(5)
        assert cursor.fetchone() == (1,)
        assert cursor.fetchall() == []
    Workspace.objects.all().delete()


def test_a_statement_that_fails_lets_the_lane_go(sqlite: Home) -> None:
    with connection.cursor() as cursor, pytest.raises(Exception, match="no such table"):
        cursor.execute("DELETE FROM nowhere")
    assert not connection.in_lane


@pytest.mark.parametrize(
    ("query", "writes"),
    [
        ("SELECT 1", False),
        ("  (select 1)", False),
        ("PRAGMA user_version", False),
        ("WITH x AS (SELECT 1) SELECT * FROM x", False),
        ("WITH x AS (SELECT 1) DELETE FROM y", True),
        ("insert into x values (1)", True),
        ("/* what? */ SELECT 1", True),
        ("BEGIN IMMEDIATE", True),
        ("VACUUM", True),
        ("", True),
    ],
)
def test_in_doubt_a_statement_may_write(query: str, writes: bool) -> None:
    assert may_write(query) is writes


def test_a_forked_child_is_kept_away_from_the_database(sqlite: Home) -> None:
    assert Workspace.objects.count() == 0
    child = os.fork()
    if child == 0:  # the child's only work is to be refused
        os._exit(refused_in_child())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    Workspace.objects.create(key="parent")


def refused_in_child() -> int:
    connections["default"].connection = None
    try:
        Workspace.objects.count()
    except RuntimeError:
        return 42
    return 1


def test_the_database_is_for_its_owner_only(sqlite: Home) -> None:
    Workspace.objects.create(key="a")
    files = list(sqlite.path.glob("yizhan.sqlite3-*")) + list(sqlite.path.glob("lane.*"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_threads_are_served_in_the_order_they_came() -> None:
    lock, served = FairLock(), []
    assert lock.acquire(1)

    def wait(number: int) -> None:
        assert lock.acquire(10)
        served.append(number)
        lock.release()

    threads = []
    for number in range(5):
        threads.append(threading.Thread(target=wait, args=(number,)))
        threads[-1].start()
        while len(lock._queue) <= number:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4]


def test_who_gives_up_is_not_served(tmp_path: Path) -> None:
    lock = LaneLock(tmp_path / "lane.lock")
    assert lock.acquire(1)
    assert not lock.acquire(0.05)
    lock.release()
    assert lock.acquire(0.05)
    lock.release()


def test_a_process_with_two_connections_writes_on_after_another_closed_its_last(sqlite: Home) -> None:
    scope_of_home()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    second = in_thread(Workspace.objects.count)  # opens another one to the same file, in this process
    second.join(10)
    counter = start_worker(sqlite, "counting", "1", "1")
    counter.communicate(timeout=30)  # comes, writes, and closes the last connection that it has
    Workspace.objects.update(name="kept")
    assert names_seen_by_another_process(sqlite.path / "yizhan.sqlite3") == "[('kept',)]"


def names_seen_by_another_process(path: Path) -> str:
    query = "SELECT name FROM store_workspace"
    script = f"import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('{query}').fetchall())"
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    return done.stdout.strip()
