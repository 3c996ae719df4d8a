"""The way out to the network that an account uses."""

from pathlib import Path

from yizhan.base.errors import BadInput
from yizhan.net.detour import DetourDialer
from yizhan.net.dialers import Dialer, DirectDialer
from yizhan.net.dns import NameserverResolver, Resolver, SystemResolver
from yizhan.net.policy import AddressPolicy, Network
from yizhan.services.egress.detour import read_detour

DIRECT_ROUTES = frozenset({"auto", "direct"})


class RouteUnknown(BadInput):
    """No node of that name."""

    code = "route_unknown"


class Egress:
    """Hands out the dialer of a route; the only place, with `runtime`, that makes one."""

    def __init__(self, resolver: Resolver, policy: AddressPolicy, home: Path | None = None) -> None:
        self.resolver = resolver
        self._direct = DirectDialer(resolver, policy)
        self._home = home

    def dialer_for(self, route: str) -> Dialer:
        """The dialer of `auto`, `direct` or a node's name; raises `RouteUnknown`, or `DemoFileBroken`."""
        if route not in DIRECT_ROUTES:
            raise RouteUnknown(f"there is no node named {route!r}")
        detour = read_detour(self._home) if self._home else None  # asked each time: a demo may begin while we run
        if detour is None:
            return self._direct
        return DetourDialer(detour.routes, detour.ca_pem, self._direct, self._direct)


def make_egress(nameserver: str | None, allow_networks: tuple[Network, ...], home: Path | None = None) -> Egress:
    """The ways out of this process; a demo's `home` has detours."""
    resolver: Resolver = NameserverResolver(nameserver) if nameserver else SystemResolver()
    return Egress(resolver, AddressPolicy(list(allow_networks)), home)
