"""The index keeps up with the mail by itself: text soon, attached files after it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.mime.documents import make_pdf_of
from tests.services.letters import make_letter, receive_many
from tests.store.databases import Home
from tests.store.making import bind
from yizhan.runtime.indexing import keep_index
from yizhan.services.messages.searching import search
from yizhan.store.lane import Lane
from yizhan.store.scope import Scope, scope_of_home

PATIENCE_S = 100


@pytest_asyncio.fixture
async def lane(sqlite: Home) -> AsyncIterator[Lane]:
    async with Lane() as opened:
        yield opened


def letter(text: str, words: str) -> bytes:
    made = make_letter()
    made.set_content(text)
    made.add_attachment(make_pdf_of(words), maintype="application", subtype="pdf", filename="offer.pdf")
    return made.as_bytes()


def receive(scope: Scope, *letters: bytes) -> None:
    receive_many(bind(scope), list(letters))


async def found(lane: Lane, scope: Scope, typed: str) -> list[int]:
    """The finds as soon as there are any."""
    rows: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while not rows:
            await asyncio.sleep(0.05)
            rows = await lane.read(search, scope, typed, None, 10)
    return [row["uid"] for row in rows]


async def test_what_comes_is_found_by_its_text_and_by_the_words_of_its_files(lane: Lane) -> None:
    scope = await lane.run(scope_of_home)
    keeping = asyncio.ensure_future(keep_index(lane))
    await lane.read(receive, scope, letter("zebra", "payment terms"), letter("heron", "ninety days"))
    assert await found(lane, scope, "zebra") == [1]
    assert await found(lane, scope, "ninety") == [2]
    assert await found(lane, scope, '"payment terms"') == [1]
    keeping.cancel()
    await asyncio.wait([keeping])
    assert keeping.cancelled()
