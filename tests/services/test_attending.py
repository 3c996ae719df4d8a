"""What ends a session that listens: a broken line is opened again, and a server that wants to be left alone is."""

from datetime import timedelta

import pytest

from tests.services.clocks import SetClock
from tests.store.making import NOON, bind, take_lease
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.imap.errors import CommandRefused
from yizhan.net.endpoints import Endpoint, Security
from yizhan.net.errors import LineLost
from yizhan.providers.probe import ProbeTarget
from yizhan.services.accounts.verdicts import diagnose_failure, keep_verdict
from yizhan.services.sync.attending import is_passing
from yizhan.services.sync.watch_limits import WELL_S
from yizhan.store import accounts
from yizhan.store.scope import Scope

PLACE = Endpoint("imap.example.com", 993, Security.TLS)
LATER = CommandRefused("FETCH", "NO", "SERVERBUG", b"FETCH Server error - Please try again later")
MAILO = CommandRefused("SELECT", "NO", "UNAVAILABLE", b"Server busy, try again later")
EXCHANGE = CommandRefused("FETCH", "BAD", "", b"Request is throttled. Suggested Backoff Time: 299961 milliseconds")
GMAIL = CommandRefused("FETCH", "NO", "OVERQUOTA", b"Account exceeded command or bandwidth limits. (Failure)")
BYE = CommandRefused("session", "BYE", "", b"Server shutting down")


def target(provider: str) -> ProbeTarget:
    return ProbeTarget("li@example.com", Secret("made-up"), PLACE, PLACE, None, provider)


@pytest.mark.parametrize(
    ("error", "lived_s", "passes"),
    [
        (LineLost("the line was lost"), WELL_S, True),
        (LineLost("the line was lost"), WELL_S - 1, False),
        (BYE, WELL_S, True),
        (LATER, WELL_S, False),
        (MAILO, WELL_S, False),
        (EXCHANGE, WELL_S, False),
    ],
)
def test_only_a_line_that_broke_is_opened_again_without_a_word(
    error: YizhanError, lived_s: float, passes: bool
) -> None:
    assert is_passing(error, diagnose_failure(error, target("")), lived_s) is passes


@pytest.mark.parametrize(
    ("error", "provider", "status", "least_s"),
    [
        (LATER, "yahoo", "unreachable", 0),
        (MAILO, "mailo", "unreachable", 0),
        (EXCHANGE, "outlook", "throttled", 299),
        (GMAIL, "gmail", "throttled", 60),
    ],
)
def test_a_server_that_wants_to_be_left_alone_is_and_until_when_stands_with_the_account(
    scope: Scope, error: YizhanError, provider: str, status: str, least_s: int
) -> None:
    account = bind(scope, status="normal", last_ok_at=NOON)
    verdict = diagnose_failure(error, target(provider))
    keep_verdict(AccountId(account.pk), verdict, now=SetClock(NOON).now(), dice=lambda: 0.5, lease=take_lease(account))
    kept = accounts.get(scope, account.pk)
    assert (kept.status, kept.next_try_at is not None) == (status, True)
    assert (kept.next_try_at or NOON) > NOON + timedelta(seconds=least_s)
