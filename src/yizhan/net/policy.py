"""Which addresses may be spoken to: a host that a person types must not lead into the private network."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from yizhan.net.errors import AddressForbidden

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# Beside what `ipaddress` calls private, which differs between Python's patch releases.
_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "100.64.0.0/10",  # shared by a carrier's customers (RFC 6598); Alibaba's metadata at 100.100.100.200
        "168.63.129.16/32",  # Azure's own services for its machines, on a public-looking address
        "192.0.0.0/24",  # protocol assignments (RFC 6890); Oracle's metadata at 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays, given up (RFC 7526)
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # all that was ever given out; fc00::/7, fe80::/10, fec0::/10 are outside
_CLOSED_V6 = (IPv6Network("3fff::/20"),)  # documentation (RFC 9637); younger than this Python
# An IPv4 address is written in the last 32 bits of these.
_CARRYING = tuple(
    IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible, given up (RFC 4291 §2.5.5.1)
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 7915)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
    )
)


class AddressPolicy:
    """Loopback is always allowed, other private networks only when named."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def check(self, address: str) -> None:
        """Raise `AddressForbidden` for private, link-local, metadata, shared, multicast and reserved addresses."""
        ip = _plain(address)
        if ip.is_loopback or any(ip in network for network in self._allowed):
            return
        carried = _carried(ip)
        if any(carried in network for network in self._allowed):
            return
        if not _is_public(carried):
            raise AddressForbidden(f"{address} is in a private network; YIZHAN_ALLOW_NETWORKS can open it")


def is_loopback(host: str) -> bool:
    """True for this machine itself, by address or by the name localhost."""
    try:
        return _plain(host).is_loopback
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"


def is_public(address: str) -> bool:
    """Whether it is an address of the public network, and not one in another's clothes."""
    return _is_public(_carried(_plain(address)))


def _plain(address: str) -> Address:
    """Without its zone; an IPv4 address that is only written as IPv6 is dialled as IPv4, and so is one."""
    ip = ip_address(address.partition("%")[0])
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _carried(ip: Address) -> Address:
    """The IPv4 address to which a gateway on the way would pass on what is sent to this IPv6 address."""
    if isinstance(ip, IPv4Address):
        return ip
    if any(ip in network for network in _CARRYING):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def _is_public(ip: Address) -> bool:
    if isinstance(ip, IPv6Address):
        return ip in _GLOBAL_V6 and ip.is_global and not any(ip in network for network in _CLOSED_V6)
    return ip.is_global and not any(ip in network for network in _CLOSED_V4)
