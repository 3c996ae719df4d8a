"""An event loop in a thread of its own, for made-up servers that answer while a test waits for a command."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
SECONDS = 20.0


class Background:
    """Runs coroutines; `stop` ends whatever still runs."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def stop(self) -> None:
        self.run(_end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()


async def _end_all() -> None:
    while others := asyncio.all_tasks() - {asyncio.current_task()}:  # who was just let in begins one more
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    for _ in range(20):  # rounds of the loop, which still has to close what they let go of, layer by layer
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
