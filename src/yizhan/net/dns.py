"""Names to addresses, by the system or by a named server."""

import asyncio
import socket
from typing import Protocol

import dns.asyncresolver
import dns.exception

from yizhan.net.errors import NameNotResolved

SECONDS = 8.0


class Resolver(Protocol):
    async def addresses(self, host: str) -> list[str]:
        """IP addresses in the order to try; raises `NameNotResolved`."""
        ...


class SystemResolver:
    """What the machine itself would use, its hosts file included."""

    async def addresses(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(_ascii(host), None, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise NameNotResolved(f"{host} has no address: {getattr(error, 'strerror', error)}") from None
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class NameserverResolver:
    """One name server, `IP:PORT`; for tests and for networks whose own answers are not to be trusted."""

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = [host or server]
        self._resolver.port = int(port) if host else 53
        self._resolver.lifetime = SECONDS

    async def addresses(self, host: str) -> list[str]:
        try:
            answer = await self._resolver.resolve_name(_ascii(host))
        except (dns.exception.DNSException, UnicodeError) as error:
            raise NameNotResolved(f"{host} has no address: {error}") from None
        return list(answer.addresses())


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")
