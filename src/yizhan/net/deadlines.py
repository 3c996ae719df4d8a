"""A deadline on every wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yizhan.net.errors import DeadlineMissed


@asynccontextmanager
async def deadline(seconds: float, what: str) -> AsyncIterator[None]:
    """Raise `DeadlineMissed` if the body takes longer."""
    try:
        async with asyncio.timeout(seconds) as timeout:
            yield
    except TimeoutError:
        if not timeout.expired():
            raise
        raise DeadlineMissed(f"{what}: no answer within {seconds:g} s") from None
