"""SMTP on servers that we did not write: a real Postfix, and aiosmtpd."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.net.connecting import dialer
from tests.net.submitting import Mark
from tests.support.certificates import Authority
from tests.support.mailhost import MailHost, Person
from yizhan.base.secret import Secret
from yizhan.net.endpoints import Security, parse_endpoint
from yizhan.net.envelopes import MessageTooLarge
from yizhan.net.smtp import SmtpRefused, SmtpSession
from yizhan.net.tls import client_context
from yizhan.net.transcripts import Transcript

WORD = "word of aiosmtpd"
_numbers = count(1)


@asynccontextmanager
async def submitting(where: str, ca_pem: str, transcript: Transcript | None = None) -> AsyncIterator[SmtpSession]:
    """A session that has come as far as EHLO under TLS."""
    endpoint = parse_endpoint(where)
    stream = await dialer().dial(endpoint.host, endpoint.port)
    session = SmtpSession(stream, transcript=transcript)
    try:
        if endpoint.security is Security.TLS:
            await stream.start_tls(client_context(ca_pem), endpoint.host)
        await session.greeting()
        await session.ehlo()
        if endpoint.security is Security.STARTTLS:
            await session.starttls(client_context(ca_pem), endpoint.host)
            await session.ehlo()
        yield session
    finally:
        await session.close()


def message(words: str, *lines: str) -> bytes:
    return "\r\n".join(["Subject: for one", f"X-Words: {words}", "", *lines, ""]).encode("utf-8")


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_postfix_takes_a_message_and_delivers_its_very_lines(
    mailhost: MailHost, alice: Person, bob: Person, security: str
) -> None:
    mark, words = Mark(), f"words{next(_numbers)}"
    lines = [".", "..dots", "", ".", "жду ответа", "x" * 900, " end"]
    async with submitting(getattr(mailhost.postfix, security), mailhost.ca_pem) as session:
        await session.login(alice.address, Secret(alice.secret))
        result = await session.send(alice.address, [bob.address], message(words, *lines), mark)
        await session.quit()
    arrived = await asyncio.to_thread(mailhost.wait_for, bob, words)
    assert (result.accepted, result.refused, mark.count) == ((bob.address,), {}, 1)
    assert arrived.get_payload(decode=True).decode("utf-8").splitlines() == lines  # type: ignore[union-attr]


async def test_postfix_refuses_in_its_own_words(mailhost: MailHost, alice: Person, bob: Person) -> None:
    async with submitting(mailhost.postfix.tls, mailhost.ca_pem) as session:
        with pytest.raises(SmtpRefused) as wrong:
            await session.login(alice.address, Secret("not the secret"))
        await session.login(alice.address, Secret(alice.secret))
        with pytest.raises(SmtpRefused) as not_yours:
            await session.send(bob.address, [bob.address], message("x"), Mark())
        await session.reset()
        with pytest.raises(MessageTooLarge):
            await session.send(alice.address, [bob.address], b"x" * (1 + int(session.extensions["SIZE"])), Mark())
        mixed = await session.send(
            alice.address,
            [bob.address, f"nobody@{bob.address.partition('@')[2]}"],
            message(f"w{next(_numbers)}"),
            Mark(),
        )
    assert (wrong.value.stage, wrong.value.reply_code) == ("auth", 535)
    assert (not_yours.value.reply_code, not_yours.value.text[:5]) == (553, b"5.7.1")
    assert (mixed.accepted, [no.reply_code for no in mixed.refusals.values()]) == ((bob.address,), [550])


async def test_postfix_is_told_nothing_of_this_machine_and_the_transcript_nothing_of_the_secret(
    mailhost: MailHost, alice: Person
) -> None:
    transcript = Transcript()
    async with submitting(mailhost.postfix.starttls, mailhost.ca_pem, transcript) as session:
        await session.login(alice.address, Secret(alice.secret))
    said = [line for line in transcript.text().splitlines() if line.startswith("C: ")]
    assert said == ["C: EHLO [127.0.0.1]", "C: STARTTLS", "C: EHLO [127.0.0.1]", "C: AUTH PLAIN ******"]


class Receiving:
    """aiosmtpd's handler: keeps what it was given, byte for byte."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 2.0.0 kept"


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=data.password == WORD.encode(), handled=False)


@asynccontextmanager
async def receiving(authority: Authority) -> AsyncIterator[tuple[Receiving, str]]:
    """aiosmtpd in this loop, as an endpoint."""
    handler = Receiving()

    def make() -> SMTP:
        return SMTP(
            handler,
            tls_context=authority.good.server_context(),
            authenticator=_authenticate,
            auth_required=True,
            enable_SMTPUTF8=True,
            data_size_limit=1_000_000,
        )

    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    yield handler, f"127.0.0.1:{server.sockets[0].getsockname()[1]}/starttls"
    server.close()


@pytest.mark.parametrize("raw", [b"Subject: a\n\nbare\rand\nboth\r\n.\n..", "Тема: й\r\n\r\nпривет\r\n".encode()])
async def test_aiosmtpd_gets_the_bytes_and_an_international_sender(authority: Authority, raw: bytes) -> None:
    async with receiving(authority) as (handler, where), submitting(where, authority.ca_pem) as session:
        await session.login("li", Secret(WORD))
        await session.send("почта@пример.рф", ["wang@example.test"], raw, Mark())
        await session.quit()
    [envelope] = handler.envelopes
    assert envelope.mail_from == "почта@xn--e1afmkfd.xn--p1ai"
    assert envelope.content == b"\r\n".join(raw.splitlines()) + b"\r\n"


async def test_aiosmtpd_lets_nobody_in_with_another_word(authority: Authority) -> None:
    async with receiving(authority) as (handler, where), submitting(where, authority.ca_pem) as session:
        with pytest.raises(SmtpRefused) as refused:
            await session.login("li", Secret("another"))
        with pytest.raises(SmtpRefused) as unknown:
            await session.send("li@example.test", ["wang@example.test"], b"x", Mark())
        await session.quit()
    assert (refused.value.reply_code, unknown.value.reply_code, handler.envelopes) == (535, 530, [])
