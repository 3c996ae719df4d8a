"""A socket that listens, made once and handed from the supervisor to the web process."""

import socket

from yizhan.base.errors import YizhanError

BACKLOG = 512


class PortTaken(YizhanError):
    """Something listens there already, or the address is not this machine's."""

    code = "port_taken"


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket, inheritable; raises `PortTaken` that says what the operating system said."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(f"cannot listen at {host}: {error.strerror or error}") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"cannot listen at {host}:{port}: {error.strerror or error}; another port is chosen with --port"
        ) from None
    listening.set_inheritable(True)
    return listening


def adopt(descriptor: int) -> socket.socket:
    """The socket that a parent process handed down."""
    return socket.socket(fileno=descriptor)
