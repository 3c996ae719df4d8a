"""The way out to the network that an account uses."""

from pathlib import Path

from yizhan.base.errors import BadInput
from yizhan.net.detour import DetourDialer
from yizhan.net.dialers import Dialer, DirectDialer
from yizhan.net.dns import NameserverResolver, Resolver, SystemResolver
from yizhan.net.policy import AddressPolicy, Network
from yizhan.services.egress.detour import Detour, read_detour

AUTO, DIRECT, DEMO = "auto", "direct", "demo"


class RouteUnknown(BadInput):
    """No node of that name."""

    code = "route_unknown"


class Egress:
    """Hands out the dialer of a route; the only place, with `runtime`, that makes one.

    `demo` is the route to the sandbox on this machine: an account bound through it never meets a real provider, and
    one that was bound for real never meets the sandbox.
    """

    def __init__(self, resolver: Resolver, policy: AddressPolicy, home: Path | None = None) -> None:
        self.resolver = resolver
        self._direct = DirectDialer(resolver, policy)
        self._home = home

    def route_of(self, route: str, host: str) -> str:
        """The route that an account with this server gets: `auto` is `demo` while a demo runs that has the host.

        Raises `DemoFileBroken`.
        """
        if route not in (AUTO, DEMO):
            return route
        detour = self._detour()  # asked each time: a demo may begin while we run
        has_host = detour is not None and detour.has(host) and (route == DEMO or detour.is_running)
        return DEMO if has_host else AUTO

    def dialer_for(self, route: str) -> Dialer:
        """The dialer of `auto`, `direct`, `demo` or a node's name; raises `RouteUnknown`, or `DemoFileBroken`."""
        if route in (AUTO, DIRECT):
            return self._direct
        detour = self._detour() if route == DEMO else None
        if detour is None:
            raise RouteUnknown(f"there is no node named {route!r}")
        return DetourDialer(detour.routes, detour.ca_pem, self._direct)

    def _detour(self) -> Detour | None:
        return read_detour(self._home) if self._home else None


def make_egress(nameserver: str | None, allow_networks: tuple[Network, ...], home: Path | None = None) -> Egress:
    """The ways out of this process; a demo's `home` has detours."""
    resolver: Resolver = NameserverResolver(nameserver) if nameserver else SystemResolver()
    return Egress(resolver, AddressPolicy(list(allow_networks)), home)
