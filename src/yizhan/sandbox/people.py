"""Who has an account at a pretend provider, and what they have switched on and made there."""

import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yizhan.base.clock import Clock
from yizhan.base.secret import Secret
from yizhan.sandbox.limits import MAX_APP_PASSWORDS, MAX_NAME
from yizhan.sandbox.mailboxes import Mailboxes
from yizhan.sandbox.personas import Persona, SecretKind, Verdict

THROTTLE = timedelta(minutes=1)  # short, so that a person at the demo sees it begin and end
DAY = timedelta(days=1)


class NoMoreSecrets(Exception):
    """One person holds as many app passwords as the provider gives."""


@dataclass(slots=True)
class AppPassword:
    """A secret made at the security page; `used_at` is None until a program signs in with it."""

    id: int
    name: str
    secret: Secret[str]
    made_at: datetime
    used_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Person:
    """One account at one pretend provider."""

    address: str
    persona: Persona
    login_password: Secret[str]
    mailboxes: Mailboxes
    service_on: bool
    was_given: bool = False  # the login password: by a test or a program, and then it is not shown on the index
    two_step: bool = False
    app_passwords: list[AppPassword] = field(default_factory=list)
    refused_at: deque[datetime] = field(default_factory=lambda: deque(maxlen=100))
    sent_at: deque[datetime] = field(default_factory=lambda: deque(maxlen=1000))
    sessions: int = 0
    _last_id: int = 0

    def make_app_password(self, name: str, now: datetime) -> AppPassword:
        """A new secret under this name; raises `NoMoreSecrets`."""
        if len(self.app_passwords) >= MAX_APP_PASSWORDS:
            raise NoMoreSecrets
        rules = self.persona.rules
        word = "".join(secrets.choice(rules.alphabet) for _ in range(rules.length))
        self._last_id += 1
        made = AppPassword(self._last_id, " ".join(name.split())[:MAX_NAME], Secret(word), now)
        self.app_passwords.append(made)
        return made

    def revoke(self, app_password_id: int) -> None:
        """From now on it opens nothing."""
        self.app_passwords = [each for each in self.app_passwords if each.id != app_password_id]

    def switch_service(self, on: bool) -> None:
        """Off, and every authorization code is void, as at the real ones."""
        self.service_on = on
        if not on and self.persona.rules.secret is SecretKind.AUTHORIZATION_CODE:
            self.app_passwords.clear()

    def may_send(self, now: datetime) -> bool:
        """False when the day's messages are used up."""
        return sum(moment > now - DAY for moment in self.sent_at) < self.persona.rules.sending_limit


def printed(app_password: AppPassword, persona: Persona) -> str:
    """The secret as the provider's page shows it: Gmail in four groups."""
    word, group = app_password.secret.reveal(), persona.rules.group
    return " ".join(word[at : at + group] for at in range(0, len(word), group)) if group else word


def sign_in(persona: Persona, person: Person | None, secret: str, clock: Clock) -> Verdict:
    """What a mail server answers to this secret; refused tries count towards the throttle."""
    if person is None:
        return Verdict.OAUTH_ONLY if persona.rules.secret is SecretKind.OAUTH else Verdict.WRONG
    now = clock.now()
    if sum(moment > now - THROTTLE for moment in person.refused_at) >= persona.rules.tries:
        return Verdict.THROTTLED
    verdict = _judge(person, secret, now)
    if verdict is Verdict.WRONG or verdict is Verdict.LOGIN_PASSWORD:
        person.refused_at.append(now)
    return verdict


def _judge(person: Person, secret: str, now: datetime) -> Verdict:
    rules = person.persona.rules
    if rules.secret is SecretKind.OAUTH:
        return Verdict.OAUTH_ONLY
    if not person.service_on:
        return Verdict.SERVICE_OFF
    is_login_password = same(secret, person.login_password)
    if rules.secret is SecretKind.PASSWORD:
        return Verdict.ACCEPTED if is_login_password else Verdict.WRONG
    bare = secret.replace(" ", "") if rules.group else secret
    for app_password in person.app_passwords:
        if same(bare, app_password.secret):
            app_password.used_at = now
            return Verdict.ACCEPTED
    return Verdict.LOGIN_PASSWORD if is_login_password else Verdict.WRONG


def same(typed: str, secret: Secret[str]) -> bool:
    return secrets.compare_digest(typed.encode("utf-8", "replace"), secret.reveal().encode())
