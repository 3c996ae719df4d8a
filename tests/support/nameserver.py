"""A name server on loopback that knows what a test tells it; every other name does not exist."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.support.background import Background

# Name to kind to records as zone files write them: A to ["127.0.0.1"], MX to ["10 mail.example.test."].
Zone = Mapping[str, Mapping[str, Sequence[str]]]


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone, asked: list[str]) -> None:
        self._zone = zone
        self._asked = asked

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        [question] = query.question
        kind = dns.rdatatype.to_text(question.rdtype)
        self._asked.append(f"{question.name} {kind}")
        known = self._zone.get(str(question.name).rstrip(".").lower())
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if known is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif texts := known.get(kind):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        self._transport.sendto(answer.to_wire(), addr)


class Nameserver:
    """`address` is what YIZHAN_NAMESERVER takes; `asked` is what was looked up so far."""

    def __init__(self, zone: Zone) -> None:
        self.asked: list[str] = []
        self._background = Background()
        self._transport = self._background.run(self._listen(zone))
        host, port = self._transport.get_extra_info("sockname")
        self.address = f"{host}:{port}"

    def stop(self) -> None:
        self._background.run(self._close())
        self._background.stop()

    async def _listen(self, zone: Zone) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answering(zone, self.asked), local_addr=("127.0.0.1", 0)
        )
        return transport

    async def _close(self) -> None:
        self._transport.close()


@contextmanager
def answering(zone: Zone) -> Iterator[Nameserver]:
    """A name server for the length of a block."""
    server = Nameserver(zone)
    try:
        yield server
    finally:
        server.stop()
