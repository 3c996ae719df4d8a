"""Keeps the people whom mail names up with the mail."""

from yizhan.runtime.lasting import last
from yizhan.runtime.limits import LEARN_EVERY_S, LEARN_REST_S
from yizhan.store import correspondents
from yizhan.store.lane import Lane


async def keep_correspondents(lane: Lane) -> None:
    """Read what is new until cancelled."""

    async def step() -> float:
        return LEARN_REST_S if await lane.run(correspondents.learn) else LEARN_EVERY_S

    await last("correspondents", step)
