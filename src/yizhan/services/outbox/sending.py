"""Sends what is due in one account's outbox, one message after the other over one connection."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.net.contents import Pieces
from yizhan.providers.probe import ProbeTarget, open_smtp
from yizhan.services.accounts.checking import read_target
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.attempt import (
    Desk,
    Ended,
    Handover,
    Rest,
    begin_next,
    mark_final_dot,
    settle_and_begin,
)
from yizhan.services.outbox.limits import PROGRESS_EVERY_S, PROGRESS_FROM_BYTES
from yizhan.services.outbox.lines import SmtpLine
from yizhan.services.outbox.pacing import read_past
from yizhan.store import blobs, submissions
from yizhan.store.errors import LeaseLost
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease

Place = Callable[[], AbstractAsyncContextManager[object]]


class Sender:
    """One account's, as long as its lease is held; `place` is entered while it is busy, not while it waits."""

    def __init__(
        self,
        account_id: AccountId,
        *,
        egress: Egress,
        lane: Lane,
        clock: Clock,
        lease: Lease | None,
        place: Place = nullcontext,
    ) -> None:
        self.account_id = account_id
        self._egress = egress
        self._lane = lane
        self._clock = clock
        self._lease = lease
        self._place = place
        self._line: tuple[ProbeTarget, str, SmtpLine] | None = None
        self._stopping = False
        self._wake = asyncio.Event()

    async def keep_on(self, idle_s: float, on_rest: Callable[[datetime | None], None]) -> None:
        """Send what is due, again whenever `wake` is called, until nothing came for so many seconds.

        `on_rest` hears until when a limit makes the account wait, or None.  Raises what ends the work: `LeaseLost`.
        """
        try:
            while not self._stopping:
                self._wake.clear()
                async with self._place():
                    on_rest((await self.send_due()).until)
                async with asyncio.timeout(idle_s):
                    await self._wake.wait()
        except TimeoutError:
            return
        finally:
            await self.close()

    def wake(self) -> None:
        """Something is due."""
        self._wake.set()

    def stop(self) -> None:
        """End when the message that is being sent has ended."""
        self._stopping = True
        self._wake.set()

    async def send_due(self, only: SubmissionId | None = None) -> Rest:
        """Send all that is due now, or `only` this one, whenever it is due.  Raises `LeaseLost`."""
        target, line = await self._open()
        past = await self._lane.read(read_past, self.account_id, self._clock.now())
        desk = Desk(self.account_id, self._lease, target, past)
        begun = await self._lane.run(begin_next, desk, self._clock.now(), only)
        while isinstance(begun, Handover):
            ended = await self._attempt(begun, desk, line)
            go_on = only is None and not self._stopping
            begun = await self._lane.run(settle_and_begin, ended, desk, self._clock.now(), go_on)
        return begun

    async def close(self) -> None:
        """Let go of the connection."""
        if self._line is not None:
            await self._line[2].close()

    async def _open(self) -> tuple[ProbeTarget, SmtpLine]:
        """The account's way as it is now; a connection of before an edit is let go."""
        target, route = await self._lane.read(read_target, self.account_id)
        if self._line is not None and self._line[:2] != (target, route):
            await self.close()
            self._line = None
        if self._line is None:
            dialer = self._egress.dialer_for(route)
            self._line = (target, route, SmtpLine(lambda: open_smtp(target, dialer)))
        return target, self._line[2]

    async def _attempt(self, handover: Handover, desk: Desk, line: SmtpLine) -> Ended:
        """One transaction; raises `LeaseLost`, after which whoever owns the account judges what was left."""

        async def mark() -> None:
            await self._lane.run(mark_final_dot, handover, desk, self._clock.now())

        progress = _Progress(handover, self._lane)
        try:
            result = await line.send(handover, progress.pieces, mark, progress.note)
        except LeaseLost:
            raise
        except YizhanError as error:
            return Ended(handover, error=error)
        return Ended(handover, result.accepted, result.refusals)


class _Progress:
    """Reads the message from its blob, and tells now and then how far it has gone out."""

    def __init__(self, handover: Handover, lane: Lane) -> None:
        self._handover = handover
        self._lane = lane
        self._written = self._told = 0
        self._tell_at = 0.0

    def note(self, written: int) -> None:
        self._written = written

    @property
    def pieces(self) -> Pieces:
        return self._pieces

    async def _pieces(self) -> AsyncIterator[bytes]:
        source = iter(blobs.pieces(self._handover.blob))
        while piece := await self._lane.read(_next, source):
            yield piece
            await self._tell()

    async def _tell(self) -> None:
        now = time.monotonic()
        if self._handover.size_bytes < PROGRESS_FROM_BYTES or self._written == self._told or now < self._tell_at:
            return
        self._told, self._tell_at = self._written, now + PROGRESS_EVERY_S
        await self._lane.run(submissions.note_progress, self._handover.submission_id, self._told)


def _next(source: Iterator[bytes]) -> bytes:
    return next(source, b"")
