"""A TXT record `mailconf=<address>` that names a configuration file: an old custom."""

from yizhan.providers.autodiscover.config_xml import read_config
from yizhan.providers.autodiscover.found import AnswerUnusable, Found, NothingFound, Question, Source

PREFIX = "mailconf="


async def ask(question: Question) -> Found:
    """What the named file says; only https is followed, for nothing else proves who answers."""
    named = [text.removeprefix(PREFIX) for text in await question.resolver.txt(question.domain) if _is_ours(text)]
    if not named:
        raise NothingFound(f"{question.domain} has no mailconf record")
    if not named[0].startswith("https://"):
        raise AnswerUnusable("the mailconf record names no https address")
    answer = await question.get(named[0])
    return read_config(Source.TXT, answer.body, question)


def _is_ours(text: str) -> bool:
    return text.startswith(PREFIX)
