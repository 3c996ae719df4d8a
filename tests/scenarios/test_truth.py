"""The engine tells the truth about an account soon, and never tries a refused secret on and on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scenarios.asked import answer_of, door
from tests.support.faulty import FaultyServer, Line, Script, imap, saying, serving, silence, smtp
from tests.support.home import Home
from tests.support.places import given_file
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.services.accounts import listing
from yizhan.services.accounts.asking import ask_bind, ask_check, ask_edit
from yizhan.services.accounts.editing import EditForm
from yizhan.services.accounts.forms import BindForm
from yizhan.services.owners import news
from yizhan.store.scope import Scope

ADDRESS, SECRET = "li@example.com", "made-up"
TRUTH_SECONDS = 30.0
REFUSED = "NO [AUTHENTICATIONFAILED] wrong"


class Changing:
    """A server that does as `script` says, which may be another for the next who comes."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.came_at: list[float] = []

    async def __call__(self, line: Line) -> None:
        self.came_at.append(time.monotonic())
        await self.script(line)


@contextmanager
def servers(script: Script | None = None) -> Iterator[tuple[Changing, FaultyServer, FaultyServer]]:
    mail = Changing(script or imap())
    with serving(mail) as imap_server, serving(smtp()) as smtp_server:
        yield mail, imap_server, smtp_server


def form(imap_server: FaultyServer, smtp_server: FaultyServer) -> BindForm:
    places = {"imap": imap_server.endpoint("plain"), "smtp": smtp_server.endpoint("plain")}
    return BindForm(ADDRESS, Secret(SECRET), login=ADDRESS, **places)


def status_of(scope: Scope, account_id: AccountId) -> str:
    return str(listing.show_account(scope, account_id, "en")["status"])


def wait_until_left(scope: Scope, account_id: AccountId, status: str, seconds: float) -> float:
    """When the account has another status than that."""
    until = time.monotonic() + seconds
    while status_of(scope, account_id) == status:
        assert time.monotonic() < until, f"the account is {status} still"
        time.sleep(0.1)
    return time.monotonic()


def logins(server: FaultyServer) -> int:
    return server.heard.count(b" LOGIN ")


async def reset(line: Line) -> None:
    line.reset()


@pytest.mark.parametrize(
    ("script", "status", "cause"),
    [
        (imap({"LOGIN": REFUSED}), "needs_credential", "wrong_password"),
        (imap({"LOGIN": "NO [UNAVAILABLE] try later"}), "unreachable", "server_unavailable"),
        (reset, "unreachable", "connection_reset"),
        (silence, "unreachable", "timeout"),
        (saying("* BYE too many connections"), "throttled", "too_many_connections"),
    ],
    ids=["refuses", "unavailable", "resets", "silent", "bye"],
)
def test_a_server_that_changes_its_mind_is_told_of_within_thirty_seconds_of_the_first_contact(
    home: Home, script: Script, status: str, cause: str
) -> None:
    with servers() as (mail, *both), door(home) as scope, home.engine():
        bound = answer_of(scope, ask_bind(scope, form(*both)))
        account_id = AccountId(bound["account_id"])
        contacts = len(mail.came_at)
        mail.script = script
        left_at = wait_until_left(scope, account_id, "normal", 100.0)
        assert left_at - mail.came_at[contacts] < TRUTH_SECONDS
        shown = listing.show_account(scope, account_id, "en")
        assert (shown["status"], shown["diagnosis"]["cause"]) == (status, cause)
        told = [each["payload"]["cause"] for each in news.since(scope, 0, 1000) if each["kind"] == "account.alert"]
        assert told == [cause]


def test_a_refused_secret_is_tried_three_times_an_hour_whatever_a_person_clicks(home: Home) -> None:
    with servers(imap({"LOGIN": REFUSED})) as (_, *both), door(home) as scope, home.engine():
        clicked = [ask_bind(scope, form(*both)) for _ in range(6)]
        ends = [answer_of(scope, each) for each in clicked]
        assert logins(both[0]) == 3
        assert sum(end["diagnosis"] is not None for end in ends) == 3
        assert {end["error"]["code"] for end in ends if end["error"]} == {"tries_used_up"}
    words = ["--imap", both[0].endpoint("plain"), "--smtp", both[1].endpoint("plain"), "--login", ADDRESS]
    refused = home.cli("accounts", "add", ADDRESS, "--secret-file", str(given_file(SECRET)), *words, "--json")
    assert refused.json["error"]["code"] == "tries_used_up"


def test_a_bound_account_with_a_refused_secret_is_left_alone_by_checks_edits_and_the_engine(home: Home) -> None:
    with servers() as (mail, *both), door(home) as scope, home.engine():
        account_id = AccountId(answer_of(scope, ask_bind(scope, form(*both)))["account_id"])
        mail.script = imap({"LOGIN": REFUSED})
        before = logins(both[0])
        for _ in range(3):
            answer_of(scope, ask_check(scope, account_id))
            answer_of(scope, ask_edit(scope, account_id, EditForm(secret=Secret(SECRET))))
        time.sleep(3.0)  # rounds of the engine
        assert logins(both[0]) - before == 3
        assert status_of(scope, account_id) == "needs_credential"


def test_mail_that_waited_for_a_person_goes_at_once_when_the_account_is_resumed(home: Home, tmp_path: Path) -> None:
    with servers() as (_, *both), door(home) as scope, home.engine():
        account_id = AccountId(answer_of(scope, ask_bind(scope, form(*both)))["account_id"])
        assert home.cli("accounts", "pause", ADDRESS).code == 0
        text = tmp_path / "text"
        text.write_text("Hi\n")
        words = ["--from", ADDRESS, "--to", "bob@example.com", "--subject", "Hi", "--text-file", str(text)]
        assert home.cli("send", *words).code == 0
        time.sleep(2.0)  # the engine has seen it and holds it
        assert b"DATA" not in both[1].heard
        answer_of(scope, ask_check(scope, account_id))
        until = time.monotonic() + 10.0
        while b"DATA" not in both[1].heard:
            assert time.monotonic() < until, "it is held still"
            time.sleep(0.1)
