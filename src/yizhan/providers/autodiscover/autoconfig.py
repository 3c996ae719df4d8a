"""The domain's own configuration file (draft-ietf-mailmaint-autoconfig)."""

from dataclasses import replace
from urllib.parse import quote

from yizhan.base.errors import YizhanError
from yizhan.providers.autodiscover.config_xml import read_config
from yizhan.providers.autodiscover.found import Found, NothingFound, Question, Source

PATH = "/mail/config-v1.1.xml"


async def ask(question: Question) -> Found:
    """By https, which only the domain can answer, else in the open; raises `NothingFound` with every reason."""
    domain = question.domain
    # The address is told to the domain that has it, under encryption, and to nobody else.
    ways = [
        f"https://autoconfig.{domain}{PATH}?emailaddress={quote(question.address)}",
        f"https://{domain}/.well-known/autoconfig{PATH}",
        f"http://autoconfig.{domain}{PATH}",
    ]
    reasons: list[str] = []
    for url in ways:
        try:
            answer = await question.get(url)
            found = read_config(Source.AUTOCONFIG, answer.body, question)
        except YizhanError as error:
            reasons.append(error.detail)
            continue
        return replace(found, is_in_the_open=url.startswith("http:"))
    raise NothingFound("; ".join(dict.fromkeys(reasons)))
