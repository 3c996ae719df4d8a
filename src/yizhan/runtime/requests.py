"""Answers what doors have left in the store: claimed, done, reported on stage by stage, settled."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, WorkspaceId
from yizhan.base.secret import Secret
from yizhan.providers.probe import StageReport
from yizhan.runtime.answering import ANSWERS, Answer, Work, answer_of, is_good
from yizhan.runtime.lasting import last
from yizhan.runtime.limits import OBTAIN_S, REQUEST_POLL_S, REQUEST_PULSE_S
from yizhan.runtime.pacing import Pace
from yizhan.runtime.tenure import AccountBusy, Tenure
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.asking import BIND, EDIT, IMPORT
from yizhan.store import requests
from yizhan.store.errors import PASSING, LeaseLost
from yizhan.store.leases import Lease
from yizhan.store.models import Request
from yizhan.store.scope import Scope

OnBound = Callable[[AccountId], None]
log = logging.getLogger(__name__)


class Progress:
    """The stages of one piece of work: those that ended, and the one under way."""

    def __init__(self) -> None:
        self.stages: list[dict[str, Any]] = []
        self.current: str | None = None
        self.changed = asyncio.Event()

    def note(self, report: StageReport) -> None:
        if report.ok is None:
            self.current = report.stage.value
        else:
            stage = {"stage": report.stage.value, "ok": report.ok, "ms": report.ms, "detail": report.detail}
            self.stages.append(stage)
            self.current = None
        self.changed.set()

    def shape(self) -> dict[str, Any]:
        return {"stages": list(self.stages), "current": self.current}


class Desk:
    """Takes requests of some kinds, so many at once."""

    def __init__(self, plant: Plant, tenure: Tenure, pace: Pace, clock: Clock, on_bound: OnBound) -> None:
        self._plant = plant
        self._tenure = tenure
        self._pace = pace
        self._clock = clock
        self._on_bound = on_bound

    async def serve(self, kinds: Sequence[str], at_once: int) -> None:
        """Claim and answer until cancelled; what is cut short is put back when its claim runs out."""
        places = asyncio.Semaphore(at_once)
        async with asyncio.TaskGroup() as group:
            await last("requests", partial(self._claim, kinds, places, group))

    async def _claim(self, kinds: Sequence[str], places: asyncio.Semaphore, group: asyncio.TaskGroup) -> float:
        await places.acquire()
        try:
            request = await self._plant.lane.run(requests.claim_next, self._tenure.owner, kinds)
        except BaseException:
            places.release()
            raise
        if request is None:
            places.release()
            return REQUEST_POLL_S
        task = group.create_task(self._answer(request))
        task.add_done_callback(lambda _: places.release())
        return 0.0

    async def _answer(self, request: Request) -> None:
        """A question whose answer cannot be kept now is asked again when its claim runs out."""
        try:
            await self._answer_once(request)
        except PASSING:
            log.warning("request_put_back", extra={"request": request.pk, "kind": request.kind})

    async def _answer_once(self, request: Request) -> None:
        progress = Progress()
        pulse = asyncio.ensure_future(self._report(request.pk, progress))
        try:
            answer = await self._work(request, progress)
        except LeaseLost:
            log.warning("request_put_back", extra={"request": request.pk, "kind": request.kind})
            return
        except YizhanError as error:
            answer = answer_of(error)
        except Exception:
            log.exception("request_failed", extra={"request": request.pk, "kind": request.kind})
            answer = {"error": {"code": "internal", "detail": "Yizhan made a mistake here; its log says which"}}
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
        await self._settle(request.pk, progress, answer)
        if request.kind in (BIND, IMPORT, EDIT) and is_good(answer):
            await self._tenure.take(answer["account_id"])
            self._on_bound(answer["account_id"])

    async def _settle(self, request_id: int, progress: Progress, answer: Answer) -> None:
        await self._plant.lane.run(requests.report, request_id, progress.shape())
        await self._plant.lane.run(requests.settle, request_id, is_good(answer), answer)
        log.info("request_settled", extra={"request": request_id, "ok": is_good(answer)})

    async def _work(self, request: Request, progress: Progress) -> Answer:
        account_id = None if request.account_id is None else AccountId(request.account_id)
        lease = None if account_id is None else await self._obtain(account_id)
        secret: Secret[str] | None = None
        if request.sealed_secret is not None:
            secret = await self._plant.lane.read(requests.secret_of, request)
        work = Work(
            plant=self._plant,
            clock=self._clock,
            pace=self._pace,
            tenure=self._tenure,
            scope=Scope(WorkspaceId(request.workspace_id)),
            account_id=account_id,
            lease=lease,
            payload=request.payload,
            secret=secret,
            on_stage=progress.note,
        )
        return await ANSWERS[request.kind](work)

    async def _obtain(self, account_id: AccountId) -> Lease:
        """The account's lease; a command that holds it is waited for."""
        until = self._clock.monotonic() + OBTAIN_S
        while (lease := await self._tenure.take(account_id)) is None:
            if self._clock.monotonic() > until:
                raise AccountBusy("another command is at work on this account")
            await asyncio.sleep(REQUEST_POLL_S)
        return lease

    async def _report(self, request_id: int, progress: Progress) -> None:
        """Write the progress down as it is made, and from time to time that the work goes on."""

        async def step() -> float:
            with suppress(TimeoutError):  # silence is reported too: the work goes on
                async with asyncio.timeout(REQUEST_PULSE_S):
                    await progress.changed.wait()
            progress.changed.clear()
            await self._plant.lane.run(requests.report, request_id, progress.shape())
            return 0.0

        await last("report", step)
