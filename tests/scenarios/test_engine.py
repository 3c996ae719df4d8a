"""The engine on real servers: it does what doors ask, tells how far it is, and commands get the same answers by it."""

import time

import pytest

from tests.scenarios.asked import answer_of, bind, door, form
from tests.store.databases import using
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from tests.support.places import given_file
from yizhan.base.ids import AccountId, RequestId
from yizhan.services.accounts.asking import ask_bind, ask_check, drop_draft, list_drafts
from yizhan.services.accounts.listing import show_account
from yizhan.store import leases

pytestmark = [pytest.mark.root, pytest.mark.real]
LETTER = "From: {0}\r\nTo: {0}\r\nSubject: {1}\r\nMessage-ID: <{1}@test>\r\n\r\nHello\r\n"


def wait_until(what: str, true: object, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until, f"{what} did not come true"
        time.sleep(0.05)


def test_a_bind_that_a_door_asks_for_is_done_stage_by_stage_and_the_newest_mail_comes_after_it(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    mailhost.send(alice, alice.address, message=LETTER.format(alice.address, "first").encode())
    mailhost.wait_for(alice, "<first@test>")
    with door(home) as scope, home.engine():
        asked = bind(scope, mailhost, alice)
        assert (asked["state"], asked["error"], asked["diagnosis"]) == ("done", None, None)
        assert [each["stage"] for each in asked["stages"]][-1] == "smtp_auth"
        assert all(each["ok"] for each in asked["stages"])
        assert "secret" not in asked["form"]
        account_id = AccountId(asked["account_id"])
        wait_until("the newest mail", lambda: show_account(scope, account_id, "en")["messages"] == 1)


def test_a_refused_bind_is_kept_as_a_draft_without_its_secret(home: Home, mailhost: MailHost, alice: Person) -> None:
    with door(home) as scope, home.engine():
        asked = bind(scope, mailhost, alice, secret="not the secret")
        assert (asked["state"], asked["diagnosis"]["cause"]) == ("failed", "wrong_password")
        assert [(each["stage"], each["ok"]) for each in asked["stages"]][-1] == ("login", False)
        [draft] = list_drafts(scope, "en")
        assert (draft["address"], draft["form"]["imap"]) == (alice.address, mailhost.imap)
        assert "not the secret" not in str(draft)
        again = bind(scope, mailhost, alice)
        assert again["state"] == "done"
        assert list_drafts(scope, "en") == []


def test_a_draft_can_be_dropped(home: Home, mailhost: MailHost, alice: Person) -> None:
    with door(home) as scope, home.engine():
        asked = bind(scope, mailhost, alice, secret="not the secret")
        drop_draft(scope, RequestId(asked["id"]))
        assert list_drafts(scope, "en") == []


def test_a_command_gets_the_same_answer_with_an_engine_and_without(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    words = ["accounts", "add", alice.address, "--secret-file", str(alice.secret_file)]
    words += ["--ca-file", str(mailhost.ca_file), "--imap", mailhost.imap, "--smtp", mailhost.smtp]
    added = home.cli(*words)
    assert added.code == 0, added.err
    assert "smtp_auth" in added.err
    alone = [home.cli("accounts", "check", alice.address), home.cli("sync", alice.address, "--json")]
    with home.engine() as engine:
        with using(home.env):
            wait_until("the lease", lambda: leases.holder(1) in leases.living_engines())
        beside = [home.cli("accounts", "check", alice.address), home.cli("sync", alice.address, "--json")]
        assert engine.log.read_text().count("request_settled") == 2
    assert [each.code for each in beside] == [each.code for each in alone] == [0, 0]
    assert beside[1].json == alone[1].json
    assert _stages(beside[0].err) == _stages(alone[0].err)
    assert _fields(beside[0].out) == _fields(alone[0].out)


def test_a_command_beside_an_engine_names_the_refusal_alike(home: Home, mailhost: MailHost, alice: Person) -> None:
    with door(home) as scope, home.engine():
        bind(scope, mailhost, alice)
        mailhost.dovecot.add_user(alice.address, "another secret")
        checked = home.cli("accounts", "check", alice.address, "--json")
        assert (checked.code, checked.json["status"]) == (1, "needs_credential")
        assert checked.json["diagnosis"]["cause"] == "wrong_password"


def test_the_engine_sends_what_is_queued_and_a_waiting_command_is_told(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    text = given_file("Price\n")
    words = ["send", "--from", alice.address, "--to", bob.address, "--subject", "Price", "--text-file", str(text)]
    with door(home) as scope, home.engine():
        assert bind(scope, mailhost, alice)["state"] == "done"
        queued = home.cli(*words, "--json")
        waited = home.cli(*words, "--wait", "--json")
        assert (waited.code, waited.json["state"], waited.json["sent_copy"]) == (0, "sent", "appended")
        mailhost.wait_for(bob, queued.json["message_id"])
        mailhost.wait_for(bob, waited.json["message_id"])


def test_two_commands_at_once_on_one_account_do_not_fetch_twice(home: Home, mailhost: MailHost, alice: Person) -> None:
    with door(home) as scope, home.engine():
        asked = bind(scope, mailhost, alice)
        mailhost.send(alice, alice.address, message=LETTER.format(alice.address, "second").encode())
        mailhost.wait_for(alice, "<second@test>")
        first = ask_check(scope, AccountId(asked["account_id"]))
        second = ask_check(scope, AccountId(asked["account_id"]))
        assert answer_of(scope, first)["state"] == "done"
        assert answer_of(scope, second)["state"] == "done"
        fetched = [home.cli("sync", alice.address, "--json").json["fetched"] for _ in range(2)]
        assert sum(fetched) <= 1


def test_a_second_bind_of_one_address_opens_no_second_account(home: Home, mailhost: MailHost, alice: Person) -> None:
    with door(home) as scope, home.engine():
        both = [ask_bind(scope, form(mailhost, alice)) for _ in range(2)]
        answers = [answer_of(scope, each) for each in both]
        assert sorted(each["state"] for each in answers) == ["done", "failed"]
        [failed] = [each for each in answers if each["state"] == "failed"]
        assert failed["error"]["code"] == "already_bound"


def _stages(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines() if " ms" in line]


def _fields(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("last_")]
