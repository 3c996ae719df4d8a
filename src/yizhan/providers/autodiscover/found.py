"""What is asked about a domain, and what a source answers."""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from yizhan.base.errors import YizhanError
from yizhan.net import http
from yizhan.net.dialers import Dialer
from yizhan.net.dns import Resolver
from yizhan.net.endpoints import Endpoint
from yizhan.providers.autodiscover.limits import MAX_ANSWER_BYTES, MAX_REDIRECTS, SOURCE_SECONDS

_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE)


class Source(StrEnum):
    """In the order of trust; the first that answers is taken."""

    AUTOCONFIG = "autoconfig"
    ISPDB = "ispdb"
    MX = "mx"
    SRV = "srv"
    PACC = "pacc"
    EXCHANGE = "exchange"
    TXT = "txt"
    GUESS = "guess"


class NothingFound(YizhanError):
    """This source tells nothing about the domain."""

    code = "nothing_found"


class AnswerUnusable(YizhanError):
    """A source answered, and the answer cannot be used; the detail says why."""

    code = "answer_unusable"


@dataclass(frozen=True, slots=True)
class Question:
    """About one address, by one way out.  Only the domain is ever told to somebody else's server."""

    address: str
    domain: str  # as DNS has it
    dialer: Dialer
    resolver: Resolver
    ca_pem: str | None = None

    async def get(self, url: str) -> http.HttpAnswer:
        """The answer with status 200; raises `NothingFound` for any other, and `NetError`."""
        answer = await http.get(
            url,
            self.dialer,
            seconds=SOURCE_SECONDS,
            max_bytes=MAX_ANSWER_BYTES,
            max_redirects=MAX_REDIRECTS,
            ca_pem=self.ca_pem,
        )
        if answer.status != 200:
            raise NothingFound(f"{url.partition('?')[0]} answers {answer.status}")
        return answer


@dataclass(frozen=True, slots=True)
class Found:
    """Servers, and how one signs in; `provider` where the catalogue knows whose they are."""

    source: Source
    imap: Endpoint
    smtp: Endpoint
    login: str
    name: str = ""
    provider: str = ""
    is_oauth_only: bool = False
    is_in_the_open: bool = False  # somebody on the way could have changed it


def server_name(text: str) -> str:
    """A host that an answer may name; raises `AnswerUnusable` for addresses and names of one's own network."""
    host = text.strip().rstrip(".").lower()
    if _HOST.fullmatch(host) is None or _is_address(host):
        raise AnswerUnusable(
            f"the answer names {text.strip()[:80]!r} as a server, which is no host name of the Internet"
        )
    return host


def is_under(host: str, domain: str) -> bool:
    """Whether the host belongs to the domain."""
    return host == domain or host.endswith(f".{domain}")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
