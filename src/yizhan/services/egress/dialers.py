"""The way out to the network that an account uses."""

from yizhan.base.errors import BadInput
from yizhan.net.dialers import Dialer, DirectDialer
from yizhan.net.dns import NameserverResolver, Resolver, SystemResolver
from yizhan.net.policy import AddressPolicy, Network

DIRECT_ROUTES = frozenset({"auto", "direct"})


class RouteUnknown(BadInput):
    """No node of that name."""

    code = "route_unknown"


class Egress:
    """Hands out the dialer of a route; the only place, with `runtime`, that makes one."""

    def __init__(self, resolver: Resolver, policy: AddressPolicy) -> None:
        self.resolver = resolver
        self._direct = DirectDialer(resolver, policy)

    def dialer_for(self, route: str) -> Dialer:
        """The dialer of `auto`, `direct` or a node's name; raises `RouteUnknown`."""
        if route not in DIRECT_ROUTES:
            raise RouteUnknown(f"there is no node named {route!r}")
        return self._direct


def make_egress(nameserver: str | None, allow_networks: tuple[Network, ...]) -> Egress:
    """The ways out of this process."""
    resolver: Resolver = NameserverResolver(nameserver) if nameserver else SystemResolver()
    return Egress(resolver, AddressPolicy(list(allow_networks)))
