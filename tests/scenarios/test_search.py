"""Mail found in words, from the command line and by an engine, on a real server."""

import time

import pytest

from tests.scenarios.asked import bind, door
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from yizhan.services.messages.searching import search

pytestmark = [pytest.mark.root, pytest.mark.real]
HEADER = "From: {0}\r\nTo: {0}\r\nSubject: Quote\r\nMessage-ID: <{1}@test>\r\n"
LETTER = HEADER + "Content-Type: text/plain; charset=utf-8\r\n\r\n{2}\r\n"


def deliver(mailhost: MailHost, person: Person, name: str, text: str) -> None:
    mailhost.dovecot.deliver(person.address, LETTER.format(person.address, name, text).encode())


def wait_until_found(scope: object, typed: str, seconds: float) -> list[dict[str, object]]:
    until = time.monotonic() + seconds
    while not (found := search(scope, typed, None, 50)):  # type: ignore[arg-type]
        assert time.monotonic() < until, f"{typed} was not found"
        time.sleep(0.1)
    return found


def test_mail_that_was_just_fetched_is_found_without_an_engine(home: Home, mailhost: MailHost, alice: Person) -> None:
    deliver(mailhost, alice, "s1", "彩盒報價單已更新")
    words = ["accounts", "add", alice.address, "--secret-file", str(alice.secret_file), "--ca-file"]
    assert home.cli(*words, str(mailhost.ca_file), "--imap", mailhost.imap, "--smtp", mailhost.smtp).code == 0
    [found] = home.cli("search", "报价单", "from:alice", "--account", alice.address, "--json").json
    assert (found["subject"], found["snippet"]) == ("Quote", "彩盒報價單已更新")
    assert found["highlights"]["snippet"] == [[2, 5]]
    assert "Quote" in home.cli("search", "quo").out
    assert home.cli("search", "продажа", "--json").json == []
    refused = home.cli("search", "…!?", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "query_refused")


def test_an_engine_finds_the_text_of_new_mail_within_seconds(home: Home, mailhost: MailHost, alice: Person) -> None:
    deliver(mailhost, alice, "s2", "Договор подписан")
    with door(home) as scope, home.engine():
        assert bind(scope, mailhost, alice)["state"] == "done"
        wait_until_found(scope, "quote", 20)
        [found] = wait_until_found(scope, "договор", 5)
        assert found["snippet"] == "Договор подписан"
