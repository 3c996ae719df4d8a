"""Where one service of a provider is reached."""

import re
from dataclasses import dataclass
from enum import StrEnum

from yizhan.base.errors import BadInput


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Host, port and security of one service; prints as `host:port/security`, as the command line takes it."""

    host: str
    port: int
    security: Security

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.security}"


_SHAPE = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:/\[\]]+)):(?P<port>\d{1,5})/(?P<security>[a-z]+)")


def parse_endpoint(text: str) -> Endpoint:
    """`HOST:PORT/SECURITY`; raises `BadInput` that says which part is wrong."""
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"{text!r} is not HOST:PORT/SECURITY, for example imap.example.com:993/tls")
    port = int(match["port"])
    if not 1 <= port <= 65535:
        raise BadInput(f"port {port} is not between 1 and 65535")
    try:
        security = Security(match["security"])
    except ValueError:
        raise BadInput(f"security {match['security']!r} is not one of tls, starttls, plain") from None
    return Endpoint((match["v6"] or match["host"]).lower(), port, security)
