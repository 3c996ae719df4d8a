"""One attempt: one SMTP transaction of one submission, and what its end makes of it.

The order is the guarantee.  `sending` is committed before the first byte; the mark of the final dot is committed, and
on the disk, before the dot is written.  After a crash, `sending` with the mark is uncertain, without it nothing was
taken.  Recipients whom a server has accepted are never handed over again; those it put off are, alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yizhan.base.backoff import Backoff
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.net.errors import LineLost
from yizhan.net.smtp import NobodyAccepted, SmtpRefused
from yizhan.providers.diagnosis import Diagnosis, Observation, Retry, diagnose, observe, status_after
from yizhan.providers.probe import ProbeTarget
from yizhan.providers.stages import Stage
from yizhan.services.accounts.lifecycle import AccountStatus, may_send
from yizhan.services.accounts.verdicts import keep_verdict
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.outbox.answered import mark_origin
from yizhan.services.outbox.lifecycle import Signal, SubmissionState, step
from yizhan.services.outbox.limits import GIVE_UP_S
from yizhan.services.outbox.pacing import Past, caps_of
from yizhan.services.outbox.senders import note_verdict
from yizhan.store import lane, submissions
from yizhan.store.errors import LeaseLost
from yizhan.store.leases import Lease, fence
from yizhan.store.models import Submission

S = SubmissionState
RETRY = Backoff(first=30.0, cap=3600.0)
_STAGES = {"mail-from": Stage.MAIL_FROM, "rcpt-to": Stage.RCPT_TO, "data": Stage.DATA, "auth": Stage.SMTP_AUTH}


@dataclass(frozen=True, slots=True)
class Handover:
    """All that one transaction needs; `recipients` are those whom no server has accepted or refused yet."""

    submission_id: SubmissionId
    mail_from: str
    recipients: tuple[str, ...]
    blob: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a transaction ended: `error` is what ended it, or None; each recipient that was `refused` with the no."""

    handover: Handover
    accepted: tuple[str, ...] = ()
    refused: Mapping[str, SmtpRefused] | None = None
    error: YizhanError | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose outbox it is, and what is known of its server."""

    account_id: AccountId
    lease: Lease | None
    target: ProbeTarget
    past: Past


@dataclass(frozen=True, slots=True)
class Rest:
    """There is nothing to send now; `until` when the limit ends that keeps the next one waiting."""

    until: datetime | None = None


def begin_next(desk: Desk, now: datetime, only: SubmissionId | None = None) -> Handover | Rest:
    """Inside the lane: the next one that is due is `sending` from now on.  Raises `LeaseLost`.

    `only`: this one, whenever it is due.
    """
    fence(desk.lease)
    row = submissions.next_due(desk.account_id, now) if only is None else _wanted(only)
    if row is None or not may_send(AccountStatus(row.account.status), row.account.diagnosis):
        return Rest()
    left = tuple(each.address for each in row.recipients.all() if not each.state)
    slot = desk.past.next_slot(caps_of(row.account, provider_by_id(row.account.provider)), now, len(left))
    if slot > now:
        return Rest(slot)
    queued = step(S.SCHEDULED, Signal.DUE) if row.state == S.SCHEDULED else S.QUEUED
    after = step(queued, Signal.ATTEMPT)
    submissions.move_relaxed(row.pk, row.state, after.value, final_dot_at=None, handed_bytes=0, not_before=None)
    size_bytes = row.blob.size_bytes if row.blob else 0
    return Handover(SubmissionId(row.pk), row.mail_from, left, str(row.blob_id), size_bytes)


def settle_and_begin(ended: Ended, desk: Desk, now: datetime, go_on: bool) -> Handover | Rest:
    """Inside the lane, in one transaction: `settle`, then `begin_next` if it is to go on.  When nothing comes after, it
    is on the disk at once."""
    settle(ended, desk, now)
    try:
        begun = begin_next(desk, now) if go_on else Rest()
    except LeaseLost:
        begun = Rest()  # what was settled stays so
    with lane.transaction(durable=isinstance(begun, Rest)):
        return begun


def _wanted(submission_id: SubmissionId) -> Submission | None:
    row = submissions.get_for_engine(submission_id)
    return row if row.state in (S.QUEUED, S.SCHEDULED) else None


@lane.keeps
def mark_final_dot(handover: Handover, desk: Desk, now: datetime) -> None:
    """Inside the lane, before the dot: from now on the server may have it.  Raises `LeaseLost`."""
    fence(desk.lease)
    submissions.mark_final_dot(handover.submission_id, now)
    desk.past.note(now, len(handover.recipients))


def settle(ended: Ended, desk: Desk, now: datetime) -> None:
    """Inside the lane: what the end of the transaction makes of the submission and of the account.

    What a server has taken is written down whoever owns the account now; anything else raises `LeaseLost` when the
    lease went to another owner, who judges what was left.
    """
    if isinstance(ended.error, LineLost) and ended.error.after_dot:
        kept = kept_form(diagnose(_observe(Stage.DATA, ended.error, desk.target)))
        _move(ended.handover.submission_id, S.SENDING, Signal.LOST_AFTER_DOT, diagnosis=kept)
        return
    refused = dict(ended.error.refusals if isinstance(ended.error, NobodyAccepted) else ended.refused or {})
    seen = {who: diagnose(_observe(Stage.RCPT_TO, no, desk.target)) for who, no in refused.items()}
    submissions.set_recipients(ended.handover.submission_id, _verdicts(ended.accepted, seen))
    put_off = [no for who, no in refused.items() if seen[who].retry is not Retry.NEVER]
    error = put_off[0] if put_off else ended.error
    if error is None:
        _note_sent(ended, now, Signal.ACCEPTED, {})
        return
    if not ended.accepted:
        fence(desk.lease)
    _settle_failure(ended, error, desk, now)


def _settle_failure(ended: Ended, error: YizhanError, desk: Desk, now: datetime) -> None:
    stage = _STAGES.get(error.stage, Stage.EHLO) if isinstance(error, SmtpRefused) else Stage.SMTP_CONNECT
    diagnosis = diagnose(_observe(stage, error, desk.target))
    if status_after(diagnosis) is not None:  # a line that breaks or a limit is the account's matter too
        keep_verdict(desk.account_id, diagnosis, now=now, dice=lambda: 1.0, lease=desk.lease)
    row = submissions.get_for_engine(ended.handover.submission_id)
    note_verdict(row, kept_form(diagnosis))
    has_it = bool(ended.accepted) or row.sent_at is not None
    if _is_over(row, diagnosis, error, now):
        kept = kept_form(diagnosis)
        if has_it:
            _note_sent(ended, now, Signal.ACCEPTED, {"diagnosis": kept})
        else:
            _move(ended.handover.submission_id, S.SENDING, Signal.REFUSED, diagnosis=kept)
        return
    signal = Signal.DEFERRED if isinstance(error, SmtpRefused) else Signal.LOST_BEFORE_DOT
    wait = max(RETRY.bound(row.retries + 1), float(diagnosis.retry_after_s or 0))
    not_before = now + timedelta(seconds=wait)
    again = {"diagnosis": kept_form(diagnosis), "not_before": not_before, "retries": row.retries + 1}
    if ended.accepted:
        _note_sent(ended, now, signal, again)
    else:
        _move(ended.handover.submission_id, S.SENDING, signal, **again)


def _is_over(row: Submission, diagnosis: Diagnosis, error: YizhanError, now: datetime) -> bool:
    """Whether it is tried no more: refused for good, or put off again and again for days."""
    if diagnosis.retry is Retry.NEVER:
        return True
    since = row.scheduled_at or row.created_at
    return isinstance(error, SmtpRefused) and now - since > timedelta(seconds=GIVE_UP_S)


def _note_sent(ended: Ended, now: datetime, signal: Signal, fields: Mapping[str, Any]) -> None:
    """Somebody has it: when the first got it, and the message that it answers is marked as answered."""
    row = submissions.get_for_engine(ended.handover.submission_id)
    first = row.sent_at is None
    note_verdict(row, None)
    _move(row.pk, S.SENDING, signal, **{"diagnosis": None, "sent_at": row.sent_at or now, **fields})
    if first:
        mark_origin(row, now)


def _verdicts(accepted: Iterable[str], seen: Mapping[str, Diagnosis]) -> dict[str, tuple[str, str]]:
    """Of each recipient, accepted or refused for good, or put off: then the words alone."""
    states = {who: "refused" if no.retry is Retry.NEVER else "" for who, no in seen.items()}
    return dict.fromkeys(accepted, ("accepted", "")) | {who: (states[who], no.evidence) for who, no in seen.items()}


def _observe(stage: Stage, error: YizhanError, target: ProbeTarget) -> Observation:
    return observe(stage, error, host=target.smtp.host, provider=target.provider, secrets=(target.secret,))


def _move(submission_id: SubmissionId | int, state: S, signal: Signal, **fields: Any) -> bool:
    return submissions.move_relaxed(submission_id, state.value, step(state, signal).value, **fields)
