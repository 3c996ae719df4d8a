"""One alert an incident, mail that was held goes when the account is well, and no secret is tried a fourth time."""

from datetime import datetime, timedelta

import pytest

from tests.services.clocks import SetClock
from tests.store.making import NOON, bind
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.providers.causes import Cause, Retry
from yizhan.providers.diagnosis import Diagnosis
from yizhan.providers.stages import Stage
from yizhan.services.accounts import pausing, tries
from yizhan.services.accounts.incidents import Incident, News, decide
from yizhan.services.accounts.lifecycle import AccountStatus as A
from yizhan.services.accounts.verdicts import keep_verdict
from yizhan.store import accounts, changes
from yizhan.store.models import Try
from yizhan.store.scope import Scope

WELL, QUIET, TOLD = Incident(), Incident(NOON), Incident(NOON, alerted=True)
REFUSED = Diagnosis(Stage.LOGIN, Cause.WRONG_PASSWORD, "no", Retry.NEVER)
RESET = Diagnosis(Stage.CONNECT, Cause.CONNECTION_RESET, "reset", Retry.LATER)
SECRET = Secret("not a password of anybody")


def in_seconds(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("before", "status", "next_try_at", "after", "news"),
    [
        (WELL, A.NORMAL, None, WELL, None),
        (WELL, A.NEEDS_CREDENTIAL, None, TOLD, News.ALERT),
        (WELL, A.NEEDS_ACTION, None, TOLD, News.ALERT),
        (WELL, A.UNREACHABLE, in_seconds(5), TOLD, News.ALERT),
        (WELL, A.THROTTLED, in_seconds(59), QUIET, None),
        (WELL, A.THROTTLED, in_seconds(60), TOLD, News.ALERT),
        (WELL, A.THROTTLED, None, QUIET, None),
        (WELL, A.PAUSED, None, WELL, None),
        (WELL, A.VERIFYING, None, WELL, None),
        (WELL, A.DELETING, None, WELL, None),
        (QUIET, A.THROTTLED, in_seconds(90), TOLD, News.ALERT),
        (QUIET, A.UNREACHABLE, None, TOLD, News.ALERT),
        (QUIET, A.NORMAL, None, WELL, None),
        (TOLD, A.NEEDS_CREDENTIAL, None, TOLD, None),
        (TOLD, A.VERIFYING, None, TOLD, None),
        (TOLD, A.PAUSED, None, TOLD, None),
        (TOLD, A.THROTTLED, in_seconds(900), TOLD, None),
        (TOLD, A.NORMAL, None, WELL, News.RECOVERED),
    ],
)
def test_an_incident_begins_outside_normal_and_ends_there(
    before: Incident, status: A, next_try_at: datetime | None, after: Incident, news: News | None
) -> None:
    assert decide(before, status, next_try_at, NOON) == (after, news)


def find(account_id: int, diagnosis: Diagnosis | None) -> None:
    keep_verdict(AccountId(account_id), diagnosis, now=NOON, dice=lambda: 1.0, lease=None)


def told(scope: Scope) -> list[tuple[str, str]]:
    news = [row for row in changes.since(scope, 0) if row.kind in list(News)]
    return [(row.kind, row.payload["status"]) for row in news]


def test_the_feed_has_one_alert_an_incident_whatever_causes_follow(scope: Scope) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    for diagnosis in (RESET, RESET, REFUSED):
        find(account.pk, diagnosis)
    accounts.set_status(account.pk, "verifying", None, at=NOON, ok=None)
    find(account.pk, REFUSED)
    assert told(scope) == [("account.alert", "unreachable")]
    accounts.set_status(account.pk, "verifying", None, at=NOON, ok=None)
    find(account.pk, None)
    find(account.pk, None)
    assert told(scope) == [("account.alert", "unreachable"), ("account.recovered", "normal")]
    find(account.pk, RESET)
    assert told(scope)[2:] == [("account.alert", "unreachable")]


def test_a_pause_is_no_incident(scope: Scope) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    pausing.pause(scope, AccountId(account.pk), SetClock(NOON))
    assert told(scope) == []


def test_the_same_refused_secret_is_tried_three_times_an_hour_and_is_kept_as_a_hash(scope: Scope) -> None:
    for address in ("li@example.com", "LI@example.com", "li@example.com"):
        tries.end(tries.begin(address, SECRET, NOON), REFUSED)
    with pytest.raises(tries.TriesUsedUp):
        tries.begin("li@example.com", SECRET, in_seconds(3599))
    assert tries.begin("li@example.com", Secret("another one"), NOON)
    assert tries.begin("anna@example.com", SECRET, NOON)
    assert tries.begin("li@example.com", SECRET, in_seconds(3601))
    assert SECRET.reveal() not in str(list(Try.objects.values()))


def test_tries_that_are_under_way_count_and_those_that_met_no_refusal_do_not(scope: Scope) -> None:
    under_way = [tries.begin("li@example.com", SECRET, NOON) for _ in range(3)]
    with pytest.raises(tries.TriesUsedUp):
        tries.begin("li@example.com", SECRET, NOON)
    tries.end(under_way[0], RESET)
    last = tries.begin("li@example.com", SECRET, NOON)
    tries.end(last, None)
    assert Try.objects.count() == 0
