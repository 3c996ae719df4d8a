"""Keeps the search index up with the mail."""

from yizhan.runtime.lasting import last
from yizhan.runtime.limits import INDEX_EVERY_S, INDEX_REST_S
from yizhan.services.messages.indexing import index_due
from yizhan.store.lane import Lane


async def keep_index(lane: Lane) -> None:
    """Read what is due until cancelled; two processes that do so at once do no harm."""

    async def step() -> float:
        count = await lane.read(index_due)  # reads files, and writes in short transactions of its own
        return INDEX_REST_S if count else INDEX_EVERY_S

    await last("index", step)
