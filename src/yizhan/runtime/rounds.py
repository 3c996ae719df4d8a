"""Looks at each account of this process in turn: newest mail of those that are normal, another try for the others."""

import asyncio
import logging
import random
import time

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.net.deadlines import deadline
from yizhan.runtime.limits import LEASES_AT_ONCE, ROUND_S, SYNC_EVERY_S, SYNC_SECONDS, SYNCS_AT_ONCE, TAKE_EVERY_S
from yizhan.runtime.outbox import Outbox
from yizhan.runtime.pacing import Pace
from yizhan.runtime.tenure import Tenure
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.checking import recheck
from yizhan.services.accounts.lifecycle import RETRIED_BY_ITSELF, AccountStatus
from yizhan.services.accounts.tries import TriesUsedUp
from yizhan.services.sync.fetching import SyncRefused, bring_here
from yizhan.store import accounts
from yizhan.store.errors import LeaseLost
from yizhan.store.leases import Lease
from yizhan.store.models import Account

log = logging.getLogger(__name__)


class Rounds:
    """Takes free accounts, and keeps each up to date."""

    def __init__(self, plant: Plant, tenure: Tenure, pace: Pace, clock: Clock, outbox: Outbox) -> None:
        self._plant = plant
        self._tenure = tenure
        self._pace = pace
        self._clock = clock
        self._outbox = outbox
        self._sync_at: dict[AccountId, float] = {}
        self._busy: set[AccountId] = set()
        self._places = asyncio.Semaphore(SYNCS_AT_ONCE)

    async def run(self) -> None:
        """Go round until cancelled."""
        take_at = 0.0
        async with asyncio.TaskGroup() as group:
            while True:
                if time.monotonic() >= take_at:
                    take_at = time.monotonic() + TAKE_EVERY_S
                    for lease in await self._tenure.take_free(LEASES_AT_ONCE):
                        group.create_task(self._begin(lease))
                for row in await self._plant.lane.read(accounts.at_work, self._tenure.account_ids):
                    if self._is_due(row):
                        self._busy.add(AccountId(row.pk))
                        group.create_task(self._look_at(row))
                await asyncio.sleep(ROUND_S)

    def look_soon(self, account_id: AccountId) -> None:
        """Fetch this account's mail in the next round."""
        self._sync_at[account_id] = 0.0

    def _is_due(self, row: Account) -> bool:
        account_id = AccountId(row.pk)
        if account_id in self._busy:
            return False
        if row.status == AccountStatus.NORMAL:
            return time.monotonic() >= self._sync_at.get(account_id, 0.0)
        if row.status in RETRIED_BY_ITSELF:
            return row.next_try_at is None or row.next_try_at <= self._clock.now()
        # Left by a worker that died in the middle of a check, or under way here: the turn of "mail" tells them apart.
        return row.status == AccountStatus.VERIFYING

    async def _begin(self, lease: Lease) -> None:
        try:
            await self._outbox.recover(lease)
        except YizhanError as error:
            log.warning("recovery_stopped", extra={"account": lease.account_id, "code": error.code})

    async def _look_at(self, row: Account) -> None:
        account_id = AccountId(row.pk)
        lease = self._tenure.held(account_id)
        try:
            if lease is not None:
                async with self._places, self._pace.turn(row.imap_host), deadline(SYNC_SECONDS, "one round"):
                    await self._tenure.work(lease, "mail", self._visit(account_id, lease))
                await self._outbox.look_for_uncertain(lease)
        except (LeaseLost, SyncRefused, TriesUsedUp) as error:
            log.info("round_ended", extra={"account": account_id, "code": error.code, "said": error.detail})
        except YizhanError as error:
            log.warning("round_failed", extra={"account": account_id, "code": error.code, "said": error.detail})
        except Exception:
            log.exception("round_failed", extra={"account": account_id})
        finally:
            self._sync_at[account_id] = time.monotonic() + SYNC_EVERY_S * random.uniform(0.9, 1.1)  # noqa: S311
            self._busy.discard(account_id)

    async def _visit(self, account_id: AccountId, lease: Lease) -> None:
        """Asked once more inside the turn: a check that somebody asked for may have changed the status meanwhile."""
        plant = self._plant
        rows = await plant.lane.read(accounts.at_work, [account_id])
        status = rows[0].status if rows else ""
        if status == AccountStatus.NORMAL:
            await bring_here(account_id, egress=plant.egress, lane=plant.lane, clock=self._clock, lease=lease)
        elif status == AccountStatus.VERIFYING or status in RETRIED_BY_ITSELF:
            result = await recheck(account_id, egress=plant.egress, lane=plant.lane, clock=self._clock, lease=lease)
            if result.diagnosis is None:
                self.look_soon(account_id)
