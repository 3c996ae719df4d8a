"""One attempt: one SMTP transaction of one submission, and what its end makes of it.

The order is the guarantee.  `sending` is committed before the first byte; the mark of the final dot is committed
before the dot is written.  After a crash, `sending` with the mark is uncertain, without it nothing was taken.
"""

from dataclasses import dataclass

from yizhan.base.backoff import Backoff
from yizhan.base.clock import Clock
from yizhan.base.ids import SubmissionId
from yizhan.base.secret import Secret
from yizhan.imap.errors import RemoteProtocolError
from yizhan.net.endpoints import Endpoint
from yizhan.net.errors import LineLost, NetError
from yizhan.net.smtp import SendResult, SmtpRefused, SmtpSession
from yizhan.providers.diagnosis import Diagnosis, Retry, diagnose
from yizhan.providers.observing import observe_exception
from yizhan.providers.probe import open_smtp
from yizhan.providers.stages import Stage
from yizhan.services.accounts.checking import target_of
from yizhan.services.accounts.listing import smtp_endpoint
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox import settling
from yizhan.services.outbox.lifecycle import Signal
from yizhan.store import accounts, blobs, submissions
from yizhan.store.lane import Lane
from yizhan.store.models import Submission

RETRY = Backoff(first=30.0, cap=3600.0)


@dataclass(frozen=True, slots=True)
class Handover:
    """All that one transaction needs, read before the line is opened."""

    submission: Submission
    endpoint: Endpoint
    secret: Secret[str]
    raw: bytes


async def attempt(submission_id: SubmissionId, *, egress: Egress, lane: Lane, clock: Clock) -> None:
    """Try once.  The submission ends sent, failed or uncertain, or queued again with the time of the next try."""
    handover = await lane.run(_begin, submission_id)
    if handover is None:
        return
    outcome = await _carry(handover, submission_id, egress, lane, clock)
    await lane.run(settling.settle, submission_id, outcome, clock.now())


def _begin(submission_id: SubmissionId) -> Handover | None:
    """Claim it: `queued` becomes `sending`, or None if someone else was first."""
    if not settling.move(submission_id, Signal.ATTEMPT):
        return None
    submission = submissions.get_for_engine(submission_id)
    account = submission.account
    secret = accounts.secret_of(account.pk)
    return Handover(submission, smtp_endpoint(account), secret, blobs.get(submission.blob_id))
