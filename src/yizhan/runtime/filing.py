"""Files drafts at the servers of this process's accounts, a while after the typing ends."""

import asyncio
import logging
import time
from datetime import timedelta

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.net.deadlines import deadline
from yizhan.runtime.limits import DRAFT_SETTLES_S, DRAFTS_AGAIN_S, DRAFTS_EVERY_S, DRAFTS_GAP_S, DRAFTS_SECONDS
from yizhan.runtime.pacing import Pace
from yizhan.runtime.tenure import Tenure
from yizhan.runtime.wiring import Plant
from yizhan.services.sync.fetching import session_for
from yizhan.services.writing.filing import file_drafts
from yizhan.store import accounts, filing
from yizhan.store.leases import Lease

log = logging.getLogger(__name__)


class DraftFiling:
    """One account at a time, each in a session of its own that is closed again."""

    def __init__(self, plant: Plant, tenure: Tenure, pace: Pace, clock: Clock) -> None:
        self._plant = plant
        self._tenure = tenure
        self._pace = pace
        self._clock = clock
        self._not_before: dict[AccountId, float] = {}

    async def run(self) -> None:
        """File until cancelled."""
        while True:
            before = self._clock.now() - timedelta(seconds=DRAFT_SETTLES_S)
            for account_id in await self._plant.lane.read(filing.accounts_due, self._tenure.account_ids, before):
                lease = self._tenure.held(account_id)
                if lease is not None and time.monotonic() >= self._not_before.get(account_id, 0.0):
                    await self._serve(account_id, lease)
            await asyncio.sleep(DRAFTS_EVERY_S)

    async def _serve(self, account_id: AccountId, lease: Lease) -> None:
        gap = DRAFTS_GAP_S
        try:
            async with deadline(DRAFTS_SECONDS, "filing drafts"):
                await self._tenure.work(lease, "mail", self._file(account_id, lease))
        except YizhanError as error:
            gap = DRAFTS_AGAIN_S
            log.info("drafts_not_filed", extra={"account": account_id, "code": error.code, "said": error.detail})
        except Exception:
            gap = DRAFTS_AGAIN_S
            log.exception("drafts_not_filed", extra={"account": account_id})
        self._not_before[account_id] = time.monotonic() + gap

    async def _file(self, account_id: AccountId, lease: Lease) -> None:
        plant, clock = self._plant, self._clock
        before = clock.now() - timedelta(seconds=DRAFT_SETTLES_S)
        account = await plant.lane.read(accounts.get_for_engine, account_id)
        async with (
            self._pace.turn(account.imap_host),
            session_for(account_id, egress=plant.egress, lane=plant.lane, clock=clock, lease=lease) as session,
        ):
            await file_drafts(account_id, session, lane=plant.lane, lease=lease, before=before)
