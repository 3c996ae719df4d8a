"""What comes while a watch is at work is here when it listens again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.services.clocks import SetClock
from tests.services.copies import NOON, Copy, Trouble, at_server, made_copy
from tests.support.modelserver import FULL, Manners
from yizhan.services.sync.listening import Ear
from yizhan.services.sync.watch import Ground, Watch

pytestmark = pytest.mark.usefixtures("sqlite")
NONE = frozenset[str]()
WAYS = [FULL, FULL - {"QRESYNC"}, FULL - {"QRESYNC", "CONDSTORE"}, frozenset[str]()]


@asynccontextmanager
async def nobody_waits() -> AsyncIterator[None]:
    yield


async def bring_all_and_open(copy: Copy, trouble: Trouble) -> None:
    session = copy.session(trouble)
    await session.greeting()
    watch = Watch(Ground(copy.account_id, copy.lane, SetClock(NOON), None, nobody_waits), session, Ear())
    await watch.bring_all()
    await watch._open_inbox()
    await session.close()


@pytest.mark.parametrize("capabilities", WAYS)
def test_a_letter_that_comes_at_any_moment_of_the_beginning_is_here_before_the_watch_listens(
    capabilities: frozenset[str],
) -> None:
    with made_copy(Manners(capabilities)) as copy:
        copy.server.deliver("INBOX", NOON, NONE)
        asyncio.run(bring_all_and_open(copy, Trouble()))
        last = len(copy.commands(-1)) + 1
        for moment in range(1, last):
            letter = at_server("deliver", "INBOX", NOON, NONE)
            asyncio.run(bring_all_and_open(copy, Trouble(meanwhile=((moment, letter),))))
            assert copy.ours()["INBOX"] == copy.theirs()["INBOX"]
