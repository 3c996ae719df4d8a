"""A proxy that does to a line what networks do: cuts it, holds it up, chops it into single bytes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.background import Background


@dataclass(slots=True)
class Fault:
    """What happens to the next lines: cut after so many bytes from the server, so many bytes at once, a pause each."""

    cut_after: int | None = None
    chop: int = 65_536
    pause: float = 0.0


@dataclass(slots=True)
class Cutting:
    """A running proxy; `fault` may be changed at any time and holds for lines made from then on."""

    port: int
    fault: Fault
    lines: int = 0


@contextmanager
def cutting(host: str, port: int) -> Iterator[Cutting]:
    """Lead to that server, through faults."""
    background = Background()
    proxy = Cutting(0, Fault())

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        proxy.lines += 1
        far_reader, far_writer = await asyncio.open_connection(host, port)
        there = asyncio.create_task(_pass_on(reader, far_writer, Fault()))
        back = asyncio.create_task(_pass_on(far_reader, writer, proxy.fault))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (there, back):
                task.cancel()
            writer.transport.abort()
            far_writer.transport.abort()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(serve, "127.0.0.1", 0)

    async def stop() -> None:  # in the loop's own thread: a connection that ends meanwhile closes the server, too
        server.close()

    server = background.run(start())
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        background.run(stop())
        background.stop()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> None:
    left = fault.cut_after
    try:
        while data := await reader.read(fault.chop):
            data = data if left is None else data[:left]
            writer.write(data)
            await writer.drain()
            if left is not None:
                left -= len(data)
                if left <= 0:
                    return
            if fault.pause:
                await asyncio.sleep(fault.pause)
    except OSError:
        return  # the other end has gone, which is how a line ends
