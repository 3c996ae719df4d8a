"""What a crash left of an account's outbox, judged by whoever holds the account's lease now.

A new epoch means that nobody else is at work on the account, so a submission that is still `sending` was cut short:
with the mark of the final dot the server may have it, without it the server took nothing (RFC 5321 §4.1.1.4).
"""

from datetime import datetime

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.providers.diagnosis import Cause, Diagnosis, Retry
from yizhan.providers.probe import open_imap
from yizhan.providers.stages import Stage
from yizhan.services.accounts.checking import read_target
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.lifecycle import Signal, SubmissionState, step
from yizhan.store import mailboxes, submissions
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease, fence

_CUT = Diagnosis(Stage.DATA, Cause.CONNECTION_RESET, "Yizhan was stopped while it sent this message", Retry.LATER)


def judge_cut_short(account_id: AccountId, lease: Lease | None) -> int:
    """Give each submission that a crash left `sending` its true state; how many.  Raises `LeaseLost`.

    Inside the lane, before anything of the account is sent under this lease.
    """
    fence(lease)
    cut = [row for row in submissions.unsettled(account_id) if row.state == SubmissionState.SENDING]
    judged = 0
    for row in cut:
        signal = Signal.LOST_BEFORE_DOT if row.final_dot_at is None else Signal.LOST_AFTER_DOT
        after = step(SubmissionState.SENDING, signal)
        diagnosis = None if after is SubmissionState.QUEUED else kept_form(_CUT)
        judged += submissions.move(row.pk, SubmissionState.SENDING.value, after.value, diagnosis=diagnosis)
    return judged


def read_uncertain(account_id: AccountId) -> list[SubmissionId]:
    """Those that can be settled by looking: where nobody has it yet for certain, a copy in Sent is this attempt's."""
    rows = [row for row in submissions.unsettled(account_id) if row.state == SubmissionState.UNCERTAIN]
    return [SubmissionId(row.pk) for row in rows if row.sent_at is None]


async def look_for(
    submission_id: SubmissionId, *, egress: Egress, lane: Lane, clock: Clock, lease: Lease | None
) -> bool:
    """Look for an uncertain message in Sent by its Message-ID; True when it is there, and now `sent`.

    A server that files no copy by itself leaves it uncertain, and so does one that cannot be asked now.
    """
    row = await lane.read(submissions.get_for_engine, submission_id)
    sent = await lane.read(mailboxes.by_role, row.account_id, "sent")
    if sent is None or row.sent_at is not None or row.state != SubmissionState.UNCERTAIN:
        return False
    target, route = await lane.read(read_target, AccountId(row.account_id))
    try:
        session = await open_imap(target, egress.dialer_for(route))
        try:
            await session.examine(sent.wire_name)
            found = await session.search_message_id(row.message_id)
        finally:
            await session.close()
    except YizhanError:
        return False  # not an answer; it is asked again
    if found:
        await lane.run(_settle_found, submission_id, clock.now(), lease)
    return bool(found)


def _settle_found(submission_id: SubmissionId, now: datetime, lease: Lease | None) -> None:
    fence(lease)
    after = step(SubmissionState.UNCERTAIN, Signal.FOUND_IN_SENT)
    if submissions.move(submission_id, SubmissionState.UNCERTAIN.value, after.value, sent_at=now, diagnosis=None):
        submissions.set_sent_copy(submission_id, "by_server")
