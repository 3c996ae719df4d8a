"""How a watch waits: by the best way that the server offers, never longer than a dead line may stay unnoticed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.faulty import FaultyServer, Line, Script, serving
from yizhan.imap.capabilities import Capabilities
from yizhan.imap.numset import NumSet
from yizhan.imap.types import Exists, Expunged, Fetched, StatusData, Vanished
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import SystemResolver
from yizhan.net.errors import DeadlineMissed, LineLost
from yizhan.net.imap import ImapSession
from yizhan.net.policy import AddressPolicy
from yizhan.services.sync.listening import Ear, Heard, Way, choose_way, read_news
from yizhan.services.sync.watch import numbers_of, seconds_until, turn_of

GREETING = "* PREAUTH [CAPABILITY IMAP4rev1 IDLE NOTIFY] ready"


def talking(*said: str, deaf_after: str = "") -> Script:
    """Says each of `said` when it is let to; hears nothing more once `deaf_after` was asked."""

    async def script(line: Line) -> None:
        await line.say(GREETING)
        while True:
            heard = await line.hear()
            tag, _, verb = heard.partition(" ")
            if deaf_after and verb.startswith(deaf_after):
                await line.say(*(["+ idling"] if verb == "IDLE" else []))
                await line.reader.read()
            answer = {"IDLE": ["+ idling", *said]}.get(verb, [*said, f"{tag} OK done"])
            await line.say(*([f"{line_tag(line)} OK done"] if tag == "DONE" else answer))

    return script


def line_tag(line: Line) -> str:
    """The tag of the IDLE that DONE ends."""
    return next(each for each in reversed(line.heard) if b"IDLE" in each).split()[0].decode()


@asynccontextmanager
async def session_at(server: FaultyServer) -> AsyncIterator[ImapSession]:
    stream = await DirectDialer(SystemResolver(), AddressPolicy([])).dial("127.0.0.1", server.port)
    session = ImapSession(stream, seconds=0.5)
    await session.greeting()
    yield session
    await session.close()


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("IMAP4rev1 IDLE NOTIFY", Way.NOTIFY),
        ("IMAP4rev1 IDLE", Way.IDLE),
        ("IMAP4rev2", Way.IDLE),
        ("IMAP4rev1", Way.POLL),
    ],
)
def test_the_best_way_that_is_offered_is_taken(words: str, way: Way) -> None:
    assert choose_way(Capabilities(words.split())) is way


@pytest.mark.parametrize("way", list(Way))
def test_a_line_is_asked_whether_it_lives_at_least_every_two_minutes(way: Way) -> None:
    assert 0 < seconds_until(way, 1000.0, 1e9) <= 120.0


def test_listening_ends_when_something_else_is_due() -> None:
    assert [seconds_until(Way.IDLE, 100.0, until) for until in (107.0, 100.0, 60.0)] == [7.0, 0.0, 0.0]


def test_a_mailbox_that_was_just_opened_is_asked_about_soon_where_the_server_tells_by_itself() -> None:
    assert seconds_until(Way.NOTIFY, 0.0, 1e9, just_opened=True) <= 5.0 < seconds_until(Way.NOTIFY, 0.0, 1e9)


def test_news_are_summed_up() -> None:
    status = StatusData("Sent", "Sent", messages=3)
    assert read_news([]) == Heard()
    assert read_news([Exists(3), Exists(5)]) == Heard(exists=5)
    touched = [Expunged(1), Vanished(NumSet.of([7]), False), Fetched(1, flags=frozenset())]
    assert [read_news([each]).is_touched for each in touched] == [True] * 3
    assert read_news([status, Exists(1)]) == Heard(1, False, frozenset({"Sent"}))


def test_every_mailbox_has_its_turn_where_each_is_asked_for_itself() -> None:
    names = [f"box{number}" for number in range(100)]
    turns = [turn_of(names, 40, at) for at in range(3)]
    assert [len(each) for each in turns] == [40] * 3
    assert {name for each in turns for name in each} == set(names)
    assert turn_of(names[:30], 40, 5) == names[:30]


def test_a_status_is_another_when_any_of_its_numbers_is() -> None:
    before = StatusData("Sent", "Sent", messages=3, uid_next=9, uid_validity=1, unseen=0)
    assert numbers_of(before) == numbers_of(before._replace(recent=2))
    changed = [before._replace(**{name: 77}) for name in ("messages", "uid_next", "uid_validity", "unseen")]
    assert all(numbers_of(each) != numbers_of(before) for each in changed)


@pytest.mark.parametrize("way", [Way.IDLE, Way.NOTIFY, Way.POLL])
async def test_what_is_told_is_heard_by_every_way(way: Way) -> None:
    with serving(talking("* OK still here", "* 4 EXISTS")) as server:
        async with session_at(server) as session:
            assert (await Ear().listen(session, way, 0.3)).exists == 4


@pytest.mark.parametrize(
    ("way", "verb"), [(Way.IDLE, "IDLE"), (Way.NOTIFY, "NOOP"), (Way.POLL, "NOOP")], ids=["idle", "notify", "poll"]
)
async def test_a_server_that_fell_silent_is_found(way: Way, verb: str) -> None:
    with serving(talking(deaf_after=verb)) as server:
        async with session_at(server) as session:
            with pytest.raises(DeadlineMissed):
                await Ear().listen(session, way, 0.2)


async def test_a_line_that_ends_while_it_is_listened_to_is_found_at_once() -> None:
    async def script(line: Line) -> None:
        await line.say(GREETING)
        await line.hear()
        await line.say("+ idling")

    with serving(script) as server:
        async with session_at(server) as session:
            with pytest.raises(LineLost):
                await Ear().listen(session, Way.IDLE, 60.0)


@pytest.mark.parametrize("way", list(Way))
async def test_who_has_work_for_the_session_wakes_it(way: Way) -> None:
    ear, begun = Ear(), time.monotonic()
    with serving(talking()) as server:
        async with session_at(server) as session:
            asyncio.get_running_loop().call_later(0.2, ear.wake)
            assert await ear.listen(session, way, 60.0) == Heard()
            assert (ear.take_woken(), ear.take_woken()) == (True, False)
            ear.wake()
            assert await ear.listen(session, way, 60.0) == Heard()
            await session.noop()  # it is as good as before
    assert time.monotonic() - begun < 30.0
