"""Sends what is due, files the copies, and finds out what a crash left open."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.runtime.limits import OUTBOX_POLL_S, SENDS_AT_ONCE, STOP_SENDS_S, UNCERTAIN_LOOKS_S
from yizhan.runtime.tenure import Tenure
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.lifecycle import AccountStatus, may_send
from yizhan.services.outbox.copies import Filing
from yizhan.services.outbox.limits import IDLE_LINE_S
from yizhan.services.outbox.recovery import judge_cut_short, look_for, read_uncertain
from yizhan.services.outbox.sending import Sender
from yizhan.store import submissions
from yizhan.store.errors import LeaseLost
from yizhan.store.leases import Lease

log = logging.getLogger(__name__)


class Outbox:
    """The outbox of the accounts that this process owns."""

    def __init__(self, plant: Plant, tenure: Tenure, clock: Clock) -> None:
        self._plant = plant
        self._tenure = tenure
        self._clock = clock
        self._places = asyncio.Semaphore(SENDS_AT_ONCE)
        self._senders: dict[AccountId, Sender] = {}
        self._filing: dict[AccountId, asyncio.Event] = {}
        self._recovered: dict[AccountId, int] = {}
        self._full_until: dict[AccountId, datetime] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._looks: dict[SubmissionId, tuple[int, float]] = {}

    async def run(self) -> None:
        """Send until cancelled; then what is being sent has a few seconds to end."""
        try:
            while True:
                await self._recover_new()
                await self._begin_due()
                await asyncio.sleep(OUTBOX_POLL_S)
        finally:
            await self._finish()

    async def send_all_due(self, lease: Lease) -> None:
        """Send what the account has due, and file the copies, before this returns."""
        sender = self._make_sender(AccountId(lease.account_id), lease)
        try:
            await self._tenure.work(lease, "send", sender.send_due())
        finally:
            await sender.close()
        await self._file_until_settled(lease)

    async def send_this(self, submission_id: SubmissionId, lease: Lease) -> None:
        """Send one that is handed in, without waiting until it is due, and wait for its end and for its copy."""
        sender = self._make_sender(AccountId(lease.account_id), lease)
        try:
            await self._tenure.work(lease, "send", sender.send_due(submission_id))
        finally:
            await sender.close()
        await self._file_until_settled(lease, submission_id)

    async def recover(self, lease: Lease) -> None:
        """Judge what was cut short on an account that was just taken."""
        account_id = AccountId(lease.account_id)
        judged = await self._plant.lane.run(judge_cut_short, account_id, lease)
        if judged:
            log.warning("submissions_cut_short", extra={"account": account_id, "count": judged})

    async def look_for_uncertain(self, lease: Lease) -> None:
        """Look in Sent for the account's uncertain messages, now and then, a few times each."""
        for submission_id in await self._plant.lane.read(read_uncertain, AccountId(lease.account_id)):
            looks, first = self._looks.setdefault(submission_id, (0, time.monotonic()))
            if looks >= len(UNCERTAIN_LOOKS_S) or time.monotonic() < first + UNCERTAIN_LOOKS_S[looks]:
                continue
            self._looks[submission_id] = (looks + 1, first)
            plant = self._plant
            looking = look_for(submission_id, egress=plant.egress, lane=plant.lane, clock=self._clock, lease=lease)
            if await self._tenure.work(lease, "mail", looking):
                log.info("uncertain_found", extra={"submission": submission_id})

    async def _recover_new(self) -> None:
        """Before anything is sent under a lease, what was cut short under the one before is judged."""
        for account_id in self._tenure.account_ids:
            lease = self._tenure.held(account_id)
            if lease is None or self._recovered.get(account_id) == lease.epoch:
                continue
            try:
                await self.recover(lease)
            except LeaseLost:
                continue
            self._recovered[account_id] = lease.epoch
            self._file_soon(lease)

    async def _begin_due(self) -> None:
        now = self._clock.now()
        for row in await self._plant.lane.read(submissions.accounts_due, self._tenure.account_ids, now):
            account_id = AccountId(row.pk)
            lease = self._tenure.held(account_id)
            is_full = now < self._full_until.get(account_id, now)
            if (
                lease is None
                or self._recovered.get(account_id) != lease.epoch
                or is_full
                or not may_send(AccountStatus(row.status), row.diagnosis)
            ):
                continue  # neither a refused secret nor a limit is tried again for a message's sake
            if account_id in self._senders:
                self._senders[account_id].wake()
                continue
            self._senders[account_id] = self._make_sender(account_id, lease)
            task = self._start(self._send(lease, self._senders[account_id]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _make_sender(self, account_id: AccountId, lease: Lease) -> Sender:
        plant = self._plant
        return Sender(
            account_id,
            egress=plant.egress,
            lane=plant.lane,
            clock=self._clock,
            lease=lease,
            place=lambda: self._places,
        )

    async def _send(self, lease: Lease, sender: Sender) -> None:
        account_id = sender.account_id

        def rest(until: datetime | None) -> None:
            self._file_soon(lease)
            if until is not None:
                self._full_until[account_id] = until

        try:
            await self._tenure.work(lease, "send", sender.keep_on(IDLE_LINE_S, rest))
        except YizhanError as error:
            log.warning("send_stopped", extra={"account": account_id, "code": error.code})
        except Exception:
            log.exception("send_failed", extra={"account": account_id})
        finally:
            self._senders.pop(account_id, None)

    def _file_soon(self, lease: Lease) -> None:
        account_id = AccountId(lease.account_id)
        if account_id in self._filing:
            self._filing[account_id].set()
            return
        self._filing[account_id] = asyncio.Event()
        self._start(self._file(lease, self._filing[account_id]))

    async def _file(self, lease: Lease, wanted: asyncio.Event) -> None:
        """File the account's copies until there is none left to file."""
        account_id = AccountId(lease.account_id)
        filing = self._make_filing(account_id, lease)
        try:
            while True:
                wanted.clear()
                again = await self._tenure.work(lease, "mail", filing.file_all())
                if not await _happens(wanted, self._seconds_until(again)) and again is None:
                    return
        except YizhanError as error:
            log.warning("copies_stopped", extra={"account": account_id, "code": error.code})
        except Exception:
            log.exception("copies_failed", extra={"account": account_id})
        finally:
            self._filing.pop(account_id, None)
            await filing.close()

    async def _file_until_settled(self, lease: Lease, submission_id: SubmissionId | None = None) -> None:
        """File the copies now; wait for the server's own copy of this one as long as it may take."""
        filing = self._make_filing(AccountId(lease.account_id), lease)
        try:
            while (again := await self._tenure.work(lease, "mail", filing.file_all())) is not None:
                if submission_id is None or await self._plant.lane.read(_is_settled, submission_id):
                    return
                await asyncio.sleep(self._seconds_until(again))
        finally:
            await filing.close()

    def _make_filing(self, account_id: AccountId, lease: Lease) -> Filing:
        plant = self._plant
        return Filing(account_id, egress=plant.egress, lane=plant.lane, clock=self._clock, lease=lease)

    def _seconds_until(self, at: datetime | None) -> float:
        """Without a time, as long as a session may wait for the next message."""
        return IDLE_LINE_S if at is None else max(0.0, (at - self._clock.now()).total_seconds())

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _finish(self) -> None:
        """Wait for what is being sent, then cut what is left."""
        for sender in self._senders.values():
            sender.stop()
        if self._sending:
            await asyncio.wait(self._sending, timeout=STOP_SENDS_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _is_settled(submission_id: SubmissionId) -> bool:
    return submissions.get_for_engine(submission_id).sent_copy not in ("", "appending")
