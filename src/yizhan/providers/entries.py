"""One provider, as its file tells it: `docs/guides/provider-files.md` describes the file."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum

from yizhan.imap import quirks as quirks_of_imap
from yizhan.net.endpoints import Endpoint, parse_endpoint
from yizhan.providers.toml_tables import LANGUAGES, Table, Words, read_toml


class LoginForm(StrEnum):
    ADDRESS = "address"
    LOCAL_PART = "local_part"
    ADDRESS_OR_LOCAL_PART = "address_or_local_part"  # tried in this order


class SecretKind(StrEnum):
    PASSWORD = "password"
    APP_PASSWORD = "app_password"
    OAUTH_TOKEN = "oauth_token"


class Category(StrEnum):
    PERSONAL = "personal"
    BUSINESS = "business"


class Quirk(StrEnum):
    """Deviations that the other floors obey; each is off unless a provider's file names it.

    Those that the protocol itself obeys bear the names that `yizhan.imap` gives them.
    """

    ID_AFTER_LOGIN = "id_after_login"  # ID (RFC 2971) comes after LOGIN, and no mailbox opens before it
    NO_SASL_IR = "no_sasl_ir"
    NO_QRESYNC = "no_qresync"
    NO_IDLE = "no_idle"
    NO_SEARCH = "no_search"  # SEARCH leaves messages out
    APPEND_ENDS_WITH_CRLF = "append_ends_with_crlf"
    COPYUID_PERMUTED = "copyuid_permuted"
    FROM_IS_LOGIN = "from_is_login"  # another sender is refused
    OAUTH_ONLY = "oauth_only"


def protocol_quirks(quirks: Iterable[Quirk]) -> quirks_of_imap.Quirks:
    """Those that the protocol itself obeys, and one for everybody: a bare `BYE` or `OK` is still what it says."""
    known = set(quirks_of_imap.Quirk)
    own = quirks_of_imap.parse_quirks(each.value for each in quirks if each.value in known)
    return own | {quirks_of_imap.Quirk.MISSING_TEXT}


_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HOST = re.compile(r"\*?[a-z0-9.-]+")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who says what a table says, and the day of their word."""

    sources: tuple[str, ...]
    last_verified: date


@dataclass(frozen=True, slots=True)
class SecretRule:
    """What proves an account here.  `trim` holds the characters that the provider prints only to be read."""

    kind: SecretKind
    noun: Words
    trim: str = ""
    length: int | None = None
    groups: int | None = None
    letters: bool = False
    shown_once: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class GuideStep:
    """`act` names the words (guide_words.toml); `path` is what to click, as the provider's own page calls it.

    A page that speaks several languages has a path for each; else the one path stands for all.
    """

    act: str
    paths: Mapping[str, tuple[str, ...]]
    url: str
    note: Words


@dataclass(frozen=True, slots=True)
class Question:
    """A question of our own words (`about`), or one that only this provider raises."""

    about: str
    question: Words
    answer: Words


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, the rest in numbers; None where no source tells."""

    connections: int | None = None
    messages_a_day: int | None = None
    recipients_a_day: int | None = None
    recipients_a_message: int | None = None
    size_bytes: int | None = None
    fetched_bytes_a_day: int | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Endpoints may hold `{domain}`: then each domain has servers of its own.  The first one is the one to use."""

    id: str
    number: int | None
    category: Category
    names: Words
    site: str
    domains: tuple[str, ...]
    mx: tuple[str, ...]
    imap: tuple[str, ...]
    smtp: tuple[str, ...]
    login: LoginForm
    secret: SecretRule
    prerequisites: tuple[str, ...] = ()
    steps: tuple[GuideStep, ...] = ()
    quirks: frozenset[Quirk] = frozenset()
    limits: Limits = Limits()
    files_sent_copy: bool | None = None
    questions: tuple[Question, ...] = ()
    advice: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    vouched: Mapping[str, Vouched] = field(default_factory=dict)

    def endpoints(self, domain: str) -> tuple[Endpoint, Endpoint]:
        """IMAP and SMTP for an address of this domain."""
        return endpoint_for(self.imap[0], domain), endpoint_for(self.smtp[0], domain)

    def runs(self, imap: Endpoint, domain: str) -> bool:
        """Whether this is one of its servers; a name made of the domain tells nothing about a strange domain."""
        ours = domain in self.domains
        return any(imap == endpoint_for(each, domain) for each in self.imap if ours or "{domain}" not in each)

    def checked_on(self) -> date:
        """The oldest day among what a person relies on."""
        days = [self.vouched[name].last_verified for name in ("servers", "secret", "steps") if name in self.vouched]
        return min(days)


