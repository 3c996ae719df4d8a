"""How a host may be spelled, and the one spelling that is looked up."""

import re
import socket
from ipaddress import ip_address

import idna

from yizhan.net.errors import NameNotResolved

_NUMERIC = re.compile(r"(?:0[xX][0-9A-Fa-f]+|\d+)(?:\.(?:0[xX][0-9A-Fa-f]+|\d+)){0,3}")


def ascii_host(host: str) -> str:
    """The name as DNS and certificates write it (IDNA 2008); raises `NameNotResolved` if it is none."""
    host = host.removesuffix(".")
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise NameNotResolved(f"{host!r} is no host name: {error}") from None


def literal_address(host: str) -> str | None:
    """The address that `host` is a spelling of, or None for a name.

    The C library also reads `2130706433`, `0x7f000001` and `127.1`; spelled out here, so that what is checked is what
    is dialled, whoever resolves.
    """
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    if _NUMERIC.fullmatch(host) is None:
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None
