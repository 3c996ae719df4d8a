"""How a command does what touches an account's servers: under the account's lease, or by the engine that has it.

The answer is the same either way, and so is the progress: a shape `{"stages", "current"}` as `read_asked` gives it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.base.secret import Secret
from yizhan.providers.probe import StageReport
from yizhan.runtime.answering import ANSWERS, Answer, Work, answer_of
from yizhan.runtime.limits import IMPORTS_AT_ONCE, REQUEST_POLL_S, SCHEDULED_LOOK_S
from yizhan.runtime.outbox import Outbox
from yizhan.runtime.pacing import Pace
from yizhan.runtime.requests import Progress
from yizhan.runtime.tenure import Tenure, bury_dead, keeping, make_owner
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.asking import BIND, IMPORT, SYNC, form_of
from yizhan.services.accounts.forms import BindForm, read_form
from yizhan.services.accounts.importing import Row, Verdict, verdict_of_answer, verdict_of_wrong
from yizhan.services.outbox.lifecycle import SubmissionState
from yizhan.services.outbox.waiting import waits_until
from yizhan.store import accounts, leases, requests, submissions
from yizhan.store.leases import Lease
from yizhan.store.models import Request
from yizhan.store.scope import Scope

OnProgress = Callable[[dict[str, Any]], None]
_WITHDRAWN = {"error": {"code": "withdrawn", "detail": "the command does it itself"}}


@dataclass(frozen=True, slots=True)
class Errand:
    """One command's run."""

    plant: Plant
    clock: Clock
    scope: Scope


@dataclass(frozen=True, slots=True)
class Asked:
    """What one run is to do; `account_id` is None for `bind`."""

    kind: str
    account_id: AccountId | None
    payload: dict[str, Any]
    secret: Secret[str] | None

    def owned(self) -> AccountId:
        """The account, which all but `bind` have."""
        if self.account_id is None:
            raise TypeError(f"{self.kind} is about no account")
        return self.account_id


async def carry_out(
    errand: Errand,
    kind: str,
    account_id: AccountId,
    on_progress: OnProgress,
    payload: dict[str, Any] | None = None,
    secret: Secret[str] | None = None,
) -> Answer:
    """Do what this kind of request does; the answer is the one that the engine would give.  Raises `NotFound`."""
    asked = Asked(kind, account_id, payload or {}, secret)
    async with keeping(errand.plant.lane, make_owner("command")) as tenure:
        while True:
            lease = await _take(errand, tenure, account_id)
            if lease is not None:
                return await _answer(kind, _work(errand, tenure, asked, lease, on_progress))
            answer = await _have_done(errand, asked, on_progress)
            if answer is not None:
                return answer


async def bind_now(errand: Errand, form: BindForm, on_progress: OnProgress) -> Answer:
    """Bind as the engine does; no lease is needed, for there is no account yet.  Raises `BadInput`."""
    read_form(form)
    async with keeping(errand.plant.lane, make_owner("command")) as tenure:
        work = _work(errand, tenure, Asked(BIND, None, form_of(form), form.secret), None, on_progress)
        return await _answer(BIND, work)


async def import_now(
    errand: Errand, rows: Sequence[Row], language: str, on_verdict: Callable[[Verdict], None]
) -> list[Verdict]:
    """Bind every row that can be tried, as many at once as servers like; the verdicts in the file's order."""
    places, pace = asyncio.Semaphore(IMPORTS_AT_ONCE), Pace()

    async def settle(tenure: Tenure, row: Row) -> Verdict:
        if row.wrong is not None:
            verdict = verdict_of_wrong(row)
        else:
            async with places:
                asked = Asked(IMPORT, None, form_of(row.form), row.form.secret)
                work = replace(_work(errand, tenure, asked, None, lambda progress: None), pace=pace)
                verdict = verdict_of_answer(row, await _answer(IMPORT, work), language)
        on_verdict(verdict)
        return verdict

    async with keeping(errand.plant.lane, make_owner("command")) as tenure:
        return await asyncio.gather(*(settle(tenure, row) for row in rows))


