"""Loops that last: a disk that is full or a database that is gone for a moment is waited out, and said once."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import NoReturn

from yizhan.base.backoff import Backoff
from yizhan.runtime.limits import WAIT_CAP_S, WAIT_FIRST_S
from yizhan.store.errors import PASSING

WAIT = Backoff(first=WAIT_FIRST_S, cap=WAIT_CAP_S)
log = logging.getLogger(__name__)


async def last(what: str, step: Callable[[], Awaitable[float]]) -> NoReturn:
    """Do `step` again and again, after the seconds that it gives; whatever is not passing rises."""
    failures = 0
    while True:
        try:
            pause = await step()
            if failures:
                log.warning("loop_goes_on", extra={"loop": what, "failures": failures})
            failures = 0
        except PASSING as error:
            failures += 1
            if failures == 1:
                log.error("loop_waits", extra={"loop": what, "why": type(error).__name__, "said": str(error)})  # noqa: TRY400 - known
            pause = WAIT.delay(failures, random.random)
        await asyncio.sleep(pause)
