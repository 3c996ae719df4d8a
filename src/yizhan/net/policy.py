"""Which addresses may be spoken to: a host that a person types must not lead into the private network."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from yizhan.net.errors import AddressForbidden

Network = IPv4Network | IPv6Network


class AddressPolicy:
    """Loopback is always allowed, other private networks only when named."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def check(self, address: str) -> None:
        """Raise `AddressForbidden` for private, link-local, metadata, shared, multicast and reserved addresses."""
        ip = ip_address(address.partition("%")[0])
        if isinstance(ip, IPv6Address):
            ip = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)
        if ip.is_loopback or any(ip in network for network in self._allowed):
            return
        if not ip.is_global or ip.is_multicast or ip.is_reserved:
            raise AddressForbidden(f"{address} is in a private network; YIZHAN_ALLOW_NETWORKS can open it")


def is_loopback(host: str) -> bool:
    """True for this machine itself, by address or by the name localhost."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
