"""Submissions as doors show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yizhan.services.catalogue.diagnoses import DiagnosisView, view_of
from yizhan.store.models import Submission


@dataclass(frozen=True, slots=True)
class RecipientView:
    """One recipient: `state` is waiting, accepted or refused; `said` the server's words for this one."""

    address: str
    kind: str
    state: str
    said: str


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """One message handed in."""

    id: int
    account_id: int
    account: str
    state: str
    subject: str
    recipients: tuple[RecipientView, ...]
    message_id: str
    created_at: datetime
    sent_at: datetime | None
    sent_copy: str
    diagnosis: DiagnosisView | None
    retries: int

    def shape(self) -> dict[str, Any]:
        """cli.md's submission shape."""
        return {
            "id": self.id,
            "account": self.account,
            "state": self.state,
            "subject": self.subject,
            "recipients": [recipient.address for recipient in self.recipients],
            "message_id": self.message_id,
            "created_at": self.created_at,
            "sent_at": self.sent_at,
            "sent_copy": self.sent_copy,
            "diagnosis": self.diagnosis.shape() if self.diagnosis else None,
            "retries": self.retries,
        }


def view(submission: Submission, language: str) -> SubmissionView:
    """The row in `language`."""
    account = submission.account
    return SubmissionView(
        id=submission.pk,
        account_id=account.pk,
        account=account.address,
        state=submission.state,
        subject=submission.subject,
        recipients=tuple(
            RecipientView(each.address, each.kind, each.state, each.said) for each in submission.recipients.all()
        ),
        message_id=submission.message_id,
        created_at=submission.created_at,
        sent_at=submission.sent_at,
        sent_copy=submission.sent_copy,
        diagnosis=view_of(submission.diagnosis, language, account.provider),
        retries=submission.retries,
    )
