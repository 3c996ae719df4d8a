"""The private servers are what the other tests take them for."""

import gc
import imaplib
import smtplib
import socket
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.support.certificates import Authority
from tests.support.dovecot import Dovecot, DovecotOptions
from tests.support.faulty import FaultyServer, silence
from tests.support.mailhost import MailHost, Person, add_person

LETTER = b"From: <%s>\r\nSubject: \xe9\xa9\xbf\xe7\xab\x99\r\n\r\nGood day.\r\n"


def test_a_person_logs_in_and_finds_what_was_delivered_byte_for_byte(dovecot: Dovecot, imap_person: Person) -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    uids = dovecot.deliver(imap_person.address, b"a: b\r\n\r\none\r\n", b"a: b\r\n\r\ntwo\r\n", at=moment)
    assert uids == [1, 2]
    assert dovecot.messages(imap_person.address) == [b"a: b\r\n\r\none\r\n", b"a: b\r\n\r\ntwo\r\n"]


def test_flags_are_kept_as_given(dovecot: Dovecot, imap_person: Person) -> None:
    [uid] = dovecot.deliver(imap_person.address, b"a: b\r\n\r\n", flags=["\\Flagged", "$Later"], mailbox="Sent")
    assert dovecot.flags(imap_person.address, uid, mailbox="Sent") == {"\\Flagged", "$Later"}


def test_an_old_secret_is_refused_at_once_after_a_change(dovecot: Dovecot, imap_person: Person) -> None:
    dovecot.deliver(imap_person.address, b"a: b\r\n\r\n")
    dovecot.add_user(imap_person.address, f"new {imap_person.secret}")
    client = imaplib.IMAP4_SSL(dovecot.host, dovecot.tls_port, ssl_context=dovecot.authority.client_context())
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(imap_person.address, imap_person.secret)
    client.logout()
    assert len(dovecot.messages(imap_person.address)) == 1


def test_starttls_leads_to_the_same_account(dovecot: Dovecot, imap_person: Person) -> None:
    with imaplib.IMAP4(dovecot.host, dovecot.starttls_port, timeout=10) as client:
        client.starttls(dovecot.authority.client_context())
        assert client.login(imap_person.address, imap_person.secret)[0] == "OK"


def test_a_modern_dovecot_announces_the_extensions_that_we_use(dovecot: Dovecot, imap_person: Person) -> None:
    with dovecot.client(imap_person.address) as client:
        announced = set(client.capability()[1][0].decode("ascii").split())
    assert announced >= {"QRESYNC", "CONDSTORE", "NOTIFY", "COMPRESS=DEFLATE", "SPECIAL-USE", "IDLE", "LITERAL+"}


def test_capabilities_can_be_left_out(start_dovecot_with: Callable[[DovecotOptions], Dovecot]) -> None:
    dovecot = start_dovecot_with(DovecotOptions(without=frozenset({"QRESYNC", "IDLE"}), require_tls=True))
    person = add_person(dovecot, "old@example.test")
    with dovecot.client(person.address) as client:
        announced = set(client.capability()[1][0].decode("ascii").split())
    assert "CONDSTORE" in announced
    assert not announced & {"QRESYNC", "IDLE"}
    with imaplib.IMAP4(dovecot.host, dovecot.starttls_port, timeout=10) as client:
        assert "LOGINDISABLED" in client.capabilities


def test_each_bad_certificate_is_refused_for_its_own_reason(
    authority: Authority, stranger: Authority, start_dovecot_with: Callable[[DovecotOptions], Dovecot]
) -> None:
    reasons = {"expired": authority.expired, "mismatch": authority.wrong_name, "local issuer": stranger.good}
    for words, certificate in reasons.items():
        dovecot = start_dovecot_with(DovecotOptions(certificate=certificate))
        with pytest.raises(ssl.SSLCertVerificationError, match=words):
            imaplib.IMAP4_SSL(dovecot.host, dovecot.tls_port, ssl_context=authority.client_context(), timeout=10)


def test_mail_from_one_person_arrives_at_the_other(mailhost: MailHost, alice: Person, bob: Person) -> None:
    mailhost.send(alice, bob.address, message=LETTER % alice.address.encode())
    arrived = mailhost.wait_for(bob, "Good day.")
    assert arrived["Return-Path"] == f"<{alice.address}>"


def test_postfix_refuses_strangers_and_borrowed_addresses(mailhost: MailHost, alice: Person, bob: Person) -> None:
    with mailhost.postfix.client(alice.address, alice.secret) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="User unknown"):
            client.sendmail(alice.address, "nobody@example.test", LETTER % b"x")
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="not owned by user"):
            client.sendmail(bob.address, bob.address, LETTER % b"x")


def test_postfix_refuses_a_wrong_secret(mailhost: MailHost, alice: Person, bob: Person) -> None:
    with (
        pytest.raises(smtplib.SMTPAuthenticationError, match="authentication failed"),
        mailhost.postfix.client(alice.address, bob.secret),
    ):
        pytest.fail("the wrong secret was taken")


def test_the_strict_port_says_nothing_of_login_until_tls(mailhost: MailHost, alice: Person) -> None:
    with smtplib.SMTP(mailhost.postfix.host, mailhost.postfix.strict_port, timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client.starttls(context=mailhost.authority.client_context())
        assert client.login(alice.address, alice.secret)[0] == 235


def test_a_faulty_server_that_ends_while_somebody_comes_leaves_no_socket_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda found: left.append(str(found.exc_value)))
    for _ in range(30):
        server = FaultyServer(silence)
        comers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        server.stop()
        for comer in comers:
            comer.close()
    gc.collect()
    assert left == []
