"""Tests talk to this machine only: every other address is refused, written down, and fails the test.

Python imports this by itself in each process whose PYTHONPATH names this folder; `conftest` imports it by name.
In a network namespace that a test made for itself, any address may be used.
"""

import os
import socket
import sys
from ipaddress import ip_address
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
        if event in _READ and not _is_ours(_READ[event](arguments)) and _NAMESPACE.readlink() == home:
            _write_down(f"{event} {_READ[event](arguments)}")
            raise OutsideCall(f"tests reach this machine only, not {_READ[event](arguments)}")

    sys.addaudithook(refuse)


def _address(arguments: tuple[Any, ...]) -> str:
    """The host of a socket call; a Unix socket's path counts as this machine."""
    connection, address = arguments[0], arguments[-1]
    if connection.family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
        return "localhost"
    return str(address[0])


def _name(arguments: tuple[Any, ...]) -> str:
    host = arguments[0] or ""
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


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
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _write_down(line: str) -> None:
    with open(os.environ[CALLS_VARIABLE], "a", encoding="utf-8") as calls:
        calls.write(f"{line}\n")


if __name__ == "sitecustomize" and CALLS_VARIABLE in os.environ:
    install()
