"""Reads delivery reports as they come."""

import asyncio

from yizhan.runtime.limits import REPORTS_EVERY_S, REPORTS_REST_S
from yizhan.services.outbox.bounces import read_due
from yizhan.store.lane import Lane


async def keep_reports(lane: Lane) -> None:
    """Read what is due until cancelled; two processes that do so at once do no harm."""
    while True:
        count = await lane.read(read_due)  # reads files, and writes in short transactions of its own
        await asyncio.sleep(REPORTS_REST_S if count else REPORTS_EVERY_S)
