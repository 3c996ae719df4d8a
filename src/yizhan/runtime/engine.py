"""The engine: owns accounts, answers requests, keeps mail and outbox going, until it is told to stop."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

from yizhan.base.clock import Clock, SystemClock
from yizhan.runtime.answering import ANSWERS
from yizhan.runtime.environment import Environment
from yizhan.runtime.filing import DraftFiling
from yizhan.runtime.housekeeping import Housekeeping
from yizhan.runtime.indexing import keep_index
from yizhan.runtime.learning import keep_correspondents
from yizhan.runtime.limits import BINDS_AT_ONCE, BODIES_AT_ONCE, CHORES_AT_ONCE, IMPORTS_AT_ONCE, LEASE_S
from yizhan.runtime.outbox import Outbox
from yizhan.runtime.pacing import Pace
from yizhan.runtime.requests import Desk
from yizhan.runtime.rounds import Rounds
from yizhan.runtime.tenure import Tenure, make_owner
from yizhan.runtime.wiring import Plant, make_plant
from yizhan.services.accounts.asking import BIND, BODY, IMPORT
from yizhan.services.messages.images import IMAGES
from yizhan.store import leases
from yizhan.store.lane import Lane

log = logging.getLogger(__name__)


def run_engine(environment: Environment) -> None:
    """Run until SIGTERM or SIGINT.  Raises what keeps a process from starting; after that only our own bugs rise."""
    plant = make_plant(environment)
    try:
        asyncio.run(_run_until_told(plant))
    finally:
        plant.lane.close()


async def _run_until_told(plant: Plant) -> None:
    loop = asyncio.get_running_loop()
    working = asyncio.ensure_future(work(plant, SystemClock()))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    await asyncio.wait([working])
    if not working.cancelled():
        working.result()


async def work(plant: Plant, clock: Clock) -> None:
    """All the loops, until cancelled; one that fails ends them all, and the supervisor starts anew."""
    owner = make_owner("engine")
    pace = Pace()
    log.info("engine_started", extra={"owner": owner})
    tenure = Tenure(plant.lane, owner)
    outbox = Outbox(plant, tenure, clock)
    rounds = Rounds(plant, tenure, pace, clock, outbox)
    desk = Desk(plant, tenure, pace, clock, rounds.look_soon)
    loops: list[Coroutine[Any, Any, None]] = [
        tenure.keep(),
        _beat(plant.lane, owner),
        Housekeeping(plant.lane, clock).run(),
        keep_index(plant.lane),
        keep_correspondents(plant.lane),
        DraftFiling(plant, tenure, pace, clock).run(),
        desk.serve([BIND], BINDS_AT_ONCE),
        desk.serve([IMPORT], IMPORTS_AT_ONCE),
        desk.serve([BODY, IMAGES], BODIES_AT_ONCE),
        desk.serve([kind for kind in ANSWERS if kind not in (BIND, IMPORT, BODY, IMAGES)], CHORES_AT_ONCE),
        rounds.run(),
        outbox.run(),
    ]
    try:
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(loop)
    finally:
        await tenure.release_all()
        await plant.lane.run(leases.stop_beating, owner)
        log.info("engine_stopped", extra={"owner": owner})


async def _beat(lane: Lane, owner: str) -> None:
    while True:
        await lane.run(leases.beat, owner, LEASE_S)
        await asyncio.sleep(LEASE_S / 3)
