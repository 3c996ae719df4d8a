"""Sends what is due in one account's outbox, one message after the other over one connection."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from typing import TypeVar

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.providers.probe import ProbeTarget, open_smtp
from yizhan.services.accounts.checking import read_target
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.attempt import (
    Desk,
    Ended,
    Handover,
    Rest,
    begin_first,
    mark_final_dot,
    put_back,
    settle,
    settle_for_good,
)
from yizhan.services.outbox.limits import PROGRESS_EVERY_S, PROGRESS_FROM_BYTES, TELL_SENDING_S
from yizhan.services.outbox.lines import SmtpLine
from yizhan.services.outbox.pacing import read_past
from yizhan.store import blobs, submissions
from yizhan.store.errors import LeaseLost
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease
from yizhan.store.limits import PIECE_BYTES

T = TypeVar("T")
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
        """Send all that is due now, or `only` this one, whenever it is due.  Raises `LeaseLost`.

        While a server thinks about one message the next is begun and read, and while the next one's envelope is under
        way the last one's end is written down.
        """
        target, line = await self._open()
        past = await self._lane.read(read_past, self.account_id, self._clock.now())
        desk = Desk(self.account_id, self._lease, target, past)
        begun = await self.now(begin_first, desk, only)
        attempt = _Attempt(self, desk, line, go_on=only is None)
        while isinstance(begun, Handover):
            begun = await attempt.run(begun)
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

    async def put_back(self, handover: Handover, desk: Desk) -> None:
        """What was begun ahead is queued as it was."""
        await self._lane.run(put_back, handover, desk)

    @property
    def is_stopping(self) -> bool:
        return self._stopping

    async def now(self, function: Callable[..., T], *args: object) -> T:
        """What `function` returns inside the lane, given the present instant as its last argument."""
        return await self._lane.run(function, *args, self._clock.now())

    def content(self, handover: Handover) -> "_Content":
        return _Content(handover, self._lane)


class _Attempt:
    """One transaction after another over one line."""

    def __init__(self, sender: Sender, desk: Desk, line: SmtpLine, *, go_on: bool) -> None:
        self._sender = sender
        self._desk = desk
        self._line = line
        self._go_on = go_on
        self._ahead: Handover | Rest | None = None
        self._read_ahead: _Content | None = None
        self._settling: asyncio.Future[None] | None = None

    async def run(self, handover: Handover) -> Handover | Rest:
        """What comes after it.  Raises `LeaseLost`, after which whoever owns the account judges what was left."""
        try:
            ended = await self._hand_over(handover)
            if self._settling is not None:
                await self._settling
            return await self._settle(ended)
        except BaseException:
            if self._settling is not None:
                await asyncio.wait([self._settling])
            raise

    async def _hand_over(self, handover: Handover) -> Ended:
        content = self._read_ahead or self._sender.content(handover)
        self._ahead = self._read_ahead = None
        try:
            async with content.telling():
                result = await self._line.send(handover, content.pieces, lambda: self._mark(handover), content.note)
        except LeaseLost:
            raise
        except YizhanError as error:
            return Ended(handover, error=error)
        return Ended(handover, result.accepted, result.refusals)

    async def _mark(self, handover: Handover) -> None:
        go_on = self._go_on and not self._sender.is_stopping
        self._ahead = await self._sender.now(mark_final_dot, handover, self._desk, go_on)
        if isinstance(self._ahead, Handover):
            self._read_ahead = self._sender.content(self._ahead)
            self._read_ahead.prefetch()

    async def _settle(self, ended: Ended) -> Handover | Rest:
        begun = self._ahead or Rest()
        if isinstance(begun, Handover) and ended.error is None:
            self._settling = asyncio.ensure_future(self._sender.now(settle, ended, self._desk))
            return begun
        self._settling = None
        self._read_ahead = None
        if isinstance(begun, Handover):  # what went wrong may be the account's, and then the next is not tried
            await self._sender.put_back(begun, self._desk)
        await self._sender.now(settle_for_good, ended, self._desk)
        if not self._go_on or self._sender.is_stopping:
            return Rest()
        return await self._sender.now(begin_first, self._desk, None)


class _Content:
    """The bytes of a message, and the news of how far they have gone out."""

    def __init__(self, handover: Handover, lane: Lane) -> None:
        self._handover = handover
        self._lane = lane
        self._written = self._told = 0
        self._whole: asyncio.Future[bytes] | None = None

    def prefetch(self) -> None:
        """Read a small message already."""
        if self._handover.size_bytes <= PIECE_BYTES and self._whole is None:
            self._whole = asyncio.ensure_future(self._lane.read(blobs.get, self._handover.blob))

    def note(self, written: int) -> None:
        self._written = written

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Inside, that it is being sent is told if that takes its time, and of a large one how far it is."""
        telling = asyncio.ensure_future(self._tell())
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])

    async def pieces(self) -> AsyncIterator[bytes]:
        """A small message is read once, a large one twice and never whole."""
        self.prefetch()
        if self._whole is not None:
            yield await self._whole
            return
        source = iter(blobs.pieces(self._handover.blob))
        while piece := await self._lane.read(_next, source):
            yield piece

    async def _tell(self) -> None:
        await asyncio.sleep(TELL_SENDING_S)
        await self._lane.run(submissions.tell, self._handover.submission_id)
        while self._handover.size_bytes >= PROGRESS_FROM_BYTES:
            if self._written != self._told:
                self._told = self._written
                await self._lane.run(submissions.note_progress, self._handover.submission_id, self._told)
            await asyncio.sleep(PROGRESS_EVERY_S)


def _next(source: Iterator[bytes]) -> bytes:
    return next(source, b"")
