"""Sends what is due, and finds out what a crash left open."""

import asyncio
import logging
import time
from datetime import timedelta

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.runtime.lasting import last
from yizhan.runtime.limits import OUTBOX_HOLD_S, OUTBOX_POLL_S, SENDS_AT_ONCE, STOP_SENDS_S, UNCERTAIN_LOOKS_S
from yizhan.runtime.tenure import Tenure
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.lifecycle import AccountStatus, may_send
from yizhan.services.outbox.attempt import attempt, keep_copy
from yizhan.services.outbox.recovery import judge_cut_short, look_for, read_unsettled
from yizhan.store import accounts, submissions
from yizhan.store.leases import Lease
from yizhan.store.models import Submission

log = logging.getLogger(__name__)
_WAITS_FOR_PERSON = (AccountStatus.NEEDS_CREDENTIAL, AccountStatus.NEEDS_ACTION, AccountStatus.PAUSED)


class Outbox:
    """The outbox of the accounts that this process owns."""

    def __init__(self, plant: Plant, tenure: Tenure, clock: Clock) -> None:
        self._plant = plant
        self._tenure = tenure
        self._clock = clock
        self._sending: dict[SubmissionId, asyncio.Task[None]] = {}
        self._looks: dict[SubmissionId, tuple[int, float]] = {}

    async def run(self) -> None:
        """Send until cancelled; then what is being sent has a few seconds to end."""
        try:
            await last("outbox", self._step)
        finally:
            await self.finish()

    async def _step(self) -> float:
        is_busy = len(self._sending) >= SENDS_AT_ONCE
        return OUTBOX_POLL_S if is_busy or not await self.send_one() else 0.0

    async def finish(self) -> None:
        """Wait for what is being sent, then cut what is left."""
        tasks = list(self._sending.values())
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SENDS_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def send_one(self) -> bool:
        """Begin to send the one that has waited longest; False when none is due."""
        due = await self._plant.lane.run(submissions.claim_due, self._tenure.owner, self._clock.now())
        if due is None:
            return False
        lease = self._tenure.held(AccountId(due.account_id))
        if due.pk in self._sending:  # its claim ran out while it waited for its turn
            return False
        if lease is None or not _may_send(due):
            await self._plant.lane.run(self._hold, due)
            return True
        self._begin(SubmissionId(due.pk), lease)
        return True

    async def send_this(self, submission_id: SubmissionId, lease: Lease) -> None:
        """Send one that is handed in, without waiting until it is due, and wait for its end."""
        row = await self._plant.lane.read(submissions.get_for_engine, submission_id)
        if not _may_send(row):
            await self._plant.lane.run(self._hold, row)
            return
        await self._begin(submission_id, lease)

    async def wait(self) -> None:
        """Wait for what is being sent."""
        await asyncio.gather(*self._sending.values())

    async def recover(self, lease: Lease) -> None:
        """Judge what was cut short on an account that was just taken, and settle copies that are still missing."""
        account_id, under_way = AccountId(lease.account_id), frozenset(self._sending)
        judged = await self._plant.lane.run(judge_cut_short, account_id, lease, under_way)
        if judged:
            log.warning("submissions_cut_short", extra={"account": account_id, "count": judged})
        rows = await self._plant.lane.read(accounts.at_work, [account_id])
        if not rows or rows[0].status in _WAITS_FOR_PERSON:
            return  # a copy is worth no sign-in with a refused secret
        _, without_copy = await self._plant.lane.read(read_unsettled, account_id)
        for submission_id in [each for each in without_copy if each not in under_way]:
            copying = keep_copy(submission_id, egress=self._plant.egress, lane=self._plant.lane)
            await self._tenure.work(lease, "mail", copying)

    async def look_for_uncertain(self, lease: Lease) -> None:
        """Look in Sent for the account's uncertain messages, now and then, a few times each."""
        uncertain, _ = await self._plant.lane.read(read_unsettled, AccountId(lease.account_id))
        for submission_id in uncertain:
            looks, first = self._looks.setdefault(submission_id, (0, time.monotonic()))
            if looks >= len(UNCERTAIN_LOOKS_S) or time.monotonic() < first + UNCERTAIN_LOOKS_S[looks]:
                continue
            self._looks[submission_id] = (looks + 1, first)
            plant = self._plant
            looking = look_for(submission_id, egress=plant.egress, lane=plant.lane, clock=self._clock, lease=lease)
            if await self._tenure.work(lease, "mail", looking):
                log.info("uncertain_found", extra={"submission": submission_id})

    def _begin(self, submission_id: SubmissionId, lease: Lease) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self._send(submission_id, lease))
        self._sending[submission_id] = task
        task.add_done_callback(lambda _: self._sending.pop(submission_id, None))
        return task

    async def _send(self, submission_id: SubmissionId, lease: Lease) -> None:
        sending = attempt(
            submission_id,
            egress=self._plant.egress,
            lane=self._plant.lane,
            clock=self._clock,
            lease=lease,
            copying=lambda: self._tenure.turn(AccountId(lease.account_id), "mail"),
        )
        try:
            await self._tenure.work(lease, "send", sending)
        except YizhanError as error:
            log.warning("send_stopped", extra={"submission": submission_id, "code": error.code})
        except Exception:
            log.exception("send_failed", extra={"submission": submission_id})

    def _hold(self, due: Submission) -> None:
        """Queued as before: neither a refused secret nor a limit is tried again for a message's sake."""
        later = self._clock.now() + timedelta(seconds=OUTBOX_HOLD_S)
        if due.account.status == AccountStatus.THROTTLED and due.account.next_try_at is not None:
            later = due.account.next_try_at
        submissions.move(due.pk, due.state, due.state, not_before=later, diagnosis=due.account.diagnosis)


def _may_send(row: Submission) -> bool:
    return may_send(AccountStatus(row.account.status), row.account.diagnosis)
