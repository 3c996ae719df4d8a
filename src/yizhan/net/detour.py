"""The route of a demo: its hosts lead to a sandbox on this machine, whose authority is trusted on no other route."""

import ssl
from collections.abc import Mapping

from yizhan.net.dialers import Dialer
from yizhan.net.errors import ConnectRefused, NameNotResolved
from yizhan.net.streams import Stream
from yizhan.net.tls import client_context

LOOPBACK = "127.0.0.1"


class DetourDialer:
    """Takes the hosts of `routes` (`host:port` to a port here; 0 when nothing runs) to this machine, and no others."""

    route = "demo"

    def __init__(self, routes: Mapping[str, int], ca_pem: str, direct: Dialer) -> None:
        self._routes = routes
        self._hosts = frozenset(route.rpartition(":")[0] for route in routes)
        self._ca_pem = ca_pem
        self._direct = direct

    async def resolve(self, host: str) -> list[str]:
        if host.lower() not in self._hosts:
            raise NameNotResolved(f"demo: the sandbox has no {host}, and this route leads nowhere else")
        return [LOOPBACK]

    async def dial(self, host: str, port: int) -> Stream:
        here = self._routes.get(f"{host.lower()}:{port}", 0)
        if not here:
            raise ConnectRefused(f"demo: the sandbox has no {host}:{port} now; `yizhan serve --demo` starts it")
        return DetourStream(await self._direct.dial(LOOPBACK, here), self._ca_pem)


class DetourStream(Stream):
    """Another stream, with one authority of its own in place of all others; the host's name is checked as ever."""

    def __init__(self, inner: Stream, ca_pem: str) -> None:
        self._inner = inner
        self._ca_pem = ca_pem

    @property
    def is_tls(self) -> bool:
        return self._inner.is_tls

    @property
    def peer(self) -> str:
        return LOOPBACK

    async def read(self) -> bytes:
        return await self._inner.read()

    async def write(self, data: bytes) -> None:
        await self._inner.write(data)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        await self._inner.start_tls(client_context(self._ca_pem), host)

    async def close(self) -> None:
        await self._inner.close()