def endpoint_for(template: str, domain: str) -> Endpoint:
    """`imap.{domain}:993/tls` with the domain put in."""
    return parse_endpoint(template.replace("{domain}", domain))


def read_provider(file: str, data: bytes) -> Provider:
    """The file made whole; raises `ProviderFileWrong` that names file and line."""
    whole = read_toml(file, data)
    vouched: dict[str, Vouched] = {}

    def told(name: str) -> Table:
        table = whole.table(name)
        if whole.has(name):
            vouched[name] = _vouched(table)
        return table

    match, servers = told("match"), told("servers")
    provider = Provider(
        id=whole.choice("id", _named(_ID), ""),
        number=whole.number("guide"),
        category=whole.choice("category", Category, "personal"),
        names=told("names").words("in"),
        site=_web_address(servers, "site"),
        domains=match.parsed("domains", _named(_DOMAIN)),
        mx=match.parsed("mx", _named(_HOST)),
        imap=_templates(servers, "imap"),
        smtp=_templates(servers, "smtp"),
        login=servers.choice("login", LoginForm, "address"),
        secret=_secret(told("secret")),
        prerequisites=told("prerequisites").texts("needs", []),
        steps=tuple(_step(table) for table in told("steps").tables("do")),
        quirks=frozenset(told("quirks").parsed("names", Quirk)),
        limits=_limits(told("limits")),
        files_sent_copy=_sent_copy(told("sent_copy")),
        questions=tuple(_question(table) for table in told("questions").tables("ask")),
        advice=told("advice").texts("give", []),
        related=told("related").texts("guides", []),
        vouched=vouched,
    )
    whole.done()
    return provider


def _vouched(table: Table) -> Vouched:
    sources = table.texts("sources")
    if not sources:
        raise table.wrong("sources", "names no source")
    return Vouched(sources, table.day("last_verified"))


def _named(shape: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if shape.fullmatch(text) is None:
            raise ValueError(f"{text!r} cannot be used here")
        return text

    return read


def _templates(servers: Table, key: str) -> tuple[str, ...]:
    found = servers.parsed(key, _template)
    if not found:
        raise servers.wrong(key, "names no server")
    return found


def _template(text: str) -> str:
    endpoint_for(text, "example.com")
    return text


def _secret(table: Table) -> SecretRule:
    return SecretRule(
        kind=table.choice("kind", SecretKind, ""),
        noun=table.words("noun"),
        trim=table.text("trim", ""),
        length=table.number("length"),
        groups=table.number("groups"),
        letters=table.flag("letters"),
        shown_once=table.flag("shown_once"),
        url=_web_address(table, "url"),
    )


def _step(table: Table) -> GuideStep:
    act = table.text("act")
    return GuideStep(act, _paths(table), _web_address(table, "url"), table.words("note", optional=True))


def _paths(table: Table) -> Mapping[str, tuple[str, ...]]:
    if not table.is_table("path"):
        return dict.fromkeys(LANGUAGES, table.texts("path", []))
    inner = table.table("path")
    told = {language: inner.texts(language, []) for language in LANGUAGES}
    rest = told["en"] or told["zh-hans"] or told["ru"]
    return {language: path or rest for language, path in told.items()}


def _question(table: Table) -> Question:
    about = table.text("about", "")
    return Question(about, table.words("question", optional=bool(about)), table.words("answer", optional=bool(about)))


def _limits(table: Table) -> Limits:
    return Limits(**{each.name: table.number(each.name) for each in fields(Limits)})


def _sent_copy(table: Table) -> bool | None:
    return table.flag("by_server") if table.has("by_server") else None


def _web_address(table: Table, key: str) -> str:
    """A link that a page may show; a file of one's own must not bring `javascript:` into it."""
    address = table.text(key, "")
    if address and not address.startswith(("https://", "http://")):
        raise table.wrong(key, "is no web address")
    return address
