"""How fast one server is asked: so many sign-ins at once, and a pause between two."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yizhan.runtime.limits import HOST_AT_ONCE, HOST_GAP_S, MAX_HOSTS


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    next_at: float = field(default=0.0)


class Pace:
    """One process's manners towards servers."""

    def __init__(self, at_once: int = HOST_AT_ONCE, gap: float = HOST_GAP_S) -> None:
        self._at_once = at_once
        self._gap = gap
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at this host, and hold it through the block."""
        state = self._find(host.casefold())
        async with state.places:
            now = time.monotonic()
            state.next_at = max(now, state.next_at) + self._gap
            await asyncio.sleep(state.next_at - self._gap - now)
            yield

    def _find(self, host: str) -> _Host:
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._at_once)))
        self._hosts.move_to_end(host)
        while len(self._hosts) > MAX_HOSTS:
            self._hosts.popitem(last=False)
        return state
