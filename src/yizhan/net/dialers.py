"""From a host and a port to a stream."""

import asyncio
import errno
import socket
from itertools import zip_longest
from typing import Protocol

from yizhan.net.deadlines import deadline
from yizhan.net.dns import Resolver
from yizhan.net.errors import ConnectFailed, ConnectRefused, DeadlineMissed, LineLost, NameNotResolved, NetError
from yizhan.net.limits import CONNECT_SECONDS, HEAD_START_SECONDS, KEEPALIVE, LOOKUP_SECONDS, MAX_ADDRESSES
from yizhan.net.policy import AddressPolicy
from yizhan.net.streams import Stream
from yizhan.net.wire import Wire


class Dialer(Protocol):
    @property
    def route(self) -> str:
        """The way it takes, by its name."""
        ...

    async def resolve(self, host: str) -> list[str]:
        """The addresses that may be dialled; raises `NameNotResolved` or `AddressForbidden`."""
        ...

    async def dial(self, host: str, port: int) -> Stream:
        """A plain stream to the first address that answers; raises `NetError`."""
        ...


class DirectDialer:
    """From this machine, with nothing in between."""

    route = "direct"

    def __init__(self, resolver: Resolver, policy: AddressPolicy) -> None:
        self._resolver = resolver
        self._policy = policy

    async def resolve(self, host: str) -> list[str]:
        """All of them must be allowed: a name with a public and a private address is somebody's trick."""
        async with deadline(LOOKUP_SECONDS, f"looking up {host}"):
            found = await self._resolver.addresses(host)
        if not found:
            raise NameNotResolved(f"{host} has no address")
        for address in found:
            self._policy.check(address)
        return _families_in_turn(found)[:MAX_ADDRESSES]

    async def dial(self, host: str, port: int) -> Stream:
        """Connects to the very addresses that were checked; each has a head start before the next (RFC 8305 §5)."""
        waiting = await self.resolve(host)
        trying: set[asyncio.Task[Stream]] = set()
        failures: list[NetError] = []
        try:
            while waiting or trying:
                if waiting:
                    trying.add(asyncio.create_task(self._connect(waiting.pop(0), port)))
                head_start = HEAD_START_SECONDS if waiting else None
                done, trying = await asyncio.wait(trying, timeout=head_start, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    error = task.exception()
                    if error is None:
                        trying |= done - {task}
                        return task.result()
                    if not isinstance(error, NetError):
                        raise error
                    failures.append(error)
        finally:
            await _let_go(trying)
        raise failures[0]

    async def _connect(self, address: str, port: int) -> Stream:
        loop = asyncio.get_running_loop()
        async with deadline(CONNECT_SECONDS, f"connecting to {address}:{port}"):
            try:
                transport, wire = await loop.create_connection(Wire, address, port)
            except ConnectionRefusedError:
                raise ConnectRefused(f"nothing listens at {address}:{port}") from None
            except (ConnectionResetError, ConnectionAbortedError):  # taken and ended before we came to look
                raise LineLost(f"{address}:{port} took the connection and ended it at once") from None
            except OSError as error:
                if error.errno == errno.ETIMEDOUT:
                    raise DeadlineMissed(f"{address}:{port} does not answer") from None
                raise ConnectFailed(f"{address}:{port} cannot be reached: {error.strerror or error}") from None
        try:
            _keep_alive(transport.get_extra_info("socket"))
        except OSError:  # ended meanwhile: the first read says how
            transport.abort()
        return Stream(wire)


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):  # Linux has them all
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _families_in_turn(addresses: list[str]) -> list[str]:
    """The resolver's order, with IPv6 and IPv4 taking turns, so that a network without one of them costs little."""
    first_is_v6 = ":" in addresses[0]
    first = [address for address in addresses if (":" in address) is first_is_v6]
    second = [address for address in addresses if (":" in address) is not first_is_v6]
    return [address for pair in zip_longest(first, second) for address in pair if address is not None]


async def _let_go(tasks: set[asyncio.Task[Stream]]) -> None:
    """End the attempts that are not needed any more, and close what they had reached."""
    for task in tasks:
        task.cancel()
    for reached in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(reached, Stream):
            await reached.close()
