"""Each persona refuses what the real provider refuses, in its words, at both servers."""

import imaplib
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.sandbox import SandboxPerson
from yizhan.sandbox.people import sign_in
from yizhan.sandbox.personas import PERSONAS, Persona, SecretKind, Verdict, load_persona
from yizhan.sandbox.world import World

NewPerson = Callable[[str], SandboxPerson]


class SetClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 2, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.mark.parametrize(
    ("persona_id", "imap_words", "smtp_words"),
    [
        ("mailru", "NEOBHODIM parol prilozheniya", "535.*NEOBHODIM parol prilozheniya"),
        ("yandex", "invalid credentials or IMAP is disabled", "535.*does not have access rights to this service"),
        ("gmail", r"\[ALERT\] Application-specific password required", "534.*Application-specific password required"),
        ("netease", "LOGIN Login error password error", "550.*User has no permission"),
        ("qq", "service is not open, password is incorrect, login frequency", "535.*Login fail. Account is abnormal"),
        ("outlook", "LOGIN failed", "535.*5.7.139 .*basic authentication is disabled"),
    ],
)
def test_the_login_password_is_refused(
    new_sandbox_person: NewPerson, persona_id: str, imap_words: str, smtp_words: str
) -> None:
    person = new_sandbox_person(persona_id)
    with person.open_imap() as imap, pytest.raises(imaplib.IMAP4.error, match=imap_words):
        imap.login(person.address, person.login_password)
    with person.open_smtp() as smtp, pytest.raises(smtplib.SMTPAuthenticationError, match=smtp_words):
        smtp.login(person.address, person.login_password)


@pytest.mark.parametrize("persona_id", PERSONAS)
def test_a_made_up_secret_opens_nothing(new_sandbox_person: NewPerson, persona_id: str) -> None:
    person = new_sandbox_person(persona_id)
    with person.open_imap() as imap, pytest.raises(imaplib.IMAP4.error):
        imap.login(person.address, "made-up")
    with person.open_smtp() as smtp, pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login(person.address, "made-up")


@pytest.mark.parametrize("persona_id", PERSONAS)
def test_nobody_is_refused_as_somebody_with_a_wrong_secret_is(new_sandbox_person: NewPerson, persona_id: str) -> None:
    person = new_sandbox_person(persona_id)
    with person.open_imap() as imap, pytest.raises(imaplib.IMAP4.error):
        imap.login(f"nobody@{person.persona.domains[0]}", "made-up")


def test_too_many_refused_tries_are_throttled_until_the_minute_is_over() -> None:
    clock = SetClock()
    world = World(clock)
    person = world.add_person("slow@gmail.com")
    secret = person.make_app_password("client", clock.now()).secret.reveal()
    tries = [sign_in(person.persona, person, "made-up", clock) for _ in range(person.persona.rules.tries)]
    assert set(tries) == {Verdict.WRONG}
    assert sign_in(person.persona, person, secret, clock) is Verdict.THROTTLED
    clock.at += timedelta(seconds=61)
    assert sign_in(person.persona, person, secret, clock) is Verdict.ACCEPTED


def test_the_throttle_speaks_the_personas_words(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("gmail")
    with person.open_smtp() as smtp:
        smtp.ehlo()
        answers = [smtp.docmd("AUTH", "PLAIN AHgAeQ==") for _ in range(3)]
    with person.open_imap() as imap:
        refusals = [imap.xatom("LOGIN", person.address, "made-up")[0] for _ in range(person.persona.rules.tries)]
        last = imap.xatom("LOGIN", person.address, "made-up")
    assert {code for code, _ in answers} == {535}
    assert set(refusals) == {"NO"}
    assert last == ("NO", [b"[ALERT] Too many login attempts, please try again later. (Failure)"])


def test_switching_the_service_off_ends_every_authorization_code() -> None:
    clock = SetClock()
    person = World(clock).add_person("code@qq.com")
    person.switch_service(True)
    secret = person.make_app_password("client", clock.now()).secret.reveal()
    assert sign_in(person.persona, person, secret, clock) is Verdict.ACCEPTED
    person.switch_service(False)
    assert sign_in(person.persona, person, secret, clock) is Verdict.SERVICE_OFF
    person.switch_service(True)
    assert sign_in(person.persona, person, secret, clock) is Verdict.WRONG


def needed_words(persona: Persona) -> set[str]:
    """The verdicts that this persona can give but for the good one."""
    rules = persona.rules
    found = {Verdict.WRONG} | ({Verdict.SERVICE_OFF} if rules.switch else set())
    found |= {Verdict.OAUTH_ONLY} if rules.secret is SecretKind.OAUTH else {Verdict.THROTTLED}
    if rules.secret in (SecretKind.APP_PASSWORD, SecretKind.AUTHORIZATION_CODE):
        found.add(Verdict.LOGIN_PASSWORD)
    return {verdict.value for verdict in found}


@pytest.mark.parametrize("persona_id", PERSONAS)
def test_every_persona_has_words_for_every_refusal_it_can_give(persona_id: str) -> None:
    persona = load_persona(persona_id)
    assert needed_words(persona) | {"unknown_command", "too_many_connections"} <= set(persona.imap_words)
    assert needed_words(persona) | {"recipient", "sending_limit"} <= set(persona.smtp_words)
    assert "sender" in persona.smtp_words or not persona.rules.sender_must_match


def test_no_domain_has_two_personas() -> None:
    domains = [domain for name in PERSONAS for domain in load_persona(name).domains]
    assert len(domains) == len(set(domains))
