"""One attempt: one SMTP transaction of one submission, and what its end makes of it.

The order is the guarantee.  `sending` is committed before the first byte; the mark of the final dot is committed
before the dot is written.  After a crash, `sending` with the mark is uncertain, without it nothing was taken.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yizhan.base.backoff import Backoff
from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.net.errors import LineLost
from yizhan.net.smtp import SmtpRefused
from yizhan.providers.diagnosis import Observation, Retry, diagnose, observe, status_after
from yizhan.providers.probe import ProbeTarget, open_imap, open_smtp
from yizhan.providers.stages import Stage
from yizhan.services.accounts.checking import read_target
from yizhan.services.accounts.verdicts import keep_verdict
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.lifecycle import Signal, SubmissionState, step
from yizhan.services.outbox.senders import note_verdict
from yizhan.store import blobs, mailboxes, submissions
from yizhan.store.errors import LeaseLost
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease, fence
from yizhan.store.models import Submission

Turn = Callable[[], AbstractAsyncContextManager[None]]
RETRY = Backoff(first=30.0, cap=3600.0)
_STAGES = {"mail-from": Stage.MAIL_FROM, "rcpt-to": Stage.RCPT_TO, "data": Stage.DATA, "auth": Stage.SMTP_AUTH}


@dataclass(frozen=True, slots=True)
class Handover:
    """All that one transaction needs, read before the line is opened."""

    target: ProbeTarget
    route: str
    mail_from: str
    message_id: str
    recipients: tuple[str, ...]
    blob: str


async def attempt(
    submission_id: SubmissionId,
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    lease: Lease | None = None,
    copying: Turn = nullcontext,
) -> None:
    """Try once.  The submission ends sent, failed or uncertain, or queued again with the time of the next try.

    `copying` gives a turn to file the copy in Sent, which takes a connection to the account's IMAP server.
    A lease that is lost before the final dot ends it without a word: the new owner judges what was left.
    """
    handover = await lane.run(_begin, submission_id, lease)
    if handover is None:
        return
    raw = await lane.read(blobs.get, handover.blob)

    async def mark() -> None:
        await lane.run(_mark_final_dot, submission_id, lease)

    try:
        session = await open_smtp(handover.target, egress.dialer_for(handover.route))
        try:
            result = await session.send(handover.mail_from, handover.recipients, raw, mark)
        finally:
            await session.close()
    except LeaseLost:
        return
    except YizhanError as error:
        await lane.run(_settle_failure, submission_id, error, handover.target, clock.now(), lease)
        return
    verdicts = dict.fromkeys(result.accepted, ("accepted", "")) | {
        who: ("refused", _observe(Stage.RCPT_TO, no, handover.target).said) for who, no in result.refusals.items()
    }
    await lane.run(_settle_success, submission_id, verdicts, clock.now())
    async with copying():
        await keep_copy(submission_id, egress=egress, lane=lane)


def _observe(stage: Stage, error: YizhanError, target: ProbeTarget) -> Observation:
    return observe(stage, error, host=target.smtp.host, provider=target.provider, secrets=(target.secret,))


def _begin(submission_id: SubmissionId, lease: Lease | None) -> Handover | None:
    """Claim it: `queued` becomes `sending`, or None if someone else was first."""
    fence(lease)
    submission = submissions.get_for_engine(submission_id)
    if submission.state == SubmissionState.SCHEDULED:
        _move(submission_id, SubmissionState.SCHEDULED, Signal.DUE)
    if not _move(submission_id, SubmissionState.QUEUED, Signal.ATTEMPT, final_dot_at=None):
        return None
    return _read_handover(submission)


def _read_handover(submission: Submission) -> Handover:
    target, route = read_target(AccountId(submission.account_id))
    recipients = tuple(each.address for each in submission.recipients.all())
    return Handover(target, route, submission.mail_from, submission.message_id, recipients, str(submission.blob_id))


def _mark_final_dot(submission_id: SubmissionId, lease: Lease | None) -> None:
    fence(lease)
    submissions.mark_final_dot(submission_id)


def _settle_success(submission_id: SubmissionId, verdicts: dict[str, tuple[str, str]], now: datetime) -> None:
    """Not fenced: the server has taken it, whoever owns the account now."""
    note_verdict(submission_id, None)
    submissions.set_recipients(submission_id, verdicts)
    _move(submission_id, SubmissionState.SENDING, Signal.ACCEPTED, sent_at=now, diagnosis=None)


def _settle_failure(
    submission_id: SubmissionId, error: YizhanError, target: ProbeTarget, now: datetime, lease: Lease | None
) -> None:
    stage = _STAGES.get(error.stage, Stage.EHLO) if isinstance(error, SmtpRefused) else Stage.SMTP_CONNECT
    diagnosis = diagnose(_observe(stage, error, target))
    kept = kept_form(diagnosis)
    note_verdict(submission_id, kept)
    if isinstance(error, LineLost) and error.after_dot:
        _move(submission_id, SubmissionState.SENDING, Signal.LOST_AFTER_DOT, diagnosis=kept)
        return
    fence(lease)
    if status_after(diagnosis) is not None:  # a line that breaks or a limit is the account's matter too
        account_id = AccountId(submissions.get_for_engine(submission_id).account_id)
        keep_verdict(account_id, diagnosis, now=now, dice=lambda: 1.0, lease=lease)
    if diagnosis.retry is Retry.NEVER:
        _move(submission_id, SubmissionState.SENDING, Signal.REFUSED, diagnosis=kept)
        return
    submissions.count_retry(submission_id)
    signal = Signal.DEFERRED if isinstance(error, SmtpRefused) else Signal.LOST_BEFORE_DOT
    wait = RETRY.bound(submissions.get_for_engine(submission_id).retries)
    not_before = now + timedelta(seconds=max(wait, float(diagnosis.retry_after_s or 0)))
    _move(submission_id, SubmissionState.SENDING, signal, diagnosis=kept, not_before=not_before)


def _move(submission_id: SubmissionId, state: SubmissionState, signal: Signal, **fields: Any) -> bool:
    return submissions.move(submission_id, state.value, step(state, signal).value, **fields)


async def keep_copy(submission_id: SubmissionId, *, egress: Egress, lane: Lane) -> None:
    """Exactly one copy in Sent: the server's own if it files one, else ours.  Its failure never sends again."""
    submission = await lane.read(submissions.get_for_engine, submission_id)
    handover = await lane.read(_read_handover, submission)
    sent = await lane.read(mailboxes.by_role, submission.account_id, "sent")
    outcome = "failed"
    if sent is not None:
        raw = await lane.read(blobs.get, handover.blob)
        outcome = await _file_copy(handover, sent.wire_name, raw, egress)
    await lane.run(submissions.set_sent_copy, submission_id, outcome)


async def _file_copy(handover: Handover, sent: str, raw: bytes, egress: Egress) -> str:
    try:
        session = await open_imap(handover.target, egress.dialer_for(handover.route))
        try:
            await session.examine(sent)
            if await session.search_message_id(handover.message_id):
                return "by_server"
            await session.append(sent, raw, ["\\Seen"])
            return "appended"
        finally:
            await session.close()
    except YizhanError:
        return "failed"
