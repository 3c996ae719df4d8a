"""Mozilla's public database of mail configurations; it is told the domain only."""

from yizhan.providers.autodiscover.config_xml import read_config
from yizhan.providers.autodiscover.found import Found, Question, Source

BASE = "https://autoconfig.thunderbird.net/v1.1/"


async def ask(question: Question) -> Found:
    """What the database has on the domain."""
    answer = await question.get(BASE + question.domain)
    return read_config(Source.ISPDB, answer.body, question)
