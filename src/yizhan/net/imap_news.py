"""What a server tells unasked: waited for by IDLE (RFC 2177), or as it comes under NOTIFY (RFC 5465)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yizhan.imap import commands
from yizhan.imap.types import Response
from yizhan.net.deadlines import deadline
from yizhan.net.imap_exchange import Answer, Exchange, accepted

FOREVER = float("inf")  # it is no silence that ends the waiting for news, but the time for it


class News:
    """Iterates over what comes, in order, until `seconds` have passed since it was made, or IDLE has ended.

    What came before and was not taken comes first.  Raises what ended the session.
    """

    def __init__(self, exchange: Exchange, seconds: float, idle: Answer | None = None) -> None:
        self._exchange = exchange
        self._idle = idle
        self._ends_at = asyncio.get_running_loop().time() + seconds

    def __aiter__(self) -> "News":
        return self

    async def __anext__(self) -> Response:
        unasked = self._exchange.unasked
        try:
            async with asyncio.timeout_at(self._ends_at) as timeout:
                await self._exchange.until("IDLE", lambda: bool(unasked) or self._has_ended(), FOREVER)
        except TimeoutError:
            if not timeout.expired():
                raise
        if unasked:
            return unasked.popleft()
        raise StopAsyncIteration

    def _has_ended(self) -> bool:
        return self._idle is not None and self._idle.status is not None


@asynccontextmanager
async def idling(exchange: Exchange, seconds: float, answer_seconds: float) -> AsyncIterator[News]:
    """IDLE around the body; DONE at its end, however it ends.  Raises `CommandRefused` if the server has no IDLE."""
    idle = exchange.begin(commands.idle())
    try:
        try:
            async with deadline(answer_seconds, "IDLE"):
                await exchange.until("IDLE", lambda: bool(idle.lines) or idle.status is not None, answer_seconds)
        except BaseException as error:
            await exchange.leave(idle, error)
            raise
        if idle.status is not None:
            accepted(idle)
        try:
            yield News(exchange, seconds, idle)
        finally:
            await _end(exchange, idle, answer_seconds)
    finally:
        exchange.forget(idle)


async def _end(exchange: Exchange, idle: Answer, seconds: float) -> None:
    """DONE, and the server's answer to it; a line that is gone has ended by itself."""
    if exchange.is_lost or idle.status is not None:
        return
    exchange.connection.done(idle.tag)
    try:
        async with deadline(seconds, "DONE"):
            await exchange.until("DONE", lambda: idle.status is not None, seconds)
    except BaseException as error:
        await exchange.leave(idle, error)
        raise
