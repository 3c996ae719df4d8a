"""All sources at once; the first in the order of trust that answers is taken."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from yizhan.base.errors import YizhanError
from yizhan.net.deadlines import deadline
from yizhan.providers.autodiscover import autoconfig, exchange, ispdb, mx, pacc, srv, txt
from yizhan.providers.autodiscover.found import Found, Question, Source
from yizhan.providers.autodiscover.guessing import guess
from yizhan.providers.autodiscover.limits import WHOLE_SECONDS
from yizhan.providers.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Tried:
    """One source that told nothing of use, and why."""

    source: Source
    outcome: str


async def find_settings(
    question: Question, catalogue: Catalogue, *, seconds: float = WHOLE_SECONDS
) -> tuple[Found, list[Tried]]:
    """The servers of a domain that the catalogue does not know; at worst a guess, never an error.

    An answer that came in the open is taken only if no source answers under encryption.  `seconds`: for each source.
    """
    asked: dict[Source, Awaitable[Found]] = {
        Source.AUTOCONFIG: autoconfig.ask(question),
        Source.ISPDB: ispdb.ask(question),
        Source.MX: mx.ask(question, catalogue),
        Source.SRV: srv.ask(question),
        Source.PACC: pacc.ask(question),
        Source.EXCHANGE: exchange.ask(question, catalogue),
        Source.TXT: txt.ask(question),
    }
    tasks = {source: asyncio.ensure_future(_outcome(source, asking, seconds)) for source, asking in asked.items()}
    tried: list[Tried] = []
    fallback: Found | None = None
    try:
        for task in tasks.values():
            outcome = await task
            if isinstance(outcome, Tried):
                tried.append(outcome)
            elif not outcome.is_in_the_open:
                return outcome, tried
            else:
                fallback = fallback or outcome
    finally:
        await _stop(list(tasks.values()))
    return fallback or _guessed(question), tried


async def _outcome(source: Source, asking: Awaitable[Found], seconds: float) -> Found | Tried:
    try:
        async with deadline(seconds, f"asking {source.value}"):
            return await asking
    except YizhanError as error:
        return Tried(source, error.detail)


async def _stop(tasks: "list[asyncio.Future[Found | Tried]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _guessed(question: Question) -> Found:
    imap, smtp = guess(question.domain)
    return Found(Source.GUESS, imap, smtp, question.address)
