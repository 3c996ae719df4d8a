"""Tests talk to this machine only: every other address is refused, written down, and fails the test.

Python imports this by itself in each process whose PYTHONPATH names this folder; `conftest` imports it by name.
In a network namespace that a test made for itself, any address may be used.
"""

import os
import socket
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

CALLS_VARIABLE = "YIZHAN_TEST_CALLS"
_NAMESPACE = Path("/proc/thread-self/ns/net")
# RFC 6761 promises that a name below these is nobody's; own host names are looked up by smtplib and the like.
_OWN_NAMES = {"", "localhost", socket.gethostname(), socket.getfqdn()}
_NOBODYS = (".localhost", ".invalid")


class OutsideCall(RuntimeError):
    """Something tried to reach past this machine."""


def install() -> None:
    """From now on; an audit hook cannot be taken out again."""
    home = _NAMESPACE.readlink()

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        read = _READ.get(event)
        if read is not None and (host := read(arguments)) and not _is_ours(host) and _NAMESPACE.readlink() == home:
            _write_down(f"{event} {host}")
            raise OutsideCall(f"tests reach this machine only, not {host}")

    sys.addaudithook(refuse)


def _address(arguments: tuple[Any, ...]) -> str | None:
    """The host of a socket call; none for a Unix socket."""
    connection, address = arguments[0], arguments[-1]
    if connection.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        return str(address[0])
    return None


def _name(arguments: tuple[Any, ...]) -> str | None:
    """The name to look up; none for an address, which asks nobody."""
    host = arguments[0] or ""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return None if _as_address(name) else name


_READ = {
    "socket.connect": _address,
    "socket.bind": _address,
    "socket.sendto": _address,
    "socket.getaddrinfo": _name,
}


def _is_ours(host: str) -> bool:
    name = host.lower().rstrip(".")
    if name in _OWN_NAMES or name.endswith(_NOBODYS):
        return True
    address = _as_address(name)
    mapped = getattr(address, "ipv4_mapped", None)
    return address is not None and (mapped or address).is_loopback


def _as_address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name.partition("%")[0])
    except ValueError:
        return None


def _write_down(line: str) -> None:
    with open(os.environ[CALLS_VARIABLE], "a", encoding="utf-8") as calls:
        calls.write(f"{line}\n")


if __name__ == "sitecustomize" and CALLS_VARIABLE in os.environ:
    install()
