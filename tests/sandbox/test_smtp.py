"""The sandbox's SMTP, as Python's own client meets it."""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.support.sandbox import SandboxPerson
from yizhan.sandbox.limits import MAX_MESSAGE
from yizhan.sandbox.personas import PERSONAS
from yizhan.sandbox.running import Sandbox

NewPerson = Callable[[str], SandboxPerson]
OPEN_PERSONAS = [name for name in PERSONAS if name != "outlook"]


def letter(sender: str, recipient: str, text: str = "hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, "a letter"
    message["Message-ID"] = f"<{text.replace(' ', '-')}@demo.test>"
    message.set_content(text)
    return message


@pytest.mark.parametrize("persona_id", OPEN_PERSONAS)
def test_mail_from_every_persona_arrives_at_another(new_sandbox_person: NewPerson, persona_id: str) -> None:
    sender, recipient = new_sandbox_person(persona_id), new_sandbox_person("plain")
    with sender.smtp() as client:
        client.send_message(letter(sender.address, recipient.address, "for you"))
    with recipient.imap() as inbox:
        inbox.select("INBOX")
        [(_, raw), _] = inbox.fetch("1", "(BODY.PEEK[])")[1]
    assert raw.startswith(f"Return-Path: <{sender.address}>\r\n".encode())
    assert b"\r\n\r\nfor you\r\n" in raw


@pytest.mark.parametrize(("persona_id", "copies"), [("gmail", 1), ("mailru", 0), ("plain", 0)])
def test_only_gmail_files_what_it_sent(new_sandbox_person: NewPerson, persona_id: str, copies: int) -> None:
    sender, recipient = new_sandbox_person(persona_id), new_sandbox_person("plain")
    with sender.smtp() as client:
        client.send_message(letter(sender.address, recipient.address))
    sent = sender.sandbox.world.people[sender.address].mailboxes.of_role("sent")
    assert sent is not None
    assert len(sent.messages) == copies


@pytest.mark.parametrize(
    ("persona_id", "words"),
    [
        ("mailru", "550.*not local sender over smtp"),
        ("yandex", "553.*5.7.1 Sender address rejected: not owned by auth user"),
        ("netease", "553.*Mail from must equal authorized user"),
        ("qq", "501.*mail from address must be same as authorization user"),
        ("plain", "553.*Sender address rejected: not owned by user"),
    ],
)
def test_another_sender_is_refused_in_the_personas_words(
    new_sandbox_person: NewPerson, persona_id: str, words: str
) -> None:
    person = new_sandbox_person(persona_id)
    with person.smtp() as client, pytest.raises(smtplib.SMTPSenderRefused, match=words):
        client.send_message(letter("else@demo.test", person.address))


@pytest.mark.parametrize(
    ("persona_id", "words"),
    [("mailru", "invalid mailbox"), ("gmail", "NoSuchUser"), ("yandex", "No such user"), ("plain", "User unknown")],
)
def test_nobody_is_refused_in_the_personas_words(new_sandbox_person: NewPerson, persona_id: str, words: str) -> None:
    person = new_sandbox_person(persona_id)
    with person.smtp() as client, pytest.raises(smtplib.SMTPRecipientsRefused, match=words):
        client.send_message(letter(person.address, "nobody-at-all@demo.test"))


def test_no_mail_leaves_the_sandbox(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("plain")
    with person.smtp() as client, pytest.raises(smtplib.SMTPRecipientsRefused, match="This is a sandbox"):
        client.send_message(letter(person.address, "someone@example.org"))


def test_the_days_limit_is_told_in_the_personas_words(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("mailru")
    with person.smtp() as client:
        for number in range(person.persona.rules.sending_limit):
            client.send_message(letter(person.address, person.address, f"number {number}"))
        with pytest.raises(smtplib.SMTPDataError, match="Ratelimit exceeded for mailbox"):
            client.send_message(letter(person.address, person.address, "one more"))


def test_a_message_past_the_size_is_refused(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("plain")
    with person.smtp() as client:
        assert client.esmtp_features["size"] == str(MAX_MESSAGE)
        assert client.docmd("MAIL", f"FROM:<{person.address}> SIZE={MAX_MESSAGE + 1}")[0] == 552


def test_starttls_comes_before_any_secret(new_sandbox_person: NewPerson, sandbox: Sandbox) -> None:
    person = new_sandbox_person("plain")
    secret = person.make_secret()
    context = ssl.create_default_context(cadata=sandbox.ca_pem)
    port = sandbox.ports["plain"].smtp_starttls
    with smtplib.SMTP("localhost", port, local_hostname="localhost", timeout=20) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        client.starttls(context=context)
        assert client.login(person.address, secret)[0] == 235


def test_mail_without_signing_in_is_refused(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("plain")
    with person.open_smtp() as client, pytest.raises(smtplib.SMTPSenderRefused, match="Authentication Required"):
        client.send_message(letter(person.address, person.address))
