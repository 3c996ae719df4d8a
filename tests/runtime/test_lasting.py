"""A disk that is full, or a database that is away, ends no loop of the engine: it goes on when that is over."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

import pytest
from django.db.utils import OperationalError

from tests.store.databases import Home
from tests.store.making import bind
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId
from yizhan.net.dns import SystemResolver
from yizhan.net.policy import AddressPolicy
from yizhan.runtime import engine
from yizhan.runtime.lasting import last
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.asking import ask_edit
from yizhan.services.accounts.editing import EditForm
from yizhan.services.egress.dialers import Egress
from yizhan.store import leases
from yizhan.store.errors import DiskFull
from yizhan.store.lane import Lane
from yizhan.store.models import Request
from yizhan.store.scope import scope_of_home

P = ParamSpec("P")
R = TypeVar("R")
TROUBLES = [DiskFull("no room"), OperationalError("the server closed the connection unexpectedly")]


class Failing(Lane):
    """A lane whose writes fail while there is trouble."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: Exception | None = None
        self.refused = 0

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self.trouble is not None:
            self.refused += 1
            raise self.trouble
        return await super().run(function, *args, **kwargs)


@asynccontextmanager
async def working(lane: Failing) -> AsyncIterator["asyncio.Task[None]"]:
    plant = Plant(lane, Egress(SystemResolver(), AddressPolicy()))
    task = asyncio.ensure_future(engine.work(plant, SystemClock()))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(lane: Lane, asked: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not await lane.read(asked):  # noqa: ASYNC110 - what others write has no event
            await asyncio.sleep(0.05)


def is_answered(number: int) -> bool:
    return Request.objects.get(pk=number).state == Request.State.DONE


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_the_engine_outlives_a_store_that_takes_nothing(sqlite: Home, trouble: Exception) -> None:
    async with Failing() as lane:
        scope = await lane.run(scope_of_home)
        account = await lane.run(bind, scope, status="paused")
        async with working(lane) as task:
            await until(lane, lambda: bool(leases.owners()))
            lane.trouble = trouble
            already = lane.refused
            await until(lane, lambda: lane.refused > already + 10)
            assert not task.done()
            asked = await lane.read(ask_edit, scope, AccountId(account.pk), EditForm(label="work"))
            lane.trouble = None
            await until(lane, lambda: is_answered(asked))
            assert not task.done()


async def test_a_loop_says_once_that_it_waits_and_that_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    done = asyncio.Event()
    steps = iter([*TROUBLES, None])

    async def step() -> float:
        trouble = next(steps)
        done.set() if trouble is None else None
        return await fail_with(trouble)

    running = asyncio.ensure_future(last("test", step))
    async with asyncio.timeout(90):
        await done.wait()
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert [each.message for each in caplog.records] == ["loop_waits", "loop_goes_on"]


async def fail_with(trouble: Exception | None) -> float:
    if trouble is not None:
        raise trouble
    return 60.0


async def test_what_does_not_pass_ends_the_loop() -> None:
    async def step() -> float:
        return await fail_with(ValueError("our own mistake"))

    with pytest.raises(ValueError, match="mistake"):
        await last("test", step)
