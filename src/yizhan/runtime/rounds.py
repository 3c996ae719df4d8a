"""Attends to each account of this process: a watch on those that are normal, another try for the others."""

import asyncio
import logging
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from yizhan.base.backoff import Backoff
from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.net.deadlines import deadline
from yizhan.runtime.limits import (
    LEASES_AT_ONCE,
    RESUME_CAP_S,
    RESUME_FIRST_S,
    ROUND_S,
    STEPS_AT_ONCE,
    SYNC_SECONDS,
    TAKE_EVERY_S,
    UNCERTAIN_EVERY_S,
)
from yizhan.runtime.outbox import Outbox
from yizhan.runtime.pacing import Pace
from yizhan.runtime.tenure import Tenure
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.checking import recheck
from yizhan.services.accounts.lifecycle import RETRIED_BY_ITSELF, AccountStatus, may_receive
from yizhan.services.accounts.tries import TriesUsedUp
from yizhan.services.sync.attending import attend
from yizhan.services.sync.fetching import SyncRefused
from yizhan.services.sync.listening import Ear
from yizhan.services.sync.watch import Ground
from yizhan.store import accounts, intents
from yizhan.store.errors import LeaseLost
from yizhan.store.leases import Lease
from yizhan.store.models import Account

RESUME = Backoff(first=RESUME_FIRST_S, cap=RESUME_CAP_S)
Work = Callable[[], Awaitable[None]]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Duty:
    """One kind of work on an account: what is under way, and when it may begin again."""

    task: asyncio.Task[bool] | None = None
    failures: int = 0
    not_before: float = 0.0

    @property
    def may_begin(self) -> bool:
        return self.task is None and time.monotonic() >= self.not_before

    def note_end(self, lasted: float, is_well: bool) -> None:
        self.task = None
        self.failures = 0 if is_well or lasted > RESUME_CAP_S else self.failures + 1
        self.not_before = time.monotonic() + RESUME.delay(self.failures, random.random)


@dataclass(slots=True)
class _Attended:
    """An account of this process."""

    ear: Ear = field(default_factory=Ear)
    watch: _Duty = field(default_factory=_Duty)
    retry: _Duty = field(default_factory=_Duty)


class Rounds:
    """Takes free accounts, and keeps each up to date."""

    def __init__(self, plant: Plant, tenure: Tenure, pace: Pace, clock: Clock, outbox: Outbox) -> None:
        self._plant = plant
        self._tenure = tenure
        self._pace = pace
        self._clock = clock
        self._outbox = outbox
        self._attended: defaultdict[AccountId, _Attended] = defaultdict(_Attended)
        self._places = asyncio.Semaphore(STEPS_AT_ONCE)

    async def run(self) -> None:
        """Go round until cancelled."""
        take_at = uncertain_at = 0.0
        async with asyncio.TaskGroup() as group:
            while True:
                if time.monotonic() >= take_at:
                    take_at = time.monotonic() + TAKE_EVERY_S
                    await self._tenure.take_free(LEASES_AT_ONCE)
                if time.monotonic() >= uncertain_at:
                    uncertain_at = time.monotonic() + UNCERTAIN_EVERY_S
                    group.create_task(self._look_for_uncertain())
                for row in await self._plant.lane.read(accounts.at_work, self._tenure.account_ids):
                    self._look_at(row, group)
                for account_id in await self._plant.lane.read(
                    intents.accounts_due, self._tenure.account_ids, self._clock.now()
                ):
                    self._attended[AccountId(account_id)].ear.wake()
                await asyncio.sleep(ROUND_S)

    def look_soon(self, account_id: AccountId) -> None:
        """Begin anew with this account in the next round: it was bound, or its servers or secret are others now."""
        attended = self._attended[account_id]
        for duty in (attended.watch, attended.retry):
            duty.not_before, duty.failures = 0.0, 0
        if attended.watch.task is not None:
            attended.watch.task.cancel()

    def _look_at(self, row: Account, group: asyncio.TaskGroup) -> None:
        account_id = AccountId(row.pk)
        attended = self._attended[account_id]
        status, lease = AccountStatus(row.status), self._tenure.held(account_id)
        receives = may_receive(status, row.diagnosis)
        if attended.watch.task is not None and not receives and status is not AccountStatus.VERIFYING:
            attended.watch.task.cancel()
        if lease is None:
            return
        if receives and attended.watch.may_begin:
            self._start(attended.watch, account_id, partial(self._watch, account_id, lease, attended.ear), group)
        # `verifying` was left by a worker that died, or is under way here: the turn of "mail" tells them apart.
        is_due = status in RETRIED_BY_ITSELF and (row.next_try_at is None or row.next_try_at <= self._clock.now())
        if (is_due or status is AccountStatus.VERIFYING) and attended.retry.may_begin:
            self._start(attended.retry, account_id, partial(self._retry, account_id, row.imap_host, lease), group)

    def _start(self, duty: _Duty, account_id: AccountId, work: Work, group: asyncio.TaskGroup) -> None:
        duty.task = group.create_task(self._attend(account_id, work))
        begun = time.monotonic()
        duty.task.add_done_callback(
            lambda task: duty.note_end(time.monotonic() - begun, task.cancelled() or task.result())
        )

    async def _attend(self, account_id: AccountId, work: Work) -> bool:
        """Whether it went well."""
        try:
            await work()
        except (LeaseLost, SyncRefused, TriesUsedUp) as error:
            log.info("round_ended", extra={"account": account_id, "code": error.code, "said": error.detail})
        except YizhanError as error:
            log.warning("round_failed", extra={"account": account_id, "code": error.code, "said": error.detail})
        except Exception:
            log.exception("round_failed", extra={"account": account_id})
        else:
            return True
        return False

    async def _watch(self, account_id: AccountId, lease: Lease, ear: Ear) -> None:
        plant = self._plant
        ground = Ground(account_id, plant.lane, self._clock, lease, lambda: self._step(account_id))
        await self._tenure.work(lease, "watch", attend(ground, plant.egress, self._pace.turn, ear))

    async def _retry(self, account_id: AccountId, host: str, lease: Lease) -> None:
        async with deadline(SYNC_SECONDS, "one round"):
            await self._tenure.work(lease, "mail", self._recheck(account_id, host, lease))

    async def _recheck(self, account_id: AccountId, host: str, lease: Lease) -> None:
        """Asked once more inside the turn: a check that somebody asked for may have changed the status meanwhile."""
        plant = self._plant
        rows = await plant.lane.read(accounts.at_work, [account_id])
        status = rows[0].status if rows else ""
        if status == AccountStatus.VERIFYING or status in RETRIED_BY_ITSELF:
            async with self._pace.turn(host):
                await recheck(account_id, egress=plant.egress, lane=plant.lane, clock=self._clock, lease=lease)

    @asynccontextmanager
    async def _step(self, account_id: AccountId) -> AsyncIterator[None]:
        """A turn to bring things here: one at a time of an account, and so many of this process."""
        async with self._tenure.turn(account_id, "sync"), self._places:
            yield

    async def _look_for_uncertain(self) -> None:
        for account_id in self._tenure.account_ids:
            lease = self._tenure.held(account_id)
            try:
                if lease is not None:
                    await self._outbox.look_for_uncertain(lease)
            except YizhanError as error:
                log.info("look_ended", extra={"account": account_id, "code": error.code, "said": error.detail})
