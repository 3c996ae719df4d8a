"""A lease is renewed while it is held, and no work outlives it."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.store.databases import Home
from tests.store.making import bind
from yizhan.base.ids import AccountId
from yizhan.runtime.tenure import Tenure, bury_dead, is_dead, make_owner
from yizhan.store import leases
from yizhan.store.errors import LeaseLost
from yizhan.store.lane import Lane
from yizhan.store.scope import scope_of_home


@pytest_asyncio.fixture
async def lane(sqlite: Home) -> AsyncIterator[Lane]:
    async with Lane() as opened:
        yield opened


async def make_account(lane: Lane) -> AccountId:
    scope = await lane.run(scope_of_home)
    return AccountId((await lane.run(bind, scope)).pk)


async def test_a_lease_is_renewed_for_as_long_as_it_is_kept(lane: Lane) -> None:
    account_id = await make_account(lane)
    tenure = Tenure(lane, make_owner("engine"), ttl=0.6, margin=0.2)
    assert await tenure.take(account_id) is not None
    keeping = asyncio.ensure_future(tenure.keep())
    await asyncio.sleep(1.5)
    assert await lane.read(leases.holder, account_id) == tenure.owner
    keeping.cancel()
    await asyncio.wait([keeping])


async def test_work_ends_before_a_lease_that_is_not_renewed_runs_out(lane: Lane) -> None:
    account_id = await make_account(lane)
    tenure = Tenure(lane, make_owner("engine"), ttl=60.0, margin=59.5)  # renewals come too late for this margin
    lease = await tenure.take(account_id)
    assert lease is not None
    keeping = asyncio.ensure_future(tenure.keep())
    tenure._good_until[account_id] = time.monotonic() + 0.1
    tenure._margin = 0.2
    with pytest.raises(LeaseLost):
        async with asyncio.timeout(30):
            await tenure.work(lease, "mail", asyncio.sleep(60))
    assert tenure.held(account_id) is None
    keeping.cancel()
    await asyncio.wait([keeping])


async def test_work_under_a_lease_that_went_to_another_is_not_begun(lane: Lane) -> None:
    account_id = await make_account(lane)
    tenure = Tenure(lane, make_owner("engine"))
    lease = await tenure.take(account_id)
    assert lease is not None
    await tenure.release(lease)
    begun = []

    async def work() -> None:
        begun.append(True)

    with pytest.raises(LeaseLost):
        await tenure.work(lease, "mail", work())
    assert begun == []


async def test_one_account_has_one_owner_at_a_time(lane: Lane) -> None:
    account_id = await make_account(lane)
    first, second = Tenure(lane, make_owner("engine")), Tenure(lane, make_owner("command"))
    lease = await first.take(account_id)
    assert lease is not None
    assert await second.take(account_id) is None
    await first.release_all()
    assert await second.take(account_id) is not None
    await second.release_all()


async def test_what_a_killed_process_of_this_host_held_is_free_at_once(lane: Lane) -> None:
    account_id = await make_account(lane)
    alive = make_owner("engine")
    dead = ".".join([*alive.split(".")[:2], "4194305", "x"])  # past the largest process number of Linux
    assert (is_dead(alive), is_dead(dead), is_dead("engine.elsewhere.4194305.x")) == (False, True, False)
    await lane.run(leases.take, account_id, dead, 60.0)
    assert await lane.run(bury_dead) == 1
    assert await lane.run(leases.take, account_id, alive, 60.0) is not None
