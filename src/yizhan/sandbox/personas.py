"""The kinds of provider that the sandbox pretends to be; each is one small file in `data`."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

PERSONAS = ("mailru", "yandex", "gmail", "netease", "qq", "outlook", "plain")


class SecretKind(StrEnum):
    """What proves an account at this provider."""

    APP_PASSWORD = "app_password"
    AUTHORIZATION_CODE = "authorization_code"  # shown when the service is switched on
    PASSWORD = "password"  # the login password itself
    OAUTH = "oauth"  # no word that one can paste


class Verdict(StrEnum):
    """How a sign-in ends; the persona's file has the words of all but the first."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    LOGIN_PASSWORD = "login_password"
    SERVICE_OFF = "service_off"
    OAUTH_ONLY = "oauth_only"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class Rules:
    """What has to be so before mail flows, and how much may."""

    secret: SecretKind
    length: int  # letters of a secret that the provider makes
    group: int  # shown in groups of so many; 0: in one piece
    alphabet: str
    two_step: bool  # has to be on before the first app password
    human_check: bool
    switch: bool  # IMAP and SMTP are off until a person switches them on
    id_before_select: bool
    own_sent_copy: bool
    sender_must_match: bool
    tries: int  # refused sign-ins within a minute before the throttle
    connections: int  # at once, of one account
    sending_limit: int  # messages a day


@dataclass(frozen=True, slots=True)
class MailboxPlan:
    """A mailbox that everybody has; `role` is RFC 6154's attribute in small letters, `noselect`, or empty."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Persona:
    """One pretend provider: where it is reached, what it says, and its rules."""

    id: str
    name: dict[str, str]
    domains: tuple[str, ...]
    imap_hosts: tuple[str, ...]
    smtp_hosts: tuple[str, ...]
    separator: str
    greeting: str
    capabilities_before: tuple[str, ...]
    capabilities_after: tuple[str, ...]
    status_items: tuple[str, ...]  # empty: all
    server_id: dict[str, str]
    smtp_ident: str
    rules: Rules
    mailboxes: tuple[MailboxPlan, ...]
    imap_words: dict[str, str]
    smtp_words: dict[str, str]

    def mailbox_of(self, role: str) -> str | None:
        """The name of the mailbox with this role."""
        return next((plan.name for plan in self.mailboxes if plan.role == role), None)


@cache
def load_persona(persona_id: str) -> Persona:
    """The persona of that name; raises `KeyError` or `ValueError` where its file is wrong (our bug)."""
    text = files("yizhan.sandbox").joinpath(f"data/{persona_id}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    imap, smtp, rules = data["imap"], data["smtp"], data["rules"]
    return Persona(
        id=persona_id,
        name=data["name"],
        domains=tuple(data["domains"]),
        imap_hosts=tuple(imap["hosts"]),
        smtp_hosts=tuple(smtp["hosts"]),
        separator=imap["separator"],
        greeting=imap["greeting"],
        capabilities_before=tuple(imap["before"].split()),
        capabilities_after=tuple(imap["after"].split()),
        status_items=tuple(imap.get("status_items", "").split()),
        server_id=imap.get("id", {}),
        smtp_ident=smtp["ident"],
        rules=Rules(**{**rules, "secret": SecretKind(rules["secret"])}),
        mailboxes=tuple(MailboxPlan(name, role) for name, role in data["mailboxes"]),
        imap_words=imap["words"],
        smtp_words=smtp["words"],
    )
