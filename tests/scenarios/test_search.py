"""Mail found in words, from the command line and by an engine, on a real server."""

import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.mime.documents import make_docx
from tests.scenarios.asked import bind, door
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from yizhan.services.messages.searching import search

pytestmark = [pytest.mark.root, pytest.mark.real]
HEADER = "From: {0}\r\nTo: {0}\r\nSubject: Quote\r\nMessage-ID: <{1}@test>\r\n"
LETTER = HEADER + "Content-Type: text/plain; charset=utf-8\r\n\r\n{2}\r\n"


def letter_with(person: Person, text: str, filename: str, data: bytes) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"] = made["To"] = person.address
    made["Subject"] = "Offer"
    made.set_content(text)
    made.add_attachment(data, maintype="application", subtype="octet-stream", filename=filename)
    return made.as_bytes()


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
    counted = home.cli("search", "quote", "--counts", "--json").json
    assert (counted["count"], counted["accounts"], counted["mailboxes"]) == (1, {alice.address: 1}, {"inbox": 1})
    refused = home.cli("search", "…!?", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "query_refused")


def test_words_of_an_attached_file_are_found_and_a_query_is_kept(home: Home, mailhost: MailHost, alice: Person) -> None:
    raw = letter_with(alice, "see file", "offer.docx", make_docx("彩盒報價單", "Счёт на оплату"))
    mailhost.dovecot.deliver(alice.address, raw)
    words = ["accounts", "add", alice.address, "--secret-file", str(alice.secret_file), "--ca-file"]
    assert home.cli(*words, str(mailhost.ca_file), "--imap", mailhost.imap, "--smtp", mailhost.smtp).code == 0
    [found] = home.cli("search", "报价单 счет", "--json").json
    assert (found["subject"], found["found_in"]) == ("Offer", "offer.docx")
    assert home.cli("searches", "save", "Offers", "报价单").code == 0
    assert home.cli("searches", "rename", "Offers", "Quotes", "--json").json == [{"name": "Quotes", "query": "报价单"}]
    assert len(home.cli("search", "is:unread", "--saved", "Quotes", "--json").json) == 1
    assert home.cli("searches", "delete", "Quotes", "--json").json == []
    assert home.cli("search", "--saved", "Quotes", "--json").json["error"]["code"] == "not_found"


def test_an_engine_finds_the_text_of_new_mail_within_seconds(home: Home, mailhost: MailHost, alice: Person) -> None:
    deliver(mailhost, alice, "s2", "Договор подписан")
    with door(home) as scope, home.engine():
        assert bind(scope, mailhost, alice)["state"] == "done"
        wait_until_found(scope, "quote", 20)
        [found] = wait_until_found(scope, "договор", 5)
        assert found["snippet"] == "Договор подписан"
