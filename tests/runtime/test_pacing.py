"""One server is asked by so many at once, with a pause between two; another server does not wait for it."""

import asyncio
import time

from yizhan.runtime.pacing import Pace


async def test_no_more_than_so_many_are_at_one_host_at_once() -> None:
    pace, now, most = Pace(at_once=2, gap=0.0), 0, 0

    async def visit() -> None:
        nonlocal now, most
        async with pace.turn("imap.example.com"):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1

    await asyncio.gather(*(visit() for _ in range(10)))
    assert most == 2


async def test_turns_at_one_host_are_apart_and_other_hosts_do_not_wait() -> None:
    pace, begun = Pace(at_once=10, gap=0.05), time.monotonic()
    moments: list[float] = []

    async def visit(host: str) -> None:
        async with pace.turn(host):
            moments.append(time.monotonic() - begun)

    await asyncio.gather(*(visit("a.example") for _ in range(4)))
    assert moments[-1] >= 0.15
    before = time.monotonic()
    async with pace.turn("b.example"):
        assert time.monotonic() - before < 0.05
