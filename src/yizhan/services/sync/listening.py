"""Waits until a server has something to tell, by the best way that it offers, and can be woken."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from yizhan.imap.capabilities import Capabilities
from yizhan.imap.types import Exists, Expunged, Fetched, Response, StatusData, Vanished
from yizhan.net.imap import ImapSession
from yizhan.net.imap_news import News

# RFC 5465 §5.2, §6: of the mailbox that is open messages go only where that cannot disturb a command under way.
EVENTS = (
    "SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge FlagChange))"
)
_TELLING = (Exists, Expunged, Fetched, StatusData, Vanished)


class Way(StrEnum):
    NOTIFY = "notify"  # of all mailboxes, by itself (RFC 5465)
    IDLE = "idle"  # of the one that is open (RFC 2177)
    POLL = "poll"  # when it is asked


def choose_way(capabilities: Capabilities) -> Way:
    """The best that the server offers.  Pure."""
    if capabilities.has("NOTIFY"):
        return Way.NOTIFY
    return Way.IDLE if capabilities.has("IDLE") else Way.POLL


@dataclass(frozen=True, slots=True)
class Heard:
    """What a server told: how many messages the open mailbox has now (None: nothing said), whether something in it is
    another than before, and the wire names of others where something is."""

    exists: int | None = None
    is_touched: bool = False
    elsewhere: frozenset[str] = frozenset()


def read_news(news: Iterable[Response]) -> Heard:
    """The sum of it.  Pure."""
    exists, touched, elsewhere = None, False, set()
    for one in news:
        match one:
            case Exists(messages):
                exists = messages
            case StatusData():
                elsewhere.add(one.wire_name)
            case Expunged() | Vanished() | Fetched():
                touched = True
    return Heard(exists, touched, frozenset(elsewhere))


class Ear:
    """Listens to one session at a time; whoever has work for the session wakes it."""

    __slots__ = ("_timeout", "_woken")

    def __init__(self) -> None:
        self._timeout: asyncio.Timeout | None = None
        self._woken = False

    def wake(self) -> None:
        """End the listening, now or when it would begin."""
        self._woken = True
        if self._timeout is not None:
            self._timeout.reschedule(0.0)

    def take_woken(self) -> bool:
        """Whether somebody has work; asked once, it is no more."""
        woken, self._woken = self._woken, False
        return woken

    async def listen(self, session: ImapSession, way: Way, seconds: float) -> Heard:
        """What the server tells within `seconds`; returns at the first word, and nothing heard is an answer too.
        Without any time nothing is asked.

        Under NOTIFY and without IDLE the server is asked at the end, so a line that died in silence is found.  Raises
        what ended the session.
        """
        told: list[Response] = [each for each in session.take_news() if isinstance(each, _TELLING)]
        if seconds > 0 and not told and not self._woken:
            told = await self._hear(session, way, seconds)
        return read_news([*told, *session.take_news()])

    async def _hear(self, session: ImapSession, way: Way, seconds: float) -> list[Response]:
        if way is Way.IDLE:
            async with session.idle(seconds + 1.0) as news:
                return await self._first(news, seconds)
        if way is Way.NOTIFY:
            told = await self._first(session.news(seconds + 1.0), seconds)
        else:
            told = await self._first(None, seconds)
        if not told:
            await session.noop()
        return told

    async def _first(self, news: News | None, seconds: float) -> list[Response]:
        """The first word that tells something; nothing after `seconds`, or when woken."""
        try:
            async with asyncio.timeout(0.0 if self._woken else seconds) as self._timeout:
                if news is None:
                    await asyncio.sleep(seconds + 1.0)
                    return []
                async for one in news:
                    if isinstance(one, _TELLING):
                        return [one]
        except TimeoutError:
            return []
        finally:
            self._timeout = None
        return []
