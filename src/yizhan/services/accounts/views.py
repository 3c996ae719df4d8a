"""Accounts as doors show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yizhan.services.catalogue.diagnoses import DiagnosisView


@dataclass(frozen=True, slots=True)
class StageView:
    """One step of a check: `state` is waiting, now, done, failed or skipped; `ms` how long it took."""

    stage: str
    state: str
    ms: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account, with counts over the mailboxes held."""

    id: int
    address: str
    label: str
    login: str
    provider: str
    provider_name: str
    status: str
    diagnosis: DiagnosisView | None
    route: str
    imap: str
    smtp: str
    colour: int
    created_at: datetime
    last_ok_at: datetime | None
    last_error_at: datetime | None
    mailboxes: int
    messages: int
    unseen: int
    credential_kind: str
    credential_age_days: int

    def shape(self) -> dict[str, Any]:
        """cli.md's account shape, and what else is worth knowing."""
        return {
            "address": self.address,
            "provider": self.provider,
            "status": self.status,
            "diagnosis": self.diagnosis.shape() if self.diagnosis else None,
            "route": self.route,
            "label": self.label,
            "last_ok_at": self.last_ok_at,
            "last_error_at": self.last_error_at,
            "mailboxes": self.mailboxes,
            "messages": self.messages,
            "unseen": self.unseen,
            "id": self.id,
            "login": self.login,
            "imap": self.imap,
            "smtp": self.smtp,
        }


@dataclass(frozen=True, slots=True)
class BindView:
    """A check as it goes: for a new account, or for one that is bound.

    `state` is waiting, running, done or failed; `form` is what was typed, without the secret.
    """

    request_id: int
    address: str
    state: str
    stages: tuple[StageView, ...]
    diagnosis: DiagnosisView | None
    account_id: int | None
    total_ms: int | None
    form: Mapping[str, str]
    error: str
