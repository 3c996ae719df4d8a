"""From a server's EXISTS to stored and told: our watch beside a raw client, announced to in turns.

A small IMAP server announces a message to whoever idles.  The raw client sends DONE and fetches the headers; the watch
does the same and commits the row and the change.  Five rounds, medians of the rounds' percentiles.  Fails when the
watch adds more than a millisecond (p50) or five (p99).
"""

import asyncio
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from yizhan.base.clock import SystemClock
from yizhan.base.secret import Secret
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import SystemResolver
from yizhan.net.imap import ImapSession
from yizhan.net.policy import AddressPolicy
from yizhan.runtime.boot import boot

ROUNDS, EACH, WARM_UP = 5, 100, 10
GOAL_P50_MS, GOAL_P99_MS = 1.0, 5.0
HOST = "127.0.0.1"
SECONDS = 60.0
RESTED_S = 0.03  # who has idled for so long has brought the bytes of the message before
ENVELOPE = (
    '("Tue, 24 Nov 2026 10:00:00 +0000" "Price list" (("Li Lei" NIL "lilei" "example.cn"))'
    ' (("Li Lei" NIL "lilei" "example.cn")) (("Li Lei" NIL "lilei" "example.cn"))'
    ' (("Anna" NIL "anna" "example.com")) NIL NIL NIL "<{0}@example.cn>")'
)


class PushServer:
    """IMAP with one mailbox and no delay of its own."""

    def __init__(self) -> None:
        self.count = self.begun = 0
        self.idling: asyncio.StreamWriter | None = None
        self.is_idling = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def announce(self) -> float:
        """One message more, to somebody who has nothing else to do; when that was said."""
        async with asyncio.timeout(SECONDS):
            known = -1
            while known != self.begun or not self.is_idling.is_set():
                await self.is_idling.wait()
                known = self.begun
                await asyncio.sleep(RESTED_S)
        self.count += 1
        writer = self.idling
        assert writer is not None
        said_at = time.perf_counter()
        writer.write(b"* %d EXISTS\r\n" % self.count)
        return said_at

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(b"* PREAUTH [CAPABILITY IMAP4rev1 IDLE UIDPLUS LIST-STATUS] ready\r\n")
        idle = b""
        while line := await reader.readline():
            tag, _, rest = line.rstrip().partition(b" ")
            if rest == b"IDLE":
                writer.write(b"+ idling\r\n")
                self.idling, idle = writer, tag
                self.begun += 1
                self.is_idling.set()
            elif tag == b"DONE":
                self.is_idling.clear()
                writer.write(b"%s OK done\r\n" % idle)
            else:
                writer.write(self._answer(rest.decode()) + b"%s OK done\r\n" % tag)

    def _answer(self, said: str) -> bytes:
        count = self.count
        numbers = f"(MESSAGES {count} UIDNEXT {count + 1} UIDVALIDITY 7 UNSEEN {count})"
        verb = said.split(" ")[0].upper()
        if verb in ("LIST", "LSUB"):
            status = f"* STATUS INBOX {numbers}\r\n" if "RETURN" in said else ""
            return f'* {verb} () "/" INBOX\r\n{status}'.encode()
        if verb == "STATUS":
            return f"* STATUS INBOX {numbers}\r\n".encode()
        if verb in ("SELECT", "EXAMINE"):
            opened = f"* {count} EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT {count + 1}] .\r\n"
            return opened.encode()
        if said.startswith("UID SEARCH"):
            found = " ".join(map(str, range(1, count + 1)))
            return f"* SEARCH {found}\r\n".encode()
        if said.startswith("UID FETCH") and "ENVELOPE" in said:
            head = f'UID {count} FLAGS () INTERNALDATE "24-Nov-2026 10:00:00 +0000" RFC822.SIZE 50000000'
            return f"* {count} FETCH ({head} ENVELOPE {ENVELOPE.format(count)})\r\n".encode()
        return b""


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[PushServer, int]]:
    push = PushServer()
    server = await asyncio.start_server(push.serve, HOST, 0)
    yield push, server.sockets[0].getsockname()[1]
    server.close()
    for writer in push.writers:
        writer.close()
    await asyncio.sleep(0.05)  # each has seen its end


