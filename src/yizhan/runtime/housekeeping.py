"""What is put right from time to time: dead workers' requests, old news, blobs that nobody holds."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from yizhan.base.clock import Clock
from yizhan.runtime.limits import CHANGES_KEPT_DAYS, RECLAIM_EVERY_S, REQUESTS_KEPT_DAYS, TIDY_EVERY_S
from yizhan.runtime.tenure import bury_dead
from yizhan.services.accounts.deleting import erase_due
from yizhan.store import blobs, changes, filing, requests, tries
from yizhan.store.lane import Lane
from yizhan.store.limits import REFUSALS_KEPT_S

log = logging.getLogger(__name__)


class Housekeeping:
    """One process's share; two that tidy at once do no harm."""

    def __init__(self, lane: Lane, clock: Clock) -> None:
        self._lane = lane
        self._clock = clock

    async def run(self) -> None:
        """Keep house until cancelled."""
        tidy_at = 0.0
        while True:
            await self._lane.run(bury_dead)
            await self._lane.read(erase_due, self._clock)
            if reclaimed := await self._lane.run(requests.reclaim):
                log.warning("requests_reclaimed", extra={"count": reclaimed})
            if time.monotonic() >= tidy_at:
                await self.tidy()
                tidy_at = time.monotonic() + TIDY_EVERY_S
            await asyncio.sleep(RECLAIM_EVERY_S)

    async def tidy(self) -> None:
        """Everything that can wait; each step is short, or runs outside the lane."""
        now = self._clock.now()
        await self._prune(changes.prune, now - timedelta(days=CHANGES_KEPT_DAYS))
        await self._prune(requests.prune, now - timedelta(days=REQUESTS_KEPT_DAYS))
        await self._prune(tries.prune, now - timedelta(seconds=REFUSALS_KEPT_S))
        await self._lane.run(filing.clear_away)
        await self._lane.read(blobs.collect_unheld)
        await self._lane.read(blobs.collect_strays)

    async def _prune(self, prune: Callable[[datetime], int], before: datetime) -> None:
        """In short steps, with room for other writers between two."""
        gone = 1
        while gone:
            gone = await self._lane.run(prune, before)
