from datetime import datetime, timedelta

import pytest

from tests.services.clocks import SetClock
from tests.store.making import NOON, bind, take_lease
from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.services.accounts import deleting, pausing, reviewing
from yizhan.services.accounts.timeline import timeline
from yizhan.store import accounts
from yizhan.store.errors import LeaseLost, TooLate
from yizhan.store.models import Account, Credential
from yizhan.store.scope import Scope


def days_ago(days: int | None) -> datetime | None:
    return None if days is None else NOON - timedelta(days=days)


def id_of(account: Account) -> AccountId:
    return AccountId(account.pk)


def test_a_paused_account_keeps_its_secret_and_nobody_works_on_it(scope: Scope) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    lease = take_lease(account)
    pausing.pause(scope, id_of(account), SetClock(NOON))
    pausing.pause(scope, id_of(account), SetClock(NOON))
    held = accounts.get(scope, account.pk)
    assert (held.status, held.next_try_at) == ("paused", None)
    assert accounts.secret_of(account.pk) == Secret("opensesame")
    with pytest.raises(LeaseLost):
        accounts.set_status(account.pk, "normal", None, at=NOON, ok=True, lease=lease)


def test_deleting_can_be_taken_back_until_it_is_due(scope: Scope) -> None:
    account, clock = bind(scope), SetClock(NOON)
    until = deleting.delete_later(scope, id_of(account), clock)
    assert until == NOON + timedelta(seconds=deleting.GRACE_SECONDS)
    assert deleting.erase_due(clock) == 0
    deleting.undo(scope, id_of(account))
    assert accounts.get(scope, account.pk).status == "verifying"
    deleting.delete_later(scope, id_of(account), clock)
    clock.move(seconds=deleting.GRACE_SECONDS)
    assert deleting.erase_due(clock) == 1
    with pytest.raises(NotFound):
        deleting.undo(scope, id_of(account))


def test_what_is_being_erased_cannot_be_taken_back(scope: Scope) -> None:
    account = bind(scope)
    accounts.begin_deleting(scope, account.pk, None)
    with pytest.raises(TooLate):
        deleting.undo(scope, id_of(account))


@pytest.mark.parametrize(
    ("age_days", "idle_days", "reviewed_days", "reason"),
    [
        (10, 0, None, None),
        (179, 0, None, None),
        (180, 0, None, "old"),
        (200, 0, 30, None),
        (400, 0, 180, "old"),
        (61, 60, None, "unused"),
        (100, 90, 59, None),
    ],
)
def test_old_and_unused_secrets_are_to_be_reviewed(
    scope: Scope, age_days: int, idle_days: int, reviewed_days: int | None, reason: str | None
) -> None:
    account = bind(scope, last_ok_at=NOON - timedelta(days=idle_days))
    Credential.objects.update(created_at=NOON - timedelta(days=age_days), reviewed_at=days_ago(reviewed_days))
    held = accounts.get(scope, account.pk)
    assert reviewing.reason_to_review(held, NOON) == reason
    found = [(each["address"], each["reason"], each["age_days"]) for each in reviewing.list_due(scope, SetClock(NOON))]
    assert found == [("anna@example.com", reason, age_days)] * bool(reason)


def test_a_reviewed_secret_is_left_in_peace(scope: Scope) -> None:
    account = bind(scope, last_ok_at=NOON)
    Credential.objects.update(created_at=NOON - timedelta(days=300))
    clock = SetClock(NOON)
    assert len(reviewing.list_due(scope, clock)) == 1
    reviewing.mark_reviewed(scope, id_of(account), clock)
    assert reviewing.list_due(scope, clock) == []


def test_a_timeline_counts_only_what_is_known(scope: Scope) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    refused = {"stage": "login", "cause": "wrong_password", "evidence": "no", "retry": "never", "retry_after_s": None}
    accounts.set_status(account.pk, "needs_credential", refused, at=NOON + timedelta(hours=3), ok=False)
    shown = timeline(scope, id_of(account), SetClock(NOON + timedelta(hours=4)), "en")
    lived = [(span["status"], span["seconds"], span["lasts"]) for span in shown["spans"]]
    assert lived == [("normal", 3 * 3600, False), ("needs_credential", 3600, True)]
    assert shown["normal_share"] == 0.75
    assert shown["spans"][1]["diagnosis"]["cause"] == "wrong_password"


def test_nothing_known_is_not_called_well(scope: Scope) -> None:
    account = bind(scope, last_ok_at=NOON)
    assert timeline(scope, id_of(account), SetClock(NOON), "en")["normal_share"] is None