async def open_session(port: int) -> ImapSession:
    session = ImapSession(await DirectDialer(SystemResolver(), AddressPolicy([])).dial(HOST, port))
    await session.greeting()
    return session


async def measure_raw(count: int) -> list[float]:
    """Milliseconds from each EXISTS until the headers are in hand."""
    took = []
    async with serving() as (push, port):
        session = await open_session(port)
        await session.examine("INBOX")
        for _ in range(count):
            announcing = asyncio.ensure_future(push.announce())
            async with session.idle(SECONDS) as news:
                await anext(news)
            await session.fetch(
                f"{push.count}:*", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)", uid=True
            )
            took.append((time.perf_counter() - await announcing) * 1000)
        await session.close()
    return took


def make_parts() -> tuple[Any, type[Any], Any]:
    """What needs a home: how to bind an account, a lane that notes when headers were kept, and the watch."""
    lane, messages = (importlib.import_module(f"yizhan.store.{name}") for name in ("lane", "messages"))

    class NotingLane(lane.Lane):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__()
            self.kept_at: asyncio.Queue[float] = asyncio.Queue()

        async def run(self, function: Any, *args: Any, **kwargs: Any) -> Any:
            done = await super().run(function, *args, **kwargs)
            if function is messages.upsert_batch:
                self.kept_at.put_nowait(time.perf_counter())
            return done

    def bind(number: int) -> int:
        accounts = importlib.import_module("yizhan.store.accounts")
        scope = importlib.import_module("yizhan.store.scope").scope_of_home()
        server = {"host": HOST, "port": 1, "security": "plain"}
        servers = {f"{each}_{part}": value for each in ("imap", "smtp") for part, value in server.items()}
        address = f"anna{number}@example.com"
        new = accounts.NewAccount(address=address, login=address, status="normal", **servers)
        return int(accounts.create(scope, new, Secret("made up")).pk)

    return bind, NotingLane, importlib.import_module("yizhan.services.sync.watch")


async def measure_watch(number: int, count: int) -> list[float]:
    """Milliseconds from each EXISTS until row and change are committed."""
    bind, make_lane, watch = make_parts()
    took = []
    async with make_lane() as lane, serving() as (push, port):
        account_id = await lane.run(bind, number)
        ground = watch.Ground(account_id, lane, SystemClock(), None, nullcontext)
        session = await open_session(port)
        ear = importlib.import_module("yizhan.services.sync.listening").Ear()
        watching = asyncio.ensure_future(watch.Watch(ground, session, ear).run())
        for _ in range(count):
            said_at = await push.announce()
            async with asyncio.timeout(SECONDS):
                took.append((await lane.kept_at.get() - said_at) * 1000)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await session.close()
    return took


def percentiles(took: list[float]) -> tuple[float, float]:
    ordered = sorted(took[WARM_UP:])
    return statistics.median(ordered), ordered[int(len(ordered) * 0.99)]


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        os.environ["YIZHAN_HOME"] = home
        boot()
        importlib.import_module("yizhan.services.owners.vault").open_vault()
        rounds = []
        for number in range(ROUNDS):
            raw = percentiles(asyncio.run(measure_raw(EACH)))
            ours = percentiles(asyncio.run(measure_watch(number, EACH)))
            rounds.append((*raw, *ours))
    raw50, raw99, ours50, ours99 = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"EXISTS to headers, raw client:   p50 {raw50:6.2f} ms   p99 {raw99:6.2f} ms")
    print(f"EXISTS to row and change, watch: p50 {ours50:6.2f} ms   p99 {ours99:6.2f} ms")
    print(f"added: p50 {ours50 - raw50:.2f} ms (goal {GOAL_P50_MS}), p99 {ours99 - raw99:.2f} ms (goal {GOAL_P99_MS})")
    return int(ours50 - raw50 > GOAL_P50_MS or ours99 - raw99 > GOAL_P99_MS)


if __name__ == "__main__":
    sys.exit(main())
