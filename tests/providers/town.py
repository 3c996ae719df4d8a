"""A small Internet on loopback: names, pages by http and https, and a dialer that finds their ports."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.certificates import Authority
from tests.support.faulty import FaultyServer, Line, Script, saying_goodbye, serving
from tests.support.nameserver import Nameserver, answering
from yizhan.net.dialers import DirectDialer
from yizhan.net.dns import NameserverResolver
from yizhan.net.policy import AddressPolicy
from yizhan.net.streams import Stream
from yizhan.providers.autodiscover.found import Question

Pages = Mapping[str, Script]  # by address, without what follows a question mark
Records = Mapping[str, Mapping[str, Sequence[str]]]
NOT_FOUND = saying_goodbye("HTTP/1.1 404 Not Found", "Content-Length: 0", "")


class PortDialer:
    """Dials the town's own ports where the usual ones are asked for."""

    def __init__(self, nameserver: str, ports: Mapping[int, int]) -> None:
        self._direct = DirectDialer(NameserverResolver(nameserver), AddressPolicy())
        self._ports = ports

    async def resolve(self, host: str) -> list[str]:
        return await self._direct.resolve(host)

    async def dial(self, host: str, port: int) -> Stream:
        return await self._direct.dial(host, self._ports.get(port, port))


@dataclass(frozen=True, slots=True)
class Town:
    """`secure` and `open` are its two web servers, `names` its name server."""

    names: Nameserver
    secure: FaultyServer
    open: FaultyServer
    dialer: PortDialer
    resolver: NameserverResolver
    ca_pem: str

    def question(self, address: str) -> Question:
        return Question(address, address.rpartition("@")[2], self.dialer, self.resolver, self.ca_pem)


@contextmanager
def town(authority: Authority, pages: Pages | None = None, records: Records | None = None) -> Iterator[Town]:
    """Every host of a page has an address; `records` adds to that, or says otherwise."""
    known = dict(pages or {})
    hosts = sorted({urlsplit(address).hostname or "" for address in known}) or ["nobody.test"]
    zone = {host: {"A": ["127.0.0.1"]} for host in hosts} | dict(records or {})
    certificate = authority.issue(*hosts)
    with (
        answering(zone) as names,
        serving(_routing("https", known), certificate) as secure,
        serving(_routing("http", known)) as unsafe,
    ):
        dialer = PortDialer(names.address, {443: secure.port, 80: unsafe.port})
        resolver = NameserverResolver(names.address)
        yield Town(names, secure, unsafe, dialer, resolver, authority.ca_pem)


def page(body: str, kind: str = "text/xml") -> Script:
    """This text, as an answer."""
    size = len(body.encode()) + 2
    return saying_goodbye("HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {size}", "", body)


def redirect(target: str) -> Script:
    return saying_goodbye("HTTP/1.1 302 Found", f"Location: {target}", "Content-Length: 0", "")


def config(
    imap: str,
    smtp: str,
    *,
    security: str = "SSL",
    port: str = "993",
    user: str = "%EMAILADDRESS%",
    way: str = "password-cleartext",
) -> str:
    """A mail configuration as providers publish it."""
    server = (
        "<{tag} type='{kind}'><hostname>{host}</hostname><port>{port}</port><socketType>{security}</socketType>"
        "<username>{user}</username><authentication>{way}</authentication></{tag}>"
    )
    incoming = server.format(
        tag="incomingServer", kind="imap", host=imap, port=port, security=security, user=user, way=way
    )
    outgoing = server.format(
        tag="outgoingServer", kind="smtp", host=smtp, port=465, security=security, user=user, way=way
    )
    shown = "<displayName>Mail of %EMAILDOMAIN%</displayName>"
    return (
        f"<clientConfig version='1.1'><emailProvider id='x'>{shown}{incoming}{outgoing}</emailProvider></clientConfig>"
    )


def _routing(scheme: str, pages: Pages) -> Script:
    async def script(line: Line) -> None:
        target = (await line.hear()).split(" ")[1].partition("?")[0]
        host = ""
        while header := await line.hear():
            name, _, value = header.partition(":")
            host = value.strip().partition(":")[0] if name.lower() == "host" else host
        await pages.get(f"{scheme}://{host}{target}", NOT_FOUND)(line)

    return script
