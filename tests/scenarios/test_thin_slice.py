"""One mailbox bound, read and answered on a real Dovecot and a real Postfix, from the command line."""

import pytest

from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from tests.support.places import given_file

pytestmark = [pytest.mark.root, pytest.mark.real]

LETTER = "From: {0}\r\nTo: {1}\r\nSubject: =?utf-8?B?6K+i5Lu3?=\r\nMessage-ID: <q1@test>\r\n\r\nHello from Bob\r\n"


def bind(home: Home, mailhost: MailHost, person: Person, *more: str) -> list[str]:
    words = ["accounts", "add", person.address, "--secret-file", str(person.secret_file), "--ca-file"]
    return [*words, str(mailhost.ca_file), "--imap", mailhost.imap, "--smtp", mailhost.smtp, *more, "--json"]


def test_a_bound_account_is_normal_and_its_newest_mail_is_here(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    mailhost.send(bob, alice.address, message=LETTER.format(bob.address, alice.address).encode())
    mailhost.wait_for(alice, "Hello from Bob")
    added = home.cli(*bind(home, mailhost, alice))
    assert added.code == 0, added.out + added.err
    assert added.json["status"] == "normal"
    assert added.json["unseen"] == 1
    assert [each["address"] for each in home.cli("accounts", "list", "--json").json] == [alice.address]

    newest = home.cli("messages", "list", "--json").json
    assert newest[0]["subject"] == "询价"
    shown = home.cli("messages", "show", str(newest[0]["id"]), "--json").json
    assert "Hello from Bob" in shown["text"]
    raw = home.cli("messages", "show", str(newest[0]["id"]), "--raw").out
    assert raw.encode() in [each.replace(b"\r\n", b"\n") for each in mailhost.dovecot.messages(alice.address, "INBOX")]


def test_a_message_sent_arrives_once_and_has_one_copy_in_sent(
    home: Home, mailhost: MailHost, alice: Person, bob: Person
) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    text = given_file("价格见附件 / Цена во вложении\n.\n..\n")
    words = ["send", "--from", alice.address, "--to", bob.address, "--subject", "回复：询价", "--text-file", str(text)]
    sent = home.cli(*words, "--wait", "--json")
    assert sent.code == 0, sent.out + sent.err
    assert (sent.json["state"], sent.json["sent_copy"]) == ("sent", "appended")
    mailhost.wait_for(bob, sent.json["message_id"])
    copies = [
        each for each in mailhost.dovecot.messages(alice.address, "Sent") if sent.json["message_id"].encode() in each
    ]
    assert len(copies) == 1


def test_a_refused_secret_is_named_and_keeps_nothing(home: Home, mailhost: MailHost, alice: Person) -> None:
    words = bind(home, mailhost, alice)
    words[4] = str(given_file("not the secret\n"))
    refused = home.cli(*words)
    assert refused.code == 1
    error = refused.json["error"]
    assert error["code"] == "wrong_password"
    assert error["diagnosis"]["stage"] == "login"
    assert "AUTHENTICATIONFAILED" in error["diagnosis"]["evidence"] or "failed" in error["diagnosis"]["evidence"]
    assert home.cli("accounts", "list", "--json").json == []


def test_an_authority_nobody_trusts_is_refused_before_any_secret_is_sent(
    home: Home, mailhost: MailHost, alice: Person
) -> None:
    words = bind(home, mailhost, alice)
    del words[5:7]
    refused = home.cli(*words)
    assert refused.code == 1
    assert refused.json["error"]["code"] == "tls_untrusted"


def test_the_key_is_rotated_and_a_deleted_account_is_gone(home: Home, mailhost: MailHost, alice: Person) -> None:
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    assert home.cli("rotate-key", "--json").json == {"rotated": True}
    assert home.cli("accounts", "check", alice.address, "--json").json["status"] == "normal"
    assert home.cli("accounts", "delete", alice.address, "--yes").code == 0
    assert home.cli("accounts", "show", alice.address, "--json").json["error"]["code"] == "not_found"
