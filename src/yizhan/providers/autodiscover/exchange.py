"""Exchange Autodiscover, as far as it can be asked without a secret: does the domain point to Microsoft's servers?

The full protocol posts the address, with a password, to hosts that were guessed; that is never done.
"""

from urllib.parse import urlsplit

from yizhan.base.errors import YizhanError
from yizhan.providers.autodiscover.found import Found, NothingFound, Question, Source, is_under
from yizhan.providers.catalogue import Catalogue

PROVIDER = "microsoft365"
_MICROSOFT = ("outlook.com", "office365.com", "office.com")


async def ask(question: Question, catalogue: Catalogue) -> Found:
    """Microsoft 365 if the domain's Autodiscover leads there."""
    host = await _from_dns(question) or await _from_redirect(question)
    provider = catalogue.providers.get(PROVIDER)
    if provider is None or not any(is_under(host, each) for each in _MICROSOFT):
        raise NothingFound(f"{question.domain} has no Autodiscover that leads to Microsoft")
    imap, smtp = provider.endpoints(question.domain)
    name = provider.names["en"]
    return Found(Source.EXCHANGE, imap, smtp, question.address, name, provider.id, is_oauth_only=True)


async def _from_dns(question: Question) -> str:
    try:
        records = await question.resolver.srv(f"_autodiscover._tcp.{question.domain}")
    except YizhanError:
        return ""
    return records[0].host.lower().rstrip(".") if records else ""


async def _from_redirect(question: Question) -> str:
    """The documented step without authentication: where does the plain address redirect to?  The body is not used."""
    answer = await question.get(f"http://autodiscover.{question.domain}/autodiscover/autodiscover.xml")
    return (urlsplit(answer.url).hostname or "").lower()
