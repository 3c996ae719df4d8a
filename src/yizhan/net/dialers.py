"""From a host and a port to a stream."""

import asyncio
from typing import Protocol

from yizhan.net.deadlines import deadline
from yizhan.net.dns import Resolver
from yizhan.net.errors import ConnectFailed, ConnectRefused, NetError
from yizhan.net.policy import AddressPolicy
from yizhan.net.streams import BUFFER_BYTES, Stream

CONNECT_SECONDS = 8.0
MAX_ADDRESSES = 6


class Dialer(Protocol):
    async def resolve(self, host: str) -> list[str]:
        """The addresses that may be dialled; raises `NameNotResolved` or `AddressForbidden`."""
        ...

    async def dial(self, host: str, port: int) -> Stream:
        """A plain stream to the first address that answers; raises `NetError`."""
        ...


class DirectDialer:
    """From this machine, with nothing in between."""

    def __init__(self, resolver: Resolver, policy: AddressPolicy) -> None:
        self._resolver = resolver
        self._policy = policy

    async def resolve(self, host: str) -> list[str]:
        async with deadline(CONNECT_SECONDS, f"looking up {host}"):
            found = (await self._resolver.addresses(host))[:MAX_ADDRESSES]
        for address in found:
            self._policy.check(address)
        return found

    async def dial(self, host: str, port: int) -> Stream:
        """Connects to the very addresses that were checked, one after another."""
        failures: list[NetError] = []
        for address in await self.resolve(host):
            try:
                return await self._connect(address, port)
            except NetError as error:
                failures.append(error)
        raise failures[0]

    async def _connect(self, address: str, port: int) -> Stream:
        async with deadline(CONNECT_SECONDS, f"connecting to {address}:{port}"):
            try:
                reader, writer = await asyncio.open_connection(address, port, limit=BUFFER_BYTES)
            except ConnectionRefusedError:
                raise ConnectRefused(f"nothing listens at {address}:{port}") from None
            except OSError as error:
                raise ConnectFailed(f"{address}:{port} cannot be reached: {error.strerror or error}") from None
        return Stream(reader, writer)
