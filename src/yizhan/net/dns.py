"""Names to addresses and records, by the system or by a named server."""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

import dns.asyncresolver
import dns.exception
import dns.rdtypes.ANY.MX
import dns.rdtypes.ANY.TXT
import dns.rdtypes.IN.SRV

from yizhan.net.errors import NameNotResolved
from yizhan.net.limits import LOOKUP_SECONDS, MAX_RECORDS
from yizhan.net.names import ascii_host, literal_address

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SrvRecord:
    """Where a service is (RFC 2782); a lower priority comes first, a higher weight more often."""

    host: str
    port: int
    priority: int
    weight: int


class Resolver(Protocol):
    """Every method is bounded in time and length, and raises `NameNotResolved` where there is no answer."""

    async def addresses(self, host: str) -> list[str]:
        """IP addresses in the order to try."""
        ...

    async def mx(self, domain: str) -> list[str]:
        """Hosts that take the domain's mail, best first; empty where the domain says that it takes none (RFC 7505)."""
        ...

    async def srv(self, name: str) -> list[SrvRecord]:
        """Best first; empty where the domain says that the service is not offered (RFC 2782)."""
        ...

    async def txt(self, name: str) -> list[str]:
        """Each record as one text (RFC 7208 §3.3)."""
        ...


class _Records:
    """What the C library cannot be asked for, by dnspython's resolver that `make` gives."""

    def __init__(self, make: Callable[[], dns.asyncresolver.Resolver]) -> None:
        self._make = make

    async def mx(self, domain: str) -> list[str]:
        found = await self._ask(domain, "MX", dns.rdtypes.ANY.MX.MX)
        found.sort(key=lambda record: record.preference)
        return [host for record in found if (host := _host(record.exchange))]

    async def srv(self, name: str) -> list[SrvRecord]:
        found = await self._ask(name, "SRV", dns.rdtypes.IN.SRV.SRV)
        found.sort(key=lambda record: (record.priority, -record.weight))
        return [
            SrvRecord(host, record.port, record.priority, record.weight)
            for record in found
            if (host := _host(record.target))
        ]

    async def txt(self, name: str) -> list[str]:
        found = await self._ask(name, "TXT", dns.rdtypes.ANY.TXT.TXT)
        return [b"".join(record.strings).decode("utf-8", "replace") for record in found]

    async def _ask(self, name: str, kind: str, shape: type[T]) -> list[T]:
        ascii_name = ascii_host(name)
        try:
            answer = await self._make().resolve(ascii_name, kind, search=False, lifetime=LOOKUP_SECONDS)
        except (dns.exception.DNSException, OSError) as error:
            raise NameNotResolved(f"{name} has no {kind} record: {_reason(error)}") from None
        return [record for record in answer if isinstance(record, shape)][:MAX_RECORDS]


class SystemResolver(_Records):
    """What the machine itself would use, its hosts file included."""

    def __init__(self) -> None:
        super().__init__(dns.asyncresolver.Resolver)  # reads /etc/resolv.conf, which may change, each time

    async def addresses(self, host: str) -> list[str]:
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        name = ascii_host(host)
        try:
            found = await _in_thread(lambda: socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            raise NameNotResolved(f"{host} has no address: {_reason(error)}") from None
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MAX_RECORDS]


class NameserverResolver(_Records):
    """One name server, `IP:PORT`; for tests and for networks whose own answers are not to be trusted."""

    def __init__(self, server: str) -> None:
        host, _, port = server.rpartition(":")
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [host.strip("[]") or server]
        resolver.port = int(port) if host else 53
        super().__init__(lambda: resolver)

    async def addresses(self, host: str) -> list[str]:
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        name = ascii_host(host)
        try:
            answer = await self._make().resolve_name(name, search=False, lifetime=LOOKUP_SECONDS)
        except (dns.exception.DNSException, OSError) as error:
            raise NameNotResolved(f"{host} has no address: {_reason(error)}") from None
        return list(answer.addresses())[:MAX_RECORDS]


async def _in_thread(look_up: Callable[[], T]) -> T:
    """In a thread of its own that nobody waits for once the deadline has passed.

    The loop's own threads are few, and a process waits for them at its end: a dead name server would hold both.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[asyncio.Future[T]], None]) -> None:
        if not answer.done():
            outcome(answer)

    def run() -> None:
        try:
            found = look_up()
        except (OSError, UnicodeError) as error:
            failure = error
            post(lambda waiting: waiting.set_exception(failure))
        else:
            post(lambda waiting: waiting.set_result(found))

    def post(outcome: Callable[[asyncio.Future[T]], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended, so nobody waits any more
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, daemon=True, name="lookup").start()
    return await answer


def _host(name: object) -> str:
    """Without its last dot; empty for the root, which says "none"."""
    return str(name).rstrip(".").lower()


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
