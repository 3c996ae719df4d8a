"""How an account stood over the last days, for its page."""

from datetime import datetime, timedelta
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.providers.words import SecretNoun
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.services.catalogue.diagnoses import shape_of
from yizhan.services.catalogue.known import noun_at
from yizhan.store import accounts, spans
from yizhan.store.models import StatusSpan
from yizhan.store.scope import Scope

DAYS = 7


def timeline(scope: Scope, account_id: AccountId, clock: Clock, language: str, days: int = DAYS) -> dict[str, Any]:
    """The spans of the last days, oldest first, and the share of the time that is known in which it was normal.

    `{"since", "until", "normal_share", "spans": [{"status", "diagnosis", "began_at", "ended_at", "seconds",
    "lasts"}]}`; `normal_share` is None when nothing is known; what lies before the first span is not known, not well.
    """
    until = clock.now()
    since = until - timedelta(days=days)
    noun = noun_at(accounts.get(scope, account_id).provider, language)
    found = [_shape(span, since, until, language, noun) for span in spans.between(scope, account_id, since)]
    known = sum(each["seconds"] for each in found)
    well = sum(each["seconds"] for each in found if each["status"] == AccountStatus.NORMAL)
    return {"since": since, "until": until, "spans": found, "normal_share": well / known if known else None}


def _shape(
    span: StatusSpan, since: datetime, until: datetime, language: str, noun: SecretNoun | None
) -> dict[str, Any]:
    began_at, ended_at = max(span.began_at, since), span.ended_at or until
    return {
        "status": span.status,
        "diagnosis": shape_of(span.diagnosis, language, noun),
        "began_at": began_at,
        "ended_at": ended_at,
        "seconds": max(0.0, (ended_at - began_at).total_seconds()),
        "lasts": span.ended_at is None,
    }
