"""Send what is due in an account, and die at the n-th step: each line `ACCOUNT STEPS` on standard input is one life.

A step is whatever could be the last thing a process does: a read or a write on a line to a server, a transaction of
the store, or its commit.  Each life is a child of its own, so that SIGKILL takes all of it and nothing is said.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import tests.store  # noqa: F401  (sets Django up)
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import SystemResolver
from yizhan.net.policy import AddressPolicy
from yizhan.net.streams import Stream
from yizhan.runtime.outbox import Outbox
from yizhan.runtime.tenure import bury_dead, keeping, make_owner
from yizhan.runtime.wiring import Plant
from yizhan.services.egress.dialers import Egress
from yizhan.services.owners.vault import open_vault
from yizhan.store.lane import Lane

R = TypeVar("R")


class Fuse:
    def __init__(self, steps: int) -> None:
        self.left = steps

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalStream(Stream):
    __slots__ = ("_fuse",)

    def __init__(self, stream: Stream, fuse: Fuse) -> None:
        super().__init__(stream._wire)
        self._fuse = fuse

    async def read(self) -> bytes:
        self._fuse.burn()
        return await super().read()

    async def write(self, data: bytes) -> None:
        self._fuse.burn()
        await super().write(data)
        self._fuse.burn()


class MortalLane(Lane):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse

    async def run(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        self._fuse.burn()
        result = await super().run(function, *args, **kwargs)
        self._fuse.burn()
        return result


class MortalDialer(DirectDialer):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__(SystemResolver(), AddressPolicy())
        self._fuse = fuse

    async def dial(self, host: str, port: int) -> Stream:
        return MortalStream(await super().dial(host, port), self._fuse)


class MortalEgress(Egress):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__(SystemResolver(), AddressPolicy())
        self._fuse = fuse

    def dialer_for(self, route: str) -> DirectDialer:
        return MortalDialer(self._fuse)


async def live(account_id: AccountId, fuse: Fuse) -> None:
    """What a command does that carries its own: take the account, judge what was cut short, send, file the copies."""
    async with MortalLane(fuse) as lane, keeping(lane, make_owner("command")) as tenure:
        await lane.run(bury_dead)
        lease = await tenure.take(account_id)
        assert lease is not None
        outbox = Outbox(Plant(lane, MortalEgress(fuse)), tenure, SystemClock())
        await outbox.recover(lease)
        await outbox.send_all_due(lease)


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        account_id, steps = map(int, line.split())
        child = os.fork()
        if child == 0:
            open_vault()  # not before: the database must not be open when a process forks
            asyncio.run(live(AccountId(account_id), Fuse(steps)))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
