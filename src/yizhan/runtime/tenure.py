"""The leases of this process: renewed at a third of their time, and never outlived by the work done under them.

Work that may touch an account's servers runs inside `work`.  When a lease is lost, or cannot be renewed in time, its
work is cancelled before the lease runs out: the sockets are closed before anybody else opens theirs.
"""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, make_token
from yizhan.runtime.limits import LEASE_MARGIN_S, LEASE_S
from yizhan.store import leases, requests
from yizhan.store.errors import LeaseLost
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease

T = TypeVar("T")
log = logging.getLogger(__name__)


class AccountBusy(YizhanError):
    """Somebody else is at work on the account, and did not end in time."""

    code = "account_busy"
    retry = "later"


def make_owner(kind: str) -> str:
    """A name for this process that no other has; who shares its process table can tell whether it lives."""
    return f"{kind}.{_process_table()}.{os.getpid()}.{make_token(6)}"


def is_dead(owner: str) -> bool:
    """Whether that process is known to have ended: false for one of another host, for nobody here can know."""
    _, table, pid, *_ = [*owner.split("."), "", ""]
    return table == _process_table() and pid.isdigit() and not Path(f"/proc/{pid}").exists()


def bury_dead() -> int:
    """Free at once what processes of this host held when they were killed; how many.  Inside the lane."""
    dead = [owner for owner in leases.owners() if is_dead(owner)]
    for owner in dead:
        leases.bury(owner)
        requests.abandon(owner)
    return len(dead)


@cache
def _process_table() -> str:
    """What tells one table of processes from another: the kernel's start and the container's namespace."""
    started = Path("/proc/sys/kernel/random/boot_id")
    if not started.exists():  # not Linux: leases of a killed process are free when they run out
        return make_token(6)
    namespace = Path("/proc/self/ns/pid").readlink()
    return hashlib.sha256(f"{started.read_text(encoding='ascii')}{namespace}".encode()).hexdigest()[:12]


class Tenure:
    """What this process owns now; `keep` has to run beside the work."""

    def __init__(self, lane: Lane, owner: str, ttl: float = LEASE_S, margin: float = LEASE_MARGIN_S) -> None:
        self.owner = owner
        self._lane = lane
        self._ttl = ttl
        self._margin = margin
        self._held: dict[int, Lease] = {}
        self._good_until: dict[int, float] = {}
        self._work: dict[int, set[asyncio.Task[Any]]] = {}
        self._turns: dict[tuple[int, str], asyncio.Lock] = {}

    @property
    def account_ids(self) -> list[AccountId]:
        """The accounts that are ours."""
        return [AccountId(account_id) for account_id in self._held]

    def held(self, account_id: AccountId) -> Lease | None:
        """The lease, if it is ours."""
        return self._held.get(account_id)

    async def take(self, account_id: AccountId) -> Lease | None:
        """The account's lease, ours already or taken now; None while somebody else holds it, or it is gone."""
        held = self._held.get(account_id)
        if held is not None:
            if await self._lane.read(leases.is_current, held):
                return held
            self._lose(account_id)  # a pause or a deletion took it away since it was last renewed
        begun = time.monotonic()
        lease = await self._lane.run(leases.take, account_id, self.owner, self._ttl)
        return None if lease is None else self._adopt([lease], begun)[0]

    async def take_free(self, limit: int) -> list[Lease]:
        """Up to `limit` leases that nobody holds."""
        begun = time.monotonic()
        return self._adopt(await self._lane.run(leases.take_free, self.owner, self._ttl, limit), begun)

    async def work(self, lease: Lease, what: str, coroutine: Coroutine[Any, Any, T]) -> T:
        """Carry it out, one of each `what` at a time; raises `LeaseLost` when the lease went to somebody else."""
        account_id = lease.account_id
        task = asyncio.ensure_future(self._in_turn((account_id, what), coroutine))
        self._work.setdefault(account_id, set()).add(task)
        if not self._is_held(lease):
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            if task.cancelled() and not _is_cancelling():
                raise LeaseLost(f"the lease of account {account_id} was lost; its work was stopped") from None
            raise
        finally:
            self._work[account_id].discard(task)
            coroutine.close()  # a turn that never came did not begin it

    @asynccontextmanager
    async def turn(self, account_id: AccountId, what: str) -> AsyncIterator[None]:
        """Wait for the turn of `what` in the middle of other work on the account, and hold it through the block."""
        async with self._turns.setdefault((account_id, what), asyncio.Lock()):
            yield

    async def keep(self) -> None:
        """Renew until cancelled; at its end, however it comes, all work under the leases ends too."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._renew())
                group.create_task(self._watch())
        finally:
            for account_id in self._held:
                self._stop_work(account_id)

    async def release(self, lease: Lease) -> None:
        """Let one go, and end what is done under it."""
        self._lose(lease.account_id)
        await self._lane.run(leases.release, lease)

    async def release_all(self) -> None:
        """Let all go."""
        for lease in list(self._held.values()):
            await self.release(lease)

    def _is_held(self, lease: Lease) -> bool:
        held = self._held.get(lease.account_id)  # rows are equal whatever their epoch
        return held is not None and held.epoch == lease.epoch

    def _adopt(self, taken: list[Lease], begun: float) -> list[Lease]:
        for lease in taken:
            self._held[lease.account_id] = lease
            self._good_until[lease.account_id] = begun + self._ttl - self._margin
        return taken

    async def _in_turn(self, key: tuple[int, str], coroutine: Coroutine[Any, Any, T]) -> T:
        async with self._turns.setdefault(key, asyncio.Lock()):
            return await coroutine

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._ttl / 3)
            begun = time.monotonic()
            asked = dict(self._held)
            renewed = {row.account_id: row for row in await self._lane.run(leases.renew, self.owner, self._ttl)}
            for account_id, lease in asked.items():
                row = renewed.get(account_id)
                if row is not None and row.epoch == lease.epoch:
                    self._good_until[account_id] = begun + self._ttl - self._margin
                elif self._is_held(lease):
                    log.warning("lease_lost", extra={"account": account_id})
                    self._lose(account_id)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._margin / 4)
            now = time.monotonic()
            for account_id in [each for each, until in self._good_until.items() if until <= now]:
                log.warning("lease_not_renewed", extra={"account": account_id})
                self._lose(account_id)

    def _lose(self, account_id: int) -> None:
        self._held.pop(account_id, None)
        self._good_until.pop(account_id, None)
        self._stop_work(account_id)

    def _stop_work(self, account_id: int) -> None:
        for task in list(self._work.get(account_id, ())):
            task.cancel()


def _is_cancelling() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


@asynccontextmanager
async def keeping(lane: Lane, owner: str) -> AsyncIterator[Tenure]:
    """A tenure that is renewed inside the block, and given up at its end."""
    tenure = Tenure(lane, owner)
    renewing = asyncio.ensure_future(tenure.keep())
    try:
        yield tenure
    finally:
        await tenure.release_all()
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