async def send_now(errand: Errand, submission_id: SubmissionId) -> None:
    """Return when the submission has ended and its Sent copy is settled, or when it is queued for another time.

    One that is scheduled is waited for.
    """
    plant = errand.plant
    while (
        row := await plant.lane.read(submissions.get, errand.scope, submission_id)
    ).state == SubmissionState.SCHEDULED:
        left = ((row.scheduled_at or errand.clock.now()) - errand.clock.now()).total_seconds()
        if left <= 0:
            break
        await asyncio.sleep(min(left, SCHEDULED_LOOK_S))
    async with keeping(plant.lane, make_owner("command")) as tenure:
        while not await plant.lane.read(_has_ended, errand, submission_id):
            lease = await _take(errand, tenure, AccountId(row.account_id))
            if lease is None:
                await asyncio.sleep(REQUEST_POLL_S)
                continue
            outbox = Outbox(plant, tenure, errand.clock)
            await outbox.recover(lease)
            await outbox.send_this(submission_id, lease)
            return


async def bring_up_to_date(errand: Errand, account_id: AccountId, on_progress: OnProgress) -> Answer:
    """`sync`: the newest mail comes, and without an engine what is due in the outbox goes."""
    answer = await carry_out(errand, SYNC, account_id, on_progress)
    async with keeping(errand.plant.lane, make_owner("command")) as tenure:
        lease = await tenure.take(account_id)
        if lease is not None:
            outbox = Outbox(errand.plant, tenure, errand.clock)
            await outbox.recover(lease)
            await outbox.send_all_due(lease)
    return answer


def _has_ended(errand: Errand, submission_id: SubmissionId) -> bool:
    """Whether there is nothing left to wait for."""
    row = submissions.get(errand.scope, submission_id)
    if row.state == SubmissionState.SENT:
        return row.sent_copy not in ("", "appending")
    if row.state == SubmissionState.QUEUED:  # put off after a try, by a limit, or until somebody has looked after it
        return waits_until(row, errand.clock.now()) is not None
    return row.state not in (SubmissionState.SENDING, SubmissionState.SCHEDULED)


async def _take(errand: Errand, tenure: Tenure, account_id: AccountId) -> Lease | None:
    """The lease, at once even if its last owner was killed; raises `NotFound` for an account that is gone."""
    await errand.plant.lane.read(accounts.get, errand.scope, account_id)
    await errand.plant.lane.run(bury_dead)
    return await tenure.take(account_id)


def _work(errand: Errand, tenure: Tenure, asked: Asked, lease: Lease | None, on_progress: OnProgress) -> Work:
    progress = Progress()

    def note(report: StageReport) -> None:
        progress.note(report)
        on_progress(progress.shape())

    return Work(
        plant=errand.plant,
        clock=errand.clock,
        pace=Pace(),
        tenure=tenure,
        scope=errand.scope,
        account_id=asked.account_id,
        lease=lease,
        payload=asked.payload,
        secret=asked.secret,
        on_stage=note,
    )


async def _answer(kind: str, work: Work) -> Answer:
    try:
        return await ANSWERS[kind](work)
    except YizhanError as error:
        return answer_of(error)


async def _have_done(errand: Errand, asked: Asked, on_progress: OnProgress) -> Answer | None:
    """The engine's answer; None when no engine holds the account, or it died before it had begun."""
    lane, account_id = errand.plant.lane, asked.owned()
    if not await lane.read(_is_engines, account_id):
        await asyncio.sleep(REQUEST_POLL_S)  # another command is at work: its turn ends
        return None
    account = await lane.read(accounts.get, errand.scope, account_id)
    payload = {**asked.payload, "address": account.address}
    request = await lane.run(requests.leave, errand.scope, asked.kind, account_id, payload, asked.secret)
    while True:
        row = await lane.read(requests.get, errand.scope, request.pk)
        if row.progress:
            on_progress(row.progress)
        if row.answer is not None:
            return dict(row.answer)
        if row.state == Request.State.WAITING and not await lane.read(_is_engines, account_id):
            await lane.run(requests.settle, request.pk, False, _WITHDRAWN)
            return None
        await lane.run(_free_dead)
        await asyncio.sleep(REQUEST_POLL_S)


def _free_dead() -> None:
    if bury_dead():
        requests.reclaim()


def _is_engines(account_id: AccountId) -> bool:
    holder = leases.holder(account_id)
    return holder is not None and holder in leases.living_engines()
