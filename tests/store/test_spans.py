from datetime import datetime, timedelta

from tests.store.making import NOON, bind
from yizhan.store import accounts, spans
from yizhan.store.models import Account, StatusSpan
from yizhan.store.scope import Scope

REFUSED = {"cause": "wrong_password", "evidence": "535"}


def seen(account: Account, minute: int, status: str, diagnosis: dict[str, str] | None = None) -> None:
    at = NOON + timedelta(minutes=minute)
    accounts.set_status(account.pk, status, diagnosis, at=at, ok=diagnosis is None)


def lived(scope: Scope, account: Account, since_minute: int = 0) -> list[tuple[str, float, float | None]]:
    found = spans.between(scope, account.pk, NOON + timedelta(minutes=since_minute))
    return [(span.status, _minute(span.began_at), span.ended_at and _minute(span.ended_at)) for span in found]


def _minute(at: datetime) -> float:
    return (at - NOON).total_seconds() / 60


def test_a_span_ends_when_another_status_or_cause_is_found(scope: Scope) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    seen(account, 1, "normal")
    seen(account, 2, "needs_credential", REFUSED)
    seen(account, 3, "needs_credential", {**REFUSED, "evidence": "535 again"})
    seen(account, 4, "needs_credential", {"cause": "app_password_required"})
    assert lived(scope, account) == [("normal", 0, 2), ("needs_credential", 2, 4), ("needs_credential", 4, None)]


def test_a_check_under_way_ends_nothing(scope: Scope) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    accounts.set_status(account.pk, "verifying", None, at=NOON, ok=None)
    seen(account, 1, "normal")
    assert lived(scope, account) == [("normal", 0, None)]


def test_only_spans_that_reach_past_the_instant_are_given_and_old_ones_are_forgotten(scope: Scope) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    seen(account, 10, "unreachable", {"cause": "timeout"})
    seen(account, 20, "normal")
    assert [status for status, _, _ in lived(scope, account, 10)] == ["unreachable", "normal"]
    assert spans.prune(NOON + timedelta(minutes=15)) == 1
    assert [span.status for span in StatusSpan.objects.order_by("began_at")] == ["unreachable", "normal"]
