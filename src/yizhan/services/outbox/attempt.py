"""One attempt: one SMTP transaction of one submission, and what its end makes of it.

The order is the guarantee.  `sending` is committed before the first byte; the mark of the final dot is committed
before the dot is written.  After a crash, `sending` with the mark is uncertain, without it nothing was taken.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yizhan.base.backoff import Backoff
from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.net.errors import LineLost
from yizhan.net.smtp import SmtpRefused
from yizhan.providers.diagnosis import Retry, diagnose, observe
from yizhan.providers.probe import ProbeTarget, open_imap, open_smtp
from yizhan.providers.stages import Stage
from yizhan.services.accounts.checking import read_target
from yizhan.services.catalogue.diagnoses import kept_form, shape_of
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.lifecycle import Signal, SubmissionState, step
from yizhan.store import blobs, mailboxes, submissions
from yizhan.store.lane import Lane
from yizhan.store.scope import Scope

RETRY = Backoff(first=30.0, cap=3600.0)
_STAGES = {"mail-from": Stage.MAIL_FROM, "rcpt-to": Stage.RCPT_TO, "data": Stage.DATA, "auth": Stage.SMTP_AUTH}


@dataclass(frozen=True, slots=True)
class Handover:
    """All that one transaction needs, read before the line is opened."""

    account_id: AccountId
    target: ProbeTarget
    route: str
    mail_from: str
    message_id: str
    recipients: tuple[str, ...]
    blob: str


async def attempt(submission_id: SubmissionId, *, egress: Egress, lane: Lane, clock: Clock) -> None:
    """Try once.  The submission ends sent, failed or uncertain, or queued again with the time of the next try."""
    handover = await lane.run(_begin, submission_id)
    if handover is None:
        return
    raw = await lane.read(blobs.get, handover.blob)

    async def mark() -> None:
        await lane.run(submissions.mark_final_dot, submission_id)

    try:
        session = await open_smtp(handover.target, egress.dialer_for(handover.route))
        try:
            result = await session.send(handover.mail_from, handover.recipients, raw, mark)
        finally:
            await session.close()
    except YizhanError as error:
        await lane.run(_settle_failure, submission_id, error, handover.target, clock.now())
        return
    verdicts = dict.fromkeys(result.accepted, ("accepted", "")) | {
        who: ("refused", said) for who, said in result.refused.items()
    }
    await lane.run(_settle_success, submission_id, verdicts, clock.now())
    await _keep_copy(submission_id, handover, raw, egress, lane)


def _begin(submission_id: SubmissionId) -> Handover | None:
    """Claim it: `queued` becomes `sending`, or None if someone else was first."""
    if not _move(submission_id, SubmissionState.QUEUED, Signal.ATTEMPT, final_dot_at=None):
        return None
    submission = submissions.get_for_engine(submission_id)
    account_id = AccountId(submission.account_id)
    target, route = read_target(account_id)
    recipients = tuple(each.address for each in submission.recipients.all())
    return Handover(
        account_id, target, route, submission.mail_from, submission.message_id, recipients, str(submission.blob_id)
    )


def _settle_success(submission_id: SubmissionId, verdicts: dict[str, tuple[str, str]], now: datetime) -> None:
    submissions.set_recipients(submission_id, verdicts)
    _move(submission_id, SubmissionState.SENDING, Signal.ACCEPTED, sent_at=now, diagnosis=None)


def _settle_failure(submission_id: SubmissionId, error: YizhanError, target: ProbeTarget, now: datetime) -> None:
    stage = _STAGES.get(error.stage, Stage.EHLO) if isinstance(error, SmtpRefused) else Stage.SMTP_CONNECT
    diagnosis = diagnose(observe(stage, error, host=target.smtp.host, secrets=(target.secret,)))
    kept = kept_form(diagnosis)
    if isinstance(error, LineLost) and error.after_dot:
        _move(submission_id, SubmissionState.SENDING, Signal.LOST_AFTER_DOT, diagnosis=kept)
        return
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


async def _keep_copy(submission_id: SubmissionId, handover: Handover, raw: bytes, egress: Egress, lane: Lane) -> None:
    """Exactly one copy in Sent: the server's own if it files one, else ours.  Its failure never sends again."""
    try:
        session = await open_imap(handover.target, egress.dialer_for(handover.route))
        try:
            sent = await lane.read(mailboxes.by_role, handover.account_id, "sent")
            if sent is None:
                outcome = "failed"
            else:
                await session.examine(sent.wire_name)
                found = await session.search_message_id(handover.message_id)
                if not found:
                    await session.append(sent.wire_name, raw, ["\\Seen"])
                outcome = "by_server" if found else "appended"
        finally:
            await session.close()
    except YizhanError:
        outcome = "failed"
    await lane.run(submissions.set_sent_copy, submission_id, outcome)


def show_submission(scope: Scope, submission_id: SubmissionId, language: str) -> dict[str, Any]:
    """cli.md's submission shape; raises `NotFound`."""
    row = submissions.get(scope, submission_id)
    return {
        "id": row.pk,
        "account": row.account.address,
        "state": row.state,
        "subject": row.subject,
        "recipients": [each.address for each in row.recipients.all()],
        "message_id": row.message_id,
        "created_at": row.created_at,
        "sent_at": row.sent_at,
        "sent_copy": row.sent_copy,
        "diagnosis": shape_of(row.diagnosis, language),
        "retries": row.retries,
    }
