"""Keeps the people whom mail names up with the mail."""

import asyncio

from yizhan.runtime.limits import LEARN_EVERY_S, LEARN_REST_S
from yizhan.store import correspondents
from yizhan.store.lane import Lane


async def keep_correspondents(lane: Lane) -> None:
    """Read what is new until cancelled."""
    while True:
        count = await lane.run(correspondents.learn)
        await asyncio.sleep(LEARN_REST_S if count else LEARN_EVERY_S)
