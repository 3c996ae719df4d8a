"""Keeps the search index up with the mail."""

import asyncio

from yizhan.runtime.limits import INDEX_EVERY_S, INDEX_REST_S
from yizhan.services.messages.attached import index_attached
from yizhan.services.messages.indexing import index_due
from yizhan.store.lane import Lane
from yizhan.store.search.limits import BODIES_AT_ONCE


async def keep_index(lane: Lane) -> None:
    """Read what is due until cancelled; two processes that do so at once do no harm."""
    is_idle = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(_keep_texts(lane, is_idle))
        group.create_task(_keep_attached(lane, is_idle))


async def _keep_texts(lane: Lane, is_idle: asyncio.Event) -> None:
    while True:
        count = await lane.read(index_due)  # reads files, and writes in short transactions of its own
        if count < BODIES_AT_ONCE:
            is_idle.set()
        else:
            is_idle.clear()
        await asyncio.sleep(INDEX_REST_S if count else INDEX_EVERY_S)


async def _keep_attached(lane: Lane, is_idle: asyncio.Event) -> None:
    """Files are read while no backlog of messages waits; a message that comes meanwhile is read beside them."""
    while True:
        await is_idle.wait()
        await asyncio.sleep(INDEX_REST_S if await index_attached(lane) else INDEX_EVERY_S)
