import asyncio
import logging
import threading
import time
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction

from tests.store.databases import Home
from yizhan.store import changes, lane
from yizhan.store.lane import Lane
from yizhan.store.models import Workspace
from yizhan.store.scope import Scope

SLOW_S = 0.06


def rename(scope: Scope, name: str) -> str:
    Workspace.objects.filter(pk=scope.workspace_id).update(name=name)
    return name


def name_of(scope: Scope) -> str:
    return Workspace.objects.get(pk=scope.workspace_id).name


def rename_and_fail(scope: Scope) -> None:
    rename(scope, "half")
    raise ValueError("no")


@lane.writes
def rename_slowly(scope: Scope) -> None:
    rename(scope, "slow")
    time.sleep(SLOW_S)


@lane.keeps
def is_durable() -> bool:
    return durable_now()


def durable_now() -> bool:
    with connection.cursor() as cursor:
        cursor.execute({"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}[connection.vendor])
        return cursor.fetchone()[0] in (2, "on")


async def test_a_call_that_fails_leaves_nothing(scope: Scope) -> None:
    async with Lane() as writer:
        await writer.run(rename, scope, "whole")
        with pytest.raises(ValueError, match="no"):
            await writer.run(rename_and_fail, scope)
        assert await writer.read(name_of, scope) == "whole"


async def test_what_is_marked_durable_is_committed_so_and_nothing_else(home: Home) -> None:
    async with Lane() as writer:
        assert await writer.run(is_durable)
        assert not await writer.run(durable_now)
        assert not await writer.read(durable_now)


def test_a_durable_call_within_another_makes_the_whole_durable(scope: Scope) -> None:
    with lane.transaction():
        rename(scope, "kept")
        with lane.durable():
            pass
        assert connection.durable
    assert name_of(scope) == "kept"
    assert not connection.durable


async def test_a_lost_connection_fails_one_call_and_the_next_has_a_new_one(postgresql: Home) -> None:
    def die() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async with Lane() as writer:
        with pytest.raises(OperationalError):
            await writer.run(die)
        assert not await writer.run(durable_now)


def test_a_wish_for_durability_ends_with_the_transaction_whoever_began_it(home: Home) -> None:
    with transaction.atomic(), lane.durable():
        Workspace.objects.create(key="x")
    with transaction.atomic():
        assert not durable_now()


def test_on_sqlite_a_late_wish_for_durability_is_met_at_the_commit(sqlite: Home) -> None:
    with lane.transaction():
        with lane.durable():
            Workspace.objects.create(key="x")
        assert not durable_now()
    assert durable_now()  # the commit that brought the WAL to the disk was a FULL one
    with lane.transaction():
        assert not durable_now()


async def test_reads_do_not_wait_for_a_writer(scope: Scope) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        rename(scope, "later")
        inside.set()
        leave.wait(10)

    async with Lane() as writer:
        holding = asyncio.create_task(writer.run(hold))
        await asyncio.to_thread(inside.wait)
        assert await asyncio.wait_for(writer.read(name_of, scope), 1) == ""
        leave.set()
        await holding
        assert await writer.read(name_of, scope) == "later"


async def test_a_call_that_was_cancelled_while_waiting_is_not_made(scope: Scope) -> None:
    leave = threading.Event()
    async with Lane() as writer:
        holding = asyncio.create_task(writer.run(leave.wait, 10))
        waiting = asyncio.create_task(writer.run(rename, scope, "never"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        leave.set()
        await holding
        assert await writer.read(name_of, scope) == ""


async def test_a_slow_transaction_is_logged_by_its_name(scope: Scope, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with Lane() as writer:
        await writer.run(rename_slowly, scope)
        await writer.read(rename_slowly, scope)
    logs = [vars(record) for record in caplog.records if record.msg == "slow_transaction"]
    assert [entry["function"] for entry in logs] == ["rename_slowly", "test_lane.rename_slowly"]
    assert all(entry["held_ms"] >= SLOW_S * 1000 for entry in logs)


def test_an_inner_failure_that_is_caught_takes_only_the_inner_part_back(scope: Scope) -> None:
    with lane.transaction():
        rename(scope, "outer")
        with pytest.raises(ValueError, match="no"), lane.transaction():
            rename_and_fail(scope)
    assert name_of(scope) == "outer"


@pytest.mark.parametrize("call", [lambda scope: changes.record(scope.workspace_id, "x")])
def test_a_change_outside_a_transaction_is_our_bug(scope: Scope, call: Callable[[Scope], object]) -> None:
    with pytest.raises(RuntimeError):
        call(scope)
