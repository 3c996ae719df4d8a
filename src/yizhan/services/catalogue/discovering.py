"""Find the servers of an address that the catalogue does not know."""

from typing import Any

from yizhan.net.dialers import Dialer
from yizhan.net.dns import Resolver
from yizhan.providers.autodiscover.found import Found, Question, Source, is_under
from yizhan.providers.autodiscover.order import Tried, find_settings
from yizhan.providers.guides import say, unknown_secret
from yizhan.providers.match import ascii_domain, unicode_domain
from yizhan.providers.typed import read_address
from yizhan.services.catalogue.known import catalogue, domain_of, provider_by_id
from yizhan.services.catalogue.matching import match_address, provider_of_server, provider_shape


async def discover(
    address: str, *, dialer: Dialer, resolver: Resolver, language: str, ca_pem: str | None = None
) -> dict[str, Any]:
    """As `match_address`, and where that knows nothing, what the network tells; at worst a guess.

    `tried` names the sources that told nothing of use.  `needs_confirmation` means that the servers must be shown to
    the person, with `confirm_reason`, before a secret goes to them.  Raises `AddressWrong`.
    """
    read = read_address(address)
    known = match_address(read, language)
    if known is not None:
        return {**known, "tried": []}
    question = Question(read, ascii_domain(domain_of(read)), dialer, resolver, ca_pem)
    found, tried = await find_settings(question, catalogue())
    return {**_shape(found, question, language), "tried": [_tried(each, question, language) for each in tried]}


def _shape(found: Found, question: Question, language: str) -> dict[str, Any]:
    provider = provider_by_id(found.provider) or provider_of_server(question.address, found.imap)
    if provider is not None:
        shape = provider_shape(provider, question.address, found.source.value, language)
    else:
        shape = _unknown(found, question, language)
    reason = _reason(found, question, shape["name"], language)
    servers = {"imap": str(found.imap), "smtp": str(found.smtp), "login": found.login}
    asked = bool(reason) and not (found.source is Source.MX and found.provider)
    oauth_only = shape["oauth_only"] or found.is_oauth_only
    return {**shape, **servers, "oauth_only": oauth_only, "needs_confirmation": asked, "confirm_reason": reason}


def _unknown(found: Found, question: Question, language: str) -> dict[str, Any]:
    return {
        "provider": None,
        "name": found.name or unicode_domain(question.domain),
        "source": found.source.value,
        "checked_on": None,
        "secret": unknown_secret(language),
        "guide": None,
        "site": None,
        "security_url": None,
        "oauth_only": False,
        "prerequisites": [],
        "steps": [],
    }


def _reason(found: Found, question: Question, name: str, language: str) -> str:
    """Why the servers are shown to the person; empty if they are plainly the domain's own."""
    domain = unicode_domain(question.domain)
    hosts = " / ".join(dict.fromkeys((found.imap.host, found.smtp.host)))
    (source,) = say("source", found.source.value, language, domain=domain)
    if found.source is Source.GUESS:
        key = "guess"
    elif found.is_in_the_open:
        key = "in_the_open"
    elif found.source is Source.MX and found.provider:
        key = "mx"
    elif all(is_under(each.host, question.domain) for each in (found.imap, found.smtp)):
        return ""
    else:
        key = "other_domain"
    (reason,) = say("confirm", key, language, domain=domain, hosts=hosts, source=source, name=name)
    return reason


def _tried(each: Tried, question: Question, language: str) -> dict[str, str]:
    (spoken,) = say("source", each.source.value, language, domain=unicode_domain(question.domain))
    return {"source": each.source.value, "name": spoken, "outcome": each.outcome}
