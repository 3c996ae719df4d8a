"""Typed ids: a mailbox's id cannot be handed in where an account's is asked for."""

import secrets
from typing import NewType

WorkspaceId = NewType("WorkspaceId", int)
UserId = NewType("UserId", int)
AccountId = NewType("AccountId", int)
MailboxId = NewType("MailboxId", int)
MessageId = NewType("MessageId", int)
SubmissionId = NewType("SubmissionId", int)
DraftId = NewType("DraftId", int)
RequestId = NewType("RequestId", int)
ChangeId = NewType("ChangeId", int)


def make_token(size_bytes: int = 16) -> str:
    """A word that nobody can guess, safe in URLs and file names."""
    return secrets.token_urlsafe(size_bytes)
