"""Our own sync of the served mailbox, in a process of its own: prints `name=value` words, seconds on the wall.

`nothing` makes the home, `headers` brings every header, `bodies` every byte of what has headers, `again` syncs what did
not change, `watch` does what `serve` does for an account until everything is here, `newest` does so until the newest
can be read.
"""

import asyncio
import importlib
import resource
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bench.support.server import LOGIN, SECRET
from yizhan.base.clock import SystemClock
from yizhan.base.secret import Secret
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import SystemResolver
from yizhan.net.imap import ImapSession
from yizhan.net.policy import AddressPolicy
from yizhan.net.tls import client_context
from yizhan.runtime.boot import boot

TIMES_AGAIN = 9
PAGE = 50  # of the list that a person sees first


class Desk:
    """The account in this home, its server, and the lane; every method is one measurement."""

    def __init__(self, lane: Any, host: str, port: int, ca_pem: str) -> None:
        self.lane = lane
        self.host, self.port, self.ca_pem = host, port, ca_pem
        self.clock = SystemClock()
        self.account_id = 0

    async def open(self) -> ImapSession:
        stream = await DirectDialer(SystemResolver(), AddressPolicy([])).dial(self.host, self.port)
        await stream.start_tls(client_context(self.ca_pem), self.host)
        session = ImapSession(stream)
        await session.greeting()
        await session.login(LOGIN, Secret(SECRET))
        return session

    async def nothing(self) -> None:
        """The home and the account are made."""

    async def headers(self) -> None:
        session = await self.open()
        engine = importlib.import_module("yizhan.services.sync.engine")
        await engine.sync_account(self.account_id, session, self.lane, None, now=self.clock.now())
        await session.close()

    async def bodies(self) -> None:
        session = await self.open()
        bodies = importlib.import_module("yizhan.services.sync.bodies")
        end_of_day = self.clock.now().replace(hour=23, minute=59, second=59)  # the day's budget is all there
        await bodies.fetch_bodies(self.account_id, session, self.lane, None, now=end_of_day)
        await session.close()

    async def watch(self) -> None:
        session = await self.open()
        watch, listening = (importlib.import_module(f"yizhan.services.sync.{each}") for each in ("watch", "listening"))
        ground = watch.Ground(self.account_id, self.lane, self.clock, None, nullcontext)
        await watch.Watch(ground, session, listening.Ear()).bring_all()
        await session.close()

    async def newest(self) -> None:
        """Until the newest 50 are listed, and until they can be read."""
        begun = time.perf_counter()
        watching = asyncio.ensure_future(self.watch())
        listed = await self._until(lambda rows: len(rows) == PAGE, watching)
        readable = await self._until(lambda rows: all(row.blob_id for row in rows), watching)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        print(f"listed={listed - begun:.4f} readable={readable - begun:.4f}")

    async def _until(self, seen: Callable[[list[Any]], bool], watching: "asyncio.Future[None]") -> float:
        messages = importlib.import_module("yizhan.store.messages")
        scope = importlib.import_module("yizhan.store.scope").scope_of_home
        while not seen(await self.lane.read(lambda: messages.list_newest(scope(), limit=PAGE))):
            assert not watching.done() or watching.result() is None
            await asyncio.sleep(0.02)
        return time.perf_counter()


def bind(host: str, port: int, ca_pem: str) -> int:
    """The account of this home, which keeps everything however old."""
    accounts = importlib.import_module("yizhan.store.accounts")
    scope = importlib.import_module("yizhan.store.scope").scope_of_home()
    for account in accounts.list_all(scope):
        return int(account.pk)
    server = {"host": host, "port": port, "security": "tls"}
    servers = {f"{each}_{part}": value for each in ("imap", "smtp") for part, value in server.items()}
    new = accounts.NewAccount(address=LOGIN, login=LOGIN, status="normal", ca_pem=ca_pem, **servers)
    account = accounts.create(scope, new, Secret(SECRET))
    accounts.update(scope, account.pk, sync_days=None)
    return int(account.pk)


def held() -> tuple[int, int]:
    """How many messages are here, and how many of them with their bytes."""
    message = importlib.import_module("yizhan.store.models").Message
    return message.objects.count(), message.objects.exclude(blob=None).count()


async def measure(what: str, host: str, port: int, ca_pem: str) -> None:
    lane = importlib.import_module("yizhan.store.lane").Lane()
    async with lane:
        desk = Desk(lane, host, port, ca_pem)
        desk.account_id = await lane.run(bind, host, port, ca_pem)
        client_context(ca_pem)  # made once in a process
        idle = _peak_mb()
        if what == "again":
            await desk.headers()  # the newest changes, if any, and everything is imported
            took = [await _timed(desk.headers) for _ in range(TIMES_AGAIN)]
            seconds = sorted(took)[len(took) // 2]
        else:
            seconds = await _timed(getattr(desk, what))
        messages, with_bytes = await lane.read(held)
        cpu = time.process_time()
        print(f"seconds={seconds:.4f} messages={messages} bodies={with_bytes} cpu={cpu:.2f} mb={_peak_mb() - idle:.1f}")


async def _timed(work: Any) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(what: str, host: str, port: str, ca_file: str) -> None:
    boot()
    importlib.import_module("yizhan.services.owners.vault").open_vault()
    asyncio.run(measure(what, host, int(port), Path(ca_file).read_text(encoding="ascii")))


if __name__ == "__main__":
    main(*sys.argv[1:])
