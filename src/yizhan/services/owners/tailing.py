"""A workspace's news as it comes: however many listen, one asks the store whether there is any."""

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from yizhan.services.owners import news
from yizhan.store.lane import Lane
from yizhan.store.scope import Scope

PULSE_S = 0.01  # how soon a page knows: a look at a file's date, which takes two millionths of a second
POLL_S = 0.25  # the same where there is no such file, and in case it deceives; one indexed row is read each time
BEAT_S = 15.0  # proxies cut what is silent for 30 to 60 s


class Tailer:
    """Watches one workspace while somebody listens, and rests otherwise."""

    def __init__(self, scope: Scope, lane: Lane) -> None:
        self._scope = scope
        self._lane = lane
        self._listeners = 0
        self._seq = 0
        self._moved = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def listen(self, after: int) -> AsyncIterator[dict[str, Any] | None]:
        """The changes after number `after` as `news.since` gives them, and None when there was none for a while."""
        self._listeners += 1
        try:
            while True:
                for change in await self._lane.read(news.since, self._scope, after):
                    yield change
                    after = change["seq"]
                if not await self._wait_past(after):
                    yield None
        finally:
            self._listeners -= 1

    async def _wait_past(self, seq: int) -> bool:
        """Whether there is something after `seq`, within a beat; raises what the watch died of."""
        until = asyncio.get_running_loop().time() + BEAT_S
        while self._seq <= seq:
            if self._watch is None or self._watch.done():
                self._watch = asyncio.create_task(self._keep_watch())
            moved = asyncio.create_task(self._moved.wait())
            left = until - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait({moved, self._watch}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            moved.cancel()
            if self._watch in done:
                self._watch.result()
            if not done:
                return False
        return True

    async def _keep_watch(self) -> None:
        seen, read_at = None, 0.0
        while self._listeners:
            pulse, now = news.pulse(), asyncio.get_running_loop().time()
            if pulse != seen or now >= read_at:
                seen, read_at = pulse, now + POLL_S
                await self._look()
            await asyncio.sleep(POLL_S if pulse is None else PULSE_S)

    async def _look(self) -> None:
        seq = await self._lane.read(news.latest, self._scope)
        if seq > self._seq:
            self._seq = seq
            self._moved.set()
            self._moved = asyncio.Event()


_TAILERS: dict[Scope, Tailer] = {}


def tailer_of(scope: Scope) -> Tailer:
    """This process's tailer of the workspace; of one event loop only."""
    return _TAILERS.setdefault(scope, Tailer(scope, _lane()))


@cache
def _lane() -> Lane:
    return Lane(readers=1)
